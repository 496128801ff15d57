/* The members and elements of texts whose values may be wrong. */
#include "config.h"

#include "libcar/data/json.h"
#include "libcar/data/outline.h"
#include "t/lib/tap.h"

/* What an outline finds: "key=value" or "value" each, then '.' at the end or
 * '!' if the structure is broken. */
static const char *
outline(const char *text, size_t len)
{
	static char got[256];
	struct slice key, value;
	struct outline o;
	char *p = got;
	int rc = -1;

	if (outline_open(&o, text, len) != '\0')
		while ((rc = outline_next(&o, &key, &value)) == 1) {
			if (key.at != NULL)
				p += sprintf(p, "%.*s=", (int)key.len, key.at);
			p += sprintf(p, "%.*s ", (int)value.len, value.at);
		}
	strcpy(p, rc == 0 ? "." : "!");
	return got;
}

static void
test_good(void)
{
	static const char *const texts[][2] = {
		{ "{}", "." },
		{ " [ ] ", "." },
		{ "[1]", "1 ." },
		{ " [ 1 , \"a\" , {} , [] , null ] \n",
		    "1 \"a\" {} [] null ." },
		{ "{\"a\":1,\"b\" : {\"c\":[\"}\"]} }",
		    "\"a\"=1 \"b\"={\"c\":[\"}\"]} ." },
		{ "[\"]\",\"\\\"]\",\"\\\\\"]", "\"]\" \"\\\"]\" \"\\\\\" ." },
	};
	size_t i;

	for (i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
		is_str(outline(texts[i][0], strlen(texts[i][0])), texts[i][1],
		    "%s", texts[i][0]);
}

/* An error inside a value doesn't matter. */
static void
test_wrong_values(void)
{
	static const char *const values[] = { "\"\\ud83d\"", "\"\\x\"",
		"\"\xff\"", "\"\t\"", "{\"\\ud83d\":[\"\\q\"]}", "{1,2:}",
		"[1}", "{1]", "-", "1e", "nul", "x/y", "'a'" };
	char text[64], want[64];
	size_t i;

	for (i = 0; i < sizeof(values) / sizeof(values[0]); i++) {
		sprintf(text, "[7,%s,{\"a\":8}]", values[i]);
		sprintf(want, "7 %s {\"a\":8} .", values[i]);
		is_str(outline(text, strlen(text)), want, "%s", values[i]);
	}
}

static void
test_broken(void)
{
	static const char *const texts[][2] = {
		{ "", "!" },
		{ " ", "!" },
		{ "1", "!" },
		{ "\"a\"", "!" },
		{ "[", "!" },
		{ "[1", "1 !" },
		{ "[1,", "1 !" },
		{ "[1,]", "1 !" },
		{ "[,1]", "!" },
		{ "[1 2]", "1 !" },
		{ "[1}", "1 !" },
		{ "[[1]", "[1] !" },
		{ "[{\"a\":[1]", "!" },
		{ "[\"a]", "!" },
		{ "[\"a\\\"]", "!" },
		{ "[\"a\\", "!" },
		{ "[1]]", "1 !" },
		{ "[1],", "1 !" },
		{ "{\"a\"}", "!" },
		{ "{\"a\":}", "!" },
		{ "{\"a\":1,}", "\"a\"=1 !" },
		{ "{\"a\":1 \"b\":2}", "\"a\"=1 !" },
		{ "{a:1}", "!" },
		{ "{1:1}", "!" },
	};
	size_t i;

	for (i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
		is_str(outline(texts[i][0], strlen(texts[i][0])), texts[i][1],
		    "broken: %s", texts[i][0]);
	is_str(outline("[1\0]", 4), "1 .", "a NUL ends nothing");
	is_str(outline(NULL, 0), "!", "nothing");
}

/* Every text that is cut is invalid. */
static void
test_cut(void)
{
	static const char text[] =
	    "{\"a\":[1,{\"b\":\"\\\\\"}],\"c\":\"\\\"\",\"d\":null}";
	size_t len;

	for (len = 0; len < sizeof(text) - 1; len++)
		if (strchr(outline(text, len), '!') == NULL)
			break;
	is_int(len, sizeof(text) - 1, "cut after each byte");
	ok(strchr(outline(text, len), '!') == NULL, "and the whole");
}

static void
test_deep(void)
{
	static char text[4 * JSON_MAX_DEPTH + 8];
	struct slice key, value;
	struct outline o;
	size_t n = 2 * JSON_MAX_DEPTH;

	text[0] = '[';
	memset(text + 1, '[', n);
	memset(text + 1 + n, ']', n);
	strcpy(text + 1 + 2 * n, ",7]");
	is_int(outline_open(&o, text, strlen(text)), '[', "an array");
	is_int(outline_next(&o, &key, &value), 1, "a deep element");
	is_int(value.len, 2 * n, "all of it");
	is_int(outline_next(&o, &key, &value), 1, "and the next one");
	is_mem(value.at, value.len, "7", 1, "is found");
	is_int(outline_next(&o, &key, &value), 0, "the end");
}

int
main(void)
{
	test_good();
	test_wrong_values();
	test_broken();
	test_cut();
	test_deep();
	return done_testing();
}
