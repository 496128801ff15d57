/* u-syntax KIND valid|invalid <LINES: is each line valid, or invalid? Without
 * arguments: cases that the vectors don't have. */
#include "config.h"

#include "libcar/data/syntax.h"
#include "t/lib/tap.h"

typedef bool predicate(const char *, size_t);

static const struct {
	const char *name;
	predicate *is;
} kinds[] = {
	{ "at-identifier", syntax_is_at_identifier },
	{ "at-uri", syntax_is_at_uri },
	{ "cid", syntax_is_cid },
	{ "collection-pattern", syntax_is_collection_pattern },
	{ "datetime", syntax_is_datetime },
	{ "did", syntax_is_did },
	{ "handle", syntax_is_handle },
	{ "language", syntax_is_language },
	{ "nsid", syntax_is_nsid },
	{ "record-key", syntax_is_rkey },
	{ "tid", syntax_is_tid },
	{ "uri", syntax_is_uri },
	{ "usable-handle", syntax_is_usable_handle },
	{ "utf8", syntax_is_utf8 },
};

/* A sanitizer notices a read before or after the text. */
static bool
holds(predicate *is, const char *text, size_t len)
{
	char *exact = malloc(len);
	bool result;

	if (len > 0)
		memcpy(exact, text, len);
	result = is(exact, len);
	free(exact);
	return result;
}

static predicate *
kind(const char *name)
{
	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++)
		if (strcmp(name, kinds[i].name) == 0)
			return kinds[i].is;
	printf("Bail out! no kind %s\n", name);
	exit(2);
}

static void
test_lines(const char *name, bool want)
{
	predicate *is = kind(name);
	char *line = NULL;
	size_t cap = 0;
	ssize_t len;

	while ((len = getline(&line, &cap, stdin)) != -1) {
		if (line[len - 1] == '\n')
			len--;
		ok(holds(is, line, len) == want, "%s %s: %.*s",
		    want ? "valid" : "invalid", name, (int)len, line);
	}
	free(line);
	ok(tap_count > 0, "there were lines of %s", name);
}

static void
check(const char *name, bool want, const char *text, size_t len)
{
	ok(holds(kind(name), text, len) == want, "%s %s: %.*s",
	    want ? "valid" : "invalid", name, (int)len, text);
}

#define VALID(name, text) check(name, true, text, sizeof(text) - 1)
#define INVALID(name, text) check(name, false, text, sizeof(text) - 1)

/* head, n times c, tail: valid; with one more c: invalid. */
static void
longest(const char *name, const char *head, char c, size_t n, const char *tail)
{
	size_t at = strlen(head), len = at + n + strlen(tail);
	char *text = malloc(len + 2);

	sprintf(text, "%s%*s%s", head, (int)n, "", tail);
	memset(text + at, c, n);
	ok(holds(kind(name), text, len), "%s of %zu bytes: %s...", name, len,
	    head);
	sprintf(text, "%s%*s%s", head, (int)n + 1, "", tail);
	memset(text + at, c, n + 1);
	ok(!holds(kind(name), text, len + 1), "no %s of %zu bytes: %s...", name,
	    len + 1, head);
	free(text);
}

#define HUNDRED \
	"a.b.c.d.e.f.g.h.i.j.k.l.m.n.o.p.q.r.s.t.u.v.w.x.y." \
	"a.b.c.d.e.f.g.h.i.j.k.l.m.n.o.p.q.r.s.t.u.v.w.x.y."

static void
test_limits(void)
{
	longest("did", "did:plc:", 'a', SYNTAX_DID_MAX - 8, "");
	longest("handle", HUNDRED HUNDRED, 'a', 51, ".a");
	longest("handle", "", 'a', 63, ".a");
	longest("handle", "a.", 'a', 63, "");
	longest("usable-handle", HUNDRED HUNDRED, 'a', 51, ".a");
	longest("nsid", "a.b.", 'a', 63, "");
	longest("nsid", "", 'a', 63, ".b.c");
	longest("nsid", HUNDRED HUNDRED HUNDRED, 'a', 15, ".c");
	longest("record-key", "", '~', SYNTAX_RKEY_MAX, "");
	longest("tid", "2", '2', 12, "");
	longest("at-uri", "at://did:plc:a/a.b.c/", 'k', SYNTAX_RKEY_MAX, "");
	longest("uri", "a:", 'x', 8190, "");
	longest("cid", "b", 'a', 255, "");
	longest("collection-pattern", HUNDRED HUNDRED HUNDRED, 'a', 15, ".*");
}

