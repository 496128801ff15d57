/* DAG-CBOR and its JSON: vectors, tables, limits, and libcbor as an oracle. */
#include "config.h"

#include <cbor.h>

#include "libcar/base/basen.h"
#include "libcar/data/cid.h"
#include "libcar/data/dagcbor.h"
#include "libcar/data/dagjson.h"
#include "libcar/data/json.h"
#include "libcar/data/syntax.h"
#include "t/lib/copy.h"
#include "t/lib/random.h"
#include "t/lib/tap.h"

/* Is it exactly one strict value? */
static bool
is_strict(const void *bytes, size_t len, struct status *st)
{
	uint8_t *p = copy(bytes, len);
	struct dagcbor d;
	bool strict;

	dagcbor_open(&d, p, len);
	strict = dagcbor_skip(&d, st) == 0 && d.at == d.end;
	free(p);
	return strict;
}

/* The JSON of a block; NULL if it has none. */
static const char *
json_of(const void *bytes, size_t len, struct status *st)
{
	static struct buf out;
	uint8_t *p = copy(bytes, len);
	int rc;

	out.len = 0;
	rc = dagjson_from_block(&out, p, len, st);
	free(p);
	if (rc == -1) {
		if (out.len > 0)
			printf("not ok 0 - an error left something\n");
		return NULL;
	}
	buf_putc(&out, '\0');
	return out.data;
}

/* The block of a JSON text; -1 if it has none. */
static int
block_of(struct buf *out, const char *text, size_t len, bool typed,
    struct status *st)
{
	char *p = (char *)copy(text, len);
	struct json j;
	int rc;

	json_open(&j, p, len);
	rc = dagjson_to_block(out, &j, typed, st);
	if (rc == 0 && json_next(&j, st) != JSON_END)
		rc = -1;
	free(p);
	return rc;
}

/* Vectors: a list of objects on standard input */

struct vector {
	struct buf note, json, base64, cid;
};

static void
slurp(struct buf *b)
{
	size_t n = 1;

	while (n > 0) {
		buf_reserve(b, 1 << 16);
		b->len += n = fread(b->data + b->len, 1, 1 << 16, stdin);
	}
}

/* A string's text, with a NUL; for `json`, the JSON itself, unchanged. */
static void
read_member(struct vector *v, struct json *j, struct status *st)
{
	struct buf *to = json_is(j, "json") ? &v->json :
	    json_is(j, "cbor_base64")       ? &v->base64 :
	    json_is(j, "cid")               ? &v->cid :
					      &v->note;

	to->len = 0;
	if (to == &v->json) {
		json_skip(j, st);
		buf_put(to, j->tok, j->tok_len);
	} else if (json_next(j, st) == JSON_STRING)
		json_text(j, to);
	buf_putc(to, '\0');
}

static void
free_vector(struct vector *v)
{
	buf_free(&v->note);
	buf_free(&v->json);
	buf_free(&v->base64);
	buf_free(&v->cid);
}

/* JSON, its block in base64, and the block's CID. The block's JSON goes to a
 * file; the script compares it. */
static void
test_fixture(const struct vector *v, FILE *out)
{
	size_t len = v->base64.len - 1;
	uint8_t cid[CID_REPO_BYTES], *want = calloc(1, len);
	ssize_t n = base64_parse(want, len, v->base64.data, len);
	struct buf got = { .len = 0 };
	char text[CID_MAX_TEXT + 1];
	struct status st;
	const char *json;

	ok(block_of(&got, v->json.data, v->json.len - 1, true, &st) == 0,
	    "fixture is read");
	is_mem(got.data, got.len, want, n, "its block");
	cid_of_block(cid, got.data, got.len);
	text[cid_format(text, cid, sizeof(cid))] = '\0';
	is_str(text, v->cid.data, "its CID");
	ok(is_strict(want, n, &st), "it is strict");
	if ((json = json_of(want, n, &st)) != NULL)
		fprintf(out, "%s\n", json);
	ok(json != NULL, "it has JSON");
	buf_free(&got);
	free(want);
}

/* A record's JSON, or an object that can't be a record. */
static void
test_record(const struct vector *v, bool valid)
{
	struct buf b = { .len = 0 };
	struct status st = { .code = STATUS_OK };
	bool is = block_of(&b, v->json.data, v->json.len - 1, true, &st) == 0 &&
	    (uint8_t)b.data[0] >> 5 == 5;

	ok(is == valid, "%s: %s", valid ? "valid" : "invalid", v->note.data);
	if (is != valid)
		diag("%s", st.msg);
	if (is)
		ok(json_of(b.data, b.len, &st) != NULL, "and back");
	buf_free(&b);
}

static int
test_vectors(const char *what, FILE *out)
{
	struct vector v = { .note = { .len = 0 } };
	struct buf text = { .len = 0 };
	enum json_kind kind;
	struct status st;
	struct json j;
	unsigned count = 0;

	slurp(&text);
	json_open(&j, text.data, text.len);
	json_next(&j, &st);
	while ((kind = json_next(&j, &st)) == JSON_OBJECT) {
		while (json_next(&j, &st) == JSON_KEY)
			read_member(&v, &j, &st);
		if (strcmp(what, "fixtures") == 0)
			test_fixture(&v, out);
		else
			test_record(&v, strcmp(what, "valid") == 0);
		count++;
	}
	ok(kind == JSON_ARRAY_END && count > 0, "%u vectors", count);
	free_vector(&v);
	buf_free(&text);
	return done_testing();
}

/* Tables */

struct block {
	const char *name, *bytes;
	size_t len;
	const char *said; /* the JSON, or the message without its place */
};

#define BLOCK(name, bytes, said) \
	{ \
		name, bytes, sizeof(bytes) - 1, said \
	}

/* If a length is beyond size_t, libcbor gives its lower bits. */
#if SIZE_MAX > UINT32_MAX
#define IF_64(said) said
#else
#define IF_64(said) "head that isn't the shortest"
#endif

