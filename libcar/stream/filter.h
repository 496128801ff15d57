/*
 * filter: which collections the user wants.
 */
#ifndef LIBCAR_STREAM_FILTER_H
#define LIBCAR_STREAM_FILTER_H

#include <stdbool.h>
#include <stddef.h>

#include "libcar/base/slice.h"
#include "libcar/base/status.h"
#include "libcar/data/json.h"

/* All zero wants every collection. The texts stay the caller's. */
struct filter {
	const char **patterns; /* sorted, distinct; see syntax.h */
	size_t count, room;
	bool *found; /* by filter_mark(), of each pattern; may be NULL */
};

/* Add a pattern, unless the filter has it: 0, or -1: STATUS_BAD_SYNTAX,
 * STATUS_TOO_LARGE, STATUS_SYSTEM. */
int filter_add(struct filter *, const char *pattern, struct status *);

bool filter_covers(const struct filter *, const char *nsid, size_t len);

/* A collection has records: mark the patterns that cover it. A pattern without
 * a mark covers nothing, and was perhaps mistyped. */
void filter_mark(const struct filter *, const char *nsid, size_t len);

/* Does this array of patterns (JSON) cover all that the filter wants? Without
 * an array (at is NULL) everything is covered. */
bool filter_is_within(const struct filter *, const struct slice *patterns);

/* Is the pattern an NSID rather than a prefix? */
bool filter_is_nsid(const char *pattern);

/* Write the patterns as an array. */
void filter_write(const struct filter *, struct json_writer *);

void filter_free(struct filter *);

#endif