static void
test_nothing(void)
{
	static const char *const names[] = { "at-identifier", "at-uri", "cid",
		"collection-pattern", "datetime", "did", "handle", "language",
		"nsid", "record-key", "tid", "uri", "usable-handle" };

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		ok(!holds(kind(names[i]), "", 0), "empty: no %s", names[i]);
	VALID("utf8", "");
}

static void
test_nul(void)
{
	INVALID("did", "did:plc:a\0b");
	INVALID("did", "did:plc\0:ab");
	INVALID("handle", "john\0.test");
	INVALID("handle", "john.test\0");
	INVALID("nsid", "a.b.c\0");
	INVALID("record-key", "a\0");
	INVALID("record-key", "\0");
	INVALID("tid", "3jzfcijpj2z2\0");
	INVALID("at-uri", "at://john.test\0");
	INVALID("datetime", "1985-04-12T23:20:50\0Z");
	INVALID("datetime", "1985-04-12T23:20:50Z\0");
	INVALID("language", "en\0");
	INVALID("uri", "https://a\0b");
	INVALID("usable-handle", "john.test\0");
	INVALID("cid", "bafybeig\0");
	VALID("utf8", "a\0b");
}

static void
test_identifiers(void)
{
	INVALID("did", "did:plc:\xc3\xa9");
	INVALID("did", "did::a");
	INVALID("did", "did:plc");
	INVALID("did", "did:plc:a%");
	INVALID("handle", "a");
	INVALID("handle", ".a.test");
	INVALID("handle", "a.1test");
	INVALID("nsid", "a.b");
	INVALID("nsid", "1a.b.c");
	INVALID("nsid", "a.b.1c");
	INVALID("nsid", "a.b.c-d");
	INVALID("nsid", "a.-b.c");
	INVALID("nsid", "a.b-.c");
	INVALID("nsid", "a.b.c.");
	INVALID("nsid", "a.b.*");
	INVALID("record-key", ".");
	INVALID("record-key", "..");
	VALID("record-key", "...");
	VALID("record-key", ".a");
	INVALID("record-key", "\xc3\xa9");
	VALID("tid", "jzzzzzzzzzzzz");
	INVALID("tid", "k222222222222");
	INVALID("tid", "2222222222221");
	INVALID("tid", "2222222222228");
	INVALID("at-uri", "at://john.test/");
	INVALID("at-uri", "at://john.test/a.b.c/");
	INVALID("at-uri", "at://john.test/a.b.c/d/e");
	INVALID("at-uri", "at://john.test?q");
	INVALID("at-uri", "at:/");
}

static void
test_usable_handles(void)
{
	VALID("usable-handle", "john.test");
	VALID("usable-handle", "a.co");
	VALID("usable-handle", "A.CO");
	VALID("usable-handle", "local.onion.com");
	VALID("usable-handle", "a.alto");
	VALID("usable-handle", "a.loca");
	VALID("usable-handle", "a.xlocal");
	VALID("usable-handle", "a.locals");
	VALID("usable-handle", "a.local-host");
	INVALID("usable-handle", "a.alt");
	INVALID("usable-handle", "a.arpa");
	INVALID("usable-handle", "a.example");
	INVALID("usable-handle", "a.internal");
	INVALID("usable-handle", "handle.invalid");
	INVALID("usable-handle", "a.b.local");
	INVALID("usable-handle", "a.localhost");
	INVALID("usable-handle", "a.onion");
	INVALID("usable-handle", "a.Onion");
	INVALID("usable-handle", "a.LOCAL");
	INVALID("usable-handle", "local");
	INVALID("usable-handle", "john");
	INVALID("usable-handle", "john.1test");
}