#define CID36 \
	"\x01\x71\x12\x20" \
	"0123456789abcdef0123456789abcdef"
#define B32 "bafyreibqgezdgnbvgy3tqojbmjrwizlggaytemzugu3doobzmfrggzdfmy"

static const struct block good[] = {
	BLOCK("empty map", "\xa0", "{}"),
	BLOCK("integers",
	    "\xa1\x61"
	    "a\x8a\x00\x17\x18\x18\x18\xff"
	    "\x19\x01\x00\x19\xff\xff\x1a\x00\x01\x00\x00\x1a\xff\xff\xff\xff"
	    "\x1b\x00\x00\x00\x01\x00\x00\x00\x00"
	    "\x1b\x7f\xff\xff\xff\xff\xff\xff\xff",
	    "{\"a\":[0,23,24,255,256,65535,65536,4294967295,4294967296,"
	    "9223372036854775807]}"),
	BLOCK("negative integers",
	    "\xa1\x61"
	    "a\x85\x20\x37\x38\x18"
	    "\x3a\xff\xff\xff\xff\x3b\x7f\xff\xff\xff\xff\xff\xff\xff",
	    "{\"a\":[-1,-24,-25,-4294967296,-9223372036854775808]}"),
	BLOCK("an integer that no double has",
	    "\xa1\x61"
	    "a\x1b\x00\x20\x00"
	    "\x00\x00\x00\x00\x01",
	    "{\"a\":9007199254740993}"),
	BLOCK("simple values",
	    "\xa1\x61"
	    "a\x83\xf4\xf5\xf6",
	    "{\"a\":[false,true,null]}"),
	BLOCK("bytes",
	    "\xa1\x61"
	    "a\x84\x40\x41\x00\x42\x01\x02\x43\x01\x02\x03",
	    "{\"a\":[{\"$bytes\":\"\"},{\"$bytes\":\"AA\"},"
	    "{\"$bytes\":\"AQI\"},"
	    "{\"$bytes\":\"AQID\"}]}"),
	BLOCK("text",
	    "\xa1\x61"
	    "a\x69\x00\n\"\\\x7f\xf0\x9f\xa6\x8b",
	    "{\"a\":\"\\u0000\\n\\\"\\\\\x7f\xf0\x9f\xa6\x8b\"}"),
	BLOCK("odd keys", "\xa4\x60\x01\x61\x00\x02\x61\"\x03\x62\xc3\xa4\x04",
	    "{\"\":1,\"\\u0000\":2,\"\\\"\":3,\"\xc3\xa4\":4}"),
	BLOCK("nearly reserved", "\xa3\x64$lin\x01\x66$bytez\x02\x66$links\x03",
	    "{\"$lin\":1,\"$bytez\":2,\"$links\":3}"),
	BLOCK("keys by length first",
	    "\xa3\x61z\x01\x62"
	    "aa\x02\x62"
	    "ab\x03",
	    "{\"z\":1,\"aa\":2,\"ab\":3}"),
	BLOCK("keys by bytes, unsigned", "\xa2\x62zz\x01\x62\xc3\xa4\x02",
	    "{\"zz\":1,\"\xc3\xa4\":2}"),
	BLOCK("short link",
	    "\xa1\x61"
	    "a\xd8\x2a\x45\x00\x01\x71\x00\x00",
	    "{\"a\":{\"$link\":\"bafyqaaa\"}}"),
};

