/* The JSON reader and writer: valid, invalid and random texts. */
#include "config.h"

#include "libcar/data/json.h"
#include "libcar/data/syntax.h"
#include "t/lib/copy.h"
#include "t/lib/random.h"
#include "t/lib/tap.h"

/* How the reader sees a text: a letter for each token, `!` for an error, `$`
 * for the end. */
static const char *
trace(const char *text, size_t len)
{
	static const char letters[] = "!${}[]ks0tfn";
	static char out[2000];
	enum json_kind kind;
	struct status st;
	struct json j;
	size_t n = 0;
	char *p = copy(text, len);

	json_open(&j, p, len);
	do {
		kind = json_next(&j, &st);
		out[n++] = letters[kind + 1];
	} while (kind != JSON_ERROR && kind != JSON_END && n < sizeof(out) - 1);
	out[n] = '\0';
	free(p);
	return out;
}

static bool
is_valid(const char *text, size_t len)
{
	const char *said = trace(text, len);

	return said[strlen(said) - 1] == '$';
}

#define TEXT(s) \
	{ \
		s, sizeof(s) - 1 \
	}

static const struct text {
	const char *p;
	size_t len;
} valid[] = {
	TEXT("0"),
	TEXT("-0"),
	TEXT("10"),
	TEXT("1.5"),
	TEXT("-1.50e+10"),
	TEXT("1E-2"),
	TEXT("0e0"),
	TEXT("0.0"),
	TEXT("\"\""),
	TEXT("\"\\\"\\\\\\/\\b\\f\\n\\r\\t\\u0000\\uFfFf\""),
	TEXT("true"),
	TEXT("false"),
	TEXT("null"),
	TEXT("[]"),
	TEXT("{}"),
	TEXT("[[],{}]"),
	TEXT(" \t\r\n[ 1 , 2 ] \t\r\n"),
	TEXT("{\"a\":1,\"a\":2}"),
	TEXT("{ \"a\" : { \"b\" : [ null ] } }"),
	TEXT("{\"\":\"\"}"),
	TEXT("\"\\ud83e\\udd8b\""),
	TEXT("\"\\uD800\\uDC00\""),
	TEXT("\"\\udbff\\udfff\""),
	TEXT("\"\\ud7ff\\ue000\""),
	TEXT("\"\xc2\x80\xdf\xbf\xe0\xa0\x80\xed\x9f\xbf\xee\x80\x80\""),
	TEXT("\"\xf0\x90\x80\x80\xf4\x8f\xbf\xbf\""),
	TEXT("\"\x7f\""),
	TEXT("\"1234567\xc3\xa4\""),
	TEXT("\"12345678\\n\""),
	TEXT("123456789012345678901234567890"),
};

