#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "libcar/base/array.h"
#include "libcar/data/syntax.h"
#include "libcar/stream/fields.h"
#include "libcar/stream/filter.h"

/*
 * A command line gives only few patterns, and each collection is checked once.
 * So the patterns are compared one by one. They are kept in the order that
 * at-ndjson(5) requires.
 */

int
filter_add(struct filter *filter, const char *pattern, struct status *st)
{
	size_t i = filter->count, j;
	const char **patterns;
	bool *found;

	if (!syntax_is_collection_pattern(pattern, strlen(pattern)))
		return status_set(st, STATUS_BAD_SYNTAX, 0,
		    "'%s' is neither an NSID nor a prefix.*", pattern);
	for (j = 0; j < i; j++)
		if (strcmp(filter->patterns[j], pattern) == 0)
			return 0;
	if (i == FIELDS_PATTERNS_MAX)
		return status_set(st, STATUS_TOO_LARGE, 0,
		    "more than %d collections", FIELDS_PATTERNS_MAX);
	if (!ARRAY_GROW(filter->patterns, filter->count, filter->room))
		return status_no_memory(st);
	if ((found = realloc(filter->found, i + 1)) == NULL)
		return status_no_memory(st);
	filter->found = found;
	found[i] = false;
	patterns = filter->patterns;
	for (; i > 0 && strcmp(patterns[i - 1], pattern) > 0; i--)
		patterns[i] = patterns[i - 1];
	patterns[i] = pattern;
	filter->count++;
	return 0;
}

bool
filter_covers(const struct filter *filter, const char *nsid, size_t len)
{
	size_t i;

	for (i = 0; i < filter->count; i++)
		if (syntax_pattern_covers(filter->patterns[i],
			strlen(filter->patterns[i]), nsid, len))
			return true;
	return filter->count == 0;
}

void
filter_mark(const struct filter *filter, const char *nsid, size_t len)
{
	size_t i;

	for (i = 0; i < filter->count && filter->found != NULL; i++)
		if (syntax_pattern_covers(filter->patterns[i],
			strlen(filter->patterns[i]), nsid, len))
			filter->found[i] = true;
}

static bool
is_within(const char *pattern, const struct slice *patterns)
{
	struct json j;
	struct status st;

	json_open(&j, patterns->at, patterns->len);
	if (json_next(&j, &st) != JSON_ARRAY)
		return false;
	while (json_next(&j, &st) == JSON_STRING)
		if (syntax_is_collection_pattern(j.tok, j.tok_len) &&
		    syntax_pattern_covers(j.tok, j.tok_len, pattern,
			strlen(pattern)))
			return true;
	return false;
}

bool
filter_is_within(const struct filter *filter, const struct slice *patterns)
{
	size_t i;

	if (patterns->at == NULL)
		return true;
	for (i = 0; i < filter->count; i++)
		if (!is_within(filter->patterns[i], patterns))
			return false;
	return filter->count > 0;
}

bool
filter_is_nsid(const char *pattern)
{
	return syntax_is_nsid(pattern, strlen(pattern));
}

void
filter_write(const struct filter *filter, struct json_writer *w)
{
	size_t i;

	json_write_array(w);
	for (i = 0; i < filter->count; i++)
		json_write_string(w, filter->patterns[i],
		    strlen(filter->patterns[i]));
	json_write_array_end(w);
}

void
filter_free(struct filter *filter)
{
	free(filter->patterns);
	free(filter->found);
	memset(filter, 0, sizeof(*filter));
}