static const struct block bad[] = {
	BLOCK("nothing", "", "value is cut"),
	BLOCK("bytes after the value", "\xa0\xa0", "bytes after the value"),
	BLOCK("not a map: list", "\x80", "record that isn't a map"),
	BLOCK("not a map: null", "\xf6", "record that isn't a map"),
	BLOCK("not a map: text",
	    "\x61"
	    "a",
	    "record that isn't a map"),
	BLOCK("not a map: link", "\xd8\x2a\x45\x00\x01\x71\x00\x00",
	    "record that isn't a map"),
	BLOCK("tagged map", "\xd9\xd9\xf7\xa0", "tag other than 42"),
	BLOCK("half float",
	    "\xa1\x61"
	    "a\xf9\x3c\x00",
	    "float"),
	BLOCK("single float",
	    "\xa1\x61"
	    "a\xfa\x3f\x80\x00\x00",
	    "float"),
	BLOCK("double float",
	    "\xa1\x61"
	    "a\xfb\x3f\xf8\x00\x00\x00\x00\x00\x00",
	    "float"),
	BLOCK("double NaN",
	    "\xa1\x61"
	    "a\xfb\x7f\xf8\x00\x00\x00\x00\x00\x00",
	    "float"),
	BLOCK("half NaN",
	    "\xa1\x61"
	    "a\xf9\x7e\x00",
	    "float"),
	BLOCK("double infinity",
	    "\xa1\x61"
	    "a\xfb\x7f\xf0\x00\x00\x00\x00\x00"
	    "\x00",
	    "float"),
	BLOCK("undefined",
	    "\xa1\x61"
	    "a\xf7",
	    "undefined"),
	BLOCK("simple value 0",
	    "\xa1\x61"
	    "a\xe0",
	    "malformed value"),
	BLOCK("simple value 19",
	    "\xa1\x61"
	    "a\xf3",
	    "malformed value"),
	BLOCK("false in two bytes",
	    "\xa1\x61"
	    "a\xf8\x14",
	    "malformed value"),
	BLOCK("simple value 32",
	    "\xa1\x61"
	    "a\xf8\x20",
	    "malformed value"),
	BLOCK("simple value 255",
	    "\xa1\x61"
	    "a\xf8\xff",
	    "malformed value"),
	BLOCK("break",
	    "\xa1\x61"
	    "a\xff",
	    "indefinite length"),
	BLOCK("indefinite bytes",
	    "\xa1\x61"
	    "a\x5f\x41"
	    "a\xff",
	    "indefinite length"),
	BLOCK("indefinite text",
	    "\xa1\x61"
	    "a\x7f\x61"
	    "a\xff",
	    "indefinite length"),
	BLOCK("indefinite list",
	    "\xa1\x61"
	    "a\x9f\xff",
	    "indefinite length"),
	BLOCK("indefinite map", "\xbf\xff", "indefinite length"),
	BLOCK("reserved 28",
	    "\xa1\x61"
	    "a\x1c",
	    "malformed value"),
	BLOCK("reserved 30",
	    "\xa1\x61"
	    "a\x9e",
	    "malformed value"),
	BLOCK("uint 31",
	    "\xa1\x61"
	    "a\x1f",
	    "malformed value"),
	BLOCK("tag 31",
	    "\xa1\x61"
	    "a\xdf",
	    "malformed value"),
	BLOCK("23 in two bytes",
	    "\xa1\x61"
	    "a\x18\x17",
	    "head that isn't the shortest"),
	BLOCK("255 in three",
	    "\xa1\x61"
	    "a\x19\x00\xff",
	    "head that isn't the shortest"),
	BLOCK("65535 in five",
	    "\xa1\x61"
	    "a\x1a\x00\x00\xff\xff",
	    "head that isn't the shortest"),
	BLOCK("2^32-1 in nine",
	    "\xa1\x61"
	    "a\x1b\x00\x00\x00\x00\xff\xff\xff"
	    "\xff",
	    "head that isn't the shortest"),
	BLOCK("-24 in two",
	    "\xa1\x61"
	    "a\x38\x17",
	    "head that isn't the shortest"),
	BLOCK("length of text",
	    "\xa1\x61"
	    "a\x78\x01"
	    "a",
	    "head that isn't the shortest"),
	BLOCK("length of bytes",
	    "\xa1\x61"
	    "a\x59\x00\x01"
	    "a",
	    "head that isn't the shortest"),
	BLOCK("length of a key",
	    "\xa1\x78\x01"
	    "a\x01",
	    "head that isn't the shortest"),
	BLOCK("length of a list",
	    "\xa1\x61"
	    "a\x98\x00",
	    "head that isn't the shortest"),
	BLOCK("length of the map", "\xb8\x00", "head that isn't the shortest"),
	BLOCK("tag in three bytes",
	    "\xa1\x61"
	    "a\xd9\x00\x2a\x45\x00\x01\x71"
	    "\x00\x00",
	    "head that isn't the shortest"),
	BLOCK("length of a link",
	    "\xa1\x61"
	    "a\xd8\x2a\x58\x05\x00\x01\x71\x00"
	    "\x00",
	    "head that isn't the shortest"),
	BLOCK("2^63",
	    "\xa1\x61"
	    "a\x1b\x80\x00\x00\x00\x00\x00\x00\x00",
	    "integer beyond 64 signed bits"),
	BLOCK("-2^63-1",
	    "\xa1\x61"
	    "a\x3b\x80\x00\x00\x00\x00\x00\x00\x00",
	    "integer beyond 64 signed bits"),
	BLOCK("-2^64",
	    "\xa1\x61"
	    "a\x3b\xff\xff\xff\xff\xff\xff\xff\xff",
	    "integer beyond 64 signed bits"),
	BLOCK("bignum",
	    "\xa1\x61"
	    "a\xc2\x41\x01",
	    "tag other than 42"),
	BLOCK("tag 43",
	    "\xa1\x61"
	    "a\xd8\x2b\x41\x00",
	    "tag other than 42"),
	BLOCK("tag 42 of text",
	    "\xa1\x61"
	    "a\xd8\x2a\x61"
	    "a",
	    "tag 42 without bytes"),
	BLOCK("tag 42 twice",
	    "\xa1\x61"
	    "a\xd8\x2a\xd8\x2a\x45\x00\x01\x71\x00"
	    "\x00",
	    "tag 42 without bytes"),
	BLOCK("tag 42 of nothing",
	    "\xa1\x61"
	    "a\xd8\x2a",
	    "value is cut"),
	BLOCK("tag 42 of an indefinite",
	    "\xa1\x61"
	    "a\xd8\x2a\x5f\xff",
	    "indefinite length"),
	BLOCK("link of no bytes",
	    "\xa1\x61"
	    "a\xd8\x2a\x40",
	    "link without its leading zero"),
	BLOCK("link of a zero",
	    "\xa1\x61"
	    "a\xd8\x2a\x41\x00",
	    "link without its leading zero"),
	BLOCK("link without a zero",
	    "\xa1\x61"
	    "a\xd8\x2a\x44\x01\x71\x00\x00",
	    "link without its leading zero"),
	BLOCK("link of no CID",
	    "\xa1\x61"
	    "a\xd8\x2a\x43\x00\x01\x71",
	    "link that is not a CID"),
	BLOCK("link of a CID and more",
	    "\xa1\x61"
	    "a\xd8\x2a\x46\x00\x01\x71"
	    "\x00\x00\x00",
	    "link that is not a CID"),
	BLOCK("text not UTF-8",
	    "\xa1\x61"
	    "a\x62\xc3\x28",
	    "text that isn't UTF-8"),
	BLOCK("text with a surrogate",
	    "\xa1\x61"
	    "a\x63\xed\xa0\x80",
	    "text that isn't UTF-8"),
	BLOCK("text with a NUL of two bytes",
	    "\xa1\x61"
	    "a\x62\xc0\x80",
	    "text that isn't UTF-8"),
	BLOCK("text with half a character",
	    "\xa1\x61"
	    "a\x61\xc3",
	    "text that isn't UTF-8"),
	BLOCK("key not UTF-8", "\xa1\x61\xff\x01", "text that isn't UTF-8"),
	BLOCK("keys unsorted",
	    "\xa2\x61"
	    "b\x01\x61"
	    "a\x02",
	    "keys out of order"),
	BLOCK("keys by bytes, not by length",
	    "\xa2\x62"
	    "aa\x01\x61"
	    "b\x02",
	    "keys out of order"),
	BLOCK("keys by signed bytes", "\xa2\x62\xc3\xa4\x01\x62zz\x02",
	    "keys out of order"),
	BLOCK("key twice",
	    "\xa2\x61"
	    "a\x01\x61"
	    "a\x02",
	    "key that comes twice"),
	BLOCK("empty key twice", "\xa2\x60\x01\x60\x02",
	    "key that comes twice"),
	BLOCK("key an integer", "\xa1\x01\x01", "key that isn't text"),
	BLOCK("key bytes",
	    "\xa1\x41"
	    "a\x01",
	    "key that isn't text"),
	BLOCK("key a link", "\xa1\xd8\x2a\x45\x00\x01\x71\x00\x00\x01",
	    "key that isn't text"),
	BLOCK("key of a map inside",
	    "\xa1\x61"
	    "a\xa2\x61"
	    "b\x01\x61"
	    "a\x02",
	    "keys out of order"),
	BLOCK("key without value",
	    "\xa1\x61"
	    "a",
	    "value is cut"),
	BLOCK("text cut",
	    "\xa1\x61"
	    "a\x65"
	    "abcd",
	    "value is cut"),
	BLOCK("head cut",
	    "\xa1\x61"
	    "a\x1b\x00\x00\x00",
	    "value is cut"),
	BLOCK("list cut",
	    "\xa1\x61"
	    "a\x82\x01",
	    "value is cut"),
	BLOCK("text of 2^63 bytes",
	    "\xa1\x61"
	    "a\x7b\x80\0\0\0\0\0\0\0",
	    IF_64("value is cut")),
	BLOCK("text of 2^64-1 bytes",
	    "\xa1\x61"
	    "a\x7b\xff\xff\xff\xff\xff\xff\xff\xff",
	    "value is cut"),
	BLOCK("bytes of 2^64-9",
	    "\xa1\x61"
	    "a\x5b\xff\xff\xff\xff\xff\xff\xff\xf7",
	    "value is cut"),
	BLOCK("list of 131,073",
	    "\xa1\x61"
	    "a\x9a\x00\x02\x00\x01\x00",
	    "container with too many entries"),
	BLOCK("list of 2^63",
	    "\xa1\x61"
	    "a\x9b\x80\0\0\0\0\0\0\0",
	    IF_64("container with too many entries")),
	BLOCK("map of 131,073",
	    "\xba\x00\x02\x00\x01\x61"
	    "a\x01",
	    "container with too many entries"),
	BLOCK("map of 2^64-1", "\xbb\xff\xff\xff\xff\xff\xff\xff\xff",
	    IF_64("container with too many entries")),
	BLOCK("literal $link", "\xa1\x65$link\x01",
	    "key $link or $bytes, which JSON can't say"),
	BLOCK("literal $bytes",
	    "\xa1\x61"
	    "a\xa1\x66$bytes\x61"
	    "a",
	    "key $link or $bytes, which JSON can't say"),
};

