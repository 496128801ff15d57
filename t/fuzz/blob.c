/* Blobs in JSON: those of a value are the same within another value, and the
 * quick check never denies one. */
#include "config.h"

#include <string.h>

#include "libcar/base/buf.h"
#include "libcar/data/blob.h"
#include "libcar/data/json.h"
#include "t/fuzz/fuzz.h"

static int
note(void *ctx, const struct blob *blob, struct status *st)
{
	struct buf *notes = ctx;

	(void)st;
	must(blob->cid.at != NULL);
	buf_put(notes, blob->cid.at, blob->cid.len);
	buf_putc(notes, ' ');
	buf_put(notes, blob->mime_type.at, blob->mime_type.len);
	buf_putc(notes, '\n');
	return 0;
}

/* The depth of the value, or -1 if the text is not JSON. */
static int
depth_of(const char *text, size_t len)
{
	struct json j;
	struct status st;
	enum json_kind kind;
	int depth = 0, most = 0;

	json_open(&j, text, len);
	while ((kind = json_next(&j, &st)) != JSON_END) {
		if (kind == JSON_ERROR)
			return -1;
		depth += kind == JSON_OBJECT || kind == JSON_ARRAY;
		depth -= kind == JSON_OBJECT_END || kind == JSON_ARRAY_END;
		most = depth > most ? depth : most;
	}
	return most;
}

static void
put_within(struct buf *out, const char *before, const char *text, size_t len,
    const char *after)
{
	buf_puts(out, before);
	buf_put(out, text, len);
	buf_puts(out, after);
}

/* Neither a list nor a member of an unknown name changes what is found. */
static void
check_within(const struct buf *want, const char *text, size_t len)
{
	static const char *const around[][2] = { { "[1,", ",{}]" },
		{ "{\"$type\":\"x\",\"a\":", ",\"b\":[]}" } };
	struct buf json = { .len = 0 }, notes = { .len = 0 };
	struct status st;
	size_t i;

	for (i = 0; i < 2; i++) {
		json.len = notes.len = 0;
		put_within(&json, around[i][0], text, len, around[i][1]);
		must(blob_each(json.data, json.len, note, &notes, &st) == 0);
		must(notes.len == want->len &&
		    (want->len == 0 ||
			memcmp(notes.data, want->data, want->len) == 0));
	}
	buf_free(&json);
	buf_free(&notes);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	const char *text = (const char *)data;
	int depth = depth_of(text, len);
	struct buf notes = { .len = 0 };
	struct status st;
	int rc = blob_each(text, len, note, &notes, &st);

	must((rc == 0) == (depth >= 0));
	must(notes.len == 0 || blob_may_be_in(text, len));
	if (rc == 0 && depth < JSON_MAX_DEPTH)
		check_within(&notes, text, len);
	buf_free(&notes);
	return 0;
}