static const struct text invalid[] = {
	TEXT(""),
	TEXT(" "),
	TEXT("\n"),
	TEXT("nul"),
	TEXT("nulll"),
	TEXT("True"),
	TEXT("tru\0"),
	TEXT("NaN"),
	TEXT("Infinity"),
	TEXT("-Infinity"),
	TEXT("'a'"),
	TEXT("a"),
	TEXT("/**/1"),
	TEXT("01"),
	TEXT("-"),
	TEXT("-01"),
	TEXT("+1"),
	TEXT(".5"),
	TEXT("1."),
	TEXT("1.e1"),
	TEXT("1e"),
	TEXT("1e+"),
	TEXT("0x10"),
	TEXT("1_0"),
	TEXT("--1"),
	TEXT("1 2"),
	TEXT("1,"),
	TEXT("[1,]"),
	TEXT("[,1]"),
	TEXT("[1 2]"),
	TEXT("[1"),
	TEXT("["),
	TEXT("]"),
	TEXT("[}"),
	TEXT("{]"),
	TEXT("{"),
	TEXT("}"),
	TEXT("{\"a\"}"),
	TEXT("{\"a\":}"),
	TEXT("{\"a\":1,}"),
	TEXT("{,}"),
	TEXT("{a:1}"),
	TEXT("{1:1}"),
	TEXT("{\"a\" 1}"),
	TEXT("{\"a\":1 \"b\":2}"),
	TEXT("{\"a\":1:2}"),
	TEXT("{\"a\",1}"),
	TEXT("[\"a\":1]"),
	TEXT("{\"a\":1}}"),
	TEXT("[]]"),
	TEXT("[1],"),
	TEXT("{null:1}"),
	TEXT("\""),
	TEXT("\"a"),
	TEXT("\"\\\""),
	TEXT("\"\\x41\""),
	TEXT("\"\\'\""),
	TEXT("\"\\U0041\""),
	TEXT("\"\\u\""),
	TEXT("\"\\u004\""),
	TEXT("\"\\u004g\""),
	TEXT("\"\\u-041\""),
	TEXT("\"\\u 041\""),
	TEXT("\"\\\0\""),
	TEXT("\"\\ud800\""),
	TEXT("\"\\udc00\""),
	TEXT("\"\\ud800\\n\""),
	TEXT("\"\\ud800\\u0041\""),
	TEXT("\"\\ud800\\ud800\""),
	TEXT("\"\\udc00\\ud800\""),
	TEXT("\"\\udc00\\udc00\""),
	TEXT("\"\\ud800x\\udc00\""),
	TEXT("\"\\ud83e\\udd8\""),
	TEXT("\"\n\""),
	TEXT("\"\t\""),
	TEXT("\"\0\""),
	TEXT("\"\x1f\""),
	TEXT("\"1234567\x01\""),
	TEXT("\"\x80\""),
	TEXT("\"\xff\""),
	TEXT("\"\xc0\x80\""),
	TEXT("\"\xc1\xbf\""),
	TEXT("\"\xe0\x9f\xbf\""),
	TEXT("\"\xc3\""),
	TEXT("\"\xed\xa0\x80\""),
	TEXT("\"\xed\xbf\xbf\""),
	TEXT("\"\xf0\x8f\xbf\xbf\""),
	TEXT("\"\xf4\x90\x80\x80\""),
	TEXT("\"\xf5\x80\x80\x80\""),
	TEXT("\"\xe2\x82\""),
	TEXT("\"\xf0\x9f\xa6\""),
	TEXT("\"\xe2\x28\xa1\""),
	TEXT("1\0"),
	TEXT("\0"),
	TEXT("[\0]"),
	TEXT("\xef\xbb\xbf{}"),
	TEXT("[]\xc2\xa0"),
	TEXT("[\v1]"),
	TEXT("[\f1]"),
	TEXT("nullnull"),
	TEXT("\"a\"\"b\""),
};

static void
test_texts(void)
{
	size_t i;

	for (i = 0; i < sizeof(valid) / sizeof(valid[0]); i++)
		ok(is_valid(valid[i].p, valid[i].len), "valid: %s", valid[i].p);
	for (i = 0; i < sizeof(invalid) / sizeof(invalid[0]); i++)
		ok(!is_valid(invalid[i].p, invalid[i].len), "invalid: %s",
		    invalid[i].p);
}

static void
test_traces(void)
{
	static const char *const pairs[][2] = {
		{ "{\"a\":[1,\"b\",true],\"c\":{}}", "{k[0st]k{}}$" },
		{ "[[[]],[null,false],-1e3]", "[[[]][nf]0]$" },
		{ "[1,x]", "[0!" },
		{ "{\"a\":1]", "{k0!" },
		{ "[1}", "[0!" },
		{ "[] []", "[]!" },
	};
	size_t i;

	for (i = 0; i < sizeof(pairs) / sizeof(pairs[0]); i++)
		is_str(trace(pairs[i][0], strlen(pairs[i][0])), pairs[i][1],
		    "tokens of %s", pairs[i][0]);
}

/* A container that is cut is never valid, and never read beyond its end. */
static void
test_cut(void)
{
	static const char text[] =
	    " {\"k\\u00e4\\ud83e\\udd8b\":[1.5e-3,true,"
	    "\"0123456789\xf0\x9f\xa6\x8b\\n\",{\"\":[null,false]}],\"z\":-0} ";
	size_t len = strlen(text) - 1, cut;
	bool held = is_valid(text, len);

	for (cut = 0; cut < len; cut++)
		held = held && !is_valid(text, cut);
	ok(held, "cut at each byte");
}

/* Nested containers: arrays where the pattern has `[`. */
static bool
nested(size_t depth, const char *pattern, bool wrong_end)
{
	char *text = malloc(depth * 7), *p = text;
	size_t n = strlen(pattern), i;
	bool held;

	for (i = 0; i < depth; i++) {
		if (pattern[i % n] == '[')
			*p++ = '[';
		else {
			memcpy(p, "{\"a\":", 5);
			p += 5;
		}
	}
	if (pattern[(depth - 1) % n] == '{')
		*p++ = '0';
	for (; i > 0; i--)
		*p++ = (pattern[(i - 1) % n] == '[') != wrong_end ? ']' : '}';
	held = is_valid(text, p - text);
	free(text);
	return held;
}

