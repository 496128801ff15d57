#include "config.h"

#include <string.h>

#include "libcar/data/json.h"
#include "libcar/data/json_plain_private.h"
#include "libcar/data/syntax.h"

/*
 * The reader doesn't recurse. Its state says which token may come next, and one
 * bit for each depth says whether the container is an array. It reads text
 * eight bytes at a time until a special character.
 */

enum state {
	STATE_VALUE,         /* a value must follow */
	STATE_FIRST_ELEMENT, /* a value, or the array's end */
	STATE_FIRST_KEY,     /* a key, or the object's end */
	STATE_AFTER,         /* after a value, in a container */
	STATE_DONE,          /* after the one value */
	STATE_ERROR,
};

static inline size_t
plain_prefix(const char *p, const char *end)
{
	const char *start = p;
	uint64_t w, special;

	for (; end - p >= 8; p += 8) {
		memcpy(&w, p, 8);
		if ((special = json_plain_special(w)) != 0)
			return p - start + json_plain_first(special);
	}
	while (p < end && json_plain_is(*p))
		p++;
	return p - start;
}

void
json_open(struct json *j, const char *text, size_t len)
{
	memset(j, 0, sizeof(*j));
	if (text == NULL)
		text = "";
	j->text = j->at = text;
	j->end = text + len;
	j->state = STATE_VALUE;
}

static enum json_kind
fail(struct json *j, const char *what, struct status *st)
{
	j->state = STATE_ERROR;
	status_set(st, STATUS_BAD_SYNTAX, j->at - j->text, "JSON: %s", what);
	return JSON_ERROR;
}

static inline void
skip_space(struct json *j)
{
	while (j->at < j->end &&
	    (*j->at == ' ' || *j->at == '\t' || *j->at == '\n' ||
		*j->at == '\r'))
		j->at++;
}

static int
hex4(const char *p, const char *end)
{
	int i, c, value = 0;

	if (end - p < 4)
		return -1;
	for (i = 0; i < 4; i++) {
		c = p[i];
		if (c >= '0' && c <= '9')
			c -= '0';
		else if ((c | 0x20) >= 'a' && (c | 0x20) <= 'f')
			c = (c | 0x20) - 'a' + 10;
		else
			return -1;
		value = value << 4 | c;
	}
	return value;
}

/* Parse the escape after the backslash before p. Returns its length and sets
 * the code point; 0 if it isn't valid. */
static size_t
parse_escape(const char *p, const char *end, uint32_t *code)
{
	static const char from[] = "\"\\/bfnrt", to[] = "\"\\/\b\f\n\r\t";
	const char *found;
	int high, low;

	if (p == end)
		return 0;
	if (*p != 'u') {
		if (*p == '\0' || (found = strchr(from, *p)) == NULL)
			return 0;
		*code = to[found - from];
		return 1;
	}
	if ((high = hex4(p + 1, end)) == -1)
		return 0;
	*code = high;
	if (high < 0xd800 || high > 0xdfff)
		return 5;
	if (high > 0xdbff || end - p < 11 || p[5] != '\\' || p[6] != 'u' ||
	    (low = hex4(p + 7, end)) < 0xdc00 || low > 0xdfff)
		return 0;
	*code = 0x10000 + ((high & 0x3ff) << 10 | (low & 0x3ff));
	return 11;
}

static size_t
put_utf8(char *out, uint32_t c)
{
	if (c < 0x80) {
		out[0] = c;
		return 1;
	}
	if (c < 0x800) {
		out[0] = 0xc0 | c >> 6;
		out[1] = 0x80 | (c & 0x3f);
		return 2;
	}
	if (c < 0x10000) {
		out[0] = 0xe0 | c >> 12;
		out[1] = 0x80 | (c >> 6 & 0x3f);
		out[2] = 0x80 | (c & 0x3f);
		return 3;
	}
	out[0] = 0xf0 | c >> 18;
	out[1] = 0x80 | (c >> 12 & 0x3f);
	out[2] = 0x80 | (c >> 6 & 0x3f);
	out[3] = 0x80 | (c & 0x3f);
	return 4;
}

