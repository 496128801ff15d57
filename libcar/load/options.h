/*
 * load_options: options of at-load, and what it reports.
 */
#ifndef LIBCAR_LOAD_OPTIONS_H
#define LIBCAR_LOAD_OPTIONS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "libcar/base/slice.h"
#include "libcar/base/status.h"
#include "libcar/stream/excluded.h"

/* Limits of a transaction: lines (default) and bytes. */
#define LOAD_LINES 20000
#define LOAD_BYTES ((size_t)16 << 20)

/* The origin of a line. */
struct load_origin {
	const char *name; /* of the input, borrowed until the commit */
	uint64_t number;  /* of the line */
};

/* The `end` of a CAR counted fewer keys of a collection than arrived. */
struct load_fewer {
	struct slice did, collection;
	const char *rev;
	uint64_t counted, came;
};

/* An account that changed its host, with a commit of the new host below the
 * rev that is loaded. */
struct load_moved {
	struct slice did;
	const char *rev, *loaded;
};

/* Called to report things, one at a time, maybe by another thread. */
struct load_hooks {
	void *arg;
	/* A line is ignored, and why. */
	void (*bad)(void *, const struct load_origin *, const struct status *);
	/* A line has an unknown type. */
	void (*unknown)(void *, const struct slice *type);
	/* The transaction failed, and will be repeated. */
	void (*again)(void *, const struct status *);
	/* A completed CAR has a wrong count; called once. May be NULL. */
	void (*fewer)(void *, const struct load_origin *,
	    const struct load_fewer *);
	/* The revs of an account started over. NULL: don't report it. */
	void (*moved)(void *, const struct load_origin *,
	    const struct load_moved *);
};

/* Whether to record changes from now on. */
enum load_feed { LOAD_FEED_KEEP, LOAD_FEED_ON, LOAD_FEED_OFF };

struct load_options {
	struct load_hooks hooks;
	enum load_feed feed;
	const char *const *indexes; /* to create: db/index.h */
	size_t nindexes;
	const struct excluded *excluded; /* accounts to exclude, or NULL */
	bool partial;                    /* treat all lines as source part */
	size_t lines;                    /* per transaction; 0: LOAD_LINES */
	unsigned wait_ms;                /* how long to retry after a failure */
};

/* Counts of lines, by what became of them. */
struct load_counts {
	uint64_t written, confirmed, skipped, bad;
	uint64_t operations; /* of PLC directories, new or not */
	uint64_t forgotten;  /* not lines: snapshots dropped to make room */
};

#endif