static void
test_depth(void)
{
	ok(nested(JSON_MAX_DEPTH, "[", false), "arrays as deep as allowed");
	ok(nested(JSON_MAX_DEPTH, "{", false), "objects as deep as allowed");
	ok(nested(JSON_MAX_DEPTH, "[{{[{[[[[{", false), "both");
	ok(!nested(JSON_MAX_DEPTH, "[{{[{[[[[{", true), "with wrong ends");
	ok(!nested(JSON_MAX_DEPTH + 1, "[", false), "arrays one too deep");
	ok(!nested(JSON_MAX_DEPTH + 1, "{", false), "objects one too deep");
	ok(!nested(1000000, "[", false), "a million deep");
}

static void
test_error_sticks(void)
{
	static const char text[] = "[1, x, 2]";
	struct status st = { .code = STATUS_OK };
	struct json j;

	json_open(&j, text, strlen(text));
	json_next(&j, &st);
	json_next(&j, &st);
	ok(json_next(&j, &st) == JSON_ERROR, "an error");
	is_int(st.code, STATUS_BAD_SYNTAX, "its code");
	is_int(st.pos, 4, "its position");
	ok(json_next(&j, &st) == JSON_ERROR, "it sticks");
	ok(json_skip(&j, &st) == JSON_ERROR, "also when skipping");
}

/* For every value of a text, json_skip() returns its text. */
static void
test_skip(void)
{
	static const char text[] =
	    "{\"a\": [1, {\"b\":null}] ,\"c\" :\"x\\\"]\", \"d\": -2.5 }";
	static const char *const values[] = { "[1, {\"b\":null}]", "\"x\\\"]\"",
		"-2.5" };
	struct status st;
	struct json j;
	size_t i;

	json_open(&j, text, strlen(text));
	ok(json_next(&j, &st) == JSON_OBJECT, "skip: an object");
	for (i = 0; i < 3; i++) {
		json_next(&j, &st);
		json_skip(&j, &st);
		is_mem(j.tok, j.tok_len, values[i], strlen(values[i]),
		    "skip: value %zu", i);
	}
	ok(json_next(&j, &st) == JSON_OBJECT_END &&
		json_next(&j, &st) == JSON_END,
	    "skip: the end");
	json_open(&j, text, strlen(text));
	ok(json_skip(&j, &st) == JSON_OBJECT && j.tok == text &&
		j.tok_len == strlen(text) && json_next(&j, &st) == JSON_END,
	    "skip: all");
	json_open(&j, "[1,[2,}]]", 9);
	ok(json_skip(&j, &st) == JSON_ERROR, "skip: is strict");
}

static void
test_text_of(const char *text, const char *want, size_t len)
{
	struct buf b = { .len = 0 };
	struct status st;
	struct json j;

	json_open(&j, text, strlen(text));
	json_next(&j, &st);
	json_text(&j, &b);
	is_mem(b.data, b.len, want, len, "text of %s", text);
	if (memchr(want, '\0', len) == NULL) {
		ok(json_is(&j, want), "is %s", text);
		ok(!json_is(&j, "another"), "isn't another");
		buf_putc(&b, 'x');
		buf_putc(&b, '\0');
		ok(!json_is(&j, b.data), "isn't with one more");
		if (len > 0) {
			b.data[len - 1] = '\0';
			ok(!json_is(&j, b.data), "isn't with one less");
		}
	} else
		ok(!json_is(&j, want), "a NUL ends no text: %s", text);
	buf_free(&b);
}

static void
test_strings(void)
{
	test_text_of("\"\"", "", 0);
	test_text_of("\"plain\"", "plain", 5);
	test_text_of("\"\\u0070lain\"", "plain", 5);
	test_text_of("\"\\\"\\\\\\/\\b\\f\\n\\r\\t\"", "\"\\/\b\f\n\r\t", 8);
	test_text_of("\"\\u00e4\\u20AC\\ud83e\\udd8b\"",
	    "\xc3\xa4\xe2\x82\xac\xf0\x9f\xa6\x8b", 9);
	test_text_of("\"\\u007f\\u0080\\u07ff\\u0800\"",
	    "\x7f\xc2\x80\xdf\xbf\xe0\xa0\x80", 8);
	test_text_of("\"\\ud800\\udc00\\udbff\\udfff\"",
	    "\xf0\x90\x80\x80\xf4\x8f\xbf\xbf", 8);
	test_text_of("\"a\\u0000b\"", "a\0b", 3);
	test_text_of("\"\\u0000\"", "\0", 1);
}