/* The message without "DAG-CBOR: " and " at byte 17". */
static const char *
bare(const struct status *st)
{
	static char out[STATUS_MSG_BYTES];
	const char *p = st->msg;
	char *at;

	if (strncmp(p, "DAG-CBOR: ", 10) == 0)
		p += 10;
	snprintf(out, sizeof(out), "%s", p);
	if ((at = strstr(out, " at byte ")) != NULL)
		*at = '\0';
	return out;
}

static void
test_tables(void)
{
	size_t i, n = sizeof(good) / sizeof(good[0]);
	const struct block *b;
	struct buf back = { .len = 0 };
	struct status st;
	const char *json;

	for (b = good, i = 0; i < n; i++, b++) {
		json = json_of(b->bytes, b->len, &st);
		is_str(json != NULL ? json : st.msg, b->said, "good: %s",
		    b->name);
		if (json == NULL)
			continue;
		back.len = 0;
		ok(is_strict(b->bytes, b->len, &st), "%s: strict", b->name);
		block_of(&back, json, strlen(json), false, &st);
		is_mem(back.data, back.len, b->bytes, b->len, "%s: and back",
		    b->name);
	}
	n = sizeof(bad) / sizeof(bad[0]);
	for (b = bad, i = 0; i < n; i++, b++) {
		json = json_of(b->bytes, b->len, &st);
		is_str(json != NULL ? json : bare(&st), b->said, "bad: %s",
		    b->name);
		ok(json != NULL || st.code == STATUS_BAD_RECORD,
		    "%s: BadRecord", b->name);
	}
	buf_free(&back);
}

/* Limits */

static bool
has_json(struct buf *b, const char *message)
{
	struct status st;
	bool has = json_of(b->data, b->len, &st) != NULL;

	b->len = 0;
	return message == NULL ? has : !has && strcmp(bare(&st), message) == 0;
}

/* {"a": [[[…]]]}, with this number of containers in all. */
static void
nest(struct buf *b, unsigned depth, unsigned char with)
{
	buf_put(b,
	    "\xa1\x61"
	    "a",
	    3);
	for (; depth > 2; depth--) {
		buf_putc(b, with);
		if (with == 0xa1)
			buf_put(b,
			    "\x61"
			    "a",
			    2);
	}
	buf_putc(b, '\x80');
}

/* A map with one text or bytes, with this number of bytes in all. */
static void
fill(struct buf *b, size_t len, unsigned major, char with)
{
	char *p;

	buf_put(b,
	    "\xa1\x61"
	    "a",
	    3);
	buf_putc(b, major << 5 | 26);
	for (int shift = 24; shift >= 0; shift -= 8)
		buf_putc(b, (len - 8) >> shift);
	p = buf_reserve(b, len - 8);
	memset(p, with, len - 8);
	b->len += len - 8;
}

static void
entries(struct buf *b, unsigned n)
{
	buf_put(b,
	    "\xa1\x61"
	    "a",
	    3);
	dagcbor_write_array(b, n);
	while (n-- > 0)
		buf_putc(b, '\x40');
}

