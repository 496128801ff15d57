/* The reader of DID documents, with any bytes, and origins. */
#include "config.h"

#include <string.h>

#include "libcar/plc/diddoc.h"
#include "t/fuzz/fuzz.h"

static const char did[] = "did:plc:h2qnjxmcrp5pdohnb2y5psjt";

static void
check_handle(const char *handle)
{
	size_t i, len = strlen(handle);

	must(len == 0 || syntax_is_usable_handle(handle, len));
	for (i = 0; i < len; i++)
		must(handle[i] < 'A' || handle[i] > 'Z');
}

/* An origin is the same when it is read again. */
static void
check_origin(const char *text, size_t len, bool allow_http)
{
	char once[DIDDOC_ORIGIN_BYTES], twice[DIDDOC_ORIGIN_BYTES];

	if (!diddoc_origin(once, text, len, allow_http))
		return;
	must(allow_http || strncmp(once, "https://", 8) == 0);
	must(diddoc_origin(twice, once, strlen(once), allow_http));
	must(strcmp(once, twice) == 0);
}

static void
check_key(const char *text)
{
	char again[KEY_MAX_TEXT];
	struct status st;
	struct key key;

	if (*text == '\0')
		return;
	must(key_parse(&key, text, strlen(text), &st) == 0);
	key_format(again, &key);
	must(strcmp(text, again) == 0);
}

static void
check_document(const struct diddoc *doc, bool allow_http)
{
	char pds[DIDDOC_ORIGIN_BYTES];

	check_handle(doc->handle);
	check_key(doc->key);
	if (*doc->pds == '\0')
		return;
	must(diddoc_origin(pds, doc->pds, strlen(doc->pds), allow_http));
	must(strcmp(doc->pds, pds) == 0);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	const char *text = (const char *)data;
	struct diddoc doc, http;
	struct status st;
	int rc, rc_http;

	check_origin(text, len, false);
	check_origin(text, len, true);
	rc = diddoc_parse(&doc, did, strlen(did), text, len, false, &st);
	rc_http = diddoc_parse(&http, did, strlen(did), text, len, true, &st);
	must(rc == rc_http);
	if (rc == -1)
		return 0;
	check_document(&doc, false);
	check_document(&http, true);
	must(strcmp(doc.handle, http.handle) == 0);
	must(strcmp(doc.key, http.key) == 0);
	must(*doc.pds == '\0' || strcmp(doc.pds, http.pds) == 0);
	return 0;
}
