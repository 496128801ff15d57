/* The reader of what a PLC operation says, with any bytes. */
#include "config.h"

#include <string.h>

#include "libcar/data/json.h"
#include "libcar/plc/identity.h"
#include "t/fuzz/fuzz.h"

static void
check_document(const struct diddoc *doc, bool allow_http)
{
	char pds[DIDDOC_ORIGIN_BYTES];
	struct status st;
	struct key key;

	must(*doc->handle == '\0' ||
	    syntax_is_usable_handle(doc->handle, strlen(doc->handle)));
	must(*doc->key == '\0' ||
	    key_parse(&key, doc->key, strlen(doc->key), &st) == 0);
	must(*doc->pds == '\0' ||
	    (diddoc_origin(pds, doc->pds, strlen(doc->pds), allow_http) &&
		strcmp(doc->pds, pds) == 0));
}

/* Nothing, or an array of texts without escapes. */
static void
check_rotation_keys(const struct buf *keys)
{
	enum json_kind kind;
	struct status st;
	struct json j;
	size_t n = 0;

	if (keys->len == 0)
		return;
	json_open(&j, keys->data, keys->len);
	must(json_next(&j, &st) == JSON_ARRAY);
	while ((kind = json_next(&j, &st)) == JSON_STRING) {
		must(!j.escaped && j.tok_len >= 8);
		must(memcmp(j.tok, "did:key:", 8) == 0);
		n++;
	}
	must(kind == JSON_ARRAY_END && n <= PLC_IDENTITY_MAX_KEYS);
	must(json_next(&j, &st) == JSON_END);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	struct plc_identity it = { 0 };
	const char *text = (const char *)data;
	struct status st;
	int http;

	for (http = 0; http < 2; http++) {
		must(plc_identity_read(&it, text, len, http, &st) == 0);
		check_document(&it.doc, http);
		check_rotation_keys(&it.rotation_keys);
		must(it.kind == PLC_IDENTITY_DOCUMENT ||
		    (*it.doc.handle == '\0' && *it.doc.key == '\0' &&
			*it.doc.pds == '\0' && it.rotation_keys.len == 0));
	}
	plc_identity_free(&it);
	return 0;
}