static void
long_key(struct buf *b, size_t len)
{
	dagcbor_write_map(b, 1);
	dagcbor_write_text(b, "", 0);
	b->len--;
	buf_putc(b, '\x79');
	buf_putc(b, len >> 8);
	buf_putc(b, len);
	while (len-- > 0)
		buf_putc(b, 'k');
	buf_putc(b, '\x00');
}

/* Within this number of containers: bytes and links don't count as containers
 * in JSON either. */
static void
test_depth_of(unsigned depth, const char *inner, bool valid)
{
	struct buf b = { .len = 0 }, block = { .len = 0 };
	struct status st;
	unsigned i;

	for (i = 0; i < depth; i++)
		buf_puts(&b, i % 2 == 0 ? "{\"a\":" : "[");
	buf_puts(&b, inner);
	for (; i > 0; i--)
		buf_putc(&b, i % 2 == 1 ? '}' : ']');
	ok((block_of(&block, b.data, b.len, false, &st) == 0) == valid,
	    "%s in %u containers", inner, depth);
	if (valid)
		is_mem(json_of(block.data, block.len, &st), b.len, b.data,
		    b.len, "and back");
	buf_free(&b);
	buf_free(&block);
}

static void
test_depths(void)
{
	static const char link[] = "{\"$link\":\"bafyqaaa\"}";

	test_depth_of(DAGCBOR_MAX_DEPTH, link, true);
	test_depth_of(DAGCBOR_MAX_DEPTH, "{\"$bytes\":\"AA\"}", true);
	test_depth_of(DAGCBOR_MAX_DEPTH, "1", true);
	test_depth_of(DAGCBOR_MAX_DEPTH - 1, "{}", true);
	test_depth_of(DAGCBOR_MAX_DEPTH, "{}", false);
	test_depth_of(DAGCBOR_MAX_DEPTH, "[]", false);
	test_depth_of(DAGCBOR_MAX_DEPTH, "{\"a\":1}", false);
	test_depth_of(DAGCBOR_MAX_DEPTH + 1, link, false);
	test_depth_of(DAGCBOR_MAX_DEPTH + 1, "1", false);
}

static void
test_limits(void)
{
	struct buf b = { .len = 0 };
	struct status st;

	nest(&b, DAGCBOR_MAX_DEPTH, 0x81);
	ok(has_json(&b, NULL), "as deep as allowed");
	nest(&b, DAGCBOR_MAX_DEPTH + 1, 0x81);
	ok(has_json(&b, "nested too deeply"), "one list too deep");
	nest(&b, DAGCBOR_MAX_DEPTH + 1, 0xa1);
	ok(has_json(&b, "nested too deeply"), "one map too deep");
	nest(&b, 10000, 0x81);
	ok(has_json(&b, "nested too deeply"), "10,000 levels");
	nest(&b, DAGCBOR_MAX_DEPTH + 1, 0x81);
	ok(!is_strict(b.data, b.len, &st), "as seen by dagcbor_skip()");
	b.len = 0;
	nest(&b, DAGCBOR_MAX_DEPTH, 0x81);
	ok(is_strict(b.data, b.len, &st), "and what is allowed");
	b.len = 0;
	test_depths();
	entries(&b, DAGCBOR_MAX_ENTRIES);
	ok(has_json(&b, NULL), "as many entries as allowed");
	long_key(&b, DAGCBOR_MAX_KEY);
	ok(has_json(&b, NULL), "as long a key as allowed");
	long_key(&b, DAGCBOR_MAX_KEY + 1);
	ok(has_json(&b, "key of too many bytes"), "a longer key");
	buf_free(&b);
}

/* The JSON that is longest compared with its block fits the memory that is
 * allocated. A sanitizer would notice if not. */
static void
test_size(void)
{
	struct buf b = { .len = 0 };
	struct status st;

	fill(&b, DAGJSON_MAX_RECORD, 3, '\x01');
	ok(has_json(&b, NULL), "1 MiB of control characters");
	fill(&b, DAGJSON_MAX_RECORD, 3, 'a');
	ok(has_json(&b, NULL), "1 MiB of letters");
	fill(&b, DAGJSON_MAX_RECORD, 2, 'a');
	ok(has_json(&b, NULL), "1 MiB of bytes");
	entries(&b, 20000);
	ok(has_json(&b, NULL), "as much JSON a byte as there can be");
	fill(&b, DAGJSON_MAX_RECORD + 1, 3, 'a');
	ok(json_of(b.data, b.len, &st) == NULL && st.code == STATUS_TOO_LARGE,
	    "one byte more");
	buf_free(&b);
}

/* JSON to a block */

struct text {
	const char *json, *block;
	size_t len;
	const char *said; /* if there is no block */
};

#define TEXT(json, block) \
	{ \
		json, block, sizeof(block) - 1, NULL \
	}
#define NONE(json, said) \
	{ \
		json, NULL, 0, said \
	}