static void
test_datetimes(void)
{
	VALID("datetime", "2024-02-29T00:00:00Z");
	VALID("datetime", "2000-02-29T00:00:00Z");
	INVALID("datetime", "2023-02-29T00:00:00Z");
	INVALID("datetime", "1900-02-29T00:00:00Z");
	INVALID("datetime", "2024-02-30T00:00:00Z");
	INVALID("datetime", "2024-04-31T00:00:00Z");
	VALID("datetime", "2024-12-31T23:59:59Z");
	INVALID("datetime", "2016-12-31T23:59:60Z");
	INVALID("datetime", "2024-01-01T24:00:00Z");
	VALID("datetime", "2024-01-01T00:00:00+23:59");
	INVALID("datetime", "2024-01-01T00:00:00+24:00");
	INVALID("datetime", "2024-01-01T00:00:00+00:60");
	VALID("datetime", "2024-01-01T00:00:00-00:01");
	INVALID("datetime", "2024-01-01T00:00:00+01.00");
	INVALID("datetime", "2024-01-01T00:00:00+0a:00");
	INVALID("datetime", "2024-01-01T00:00:00 01:00");
	INVALID("datetime", "2024-01-01T00:00:00.Z");
	INVALID("datetime", "2024-01-01T00:00:00.5");
	INVALID("datetime", "2024-01-01T00:00:00ZZ");
	VALID("datetime", "0000-01-01T01:00:00+01:00");
	INVALID("datetime", "0000-01-01T00:59:59+01:00");
	VALID("datetime", "0000-01-02T00:00:00+23:59");
	VALID("datetime", "9999-12-31T23:59:59.999-23:59");
}

static void
test_languages(void)
{
	VALID("language", "zh-cmn-Hans-CN");
	VALID("language", "zh-min-nan");
	VALID("language", "de-1996");
	VALID("language", "sl-nedis");
	VALID("language", "x-a-b-c");
	VALID("language", "en-a-bbb-x-a-ccc");
	INVALID("language", "de-419-DE");
	INVALID("language", "en--GB");
	INVALID("language", "en-");
	INVALID("language", "-en");
	INVALID("language", "en-GB-abcd");
	VALID("language", "en-GB-1bcd");
	INVALID("language", "en-a");
	INVALID("language", "en-x");
	INVALID("language", "x");
	INVALID("language", "x-");
	INVALID("language", "en-abcdefghi");
	INVALID("language", "en_GB");
	INVALID("language", "i-unheard");
	INVALID("language", "zh-aaa-bbb-ccc-ddd");
}

static void
test_uris(void)
{
	VALID("uri", "HTTPS://example.com");
	VALID("uri", "a+b-c.d:e");
	VALID("uri", "file:///etc");
	VALID("uri", "https://example.com/caf\xc3\xa9");
	VALID("uri", "https://example.com/\xf0\x9f\x92\xa9");
	INVALID("uri", "https://example.com/caf\xc3");
	INVALID("uri", "https://example.com/\xe3\x80\x80");
	INVALID("uri",
	    "https://example.com/a\xc2\xa0"
	    "b");
	INVALID("uri", "https://example.com/\xef\xbb\xbf");
	INVALID("uri", "https://example.com/\x7f");
	INVALID("uri", "https://example.com/\n");
	INVALID("uri", "1a:b");
	INVALID("uri", "a_b:c");
	INVALID("uri", "a:");
	INVALID("cid", "bAFYBEIG");
	INVALID("cid", "bafybei1");
	INVALID("cid", "zdj7WW0x");
	INVALID("cid", "f0170122G");
	INVALID("cid", "70123458");
	INVALID("cid", "bafybei");
}

