#include "config.h"

#include <string.h>

#include "libcar/base/basen.h"
#include "libcar/data/json.h"
#include "libcar/data/json_plain_private.h"
#include "libcar/data/syntax.h"

/*
 * The writer only appends, and remembers whether a comma is needed. It copies
 * text eight bytes at a time until a character that must be escaped.
 */

static char *
quote_control(char *out, unsigned char c)
{
	static const char hex[] = "0123456789abcdef";
	static const char letters[0x20] = {
		['\b'] = 'b',
		['\t'] = 't',
		['\n'] = 'n',
		['\f'] = 'f',
		['\r'] = 'r',
	};

	*out++ = '\\';
	if (letters[c] != 0) {
		*out++ = letters[c];
		return out;
	}
	memcpy(out, "u00", 3);
	out[3] = hex[c >> 4];
	out[4] = hex[c & 15];
	return out + 5;
}

/* Copy up to the next special character, and up to 7 bytes beyond that don't
 * count. Returns the number of bytes that do. */
static inline size_t
copy_plain(char *out, const char *p, const char *end)
{
	const char *start = p;
	uint64_t w, special;

	for (; end - p >= 8; p += 8, out += 8) {
		memcpy(&w, p, 8);
		memcpy(out, &w, 8);
		if ((special = json_plain_special(w)) != 0)
			return p - start + json_plain_first(special);
	}
	for (; p < end && json_plain_is(*p); p++)
		*out++ = *p;
	return p - start;
}

char *
json_quote(char *out, const char *text, size_t len, bool *bad)
{
	const char *p = text != NULL ? text : "", *end = p + len;
	size_t n;

	*out++ = '"';
	for (;;) {
		n = copy_plain(out, p, end);
		out += n;
		p += n;
		if (p == end)
			break;
		if ((unsigned char)*p < 0x20)
			out = quote_control(out, *p++);
		else if (*p == '"' || *p == '\\') {
			*out++ = '\\';
			*out++ = *p++;
		} else {
			n = syntax_utf8_len((const uint8_t *)p, end - p);
			memcpy(out, n == 0 ? "\xef\xbf\xbd" : p,
			    n == 0 ? 3 : n);
			*bad |= n == 0;
			out += n == 0 ? 3 : n;
			p += n == 0 ? 1 : n;
		}
	}
	*out++ = '"';
	return out;
}

static void
separate(struct json_writer *w)
{
	if (w->comma)
		buf_putc(w->out, ',');
	w->comma = true;
}

static void
open_container(struct json_writer *w, char c)
{
	separate(w);
	buf_putc(w->out, c);
	w->comma = false;
}

static void
close_container(struct json_writer *w, char c)
{
	buf_putc(w->out, c);
	w->comma = true;
}

void
json_write_object(struct json_writer *w)
{
	open_container(w, '{');
}

void
json_write_object_end(struct json_writer *w)
{
	close_container(w, '}');
}

void
json_write_array(struct json_writer *w)
{
	open_container(w, '[');
}

void
json_write_array_end(struct json_writer *w)
{
	close_container(w, ']');
}

void
json_write_string(struct json_writer *w, const char *text, size_t len)
{
	bool bad = false;
	char *p;

	separate(w);
	if ((p = buf_reserve(w->out, 6 * len + 2)) != NULL)
		w->out->len = json_quote(p, text, len, &bad) - w->out->data;
}

void
json_write_key_n(struct json_writer *w, const char *key, size_t len)
{
	json_write_string(w, key, len);
	buf_putc(w->out, ':');
	w->comma = false;
}

void
json_write_key(struct json_writer *w, const char *key)
{
	json_write_key_n(w, key, strlen(key));
}

/* From the last digit on: snprintf() takes eight times as many instructions. */
void
json_write_integer(struct json_writer *w, int64_t value)
{
	uint64_t left = value < 0 ? -(uint64_t)value : (uint64_t)value;
	char text[24], *end = text + sizeof(text), *at = end;

	do
		*--at = (char)('0' + left % 10);
	while ((left /= 10) > 0);
	if (value < 0)
		*--at = '-';
	separate(w);
	buf_put(w->out, at, (size_t)(end - at));
}

void
json_write_bool(struct json_writer *w, bool value)
{
	separate(w);
	buf_puts(w->out, value ? "true" : "false");
}

void
json_write_null(struct json_writer *w)
{
	separate(w);
	buf_puts(w->out, "null");
}

void
json_write_raw(struct json_writer *w, const char *text, size_t len)
{
	separate(w);
	buf_put(w->out, text, len);
}

void
json_write_bytes(struct json_writer *w, const void *bytes, size_t len)
{
	char *p;

	json_write_object(w);
	json_write_key(w, "$bytes");
	separate(w);
	buf_putc(w->out, '"');
	if ((p = buf_reserve(w->out, BASE64_LEN(len))) != NULL)
		w->out->len += base64_format(p, bytes, len);
	buf_putc(w->out, '"');
	json_write_object_end(w);
}

void
json_write_member(struct json_writer *w, const char *key, const char *string)
{
	json_write_key(w, key);
	if (string == NULL)
		json_write_null(w);
	else
		json_write_string(w, string, strlen(string));
}

void
json_write_text(struct json_writer *w, const char *key,
    const struct slice *text)
{
	if (text->at == NULL)
		return;
	json_write_key(w, key);
	json_write_string(w, text->at, text->len);
}