static const struct text texts[] = {
	TEXT("{}", "\xa0"),
	TEXT("[]", "\x80"),
	TEXT("-1", "\x20"),
	TEXT("0", "\x00"),
	TEXT("-0", "\x00"),
	TEXT("-0.0", "\x00"),
	TEXT("1.0", "\x01"),
	TEXT("1e3", "\x19\x03\xe8"),
	TEXT("9007199254740992.0", "\x1b\x00\x20\0\0\0\0\0\0"),
	TEXT("9223372036854775807", "\x1b\x7f\xff\xff\xff\xff\xff\xff\xff"),
	TEXT("-9223372036854775808", "\x3b\x7f\xff\xff\xff\xff\xff\xff\xff"),
	TEXT("{\"bb\":1,\"a\":2,\"ab\":3}",
	    "\xa3\x61"
	    "a\x02\x62"
	    "ab\x03"
	    "\x62"
	    "bb\x01"),
	TEXT("{\"\\u0061\":1}",
	    "\xa1\x61"
	    "a\x01"),
	TEXT("{\"b\":{\"d\":1,\"c\":[true,{\"z\":1,\"y\":2}]},\"a\":null}",
	    "\xa2\x61"
	    "a\xf6\x61"
	    "b\xa2\x61"
	    "c\x82\xf5\xa2\x61y\x02\x61z"
	    "\x01\x61"
	    "d\x01"),
	TEXT("{\"$bytes\":\"AQI=\"}", "\x42\x01\x02"),
	TEXT("{\"$bytes\":\"AQI\"}", "\x42\x01\x02"),
	TEXT("{\"$bytes\":\"\"}", "\x40"),
	TEXT("{\"\\u0024link\":\"bafyqaaa\"}",
	    "\xd8\x2a\x45\x00\x01\x71\x00\x00"),
	TEXT("{\"$typ\":1}", "\xa1\x64$typ\x01"),
	NONE("9223372036854775808", "integer beyond 64 signed bits"),
	NONE("-9223372036854775809", "integer beyond 64 signed bits"),
	NONE("1.5", "float"),
	NONE("1e-1", "float"),
	NONE("1e400", "float"),
	NONE("9007199254740994.0", "float"),
	NONE("-1e16", "float"),
	NONE("{\"a\":1,\"a\":1}", "key that comes twice"),
	NONE("{\"a\":1,\"b\":2,\"\\u0061\":3}", "key that comes twice"),
	NONE("{\"$link\":\"bafyqaaa\",\"a\":1}",
	    "$link or $bytes beside other keys"),
	NONE("{\"a\":1,\"$link\":\"bafyqaaa\"}",
	    "$link or $bytes beside other keys"),
	NONE("{\"$bytes\":\"\",\"$link\":\"bafyqaaa\"}",
	    "$link or $bytes beside other keys"),
	NONE("{\"$link\":1}", "$link or $bytes that isn't a string"),
	NONE("{\"$bytes\":{}}", "$link or $bytes that isn't a string"),
	NONE("{\"$link\":\"\"}", "$link that is not a CID"),
	NONE("{\"$link\":\"bafy\"}", "$link that is not a CID"),
	NONE("{\"$bytes\":\"AQ-_\"}", "$bytes that isn't base64"),
	NONE("{\"$bytes\":\"A\"}", "$bytes that isn't base64"),
	NONE("{\"$bytes\":\"AQI==\"}", "$bytes that isn't base64"),
	NONE("{\"$bytes\":\"AQJ\"}", "$bytes that isn't base64"),
	NONE("{\"$bytes\":\"A QI\"}", "$bytes that isn't base64"),
};

static void
test_texts(void)
{
	size_t i, n = sizeof(texts) / sizeof(texts[0]);
	const struct text *t = texts;
	struct buf b = { .len = 0 };
	struct status st;
	int rc;

	for (i = 0; i < n; i++, t++) {
		b.len = 0;
		buf_puts(&b, "before");
		rc = block_of(&b, t->json, strlen(t->json), false, &st);
		if (t->said == NULL) {
			is_mem(b.data + 6, b.len - 6, t->block, t->len,
			    "block of %s", t->json);
			continue;
		}
		ok(rc == -1 && b.len == 6 && st.code == STATUS_BAD_RECORD,
		    "no block of %s", t->json);
		ok(strstr(st.msg, t->said) != NULL, "it says %s", t->said);
	}
	ok(block_of(&b, "{\"a\":", 5, false, &st) == -1 &&
		st.code == STATUS_BAD_RECORD,
	    "cut JSON is BadRecord");
	buf_free(&b);
}

static void
test_typed(void)
{
	static const char link[] = "{\"$link\":\"bafyqaaa\"}";
	static const struct {
		bool valid;
		const char *json;
	} t[] = {
		{ true, "{\"$type\":\"a\"}" },
		{ false, "{\"$type\":\"\"}" },
		{ false, "{\"$type\":null}" },
		{ false, "{\"$type\":[]}" },
		{ false, "{\"a\":[{\"$type\":7}]}" },
		{ true,
		    "{\"$type\":\"blob\",\"ref\":@,\"mimeType\":\"a/b\","
		    "\"size\":1}" },
		{ true,
		    "{\"size\":1,\"mimeType\":\"a/b\",\"ref\":@,"
		    "\"$type\":\"blob\"}" },
		{ true,
		    "{\"$type\":\"blob\",\"ref\":@,\"mimeType\":\"a/b\","
		    "\"size\":1,\"more\":{\"$type\":\"x\"}}" },
		{ false,
		    "{\"$type\":\"blob\",\"ref\":\"b\",\"mimeType\":"
		    "\"a/b\",\"size\":1}" },
		{ false, "{\"$type\":\"blob\",\"ref\":@,\"size\":1}" },
		{ false,
		    "{\"$type\":\"blob\",\"ref\":@,\"mimeType\":\"a/b\"}" },
		{ false,
		    "{\"$type\":\"blob\",\"mimeType\":\"a/b\",\"size\":1}" },
		{ false,
		    "{\"$type\":\"blob\",\"ref\":@,\"mimeType\":1,"
		    "\"size\":1}" },
		{ false,
		    "{\"$type\":\"blob\",\"ref\":@,\"mimeType\":\"a/b\","
		    "\"size\":-1}" },
		{ false,
		    "{\"$type\":\"blob\",\"ref\":@,\"mimeType\":\"a/b\","
		    "\"size\":\"1\"}" },
		{ false,
		    "{\"$type\":\"blob\",\"ref\":{\"$type\":\"blob\","
		    "\"ref\":@,\"mimeType\":\"a/b\",\"size\":1},"
		    "\"mimeType\":\"a/b\",\"size\":1}" },
	};
	struct buf b = { .len = 0 };
	struct status st;
	char json[300];
	const char *at;
	size_t i;

	for (i = 0; i < sizeof(t) / sizeof(t[0]); i++) {
		snprintf(json, sizeof(json), "%s", t[i].json);
		if ((at = strchr(t[i].json, '@')) != NULL)
			snprintf(json, sizeof(json), "%.*s%s%s",
			    (int)(at - t[i].json), t[i].json, link, at + 1);
		ok((block_of(&b, json, strlen(json), true, &st) == 0) ==
			t[i].valid,
		    "typed, %s: %s", t[i].valid ? "valid" : "invalid", json);
		ok(block_of(&b, json, strlen(json), false, &st) == 0,
		    "not typed: valid");
	}
	buf_free(&b);
}

