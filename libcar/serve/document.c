#include "config.h"

#include <string.h>

#include "libcar/db/directory.h"
#include "libcar/plc/document.h"
#include "libcar/serve/document.h"

/*
 * An identity has the values that a reader takes out of a document. They become
 * the content of an operation, so that both kinds of documents have one form.
 */

/* Writes the document of an operation that is borrowed. */
struct writer {
	const struct slice *did;
	struct buf *out;
	enum serve_document result;
};

static int
write_operation(void *arg, const struct db_directory_entry *e,
    struct status *st)
{
	struct plc_content content = { .has_keys = false };
	struct writer *w = arg;
	int rc = plc_content_read(&content, e->operation.at, e->operation.len,
	    st);

	if (content.kind == PLC_TOMBSTONE)
		w->result = SERVE_DOCUMENT_TOMBSTONED;
	else if (content.kind != PLC_NO_KIND) {
		plc_document_write(w->out, w->did, &content);
		w->result = SERVE_DOCUMENT_WRITTEN;
	}
	plc_content_free(&content);
	return rc;
}

/* The list has this entry, if its text is known. */
static void
set_entry(struct plc_content_list *list, struct plc_content_entry *entry,
    const char *name, const char *type, const struct slice *text)
{
	if (text->at == NULL)
		return;
	*entry = (struct plc_content_entry){ slice_of(name), slice_of(type),
		*text };
	*list = (struct plc_content_list){ .entries = entry, .count = 1 };
}

static enum serve_document
of_identity(const struct slice *did, const struct db_profile *p,
    struct buf *out)
{
	struct plc_content_entry name, key, host;
	struct plc_content content = { .has_keys = false };
	struct buf uri = { .len = 0 };
	struct slice handle = { NULL, 0 };

	if (p->handle.at != NULL) {
		buf_puts(&uri, "at://");
		buf_put(&uri, p->handle.at, p->handle.len);
		handle = slice_make(uri.data, uri.len);
	}
	set_entry(&content.names, &name, NULL, NULL, &handle);
	set_entry(&content.methods, &key, PLC_CONTENT_KEY, NULL, &p->key);
	set_entry(&content.services, &host, PLC_CONTENT_HOST,
	    PLC_CONTENT_HOST_TYPE, &p->pds);
	if (!uri.failed)
		plc_document_write(out, did, &content);
	out->failed |= uri.failed;
	buf_free(&uri);
	return SERVE_DOCUMENT_WRITTEN;
}

enum serve_document
serve_document_write(struct serve_context *c, const struct slice *did,
    const struct db_profile *p, struct buf *out, struct status *st)
{
	struct writer w = { did, out, SERVE_DOCUMENT_NONE };
	const struct db_directory_use use = { write_operation, &w };

	if (db_directory_last(c->db, did, &use, st) == -1)
		return SERVE_DOCUMENT_FAILED;
	if (w.result == SERVE_DOCUMENT_NONE && p != NULL &&
	    (p->handle.at != NULL || p->key.at != NULL || p->pds.at != NULL))
		w.result = of_identity(did, p, out);
	if (!out->failed)
		return w.result;
	status_no_memory(st);
	return SERVE_DOCUMENT_FAILED;
}
