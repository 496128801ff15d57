/* Blobs in the JSON of records: current ones, legacy ones, and what isn't one.
 */
#include "config.h"

#include <stdio.h>

#include "libcar/base/buf.h"
#include "libcar/data/blob.h"
#include "t/lib/copy.h"
#include "t/lib/tap.h"

#define REF(cid) "\"ref\":{\"$link\":\"" cid "\"}"
#define STRONG "{\"uri\":\"at://x\",\"cid\":\"a\"}"
#define MIME(type) "\"mimeType\":\"" type "\""
#define BLOB(cid, type) \
	"{\"$type\":\"blob\"," REF(cid) "," MIME(type) ",\"size\":1}"

static int
take(void *ctx, const struct blob *blob, struct status *st)
{
	struct buf *out = ctx;

	(void)st;
	buf_put(out, blob->cid.at, blob->cid.len);
	buf_putc(out, ' ');
	buf_put(out, blob->mime_type.at, blob->mime_type.len);
	buf_putc(out, ';');
	return 0;
}

static int
stop(void *ctx, const struct blob *blob, struct status *st)
{
	++*(int *)ctx;
	return status_set(st, STATUS_BAD_CID, 0, "%.*s", (int)blob->cid.len,
	    blob->cid.at);
}

static void
finds(const char *json, const char *want, const char *what)
{
	size_t len = strlen(json);
	char *text = copy(json, len);
	struct buf out = { .len = 0 };
	struct status st;

	is_int(blob_each(text, len, take, &out, &st), 0, "%s: read", what);
	is_mem(out.data, out.len, want, strlen(want), "%s", what);
	if (want[0] != '\0')
		ok(blob_may_be_in(text, len), "%s: may have one", what);
	buf_free(&out);
	free(text);
}

static void
test_found(void)
{
	finds(BLOB("a", "x/y"), "a x/y;", "a blob");
	finds("{\"a\":[" BLOB("a", "x") ",{\"b\":" BLOB("b", "y") "}]}",
	    "a x;b y;", "two, at any depth");
	finds("{" REF("a") ",\"$type\":\"blob\"}", "a ;",
	    "its type last, and no mimeType");
	finds("{\"ref\":{\"$link\":\"\\u0061\"},\"$type\":\"bl\\u006fb\"}",
	    "a ;", "escapes");
	finds("{\"cid\":\"a\"," MIME("x") "}", "a x;", "a legacy blob");
	finds("[{" MIME("x\\/y") ",\"cid\":\"a\"}]", "a x/y;",
	    "one with escapes");
	finds("{\"$type\":\"blob\",\"more\":[{}]," REF("a") ",\"z\":{}}", "a ;",
	    "a blob with more members");
	finds("{\"$type\":\"blob\"," REF("a") ",\"x\":" BLOB("b", "y") "}",
	    "b y;a ;", "a blob in a blob");
}

static void
test_none(void)
{
	finds("{}", "", "an empty record");
	finds("5", "", "a number");
	finds("{\"$type\":\"blobs\"," REF("a") "}", "", "another type");
	finds("{" REF("a") "," MIME("x") "}", "", "no type");
	finds("{\"$type\":\"blob\",\"ref\":\"a\"}", "", "ref isn't a link");
	finds("{\"$type\":\"blob\",\"ref\":[{\"$link\":\"a\"}]}", "",
	    "ref is an array");
	finds("{\"$type\":\"blob\",\"ref\":{\"$link\":\"a\",\"b\":1}}", "",
	    "a link with another key");
	finds("{\"$type\":\"blob\",\"ref\":{\"x\":{\"$link\":\"a\"}}}", "",
	    "a link within ref");
	finds("{\"cid\":\"a\"," MIME("x") ",\"size\":1}", "",
	    "a legacy blob with a third key");
	finds("{\"cid\":\"a\",\"mimeType\":1}", "", "its mimeType is a number");
	finds("{\"cid\":[\"a\"]," MIME("x") "}", "", "its cid is an array");
	finds(STRONG, "", "a strong reference");
}

static void
test_ends(void)
{
	static const char two[] = "[" BLOB("a", "x") "," BLOB("b", "y") "]";
	struct status st;
	int calls = 0;

	is_int(blob_each(two, sizeof(two) - 1, stop, &calls, &st), -1,
	    "fn stops it");
	is_int(calls, 1, "at once");
	is_int(st.code, STATUS_BAD_CID, "with its reason");
	is_int(blob_each("[{]", 3, stop, &calls, &st), -1, "not JSON");
	is_int(st.code, STATUS_BAD_SYNTAX, "code");
}

/* As deep as JSON may nest, and deeper. */
static void
test_depth(void)
{
	struct buf text = { .len = 0 }, out = { .len = 0 };
	struct status st;
	size_t i;

	for (i = 0; i < 254; i++)
		buf_putc(&text, '[');
	buf_puts(&text, BLOB("a", "x"));
	for (i = 0; i < 254; i++)
		buf_putc(&text, ']');
	is_int(blob_each(text.data, text.len, take, &out, &st), 0, "256 deep");
	is_mem(out.data, out.len, "a x;", 4, "is found");
	text.len = 0;
	for (i = 0; i < 10000; i++)
		buf_puts(&text, "{\"ref\":");
	is_int(blob_each(text.data, text.len, take, &out, &st), -1,
	    "10,000 deep");
	buf_free(&text);
	buf_free(&out);
}

int
main(void)
{
	test_found();
	test_none();
	test_ends();
	test_depth();
	ok(!blob_may_be_in(STRONG, sizeof(STRONG) - 1), "surely none");
	return done_testing();
}
