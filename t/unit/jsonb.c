/* u-jsonb: which JSON texts jsonb keeps, and what it gets for the others. */
#include "config.h"

#include "libcar/db/jsonb.h"
#include "t/lib/tap.h"

static enum jsonb_fit
fit(const char *text, size_t len)
{
	enum jsonb_fit got = JSONB_LONG;
	struct status st;

	is_int(jsonb_check(text, len, &got, &st), 0, "there is memory");
	return got;
}

static void
kept(const char *text)
{
	is_int(fit(text, strlen(text)), JSONB_SAME, "keeps %s", text);
}

static void
changed(const char *text, const char *want)
{
	struct buf out = { 0 };

	is_int(fit(text, strlen(text)), JSONB_CHANGED, "not %s", text);
	jsonb_write(text, strlen(text), &out);
	is_mem(out.data, out.len, want, strlen(want), "but %s", want);
	buf_free(&out);
}

/* A number of n digits, with a prefix and a suffix. */
static void
number(const char *before, size_t n, const char *after, bool keeps)
{
	struct buf b = { 0 };
	size_t i;

	buf_puts(&b, before);
	for (i = 0; i < n; i++)
		buf_putc(&b, '1');
	buf_puts(&b, after);
	is_int(fit(b.data, b.len), keeps ? JSONB_SAME : JSONB_CHANGED,
	    "%s%zu digits%s", before, n, after);
	buf_free(&b);
}

/* A string of n bytes, and an array of n numbers. */
static void
long_string(size_t n, enum jsonb_fit want)
{
	struct buf b = { 0 };
	size_t i;

	buf_putc(&b, '"');
	for (i = 2; i < n; i++)
		buf_putc(&b, 'a');
	buf_putc(&b, '"');
	is_int(fit(b.data, b.len), want, "a string of %zu bytes", n);
	buf_free(&b);
}

static void
long_array(size_t n, const char *number, enum jsonb_fit want)
{
	struct buf b = { 0 };
	size_t i;

	for (i = 0; i < n; i++) {
		buf_putc(&b, i == 0 ? '[' : ',');
		buf_puts(&b, number);
	}
	buf_putc(&b, ']');
	is_int(fit(b.data, b.len), want, "%zu times %s", n, number);
	buf_free(&b);
}

int
main(void)
{
	kept("{}");
	kept("{\"a\":1,\"b\":[{\"a\":1},{\"a\":2}],\"aa\":\"x\"}");
	kept("{\"b\":1,\"a\":2}");
	kept("{\"aa\":{\"a\":1},\"a\":{\"a\":2}}");
	kept("{\"a\":\"\\\\u0000 \\u0001\"}");
	kept("[-1,1.5e10,9223372036854775807,1e-300]");
	changed("\"a\\u0000b\"", "\"a\\ufffdb\"");
	changed("{\"\\u0000\":\"\\\\\\u0000\\\"\"}",
	    "{\"\\ufffd\":\"\\\\\\ufffd\\\"\"}");
	changed("{\"a\": [1e131073, 2]}", "{\"a\": [\"1e131073\", 2]}");
	changed("[1e-16384]", "[\"1e-16384\"]");
	changed("[1e99999999999999999999]", "[\"1e99999999999999999999\"]");
	/* jsonb itself keeps one of these values. */
	changed("{\"a\":1,\"a\":2}", "{\"a\":1,\"a\":2}");
	changed("{\"b\":1,\"a\":2,\"b\":3}", "{\"b\":1,\"a\":2,\"b\":3}");
	changed("{\"a\":1,\"\\u0061\":2}", "{\"a\":1,\"\\u0061\":2}");
	changed("{\"\":1,\"\":2}", "{\"\":1,\"\":2}");
	changed("[{\"x\":{\"b\":0,\"a\":0,\"b\":0}}]",
	    "[{\"x\":{\"b\":0,\"a\":0,\"b\":0}}]");
	number("", JSONB_WHOLE_DIGITS, "", true);
	number("", JSONB_WHOLE_DIGITS + 1, "", false);
	number("-", JSONB_WHOLE_DIGITS + 1, "", false);
	number("0.", JSONB_FRACTION_DIGITS, "", true);
	number("0.", JSONB_FRACTION_DIGITS + 1, "", false);
	number("", 10, "e131062", true);
	number("", 10, "e131063", false);
	long_string(JSONB_MAX_BYTES, JSONB_SAME);
	long_string(JSONB_MAX_BYTES + 1, JSONB_LONG);
	long_array(JSONB_MAX_BYTES / 2 - 1, "1", JSONB_SAME);
	long_array(JSONB_MAX_BYTES / 2, "1", JSONB_LONG);
	/* Few bytes that become many when jsonb is cast to text. */
	long_array(1, "1e131071", JSONB_SAME);
	long_array(2, "1e131071", JSONB_LONG);
	long_array(16, "1e-16383", JSONB_LONG);
	long_array(2, "1e131072", JSONB_CHANGED);
	return done_testing();
}