static void
test_integer(const char *text, bool fits, int64_t want)
{
	int64_t value = 77;
	struct status st;
	struct json j;
	int rc;

	json_open(&j, text, strlen(text));
	json_next(&j, &st);
	rc = json_integer(&j, &value);
	ok(rc == (fits ? 0 : -1) && value == (fits ? want : 77), "integer %s%s",
	    text, fits ? "" : ": none");
}

static void
test_integers(void)
{
	test_integer("0", true, 0);
	test_integer("-0", true, 0);
	test_integer("-1", true, -1);
	test_integer("9007199254740993", true, 9007199254740993);
	test_integer("9223372036854775807", true, INT64_MAX);
	test_integer("-9223372036854775808", true, INT64_MIN);
	test_integer("9223372036854775808", false, 0);
	test_integer("-9223372036854775809", false, 0);
	test_integer("18446744073709551616", false, 0);
	test_integer("92233720368547758070", false, 0);
	test_integer("100000000000000000000000000000000000", false, 0);
	test_integer("1.0", false, 0);
	test_integer("1e3", false, 0);
}

/* The simple version of json_quote(). */
static char *
plain_quote(char *out, const char *text, size_t len, bool *bad)
{
	static const char hex[] = "0123456789abcdef";
	static const char from[] = "\"\\\b\f\n\r\t", to[] = "\"\\bfnrt";
	const char *found;
	size_t i, n;

	*out++ = '"';
	for (i = 0; i < len; i += n) {
		n = syntax_utf8_len((const uint8_t *)text + i, len - i);
		*bad |= n == 0;
		if (n == 0) {
			memcpy(out, "\xef\xbf\xbd", 3);
			out += 3;
			n = 1;
		} else if (text[i] != '\0' &&
		    (found = strchr(from, text[i])) != NULL) {
			*out++ = '\\';
			*out++ = to[found - from];
		} else if ((unsigned char)text[i] < 0x20) {
			memcpy(out, "\\u00", 4);
			out[4] = hex[text[i] >> 4];
			out[5] = hex[text[i] & 15];
			out += 6;
		} else {
			memcpy(out, text + i, n);
			out += n;
		}
	}
	*out++ = '"';
	return out;
}

/* Mostly plain, so that whole words are plain; some characters of any kind. */
static size_t
random_text(char *text, size_t max, bool bytes)
{
	static const char *const odd[] = { "\"", "\\", "\n", "\x01", "\x1f",
		"\x7f", "\xc3\xa4", "\xe2\x82\xac", "\xf0\x9f\xa6\x8b", " ",
		"\xed\x9f\xbf", "/" };
	unsigned plain = rnd() % 20;
	size_t n = 0, len = rnd() % max;
	const char *s;

	while (n < len) {
		if (rnd() % 20 < plain)
			text[n++] = 0x20 + rnd() % 0x5f;
		else if (bytes)
			text[n++] = rnd() % 3 == 0 ? rnd() % 32 : rnd();
		else {
			s = odd[rnd() % (sizeof(odd) / sizeof(odd[0]))];
			memcpy(text + n, s, strlen(s));
			n += strlen(s);
		}
	}
	return n;
}

/* Write both into exactly the memory that the header asks for. */
static bool
same_quote(const char *text, size_t len)
{
	char *p = copy(text, len), *got = malloc(6 * len + 2);
	char *want = malloc(6 * len + 2);
	bool bad = false, want_bad = false, held;
	size_t n = json_quote(got, p, len, &bad) - got;
	size_t want_n = plain_quote(want, p, len, &want_bad) - want;

	held = n == want_n && bad == want_bad && memcmp(got, want, n) == 0;
	if (!held)
		is_mem(got, n, want, want_n, "quoted");
	free(p);
	free(got);
	free(want);
	return held;
}

static void
test_quote(void)
{
	char text[300];
	bool held = true;
	int i, at;

	for (i = 0; i < 256; i++) /* each byte at each place of a word */
		for (at = 0; at < 20; at++) {
			memset(text, 'a', 20);
			text[at] = i;
			held = held && same_quote(text, 20) &&
			    same_quote(text, at + 1);
		}
	ok(held, "quote: as byte by byte, each byte");
	for (i = 0; i < 20000; i++)
		held = held && same_quote(text, random_text(text, 200, i % 2));
	ok(held, "quote: as byte by byte, at random");
}

