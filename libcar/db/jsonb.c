#include "config.h"

#include <string.h>

#include "libcar/base/set.h"
#include "libcar/base/slice.h"
#include "libcar/db/jsonb.h"

/*
 * Check whether jsonb can hold a record, and make a record that it can hold.
 * jsonb.h lists what jsonb doesn't keep.
 */

#define EXPONENT_MAX 1000000

/* Count digits from *p on. */
static long
count_digits(const char **p, const char *end)
{
	const char *start = *p;

	while (*p < end && **p >= '0' && **p <= '9')
		++*p;
	return *p - start;
}

static long
read_exponent(const char *p, const char *end)
{
	bool negative = p < end && *p == '-';
	long n = 0;

	if (p < end && (*p == '-' || *p == '+'))
		p++;
	for (; p < end && n < EXPONENT_MAX; p++)
		n = 10 * n + (*p - '0');
	return negative ? -n : n;
}

/* How many digits PostgreSQL writes before and after the point. */
struct digits {
	long whole, fraction;
};

static struct digits
number_digits(const char *p, size_t len)
{
	const char *end = p + len;
	struct digits n = { 0 };
	long exponent = 0;

	if (*p == '-')
		p++;
	n.whole = count_digits(&p, end);
	if (p < end && *p == '.') {
		p++;
		n.fraction = count_digits(&p, end);
	}
	if (p < end)
		exponent = read_exponent(p + 1, end);
	n.whole += exponent;
	n.fraction -= exponent;
	return n;
}

static bool
is_numeric(struct digits n)
{
	return n.whole <= JSONB_WHOLE_DIGITS &&
	    n.fraction <= JSONB_FRACTION_DIGITS;
}

/* Does the string or key contain an escape for U+0000? */
static bool
has_nul(const struct json *j)
{
	size_t i;

	for (i = 0; j->escaped && i < j->tok_len; i++)
		if (j->tok[i] == '\\') {
			if (j->tok_len - i >= 6 &&
			    memcmp(j->tok + i, "\\u0000", 6) == 0)
				return true;
			i++;
		}
	return false;
}

/* Number the objects, and look for a key twice in the same object. */
static int
has_same_key(const char *text, size_t len, struct status *st)
{
	uint64_t number[JSON_MAX_DEPTH + 1] = { 0 }, n = 0;
	struct buf key = { 0 };
	struct set keys = { 0 };
	enum json_kind kind;
	struct json j;
	int got = 1;

	json_open(&j, text, len);
	while (got == 1 && (kind = json_next(&j, st)) > JSON_END) {
		if (kind == JSON_OBJECT)
			number[j.depth] = ++n;
		if (kind != JSON_KEY)
			continue;
		key.len = 0;
		buf_put(&key, &number[j.depth], sizeof(number[0]));
		json_text(&j, &key);
		got = key.failed ? -1 : set_add(&keys, key.data, key.len);
	}
	buf_free(&key);
	set_free(&keys);
	if (got == -1)
		return status_no_memory(st);
	return got == 0;
}

/* Does this key come after the last key of its object, if there was one? */
static bool
follows(const struct json *j, const struct slice *last)
{
	return !j->escaped &&
	    (last->at == NULL || j->tok_len > last->len ||
		(j->tok_len == last->len &&
		    memcmp(j->tok, last->at, last->len) > 0));
}

/* Findings about the text so far. */
struct findings {
	struct slice last[JSON_MAX_DEPTH + 1]; /* each object's last key */
	size_t size;                           /* with all digits */
	bool unordered, changed;
};

/* 1e131071 is short here and in jsonb, but long when ->> or a cast makes a text
 * of it. */
static void
check_number(struct findings *f, const struct json *j)
{
	struct digits n = number_digits(j->tok, j->tok_len);
	size_t size = n.whole > 0 ? (size_t)n.whole : 0;

	size += n.fraction > 0 ? (size_t)n.fraction : 0;
	if (!is_numeric(n))
		f->changed = true;
	else if (size > j->tok_len)
		f->size += size - j->tok_len;
}

static void
check_token(struct findings *f, enum json_kind kind, const struct json *j)
{
	switch (kind) {
	case JSON_OBJECT:
		f->last[j->depth].at = NULL;
		break;
	case JSON_NUMBER:
		check_number(f, j);
		break;
	case JSON_KEY:
		f->unordered |= !follows(j, &f->last[j->depth]);
		f->last[j->depth] = slice_make(j->tok, j->tok_len);
		/* fallthrough */
	default:
		f->changed |= has_nul(j);
	}
}

/*
 * Keys in the order of DAG-CBOR can't repeat. Collecting all keys in a set
 * instead takes 5 times as long.
 */
int
jsonb_check(const char *text, size_t len, enum jsonb_fit *fit,
    struct status *st)
{
	struct findings f;
	enum json_kind kind;
	struct json j;
	int same = 0;

	*fit = JSONB_LONG;
	if (len > JSONB_MAX_BYTES)
		return 0;
	f.size = len;
	f.unordered = f.changed = false;
	json_open(&j, text, len);
	while ((kind = json_next(&j, st)) > JSON_END)
		check_token(&f, kind, &j);
	if (f.size > JSONB_MAX_BYTES)
		return 0;
	if (f.unordered && !f.changed &&
	    (same = has_same_key(text, len, st)) == -1)
		return -1;
	*fit = f.changed || same == 1 ? JSONB_CHANGED : JSONB_SAME;
	return 0;
}

/* Append a text with U+FFFD in place of U+0000. */
static void
put_escaped(struct buf *out, const struct json *j)
{
	const char *p = j->tok, *end = j->tok + j->tok_len;

	for (; p < end; p++) {
		if (*p == '\\' && end - p >= 6 &&
		    memcmp(p, "\\u0000", 6) == 0) {
			buf_puts(out, "\\ufffd");
			p += 5;
			continue;
		}
		buf_putc(out, *p);
		if (*p == '\\' && p + 1 < end)
			buf_putc(out, *++p);
	}
}

void
jsonb_write(const char *text, size_t len, struct buf *out)
{
	const char *from = text;
	struct status st;
	enum json_kind kind;
	struct json j;

	json_open(&j, text, len);
	while ((kind = json_next(&j, &st)) > JSON_END) {
		if (kind != JSON_STRING && kind != JSON_KEY &&
		    (kind != JSON_NUMBER ||
			is_numeric(number_digits(j.tok, j.tok_len))))
			continue;
		buf_put(out, from, j.tok - from);
		from = j.tok + j.tok_len;
		if (kind != JSON_NUMBER)
			put_escaped(out, &j);
		else {
			buf_putc(out, '"');
			buf_put(out, j.tok, j.tok_len);
			buf_putc(out, '"');
		}
	}
	buf_put(out, from, text + len - from);
}
