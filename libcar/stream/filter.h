/*
 * filter: which collections are asked for.
 */
#ifndef LIBCAR_STREAM_FILTER_H
#define LIBCAR_STREAM_FILTER_H

#include <stdbool.h>
#include <stddef.h>

#include "libcar/base/slice.h"
#include "libcar/base/status.h"
#include "libcar/data/json.h"

/* All zero asks for all. The texts stay the caller's. */
struct filter {
	const char **patterns; /* sorted, distinct; see syntax.h */
	size_t count, room;
	bool *found; /* by filter_mark(), of each pattern; may be NULL */
};

/* Add a pattern, where it isn't there yet: 0, or -1: STATUS_BAD_SYNTAX,
 * STATUS_TOO_LARGE, STATUS_SYSTEM. */
int filter_add(struct filter *, const char *pattern, struct status *);

bool filter_covers(const struct filter *, const char *nsid, size_t len);

/* A collection has records: mark the patterns that cover it, so that one that
 * was mistyped, and covers nothing, is noticed in the end. */
void filter_mark(const struct filter *, const char *nsid, size_t len);

/* Is all that is asked for in this array of patterns (JSON)? In none, whose at
 * is NULL, is everything. */
bool filter_is_within(const struct filter *, const struct slice *patterns);

/* Is a pattern an NSID, and no prefix? */
bool filter_is_nsid(const char *pattern);

/* The patterns as an array. */
void filter_write(const struct filter *, struct json_writer *);

void filter_free(struct filter *);

#endif
