#include "config.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "libcar/data/syntax.h"
#include "libcar/serve/html.h"

/*
 * Text is copied one character at a time. That is fast enough: a page has some
 * kilobytes of it.
 */

static const char *
reference(char c)
{
	switch (c) {
	case '&':
		return "&amp;";
	case '<':
		return "&lt;";
	case '>':
		return "&gt;";
	case '"':
		return "&quot;";
	case '\'':
		return "&#39;";
	}
	return NULL;
}

/* Append the character at p, and return its bytes. */
static size_t
put_character(struct buf *out, const char *p, size_t len)
{
	size_t n = syntax_utf8_len((const uint8_t *)p, len);
	bool control = n == 1 && ((unsigned char)*p < 0x20 || *p == 0x7f) &&
	    *p != '\t' && *p != '\n';

	if (n == 0 || control)
		buf_puts(out, "\xef\xbf\xbd");
	else if (n == 1 && reference(*p) != NULL)
		buf_puts(out, reference(*p));
	else
		buf_put(out, p, n);
	return n == 0 ? 1 : n;
}

void
html_text(struct buf *out, const struct slice *t)
{
	size_t i = 0;

	while (i < t->len)
		i += put_character(out, t->at + i, t->len - i);
}

void
html_clip(struct buf *out, const struct slice *t, size_t max)
{
	size_t i = 0, n;

	while (i < t->len) {
		n = syntax_utf8_len((const uint8_t *)t->at + i, t->len - i);
		if (i + (n == 0 ? 1 : n) > max) {
			buf_puts(out, "\xe2\x80\xa6");
			return;
		}
		i += put_character(out, t->at + i, t->len - i);
	}
}

static bool
is_plain(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
	    (c >= '0' && c <= '9') || (c != '\0' && strchr("-._~:", c) != NULL);
}

void
html_path(struct buf *out, const struct slice *t)
{
	char code[4];
	size_t i;

	for (i = 0; i < t->len; i++)
		if (is_plain(t->at[i]))
			buf_putc(out, t->at[i]);
		else {
			snprintf(code, sizeof(code), "%%%02X",
			    (unsigned char)t->at[i]);
			buf_puts(out, code);
		}
}

static void
put_grouped(struct buf *out, int64_t n)
{
	char digits[24];
	size_t i, len = snprintf(digits, sizeof(digits), "%" PRId64, n);
	const char *p = digits;

	if (*p == '-') {
		buf_puts(out, "\xe2\x88\x92");
		p++;
		len--;
	}
	for (i = 0; i < len; i++) {
		if (i > 0 && (len - i) % 3 == 0)
			buf_putc(out, ',');
		buf_putc(out, p[i]);
	}
}

static void
put_plain(struct buf *out, int64_t n)
{
	char digits[24];

	snprintf(digits, sizeof(digits), "%" PRId64, n);
	buf_puts(out, digits);
}

void
html_put(struct buf *out, const char *format, ...)
{
	struct slice string;
	const char *p;
	va_list ap;

	va_start(ap, format);
	for (p = format; *p != '\0'; p++) {
		if (*p != '$' || p[1] == '\0') {
			buf_putc(out, *p);
			continue;
		}
		switch (*++p) {
		case 't':
			html_text(out, va_arg(ap, const struct slice *));
			break;
		case 'u':
			html_path(out, va_arg(ap, const struct slice *));
			break;
		case 's':
			string = slice_of(va_arg(ap, const char *));
			html_text(out, &string);
			break;
		case 'n':
			put_grouped(out, va_arg(ap, int64_t));
			break;
		case 'i':
			put_plain(out, va_arg(ap, int64_t));
			break;
		default:
			buf_putc(out, *p);
		}
	}
	va_end(ap);
}