/* Text to JSON and back. A text that isn't UTF-8 becomes valid JSON. */
static bool
round_trip(const char *text, size_t len, bool utf8)
{
	struct buf out = { .len = 0 }, back = { .len = 0 };
	struct json_writer w = { &out, false };
	struct status st;
	struct json j;
	bool held;

	json_write_string(&w, text, len);
	json_open(&j, out.data, out.len);
	held = json_next(&j, &st) == JSON_STRING;
	if (held)
		json_text(&j, &back);
	held = held && json_next(&j, &st) == JSON_END &&
	    (!utf8 ||
		(back.len == len &&
		    (len == 0 || memcmp(back.data, text, len) == 0)));
	buf_free(&out);
	buf_free(&back);
	return held;
}

static void
test_round_trip(void)
{
	char text[300];
	bool held = true;
	int i;

	for (i = 0; i < 20000; i++)
		held = held &&
		    round_trip(text, random_text(text, 200, false), true);
	ok(held, "round trip of texts");
	for (i = 0; i < 20000; i++)
		held = held &&
		    round_trip(text, random_text(text, 200, true), false);
	ok(held, "bytes that aren't UTF-8 become valid JSON");
}

/* Random changes of a valid text: the reader ends, and within the text. */
static void
test_mutations(void)
{
	static const char text[] =
	    "{\"a\":[1,-2.5e7,\"b\\u00e4\xc3\xa4\"],\"c\":{\"d\":[true,null]}}";
	static const char bytes[] = "{}[]\",:\\u0dtn- e.\x80\xf0";
	char changed[sizeof(text)];
	size_t len = sizeof(text) - 1, valids = 0;
	int i, n;

	for (i = 0; i < 50000; i++) {
		memcpy(changed, text, len);
		for (n = 1 + rnd() % 3; n > 0; n--)
			changed[rnd() % len] =
			    bytes[rnd() % (sizeof(bytes) - 1)];
		valids += is_valid(changed, 1 + rnd() % len);
	}
	ok(valids < 10000, "mutations: %zu of 50000 valid", valids);
}

static void
test_writer(void)
{
	static const char want[] =
	    "{\"a\":[],\"b\":{},\"c\":[1,-9223372036854775808,"
	    "true,false,null,\"x\",[2],{\"y\":3}],\"d\":{\"$bytes\":\"AQI\"},"
	    "\"e\":null,\"t\":\"\",\"f\":\"\\u0000\",\"g\":[0]}";
	const struct slice none = { NULL, 0 }, text = slice_of("");
	struct buf out = { .len = 0 };
	struct json_writer w = { &out, false };

	json_write_object(&w);
	json_write_key(&w, "a");
	json_write_array(&w);
	json_write_array_end(&w);
	json_write_key(&w, "b");
	json_write_object(&w);
	json_write_object_end(&w);
	json_write_key(&w, "c");
	json_write_array(&w);
	json_write_integer(&w, 1);
	json_write_integer(&w, INT64_MIN);
	json_write_bool(&w, true);
	json_write_bool(&w, false);
	json_write_null(&w);
	json_write_string(&w, "x", 1);
	json_write_array(&w);
	json_write_integer(&w, 2);
	json_write_array_end(&w);
	json_write_object(&w);
	json_write_key_n(&w, "yz", 1);
	json_write_integer(&w, 3);
	json_write_object_end(&w);
	json_write_array_end(&w);
	json_write_key(&w, "d");
	json_write_bytes(&w, "\x01\x02", 2);
	json_write_member(&w, "e", NULL);
	json_write_text(&w, "none", &none);
	json_write_text(&w, "t", &text);
	json_write_key(&w, "f");
	json_write_string(&w, "\0", 1);
	json_write_key(&w, "g");
	json_write_raw(&w, "[0]", 3);
	json_write_object_end(&w);
	is_mem(out.data, out.len, want, strlen(want), "all that is written");
	ok(is_valid(out.data, out.len), "and it is valid");
	buf_free(&out);
}

int
main(void)
{
	test_texts();
	test_traces();
	test_cut();
	test_depth();
	test_error_sticks();
	test_skip();
	test_strings();
	test_integers();
	test_quote();
	test_round_trip();
	test_mutations();
	test_writer();
	return done_testing();
}
