/* u-object: members of an object by their names. */
#include "config.h"

#include "libcar/data/object.h"
#include "t/lib/tap.h"

static struct object o;
static struct status st;

static int
take(const char *text)
{
	return object_open(&o, text, strlen(text), &st);
}

static void
is_slice(struct slice got, const char *want, const char *name)
{
	if (want == NULL)
		ok(got.at == NULL && got.len == 0, "%s: nothing", name);
	else
		is_mem(got.at, got.len, want, strlen(want), "%s", name);
}

static void
test_members(void)
{
	is_int(take(" {\"a\":\"x\", \"b\" : [1, {\"a\":2}],\"c\":true,"
		    "\"d\":null,\"e\":\"\",\"f\":\"\\u0041\\n\",\"a\":\"y\","
		    "\"\\u0067\":1} "),
	    0, "taken");
	is_slice(object_get(&o, "a"), "x", "the first of a name");
	is_slice(object_get(&o, "b"), NULL, "no string");
	is_slice(object_get(&o, "d"), NULL, "null");
	is_slice(object_get(&o, "e"), "", "an empty one");
	is_slice(object_get(&o, "f"), "A\n", "escapes");
	is_slice(object_get(&o, "h"), NULL, "absent");
	is_slice(object_get_json(&o, "a"), "\"x\"", "JSON of a string");
	is_slice(object_get_json(&o, "b"), "[1, {\"a\":2}]",
	    "JSON of an array");
	is_slice(object_get_json(&o, "f"), "\"\\u0041\\n\"", "with escapes");
	is_slice(object_get_json(&o, "g"), "1", "a name with escapes");
	is_slice(object_get_json(&o, "h"), NULL, "JSON of none");
	ok(object_is_true(&o, "c"), "true");
	ok(!object_is_true(&o, "a") && !object_is_true(&o, "h"), "not true");
}

static void
test_bad(void)
{
	static const char *const bad[] = { "", "[]", "5", "{", "{\"a\":1}x",
		"{\"a\":1,}", "{\"a\":\"\xff\"}", "x", "\"a\"" };
	size_t i;

	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		is_int(take(bad[i]), -1, "refused: %s", bad[i]);
		is_int(st.code, STATUS_BAD_SYNTAX, "its code");
		is_slice(object_get_json(&o, "a"), NULL, "no members");
	}
	is_int(take("{}"), 0, "an empty one");
	is_slice(object_get(&o, "a"), NULL, "has none");
}

/* Borrowed values stay as they are, however often the same member is
 * requested. */
static void
test_lent(void)
{
	struct slice first, second;
	int i;

	is_int(take("{\"a\":\"\\\"1\",\"b\":\"\\\\22\",\"c\":\"3\"}"), 0,
	    "taken");
	first = object_get(&o, "a");
	second = object_get(&o, "b");
	for (i = 0; i < 100; i++)
		object_get(&o, i % 2 == 0 ? "b" : "a");
	is_slice(first, "\"1", "the first");
	is_slice(second, "\\22", "the second");
	is_slice(object_get(&o, "c"), "3", "one without escapes");
	object_clear(&o);
	is_slice(object_get(&o, "c"), NULL, "cleared");
	object_free(&o);
	ok(o.text == NULL && o.scratch.data == NULL, "freed");
}

/* Every character of one or two bytes, escaped. */
static void
test_characters(void)
{
	char text[64], want[4];
	struct slice got;
	int c, n;

	for (c = 1; c < 0x800; c++) {
		sprintf(text, "{\"k\":\"<\\u%04x\"}", (unsigned)c);
		n = c < 0x80 ?
		    sprintf(want, "<%c", c) :
		    sprintf(want, "<%c%c", 0xc0 | c >> 6, 0x80 | (c & 0x3f));
		got.at = NULL;
		if (take(text) == 0)
			got = object_get(&o, "k");
		if (got.at == NULL || got.len != (size_t)n ||
		    memcmp(got.at, want, n) != 0)
			break;
	}
	is_int(c, 0x800, "all escapes of up to two bytes");
	is_int(take("{\"k\":\"\\ud83d\\ude00\"}"), 0, "a pair");
	is_slice(object_get(&o, "k"), "\xf0\x9f\x98\x80", "is one character");
}

/* A wrong value loses only itself. */
static void
test_loose(void)
{
	static const char *const values[] = { "\"\\ud83d\"", "\"\\x\"",
		"\"\xff\"", "\"\n\"", "[\"\\ud83d\"]", "{\"b\" 1}", "[1}",
		"1.5.6", "01", "NaN", "tru" };
	char text[128];
	size_t i;

	for (i = 0; i < sizeof(values) / sizeof(values[0]); i++) {
		snprintf(text, sizeof(text),
		    "{\"a\":\"\\u0041\", \"x\" :%s ,\"c\":true, \"b\":[1]}",
		    values[i]);
		is_int(take(text), -1, "strictly no object: %s", values[i]);
		is_int(object_open_loose(&o, text, strlen(text), &st), 0,
		    "taken loosely");
		is_slice(object_get(&o, "a"), "A", "the member before");
		is_slice(object_get(&o, "x"), NULL, "no string");
		ok(!object_is_true(&o, "x"), "not true");
		is_slice(object_get_json(&o, "x"), values[i], "as written");
		is_slice(object_get_json(&o, "b"), "[1]", "the last member");
		ok(object_is_true(&o, "c"), "and the one behind");
		is_slice(object_get_json(&o, "d"), NULL, "absent");
	}
	is_int(object_open_loose(&o, "{\"a\":1 \"b\":2}", 13, &st), -1,
	    "a broken structure");
	is_int(st.code, STATUS_BAD_SYNTAX, "its code");
	is_slice(object_get_json(&o, "a"), NULL, "no members");
	is_int(object_open_loose(&o, "[]", 2, &st), -1, "an array");
	is_int(object_open_loose(&o, NULL, 0, &st), -1, "nothing");
	is_int(take("{\"a\":\"\\ud83d\"}"), -1, "strict again");
}

int
main(void)
{
	is_slice(object_get(&o, "a"), NULL, "all zero: no members");
	is_slice(object_get_json(&o, "a"), NULL, "nor any JSON");
	test_members();
	test_bad();
	test_lent();
	test_characters();
	test_loose();
	object_free(&o);
	return done_testing();
}