/* `at` is after the opening quote; move it after the closing one. */
static int
scan_string(struct json *j, struct status *st)
{
	uint32_t code;
	size_t n;

	j->tok = j->at;
	j->escaped = false;
	for (;;) {
		j->at += plain_prefix(j->at, j->end);
		if (j->at == j->end)
			return fail(j, "string without end", st);
		if (*j->at == '"')
			break;
		if (*j->at == '\\') {
			j->escaped = true;
			n = parse_escape(j->at + 1, j->end, &code);
			if (n == 0)
				return fail(j, "bad escape", st);
			j->at += 1 + n;
		} else if ((unsigned char)*j->at < 0x20)
			return fail(j, "control character in string", st);
		else {
			n = syntax_utf8_len((const uint8_t *)j->at,
			    j->end - j->at);
			if (n == 0)
				return fail(j, "not UTF-8", st);
			j->at += n;
		}
	}
	j->tok_len = j->at - j->tok;
	j->at++;
	return 0;
}

static const char *
skip_digits(const char *p, const char *end)
{
	while (p < end && *p >= '0' && *p <= '9')
		p++;
	return p;
}

static enum json_kind
scan_number(struct json *j, struct status *st)
{
	const char *p = j->at, *digits;

	j->tok = p;
	j->integer = true;
	if (*p == '-')
		p++;
	digits = p;
	p = skip_digits(p, j->end);
	if (p == digits || (*digits == '0' && p - digits > 1))
		return fail(j, "bad number", st);
	if (p < j->end && *p == '.') {
		j->integer = false;
		digits = ++p;
		if ((p = skip_digits(p, j->end)) == digits)
			return fail(j, "bad number", st);
	}
	if (p < j->end && (*p == 'e' || *p == 'E')) {
		j->integer = false;
		p++;
		if (p < j->end && (*p == '+' || *p == '-'))
			p++;
		digits = p;
		if ((p = skip_digits(p, j->end)) == digits)
			return fail(j, "bad number", st);
	}
	j->at = p;
	j->tok_len = p - j->tok;
	return JSON_NUMBER;
}

static inline bool
in_array(const struct json *j)
{
	unsigned i = j->depth - 1;

	return j->in_array[i / 64] >> i % 64 & 1;
}

static void
after_value(struct json *j)
{
	j->state = j->depth == 0 ? STATE_DONE : STATE_AFTER;
}

static enum json_kind
enter(struct json *j, bool array, struct status *st)
{
	unsigned i = j->depth;

	if (i == JSON_MAX_DEPTH)
		return fail(j, "nested too deeply", st);
	if (array)
		j->in_array[i / 64] |= (uint64_t)1 << i % 64;
	else
		j->in_array[i / 64] &= ~((uint64_t)1 << i % 64);
	j->depth++;
	j->at++;
	j->state = array ? STATE_FIRST_ELEMENT : STATE_FIRST_KEY;
	return array ? JSON_ARRAY : JSON_OBJECT;
}

static enum json_kind
leave(struct json *j)
{
	bool array = in_array(j);

	j->depth--;
	j->at++;
	after_value(j);
	return array ? JSON_ARRAY_END : JSON_OBJECT_END;
}

static enum json_kind
scan_literal(struct json *j, const char *word, enum json_kind kind,
    struct status *st)
{
	size_t len = strlen(word);

	if ((size_t)(j->end - j->at) < len || memcmp(j->at, word, len) != 0)
		return fail(j, "bad value", st);
	j->tok = j->at;
	j->tok_len = len;
	j->at += len;
	return kind;
}

static enum json_kind
scan_value(struct json *j, struct status *st)
{
	enum json_kind kind;

	switch (*j->at) {
	case '{':
		return enter(j, false, st);
	case '[':
		return enter(j, true, st);
	case '"':
		j->at++;
		kind = scan_string(j, st) == -1 ? JSON_ERROR : JSON_STRING;
		break;
	case 't':
		kind = scan_literal(j, "true", JSON_TRUE, st);
		break;
	case 'f':
		kind = scan_literal(j, "false", JSON_FALSE, st);
		break;
	case 'n':
		kind = scan_literal(j, "null", JSON_NULL, st);
		break;
	default:
		kind = scan_number(j, st);
	}
	if (kind != JSON_ERROR)
		after_value(j);
	return kind;
}

