#include "config.h"

#include <string.h>

#include "libcar/data/outline.h"

/*
 * A value is a string, a container or a word. A container ends where as many
 * brackets have closed as have opened; their kinds aren't compared, so that no
 * stack is needed and depth has no limit. The strict reader finds brackets of
 * the wrong kind.
 */

static bool
is_space(char c)
{
	return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

static void
skip_space(struct outline *o)
{
	while (o->at < o->end && is_space(*o->at))
		o->at++;
}

/* p is at the opening quote. Returns the place after the closing one, or NULL.
 */
static const char *
string_end(const char *p, const char *end)
{
	for (p++; p < end && *p != '"'; p++)
		if (*p == '\\' && ++p == end)
			break;
	return p < end ? p + 1 : NULL;
}

static const char *
container_end(const char *p, const char *end)
{
	size_t depth = 0;

	while (p < end)
		switch (*p) {
		case '"':
			if ((p = string_end(p, end)) == NULL)
				return NULL;
			break;
		case '{':
		case '[':
			depth++;
			p++;
			break;
		case '}':
		case ']':
			p++;
			if (--depth == 0)
				return p;
			break;
		default:
			p++;
		}
	return NULL;
}

/* A number or a word, also an invalid one. */
static const char *
word_end(const char *p, const char *end)
{
	const char *start = p;

	while (p < end && !is_space(*p) && memchr(",:]}[{\"", *p, 7) == NULL)
		p++;
	return p > start ? p : NULL;
}

static int
take_value(struct outline *o, struct slice *value)
{
	const char *start = o->at, *end;

	if (start == o->end)
		return -1;
	if (*start == '"')
		end = string_end(start, o->end);
	else if (*start == '{' || *start == '[')
		end = container_end(start, o->end);
	else
		end = word_end(start, o->end);
	if (end == NULL)
		return -1;
	*value = slice_make(start, end - start);
	o->at = end;
	skip_space(o);
	return 0;
}

static int
take_key(struct outline *o, struct slice *key)
{
	if (o->at == o->end || *o->at != '"' || take_value(o, key) == -1 ||
	    o->at == o->end || *o->at != ':')
		return -1;
	o->at++;
	skip_space(o);
	return 0;
}

char
outline_open(struct outline *o, const char *text, size_t len)
{
	if (text == NULL)
		text = "";
	*o = (struct outline){ .at = text, .end = text + len };
	skip_space(o);
	if (o->at == o->end || (*o->at != '{' && *o->at != '['))
		return '\0';
	o->close = *o->at == '{' ? '}' : ']';
	return *o->at++;
}

/* Is this the end of the container? Nothing may follow. */
static int
finish(struct outline *o)
{
	o->at++;
	skip_space(o);
	return o->at == o->end ? 0 : -1;
}

int
outline_next(struct outline *o, struct slice *key, struct slice *value)
{
	skip_space(o);
	if (o->at < o->end && *o->at == o->close)
		return finish(o);
	if (o->begun) {
		if (o->at == o->end || *o->at != ',')
			return -1;
		o->at++;
		skip_space(o);
	}
	o->begun = true;
	*key = slice_make(NULL, 0);
	if (o->close == '}' && take_key(o, key) == -1)
		return -1;
	return take_value(o, value) == -1 ? -1 : 1;
}
