/* The text of pages: whatever a text is, it stays a text. */
#include "config.h"

#include "libcar/data/syntax.h"
#include "libcar/serve/html.h"
#include "t/lib/random.h"
#include "t/lib/tap.h"

static void
is_buf(struct buf *b, const char *want, const char *name)
{
	is_mem(b->data, b->len, want, strlen(want), "%s", name);
	buf_free(b);
}

static void
is_text(const char *text, size_t len, const char *want, const char *name)
{
	struct slice t = { text, len };
	struct buf b = { 0 };

	html_text(&b, &t);
	is_buf(&b, want, name);
}

static void
texts(void)
{
	is_text("", 0, "", "an empty text");
	is_text(NULL, 0, "", "no text");
	is_text("plain\tand\n", 10, "plain\tand\n", "a plain text");
	is_text("<a href='x'>&\"", 14, "&lt;a href=&#39;x&#39;&gt;&amp;&quot;",
	    "a text that is HTML");
	is_text("\xf0\x9f\xa6\x8b \xc3\xa9", 7, "\xf0\x9f\xa6\x8b \xc3\xa9",
	    "other characters stay");
	is_text("a\0b\x01\x7f\r", 6,
	    "a\xef\xbf\xbd"
	    "b\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd",
	    "control characters");
	is_text("\xc3<\xed\xa0\x80\xff", 6,
	    "\xef\xbf\xbd&lt;\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd",
	    "bytes that aren't UTF-8, and what follows them");
}

static void
clips(void)
{
	struct slice t = slice_of("ab\xc3\xa9<d");
	struct buf b = { 0 };

	html_clip(&b, &t, 6);
	is_buf(&b, "ab\xc3\xa9&lt;d", "a text that fits");
	html_clip(&b, &t, 3);
	is_buf(&b, "ab\xe2\x80\xa6", "a character isn't cut");
	html_clip(&b, &t, 5);
	is_buf(&b, "ab\xc3\xa9&lt;\xe2\x80\xa6", "nor is a reference");
	html_clip(&b, &t, 0);
	is_buf(&b, "\xe2\x80\xa6", "nothing fits");
}

static void
formats(void)
{
	struct slice t = slice_of("<&>"), path = slice_of("a/b?c=%d&'\xc3\xa9");
	struct buf b = { 0 };

	html_put(&b, "<b>$t</b> $s $s $$5$", &t, "\"", (const char *)NULL);
	is_buf(&b, "<b>&lt;&amp;&gt;</b> &quot;  $5$", "texts and strings");
	html_put(&b, "/$u:$u", &path, &t);
	is_buf(&b, "/a%2Fb%3Fc%3D%25d%26%27%C3%A9:%3C%26%3E", "parts of paths");
	html_put(&b, "$n $n $n $n $n", (int64_t)0, (int64_t)999, (int64_t)1000,
	    (int64_t)-1234567, INT64_MIN);
	is_buf(&b,
	    "0 999 1,000 \xe2\x88\x92"
	    "1,234,567 \xe2\x88\x92"
	    "9,223,372,036,854,775,808",
	    "numbers for people");
	html_put(&b, "$i $i", (int64_t)-1234567, INT64_MAX);
	is_buf(&b, "-1234567 9223372036854775807", "numbers for programs");
}

/* Whatever the bytes are, what comes out has no special character but those of
 * references, and is UTF-8. */
static bool
is_harmless(const struct buf *b)
{
	size_t i;

	for (i = 0; i < b->len; i++) {
		if (memchr("<>\"'", b->data[i], 4) != NULL ||
		    (unsigned char)b->data[i] == 0)
			return false;
		if (b->data[i] == '&' &&
		    memchr(b->data + i, ';', b->len - i) == NULL)
			return false;
	}
	return syntax_is_utf8(b->len > 0 ? b->data : "", b->len);
}

static void
random_bytes(void)
{
	static const char special[] = "<>&'\"\xc3\xa9\xf0\0\x1b$";
	struct buf b = { 0 };
	char bytes[40];
	struct slice t = { bytes, 0 };
	bool harmless = true;
	size_t i;
	int n;

	for (n = 0; n < 20000; n++) {
		t.len = rnd() % sizeof(bytes);
		for (i = 0; i < t.len; i++)
			bytes[i] = rnd() % 2 == 0 ?
			    (char)(rnd() % 256) :
			    special[rnd() % (sizeof(special) - 1)];
		b.len = 0;
		html_text(&b, &t);
		harmless &= is_harmless(&b);
		b.len = 0;
		html_clip(&b, &t, rnd() % 40);
		harmless &= is_harmless(&b);
		b.len = 0;
		html_path(&b, &t);
		harmless &= is_harmless(&b) &&
		    (b.len == 0 || memchr(b.data, '&', b.len) == NULL);
	}
	ok(harmless, "random bytes never leave their place");
	buf_free(&b);
}

int
main(void)
{
	texts();
	clips();
	formats();
	random_bytes();
	return done_testing();
}