static enum json_kind
scan_key(struct json *j, struct status *st)
{
	if (*j->at != '"')
		return fail(j, "want a key", st);
	j->at++;
	if (scan_string(j, st) == -1)
		return JSON_ERROR;
	skip_space(j);
	if (j->at == j->end || *j->at != ':')
		return fail(j, "want a colon", st);
	j->at++;
	j->state = STATE_VALUE;
	return JSON_KEY;
}

/* After a value in a container: its end, or a comma and what follows. */
static enum json_kind
scan_after(struct json *j, struct status *st)
{
	bool array = in_array(j);

	if (*j->at == (array ? ']' : '}'))
		return leave(j);
	if (*j->at != ',')
		return fail(j, "want a comma or the end of a container", st);
	j->at++;
	skip_space(j);
	if (j->at == j->end)
		return fail(j, "text without end", st);
	return array ? scan_value(j, st) : scan_key(j, st);
}

enum json_kind
json_next(struct json *j, struct status *st)
{
	skip_space(j);
	if (j->state == STATE_DONE && j->at == j->end)
		return JSON_END;
	if (j->at == j->end && j->state != STATE_ERROR)
		return fail(j, "text without end", st);
	switch ((enum state)j->state) {
	case STATE_VALUE:
		return scan_value(j, st);
	case STATE_FIRST_ELEMENT:
		return *j->at == ']' ? leave(j) : scan_value(j, st);
	case STATE_FIRST_KEY:
		return *j->at == '}' ? leave(j) : scan_key(j, st);
	case STATE_AFTER:
		return scan_after(j, st);
	case STATE_DONE:
		return fail(j, "more than one value", st);
	case STATE_ERROR:
		break;
	}
	return JSON_ERROR;
}

/* Where the token that was just read begins: an opening bracket or a scalar. */
static const char *
token_start(const struct json *j, enum json_kind kind)
{
	switch (kind) {
	case JSON_STRING:
		return j->tok - 1;
	case JSON_NUMBER:
		return j->tok;
	case JSON_TRUE:
	case JSON_NULL:
		return j->at - 4;
	case JSON_FALSE:
		return j->at - 5;
	default:
		return j->at - 1;
	}
}

enum json_kind
json_skip(struct json *j, struct status *st)
{
	unsigned depth = j->depth;
	const char *start;
	enum json_kind first;

	if ((first = json_next(j, st)) == JSON_ERROR || j->depth < depth)
		return first;
	start = token_start(j, first);
	while (j->depth > depth)
		if (json_next(j, st) == JSON_ERROR)
			return JSON_ERROR;
	j->tok = start;
	j->tok_len = j->at - start;
	return first;
}

/* The next character of an escaped text as UTF-8. */
static size_t
next_char(const char **p, const char *end, char utf8[4])
{
	uint32_t code;

	if (**p != '\\') {
		utf8[0] = *(*p)++;
		return 1;
	}
	*p += 1 + parse_escape(*p + 1, end, &code);
	return put_utf8(utf8, code);
}

bool
json_is(const struct json *j, const char *text)
{
	const char *p = j->tok, *end = p + j->tok_len;
	size_t n, len = strlen(text);
	char c[4];

	if (!j->escaped)
		return len == j->tok_len && memcmp(p, text, len) == 0;
	for (; p < end; text += n, len -= n) {
		n = next_char(&p, end, c);
		if (n > len || memcmp(text, c, n) != 0)
			return false;
	}
	return len == 0;
}

void
json_text(const struct json *j, struct buf *out)
{
	const char *p = j->tok, *end = p + j->tok_len;
	char c[4];

	if (!j->escaped) {
		buf_put(out, p, j->tok_len);
		return;
	}
	while (p < end)
		buf_put(out, c, next_char(&p, end, c));
}

int
json_integer(const struct json *j, int64_t *value)
{
	const char *p = j->tok, *end = p + j->tok_len;
	bool negative = *p == '-';
	int64_t v = 0;

	if (!j->integer)
		return -1;
	for (p += negative; p < end; p++)
		if (__builtin_mul_overflow(v, 10, &v) ||
		    __builtin_sub_overflow(v, *p - '0', &v))
			return -1;
	if (!negative && __builtin_sub_overflow(0, v, &v))
		return -1;
	*value = v;
	return 0;
}