/* RFC 3629's grammar, written again: what may follow each lead byte. */
static bool
plain_utf8(const uint8_t *p, size_t len)
{
	static const struct {
		uint8_t lead[2], next[2];
		size_t len;
	} rows[] = {
		{ { 0x00, 0x7f }, { 0x80, 0xbf }, 1 },
		{ { 0xc2, 0xdf }, { 0x80, 0xbf }, 2 },
		{ { 0xe0, 0xe0 }, { 0xa0, 0xbf }, 3 },
		{ { 0xe1, 0xec }, { 0x80, 0xbf }, 3 },
		{ { 0xed, 0xed }, { 0x80, 0x9f }, 3 },
		{ { 0xee, 0xef }, { 0x80, 0xbf }, 3 },
		{ { 0xf0, 0xf0 }, { 0x90, 0xbf }, 4 },
		{ { 0xf1, 0xf3 }, { 0x80, 0xbf }, 4 },
		{ { 0xf4, 0xf4 }, { 0x80, 0x8f }, 4 },
	};
	size_t i;

	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		if (p[0] >= rows[i].lead[0] && p[0] <= rows[i].lead[1])
			break;
	if (i == sizeof(rows) / sizeof(rows[0]) || rows[i].len != len)
		return false;
	if (len > 1 && (p[1] < rows[i].next[0] || p[1] > rows[i].next[1]))
		return false;
	return (len < 3 || (p[2] & 0xc0) == 0x80) &&
	    (len < 4 || (p[3] & 0xc0) == 0x80);
}

/* Every combination of bytes at the edges of the grammar's ranges. */
static void
test_utf8_grammar(void)
{
	static const uint8_t edges[] = { 0x00, 0x7f, 0x80, 0x8f, 0x90, 0x9f,
		0xa0, 0xbf, 0xc0, 0xc1, 0xc2, 0xdf, 0xe0, 0xe1, 0xec, 0xed,
		0xee, 0xef, 0xf0, 0xf1, 0xf3, 0xf4, 0xf5, 0xff };
	const unsigned n = sizeof(edges), total = n * n * n * n;
	unsigned wrong = 0, i;
	size_t len, want;

	for (i = 0; i < total; i++) {
		uint8_t p[4] = { edges[i % n], edges[i / n % n],
			edges[i / n / n % n], edges[i / n / n / n] };

		for (want = 4; want > 0 && !plain_utf8(p, want);)
			want--;
		wrong += syntax_utf8_len(p, 4) != want;
		for (len = 1; len < 4; len++)
			wrong += syntax_utf8_len(p, len) !=
			    (want <= len ? want : 0);
	}
	is_int(wrong, 0, "UTF-8: %u combinations as in the grammar", total);
}

/* One character, valid or invalid, at every place of a longer text. */
static void
test_utf8_places(void)
{
	static const char *const good[] = { "\xc3\xa9", "\xe3\x81\x82",
		"\xf0\x9f\x92\xa9", "\xef\xbf\xbf", "\xf4\x8f\xbf\xbf" };
	static const char *const bad[] = { "\x80", "\xc0\x80", "\xe0\x80\x80",
		"\xed\xa0\x80", "\xf0\x80\x80\x80", "\xf4\x90\x80\x80",
		"\xf8\x88\x80\x80\x80", "\xe3\x81", "\xf0\x9f\x92", "\xff" };
	unsigned wrong = 0;
	size_t i, at, n;
	char text[40];

	for (at = 0; at < 2 * 5 * 32; at++) {
		i = at / 64;
		memset(text, 'a', sizeof(text));
		n = strlen(good[i]);
		memcpy(text + at % 32, good[i], n);
		wrong += !holds(syntax_is_utf8, text, at % 32 + n);
		wrong += !holds(syntax_is_utf8, text, sizeof(text));
	}
	is_int(wrong, 0, "UTF-8: right characters anywhere");
	for (wrong = at = 0; at < 10 * 32; at++) {
		i = at / 32;
		memset(text, 'a', sizeof(text));
		n = strlen(bad[i]);
		memcpy(text + at % 32, bad[i], n);
		wrong += holds(syntax_is_utf8, text, at % 32 + n);
		wrong += holds(syntax_is_utf8, text, sizeof(text));
	}
	is_int(wrong, 0, "UTF-8: wrong ones found anywhere");
}