/* libcbor as an oracle: valid is one value of the data model that libcbor
 * encodes to the same bytes, because it always makes the shortest encoding. */

static bool is_ours(const cbor_item_t *, unsigned depth);

static bool
is_our_integer(const cbor_item_t *item)
{
	uint64_t n = cbor_get_int(item);
	cbor_int_width want = n <= UINT8_MAX ? CBOR_INT_8 :
	    n <= UINT16_MAX                  ? CBOR_INT_16 :
	    n <= UINT32_MAX                  ? CBOR_INT_32 :
					       CBOR_INT_64;

	return n <= INT64_MAX && cbor_int_get_width(item) == want;
}

static bool
is_our_text(const cbor_item_t *item)
{
	return cbor_string_is_definite(item) &&
	    syntax_is_utf8((const char *)cbor_string_handle(item),
		cbor_string_length(item));
}

static bool
is_our_array(const cbor_item_t *item, unsigned depth)
{
	size_t i, n = cbor_array_size(item);

	if (!cbor_array_is_definite(item) || depth > DAGCBOR_MAX_DEPTH)
		return false;
	for (i = 0; i < n; i++)
		if (!is_ours(cbor_array_handle(item)[i], depth))
			return false;
	return true;
}

static bool
are_ordered(const cbor_item_t *a, const cbor_item_t *b)
{
	size_t a_len = cbor_string_length(a), b_len = cbor_string_length(b);

	return a_len != b_len ?
	    a_len < b_len :
	    memcmp(cbor_string_handle(a), cbor_string_handle(b), a_len) < 0;
}

static bool
is_our_map(const cbor_item_t *item, unsigned depth)
{
	struct cbor_pair *pairs = cbor_map_handle(item);
	size_t i, n = cbor_map_size(item);

	if (!cbor_map_is_definite(item) || depth > DAGCBOR_MAX_DEPTH)
		return false;
	for (i = 0; i < n; i++)
		if (!cbor_isa_string(pairs[i].key) ||
		    !is_our_text(pairs[i].key) ||
		    cbor_string_length(pairs[i].key) > DAGCBOR_MAX_KEY ||
		    !is_ours(pairs[i].value, depth) ||
		    (i > 0 && !are_ordered(pairs[i - 1].key, pairs[i].key)))
			return false;
	return true;
}

static bool
is_our_link(const cbor_item_t *item)
{
	const cbor_item_t *bytes = item->metadata.tag_metadata.tagged_item;
	struct status st;
	struct cid cid;
	size_t len;

	if (cbor_tag_value(item) != 42 || !cbor_isa_bytestring(bytes) ||
	    !cbor_bytestring_is_definite(bytes))
		return false;
	len = cbor_bytestring_length(bytes);
	return len > 1 && cbor_bytestring_handle(bytes)[0] == 0 &&
	    cid_parse(&cid, cbor_bytestring_handle(bytes) + 1, len - 1, &st) ==
	    (int)len - 1;
}

static bool
is_ours(const cbor_item_t *item, unsigned depth)
{
	switch (cbor_typeof(item)) {
	case CBOR_TYPE_UINT:
	case CBOR_TYPE_NEGINT:
		return is_our_integer(item);
	case CBOR_TYPE_BYTESTRING:
		return cbor_bytestring_is_definite(item);
	case CBOR_TYPE_STRING:
		return is_our_text(item);
	case CBOR_TYPE_ARRAY:
		return is_our_array(item, depth + 1);
	case CBOR_TYPE_MAP:
		return is_our_map(item, depth + 1);
	case CBOR_TYPE_TAG:
		return is_our_link(item);
	case CBOR_TYPE_FLOAT_CTRL:
		return cbor_float_ctrl_is_ctrl(item) &&
		    (cbor_is_bool(item) || cbor_is_null(item));
	}
	return false;
}

static void
note_size(void *ctx, size_t n)
{
	size_t *most = ctx;

	if (n > *most)
		*most = n;
}

/* libcbor allocates the memory that a head asks for. Does a head ask for more
 * entries than there are bytes? */
static bool
is_greedy(const uint8_t *bytes, size_t len)
{
	struct cbor_callbacks callbacks = cbor_empty_callbacks;
	struct cbor_decoder_result r;
	size_t most = 0, at;

	callbacks.array_start = note_size;
	callbacks.map_start = note_size;
	for (at = 0; at < len; at += r.read) {
		r = cbor_stream_decode(bytes + at, len - at, &callbacks, &most);
		if (r.status != CBOR_DECODER_FINISHED)
			break;
	}
	return most > len;
}

static bool
other_opinion(const uint8_t *bytes, size_t len)
{
	struct cbor_load_result result;
	unsigned char *again = NULL;
	cbor_item_t *item;
	size_t n, cap;
	bool is;

	if (is_greedy(bytes, len) ||
	    (item = cbor_load(bytes, len, &result)) == NULL)
		return false;
	is = result.read == len && is_ours(item, 0);
	if (is) {
		n = cbor_serialize_alloc(item, &again, &cap);
		is = n == len && memcmp(again, bytes, n) == 0;
	}
	free(again);
	cbor_decref(&item);
	return is;
}

