#include "config.h"

#include <string.h>

#include "libcar/plc/identity.h"

/*
 * content.h reads the operation; here the rules of diddoc.h choose from it.
 */

#define DID_KEY "did:key:"

static void
find_handle(struct plc_identity *out)
{
	const struct plc_content_list *names = &out->content.names;
	size_t i;

	for (i = 0; i < names->count; i++)
		if (diddoc_handle(out->doc.handle, names->entries[i].text.at,
			names->entries[i].text.len))
			return;
}

static int
find_key(struct plc_identity *out, struct status *st)
{
	const struct plc_content_entry *method =
	    plc_content_find(&out->content.methods, PLC_CONTENT_KEY);
	struct key key;

	if (method == NULL || !slice_begins(&method->text, DID_KEY))
		return 0;
	if (key_parse(&key, method->text.at, method->text.len, st) == -1)
		return status_fatal(st->code) ? -1 : 0;
	key_format(out->doc.key, &key);
	return 0;
}

static void
find_pds(struct plc_identity *out, bool allow_http)
{
	const struct plc_content_entry *service =
	    plc_content_find(&out->content.services, PLC_CONTENT_HOST);

	if (service != NULL && slice_is(&service->type, PLC_CONTENT_HOST_TYPE))
		diddoc_origin(out->doc.pds, service->text.at, service->text.len,
		    allow_http);
}

/* Rotation keys */

/* A did:key is written as it is, so it must need no escapes. Its point isn't
 * checked: old operations have keys that nobody can use. */
static bool
is_plain_key(const struct slice *text)
{
	size_t i;

	if (!slice_begins(text, DID_KEY) || text->len > KEY_MAX_TEXT)
		return false;
	for (i = 0; i < text->len; i++)
		if (text->at[i] <= ' ' || text->at[i] > '~' ||
		    text->at[i] == '"' || text->at[i] == '\\')
			return false;
	return true;
}

static void
list_rotation_keys(struct plc_identity *out)
{
	const struct plc_content_list *keys = &out->content.keys;
	struct json_writer w = { &out->rotation_keys, false };
	size_t i;

	if (!out->content.has_keys || keys->count > PLC_IDENTITY_MAX_KEYS)
		return;
	for (i = 0; i < keys->count; i++)
		if (!is_plain_key(&keys->entries[i].text))
			return;
	json_write_array(&w);
	for (i = 0; i < keys->count; i++)
		json_write_string(&w, keys->entries[i].text.at,
		    keys->entries[i].text.len);
	json_write_array_end(&w);
}

static int
read_document(struct plc_identity *out, bool allow_http, struct status *st)
{
	out->kind = PLC_IDENTITY_DOCUMENT;
	find_handle(out);
	find_pds(out, allow_http);
	list_rotation_keys(out);
	if (find_key(out, st) == -1)
		return -1;
	return out->rotation_keys.failed ? status_no_memory(st) : 0;
}

int
plc_identity_read(struct plc_identity *out, const char *json, size_t len,
    bool allow_http, struct status *st)
{
	out->kind = PLC_IDENTITY_UNKNOWN;
	out->doc.handle[0] = out->doc.pds[0] = out->doc.key[0] = '\0';
	out->rotation_keys.len = 0;
	if (plc_content_read(&out->content, json, len, st) == -1)
		return -1;
	switch (out->content.kind) {
	case PLC_OPERATION:
	case PLC_CREATE:
		return read_document(out, allow_http, st);
	case PLC_TOMBSTONE:
		out->kind = PLC_IDENTITY_TOMBSTONE;
		break;
	default:
		break;
	}
	return 0;
}

void
plc_identity_free(struct plc_identity *it)
{
	plc_content_free(&it->content);
	buf_free(&it->rotation_keys);
}
