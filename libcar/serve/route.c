#include "config.h"

#include <string.h>

#include "libcar/serve/route.h"

/*
 * Patterns, compared segment by segment. Patterns are literals of this program,
 * so nothing here checks their form; t/unit/serve.c does.
 */

/* The next segment of a pattern; false at its end. */
static bool
next_segment(const char **at, struct slice *segment)
{
	if (**at != '/' || (*at)[1] == '\0')
		return false;
	segment->at = *at + 1;
	segment->len = strcspn(segment->at, "/");
	*at = segment->at + segment->len;
	return true;
}

static bool
is_name(const struct slice *segment)
{
	return segment->at[0] == '{';
}

bool
serve_route_fits(const struct serve_route *route, const struct serve_request *r)
{
	const char *at = route->pattern;
	struct slice want;
	size_t i;

	for (i = 0; next_segment(&at, &want); i++) {
		if (i == r->nsegments)
			return false;
		if (is_name(&want) ? r->segments[i].len == 0 :
				     !slice_equal(&want, &r->segments[i]))
			return false;
	}
	return i == r->nsegments;
}

bool
serve_route_before(const struct serve_route *a, const struct serve_route *b)
{
	const char *at = a->pattern, *other = b->pattern;
	struct slice s, t;

	while (next_segment(&at, &s) && next_segment(&other, &t))
		if (is_name(&s) != is_name(&t))
			return is_name(&t);
	return false;
}
