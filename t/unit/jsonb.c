/* u-jsonb: which JSON texts jsonb keeps, and what it gets for the others. */
#include "config.h"

#include "libcar/db/jsonb.h"
#include "t/lib/tap.h"

static void
kept(const char *text)
{
	struct status st;

	is_int(jsonb_keeps(text, strlen(text), &st), 1, "keeps %s", text);
}

static void
changed(const char *text, const char *want)
{
	struct buf out = { 0 };
	struct status st;

	is_int(jsonb_keeps(text, strlen(text), &st), 0, "not %s", text);
	jsonb_write(text, strlen(text), &out);
	is_mem(out.data, out.len, want, strlen(want), "but %s", want);
	buf_free(&out);
}

/* A number of n digits, with what stands before and after them. */
static void
number(const char *before, size_t n, const char *after, bool keeps)
{
	struct buf b = { 0 };
	struct status st;
	size_t i;

	buf_puts(&b, before);
	for (i = 0; i < n; i++)
		buf_putc(&b, '1');
	buf_puts(&b, after);
	is_int(jsonb_keeps(b.data, b.len, &st), keeps, "%s%zu digits%s", before,
	    n, after);
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
	/* jsonb itself keeps one of them. */
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
	return done_testing();
}
