#include "config.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "libcar/lexicon/walk_private.h"

/*
 * The tokens of a walk, and the problems that it finds. A walk keeps the way
 * from the root as a chain of steps on the stack. Only a problem turns it into
 * a JSON pointer (RFC 6901), so that a valid record pays nothing for it.
 */

#define MESSAGE_BYTES 160

static const char *const rule_names[LEXICON_RULES] = {
	[LEXICON_JSON] = "json",
	[LEXICON_TYPE] = "type",
	[LEXICON_REQUIRED] = "required",
	[LEXICON_NULL] = "null",
	[LEXICON_CONST] = "const",
	[LEXICON_ENUM] = "enum",
	[LEXICON_MINIMUM] = "minimum",
	[LEXICON_MAXIMUM] = "maximum",
	[LEXICON_MIN_LENGTH] = "minLength",
	[LEXICON_MAX_LENGTH] = "maxLength",
	[LEXICON_MIN_GRAPHEMES] = "minGraphemes",
	[LEXICON_MAX_GRAPHEMES] = "maxGraphemes",
	[LEXICON_FORMAT] = "format",
	[LEXICON_UNION] = "union",
	[LEXICON_ACCEPT] = "accept",
	[LEXICON_MAX_SIZE] = "maxSize",
	[LEXICON_RECORD_TYPE] = "recordType",
	[LEXICON_RECORD_KEY] = "recordKey",
	[LEXICON_UNKNOWN] = "unknown",
};

const char *
lexicon_rule_name(enum lexicon_rule rule)
{
	return rule_names[rule];
}

void
lexicon_report_free(struct lexicon_report *report)
{
	buf_free(&report->text);
	buf_free(&report->scratch);
	memset(report, 0, sizeof(*report));
}

const char *
lexicon_said(enum json_kind kind)
{
	switch (kind) {
	case JSON_OBJECT:
		return "an object";
	case JSON_ARRAY:
		return "an array";
	case JSON_STRING:
		return "a string";
	case JSON_NUMBER:
		return "a number";
	case JSON_TRUE:
	case JSON_FALSE:
		return "a boolean";
	case JSON_NULL:
		return "null";
	default:
		return "nothing";
	}
}

/* Write a key without JSON's escapes, but with those of a JSON pointer. */
static void
put_key(struct buf *out, const struct lexicon_step *at)
{
	struct json j = { .tok = at->key,
		.tok_len = at->len,
		.escaped = at->escaped };
	size_t start = out->len, end, i, extra = 0;
	char c;

	json_text(&j, out);
	for (i = start; i < out->len; i++)
		extra += out->data[i] == '~' || out->data[i] == '/';
	if (extra == 0 || buf_reserve(out, extra) == NULL)
		return;
	end = out->len += extra;
	for (i = end - extra; i-- > start;) {
		c = out->data[i];
		if (c == '~' || c == '/') {
			out->data[--end] = c == '~' ? '0' : '1';
			c = '~';
		}
		out->data[--end] = c;
	}
}

/* Write the path of this step. False: too long, the path ends above. */
static bool
put_path(struct buf *out, size_t start, const struct lexicon_step *at)
{
	size_t mark;
	char digits[24];

	if (at == NULL)
		return true;
	if (!put_path(out, start, at->up))
		return false;
	mark = out->len;
	buf_putc(out, '/');
	if (at->key != NULL)
		put_key(out, at);
	else
		buf_put(out, digits,
		    snprintf(digits, sizeof(digits), "%zu", at->len));
	if (out->len - start <= LEXICON_MAX_PATH)
		return true;
	out->len = mark;
	return false;
}

static void add_problem(struct lexicon_walk *, enum lexicon_rule, const char *,
    va_list) __attribute__((format(printf, 3, 0)));

static void
add_problem(struct lexicon_walk *w, enum lexicon_rule rule, const char *format,
    va_list ap)
{
	struct lexicon_report *r = w->report;
	struct lexicon_problem *p;
	char message[MESSAGE_BYTES];

	if (r->count == LEXICON_MAX_PROBLEMS) {
		r->more++;
		return;
	}
	p = &r->problems[r->count++];
	p->rule = rule;
	p->path = r->text.len;
	put_path(&r->text, p->path, w->at);
	p->path_len = r->text.len - p->path;
	vsnprintf(message, sizeof(message), format, ap);
	p->message = r->text.len;
	p->message_len = strlen(message);
	buf_put(&r->text, message, p->message_len);
}

void
lexicon_problem(struct lexicon_walk *w, enum lexicon_rule rule,
    const char *format, ...)
{
	va_list ap;

	va_start(ap, format);
	add_problem(w, rule, format, ap);
	va_end(ap);
}

void
lexicon_problem_with(struct lexicon_walk *w, const char *key,
    enum lexicon_rule rule, const char *format, ...)
{
	struct lexicon_step step = { w->at, key, strlen(key), false };
	va_list ap;

	w->at = &step;
	va_start(ap, format);
	add_problem(w, rule, format, ap);
	va_end(ap);
	w->at = step.up;
}

enum json_kind
lexicon_next(struct lexicon_walk *w)
{
	enum json_kind kind = json_next(&w->json, &w->st);

	if (kind == JSON_ERROR)
		lexicon_problem(w, LEXICON_JSON, "%s, at byte %llu", w->st.msg,
		    (unsigned long long)w->st.pos);
	return kind;
}

int
lexicon_skip(struct lexicon_walk *w, enum json_kind first)
{
	unsigned depth = w->json.depth;

	if (first != JSON_OBJECT && first != JSON_ARRAY)
		return first == JSON_ERROR ? -1 : 0;
	while (w->json.depth >= depth)
		if (lexicon_next(w) == JSON_ERROR)
			return -1;
	return 0;
}

struct lexicon_token
lexicon_without_escapes(struct lexicon_walk *w, struct lexicon_token t)
{
	struct json j = {
		.tok = t.text.at,
		.tok_len = t.text.len,
		.escaped = t.escaped,
	};
	struct buf *out = &w->report->scratch;

	out->len = 0;
	json_text(&j, out);
	t.text = slice_make(out->data != NULL ? out->data : "", out->len);
	t.escaped = false;
	return t;
}
