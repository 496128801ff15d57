#include "config.h"

#include <string.h>
#include <strings.h>

#include "libcar/data/syntax.h"
#include "libcar/serve/request.h"

/*
 * Split first, then decode each part into `text`, which has room because
 * decoding never makes a text longer.
 */

enum serve_method
serve_request_method(const char *name)
{
	static const struct {
		const char *name;
		enum serve_method method;
	} methods[] = {
		{ "GET", SERVE_GET },
		{ "HEAD", SERVE_HEAD },
		{ "POST", SERVE_POST },
		{ "OPTIONS", SERVE_OPTIONS },
	};
	size_t i;

	for (i = 0; i < sizeof(methods) / sizeof(*methods); i++)
		if (strcmp(methods[i].name, name) == 0)
			return methods[i].method;
	return SERVE_OTHER;
}

static int
hex(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	if (c >= 'A' && c <= 'F')
		return c - 'A' + 10;
	return -1;
}

/* Decode a part of the target. With plus, a `+` is a space. */
static int
decode(struct serve_request *r, const struct slice *part, bool plus,
    struct slice *out, struct status *st)
{
	char *start = r->text + r->text_len, *to = start;
	size_t i;
	int c;

	for (i = 0; i < part->len; i++) {
		c = (unsigned char)part->at[i];
		if (c == '%') {
			if (part->len - i < 3 || hex(part->at[i + 1]) == -1 ||
			    hex(part->at[i + 2]) == -1)
				return status_set(st, STATUS_BAD_SYNTAX, 0,
				    "bad percent-encoding in the URL");
			c = hex(part->at[i + 1]) * 16 + hex(part->at[i + 2]);
			i += 2;
		} else if (c == '+' && plus)
			c = ' ';
		if (c < ' ' || c == 0x7f)
			return status_set(st, STATUS_BAD_SYNTAX, 0,
			    "control character in the URL");
		*to++ = (char)c;
	}
	*out = slice_make(start, (size_t)(to - start));
	r->text_len += out->len;
	if (!syntax_is_utf8(out->at, out->len))
		return status_set(st, STATUS_BAD_SYNTAX, 0,
		    "the URL is not UTF-8");
	return 0;
}

/* Take what stands before the next c, or all; false: nothing is left, and the
 * part is missing. */
static bool
take(struct slice *rest, char c, struct slice *part)
{
	const char *end;

	*part = *rest;
	if (rest->at == NULL)
		return false;
	end = rest->len > 0 ? memchr(rest->at, c, rest->len) : NULL;
	if (end == NULL) {
		*rest = (struct slice){ 0 };
		return true;
	}
	part->len = (size_t)(end - rest->at);
	*rest = slice_make(end + 1, rest->len - part->len - 1);
	return true;
}

static int
parse_path(struct serve_request *r, struct slice path, struct status *st)
{
	struct slice part;

	if (path.len == 0 || path.at[0] != '/')
		return status_set(st, STATUS_BAD_SYNTAX, 0,
		    "the URL has no path");
	path = slice_make(path.at + 1, path.len - 1);
	if (path.len > 0 && path.at[path.len - 1] == '/')
		path.len--;
	else if (path.len == 0)
		return 0;
	while (take(&path, '/', &part)) {
		if (r->nsegments == SERVE_MAX_SEGMENTS)
			return status_set(st, STATUS_TOO_LARGE, 0,
			    "more than %d segments in the URL's path",
			    SERVE_MAX_SEGMENTS);
		if (decode(r, &part, false, &r->segments[r->nsegments], st) ==
		    -1)
			return -1;
		r->nsegments++;
	}
	return 0;
}

static int
parse_query(struct serve_request *r, struct slice query, struct status *st)
{
	struct serve_param *p;
	struct slice part, name;

	while (take(&query, '&', &part)) {
		if (part.len == 0)
			continue;
		if (r->nparams == SERVE_MAX_PARAMS)
			return status_set(st, STATUS_TOO_LARGE, 0,
			    "more than %d parameters in the URL",
			    SERVE_MAX_PARAMS);
		p = &r->params[r->nparams];
		take(&part, '=', &name);
		if (part.at == NULL)
			part = slice_make("", 0);
		if (decode(r, &name, true, &p->name, st) == -1 ||
		    decode(r, &part, true, &p->value, st) == -1)
			return -1;
		r->nparams++;
	}
	return 0;
}

/* The target without scheme and host, which a client may send. */
static struct slice
without_host(struct slice t)
{
	static const char *const schemes[] = { "http://", "https://" };
	size_t i, n;
	const char *slash;

	for (i = 0; i < 2; i++) {
		n = strlen(schemes[i]);
		if (t.len < n || strncasecmp(t.at, schemes[i], n) != 0)
			continue;
		slash = memchr(t.at + n, '/', t.len - n);
		if (slash == NULL)
			return slice_of("/");
		return slice_make(slash, t.len - (size_t)(slash - t.at));
	}
	return t;
}

int
serve_request_parse(struct serve_request *r, const char *target, size_t len,
    struct status *st)
{
	struct slice rest, path;

	r->nsegments = r->nparams = r->text_len = 0;
	r->target = slice_make(target, len);
	if (len > SERVE_URL_BYTES)
		return status_set(st, STATUS_TOO_LARGE, 0,
		    "the URL has more than %d bytes", SERVE_URL_BYTES);
	rest = without_host(r->target);
	take(&rest, '?', &path);
	if (parse_path(r, path, st) == -1)
		return -1;
	return parse_query(r, rest, st);
}

struct slice
serve_request_param(const struct serve_request *r, const char *name)
{
	size_t i;

	for (i = 0; i < r->nparams; i++)
		if (slice_is(&r->params[i].name, name))
			return r->params[i].value;
	return (struct slice){ 0 };
}

/* Decimal digits, with a minus if the minimum is negative. */
static bool
parse_number(const struct slice *s, int64_t *n)
{
	bool minus = s->len > 0 && s->at[0] == '-';
	size_t i = minus;

	if (s->len == i || s->len - i > 18)
		return false;
	for (*n = 0; i < s->len; i++) {
		if (s->at[i] < '0' || s->at[i] > '9')
			return false;
		*n = *n * 10 + (s->at[i] - '0');
	}
	if (minus)
		*n = -*n;
	return true;
}

int
serve_request_number(const struct serve_request *r, const char *name,
    int64_t min, int64_t max, int64_t initial, int64_t *n, struct status *st)
{
	struct slice value = serve_request_param(r, name);

	*n = initial;
	if (value.len == 0)
		return 0;
	if (parse_number(&value, n) && *n >= min && *n <= max)
		return 0;
	return status_set(st, STATUS_BAD_SYNTAX, 0,
	    "%s must be an integer from %lld to %lld", name, (long long)min,
	    (long long)max);
}

struct slice
serve_request_segment(const struct serve_request *r, size_t i)
{
	return i < r->nsegments ? r->segments[i] : (struct slice){ 0 };
}