static void
random_value(struct buf *b, unsigned depth)
{
	uint64_t x = (uint64_t)rnd() << 32 | rnd(), n;
	uint8_t bytes[64];
	char key[8];

	for (n = 0; n < sizeof(bytes); n++)
		bytes[n] = rnd();
	switch (rnd() % (depth > 4 ? 7 : 10)) {
	case 0:
		dagcbor_write_uint(b, x >> rnd() % 64 >> 1);
		return;
	case 1:
		dagcbor_write_negint(b, x >> rnd() % 64 >> 1);
		return;
	case 2:
		dagcbor_write_bytes(b, bytes, rnd() % 40);
		return;
	case 3:
		for (n = 0; n < sizeof(bytes); n++)
			bytes[n] &= 0x7f;
		dagcbor_write_text(b, bytes, rnd() % 40);
		return;
	case 4:
		memcpy(bytes, "\x01\x71\x12\x20", 4);
		dagcbor_write_link(b, bytes, CID_REPO_BYTES);
		return;
	case 5:
		dagcbor_write_bool(b, rnd() & 1);
		return;
	case 6:
		dagcbor_write_null(b);
		return;
	case 7:
		dagcbor_write_array(b, n = rnd() % 30);
		while (n-- > 0)
			random_value(b, depth + 2);
		return;
	default:
		dagcbor_write_map(b, n = rnd() % 6);
		for (x = 0; x < n; x++) {
			dagcbor_write_text(b, key,
			    snprintf(key, sizeof(key), "%s%u",
				x > 3 ? "kk" : "k", (unsigned)x));
			random_value(b, depth + 1);
		}
	}
}

/* Change, remove or insert some bytes. */
static void
mutate(struct buf *b, struct buf *out)
{
	static const uint8_t heads[] = { 0x00, 0x17, 0x18, 0x19, 0x1b, 0x20,
		0x3b, 0x40, 0x58, 0x5f, 0x60, 0x61, 0x78, 0x7f, 0x80, 0x81,
		0x98, 0x9f, 0xa0, 0xa1, 0xb8, 0xbf, 0xc0, 0xd8, 0x2a, 0xf4,
		0xf6, 0xf7, 0xf8, 0xf9, 0xfb, 0xff };
	unsigned times = rnd() % 3;
	size_t at, i;
	uint8_t with;

	out->len = 0;
	at = b->len > 0 && times > 0 ? rnd() % b->len : b->len;
	for (i = 0; i < b->len; i++) {
		if (i == at) {
			with = rnd() & 1 ? heads[rnd() % sizeof(heads)] : rnd();
			switch (rnd() % 3) {
			case 0:
				buf_putc(out, with);
				break; /* in its place */
			case 1:
				buf_putc(out, with);
				buf_putc(out, b->data[i]);
				break;
			default:
				break; /* out */
			}
			if (--times > 0)
				at += rnd() % 8;
			continue;
		}
		buf_putc(out, b->data[i]);
	}
}

/* Both readers agree; and a value that has JSON is the same after JSON and
 * back. */
static bool
same_opinion(const struct buf *b, size_t *accepted)
{
	static struct buf back;
	struct status st;
	const char *json;
	bool is = is_strict(b->data, b->len, &st);
	bool want = other_opinion((const uint8_t *)b->data, b->len);

	if (is != want) {
		is_mem(b->data, b->len, "", 0, "opinions differ: ours %d: %s",
		    is, is ? "" : st.msg);
		return false;
	}
	*accepted += is;
	json = json_of(b->data, b->len, &st);
	if (json == NULL)
		return !is || (uint8_t)b->data[0] >> 5 != 5 ||
		    strstr(st.msg, "$link") != NULL;
	back.len = 0;
	return is && block_of(&back, json, strlen(json), false, &st) == 0 &&
	    back.len == b->len && memcmp(back.data, b->data, b->len) == 0;
}

static void
test_differential(void)
{
	struct buf b = { .len = 0 }, changed = { .len = 0 };
	size_t accepted = 0, rounds = 100000, i, n;
	bool held = true;

	for (i = 0; i < rounds && held; i++) {
		b.len = 0;
		if (i % 4 == 0)
			for (n = rnd() % 12; n > 0; n--)
				buf_putc(&b, rnd());
		else
			random_value(&b, 0);
		mutate(&b, &changed);
		held = same_opinion(&changed, &accepted);
	}
	ok(held, "libcbor is of the same opinion");
	ok(accepted > rounds / 10 && accepted < rounds / 10 * 9,
	    "%zu of %zu accepted", accepted, rounds);
	buf_free(&b);
	buf_free(&changed);
}

/* Items one by one */

static void
test_items(void)
{
	static const char block[] = "\xa2\x61"
				    "a\xd8\x2a\x58\x25\x00" CID36 "\x61"
				    "b\x38\x63";
	struct dagcbor_item item, key = { .bytes = NULL };
	struct status st;
	struct dagcbor d;

	dagcbor_open(&d, block, sizeof(block) - 1);
	ok(dagcbor_next(&d, &item, &st) == 0 && item.kind == DAGCBOR_MAP &&
		item.n == 2,
	    "a map");
	ok(dagcbor_next_key(&d, &key, &st) == 0 && key.n == 1 &&
		key.bytes[0] == 'a',
	    "its first key");
	ok(dagcbor_next(&d, &item, &st) == 0 && item.kind == DAGCBOR_LINK,
	    "a link");
	is_mem(item.bytes, item.n, CID36, 36, "its CID");
	ok(dagcbor_next_key(&d, &key, &st) == 0 && key.bytes[0] == 'b',
	    "the second key");
	ok(dagcbor_next(&d, &item, &st) == 0 && item.kind == DAGCBOR_NEGINT &&
		item.n == 99,
	    "-100");
	ok(dagcbor_next(&d, &item, &st) == -1 && d.at == d.end,
	    "the end is an error");
}

int
main(int argc, char **argv)
{
	if (argc > 1)
		return test_vectors(argv[1],
		    argc > 2 ? fopen(argv[2], "w") : NULL);
	test_items();
	test_tables();
	test_limits();
	test_size();
	test_texts();
	test_typed();
	test_differential();
	return done_testing();
}
