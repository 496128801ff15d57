/*
 * load_filter: the collections that a snapshot was requested for, and what its
 * `end` says about them.
 */
#ifndef LIBCAR_LOAD_FILTER_PRIVATE_H
#define LIBCAR_LOAD_FILTER_PRIVATE_H

#include "libcar/load/account_private.h"
#include "libcar/stream/fields.h"
#include "libcar/stream/line.h"

/* Add two counts from untrusted lines; the sum is at most FIELDS_COUNT_MAX. */
static inline uint64_t
load_filter_add(uint64_t a, uint64_t b)
{
	uint64_t sum = a + b;

	return sum < a || sum > FIELDS_COUNT_MAX ? FIELDS_COUNT_MAX : sum;
}

struct load_filter_expect {
	struct load_collection *collection;
	uint64_t keys;
};

struct load_filter {
	struct load_filter *next;
	struct slice *patterns;
	size_t npatterns;
	struct slice text; /* the patterns, sorted, with spaces */
	bool ended;        /* its end arrived, with counts */
	bool done;         /* and is fulfilled */
	struct load_filter_expect *expect;
	size_t nexpect, at; /* those before `at` are fulfilled */
	size_t expect_room;
	bool dirty, stored;
	/* For waiting.c, while it waits or is ready. */
	struct load_snapshot *snapshot;
	struct load_collection *waits_for;
	struct load_filter *next_in_line, **in_line;
};

/* Of a line (`*` if the line has none), or of a text. NULL: no memory. */
struct load_filter *load_filter_of_line(const struct line *, struct status *);
struct load_filter *load_filter_of_text(const struct slice *, struct status *);
void load_filter_free(struct load_filter *);

/* Does it cover a collection, or all of a pattern's? */
bool load_filter_covers(const struct load_filter *, const struct slice *);

/* Mark the collections of the filter's expectations, so that
 * load_filter_marked() finds a collection's expectation (NULL: none). Unmark
 * before freeing, because another filter may reuse this address. */
void load_filter_mark(const struct load_filter *);
void load_filter_unmark(const struct load_filter *);
static inline struct load_filter_expect *
load_filter_marked(const struct load_filter *f, const struct load_collection *c)
{
	return c->marked_by == f ? &f->expect[c->mark] : NULL;
}

/* Take the counts of an `end`; append them as text. */
int load_filter_expect(struct load_account *, struct load_filter *,
    const struct slice *collections, struct status *);
void load_filter_format(const struct load_filter *, struct buf *);

#endif