static void
covers(const char *pattern, const char *collection, bool want)
{
	ok(syntax_pattern_covers(pattern, strlen(pattern), collection,
	       strlen(collection)) == want,
	    "%s %s %s", pattern, want ? "covers" : "doesn't cover", collection);
}

static void
test_patterns(void)
{
	VALID("collection-pattern", "app.bsky.feed.post");
	VALID("collection-pattern", "app.bsky.graph.*");
	VALID("collection-pattern", "app.*");
	VALID("collection-pattern", "app.4chan.a-b.*");
	INVALID("collection-pattern", "*");
	INVALID("collection-pattern", ".*");
	INVALID("collection-pattern", "app*");
	INVALID("collection-pattern", "app.bsky");
	INVALID("collection-pattern", "app.bsky.gr*");
	INVALID("collection-pattern", "app.*.post");
	INVALID("collection-pattern", "app.*.*");
	INVALID("collection-pattern", "app..*");
	INVALID("collection-pattern", "1pp.*");
	INVALID("collection-pattern", "-app.*");
	INVALID("collection-pattern", "app.bsky.graph.");
	INVALID("collection-pattern", "app.b_sky.*");
	covers("app.bsky.graph.*", "app.bsky.graph.follow", true);
	covers("app.bsky.*", "app.bsky.graph.follow", true);
	covers("app.bsky.graph.*", "app.bsky.graph", false);
	covers("app.bsky.graph.*", "app.bsky.graphs.follow", false);
	covers("app.bsky.graph.*", "app.bsky.graph.", false);
	covers("app.bsky.graph.*", "app.bsky.feed.post", false);
	covers("app.bsky.graph.*", "a", false);
	covers("app.bsky.feed.post", "app.bsky.feed.post", true);
	covers("app.bsky.feed.post", "app.bsky.feed.posts", false);
	covers("app.bsky.feed.post", "app.bsky.feed.pos", false);
	covers("*", "app.bsky.feed.post", true);
}

static void
is_tid(uint64_t micros, unsigned clock_id, const char *want)
{
	char text[SYNTAX_TID_LEN];

	syntax_tid_format(text, micros, clock_id);
	is_mem(text, sizeof(text), want, strlen(want), "TID %s", want);
	ok(syntax_is_tid(text, sizeof(text)), "%s is valid", want);
	ok(syntax_tid_micros(text) == micros, "%s: microseconds", want);
}

static void
test_tids(void)
{
	char text[SYNTAX_TID_LEN];

	is_tid(0, 0, "2222222222222");
	is_tid(0, 1, "2222222222223");
	is_tid(0, 1023, "22222222222zz");
	is_tid(1, 0, "2222222222322");
	is_tid((UINT64_C(1) << 53) - 1, 1023, "bzzzzzzzzzzzz");
	is_tid(UINT64_C(1688137381887007), 6, "3jzfcijpj2z2a");
	ok(syntax_tid_micros("jzzzzzzzzzzzz") == (UINT64_C(1) << 54) - 1,
	    "TID: the greatest that is valid has a bit more");
	syntax_tid_format(text, 0, 1024);
	is_mem(text, sizeof(text), "2222222222222", 13,
	    "TID: a clock id of 11 bits is cut");
	syntax_tid_format(text, UINT64_MAX, 1024);
	is_mem(text, sizeof(text), "bzzzzzzzzzz22", 13,
	    "TID: bits beyond 53 and 10 are cut");
}

int
main(int argc, char **argv)
{
	if (argc == 3) {
		test_lines(argv[1], strcmp(argv[2], "valid") == 0);
		return done_testing();
	}
	test_limits();
	test_nothing();
	test_nul();
	test_identifiers();
	test_usable_handles();
	test_datetimes();
	test_languages();
	test_uris();
	test_utf8_grammar();
	test_utf8_places();
	test_patterns();
	test_tids();
	return done_testing();
}
