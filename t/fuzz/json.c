/* The JSON reader with any bytes, and the outline, for which it is the
 * oracle. */
#include "config.h"

#include <string.h>

#include "libcar/data/json.h"
#include "libcar/data/outline.h"
#include "t/fuzz/fuzz.h"

/* A string's text, written and read again. */
static void
check_string(const struct json *j)
{
	struct buf text = { .len = 0 }, out = { .len = 0 }, back = { .len = 0 };
	struct json_writer w = { &out, false };
	struct status st;
	struct json again;

	json_text(j, &text);
	must(text.len <= j->tok_len);
	json_write_string(&w, text.data, text.len);
	json_open(&again, out.data, out.len);
	must(json_next(&again, &st) == JSON_STRING);
	json_text(&again, &back);
	must(back.len == text.len &&
	    (text.len == 0 || memcmp(back.data, text.data, text.len) == 0));
	must(json_next(&again, &st) == JSON_END);
	if (memchr(text.data != NULL ? text.data : "", 0, text.len) == NULL) {
		buf_putc(&text, '\0');
		must(json_is(j, text.data));
	}
	buf_free(&text);
	buf_free(&out);
	buf_free(&back);
}

static void
check_token(const struct json *j, enum json_kind kind)
{
	int64_t value;

	must(j->at >= j->text && j->at <= j->end);
	if (kind == JSON_KEY || kind == JSON_STRING)
		check_string(j);
	if (kind == JSON_NUMBER)
		json_integer(j, &value);
}

/* If a text is valid, the outline returns what the reader returns. */
static void
check_values(struct outline *o, const char *text, size_t len)
{
	struct slice key, value;
	struct status st;
	struct json j;

	json_open(&j, text, len);
	must(
	    json_next(&j, &st) == (o->close == '}' ? JSON_OBJECT : JSON_ARRAY));
	while (outline_next(o, &key, &value) == 1) {
		if (o->close == '}') {
			must(json_next(&j, &st) == JSON_KEY);
			must(key.at + 1 == j.tok && key.len == j.tok_len + 2);
		}
		must(json_skip(&j, &st) > JSON_END);
		must(value.at == j.tok && value.len == j.tok_len);
	}
	must(json_next(&j, &st) ==
	    (o->close == '}' ? JSON_OBJECT_END : JSON_ARRAY_END));
	must(json_next(&j, &st) == JSON_END);
}

static void
check_outline(const char *text, size_t len, bool right)
{
	struct slice key, value;
	struct outline o, again;
	int rc;

	if (outline_open(&o, text, len) == '\0')
		return;
	again = o;
	while ((rc = outline_next(&o, &key, &value)) == 1)
		must(value.len > 0 && value.at >= text &&
		    value.at + value.len <= text + len);
	must(rc == 0 || !right);
	if (right)
		check_values(&again, text, len);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	const char *text = (const char *)data;
	enum json_kind kind, first;
	struct status st;
	struct json j;

	json_open(&j, text, len);
	do {
		kind = json_next(&j, &st);
		if (kind != JSON_ERROR)
			check_token(&j, kind);
	} while (kind != JSON_ERROR && kind != JSON_END);
	must(json_next(&j, &st) == kind);

	json_open(&j, text, len);
	first = json_skip(&j, &st);
	must((first != JSON_ERROR && json_next(&j, &st) == JSON_END) ==
	    (kind == JSON_END));
	check_outline(text, len, kind == JSON_END);
	return 0;
}
