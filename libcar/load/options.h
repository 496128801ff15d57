/*
 * load_options: what at-load is told, and tells.
 */
#ifndef LIBCAR_LOAD_OPTIONS_H
#define LIBCAR_LOAD_OPTIONS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "libcar/base/slice.h"
#include "libcar/base/status.h"
#include "libcar/stream/excluded.h"

/* A transaction has so many lines, by default, or bytes at most. */
#define LOAD_LINES 20000
#define LOAD_BYTES ((size_t)16 << 20)

/* Where a line comes from. */
struct load_origin {
	const char *name; /* of the input, borrowed until it is committed */
	uint64_t number;  /* of the line */
};

/* The `end` of a CAR that counts fewer keys of a collection than came. */
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

/* What there is to be told. */
struct load_hooks {
	void *arg;
	/* A line that is ignored, and why. */
	void (*bad)(void *, const struct load_origin *, const struct status *);
	/* A line of a type that isn't known here. */
	void (*unknown)(void *, const struct slice *type);
	/* The transaction failed, and is going to be repeated. */
	void (*again)(void *, const struct status *);
	/* What the line has made whole, and tells once. NULL: nothing. */
	void (*fewer)(void *, const struct load_origin *,
	    const struct load_fewer *);
	/* The revs of an account started over. NULL: don't report it. */
	void (*moved)(void *, const struct load_origin *,
	    const struct load_moved *);
};

/* Whether changes are recorded from now on. */
enum load_feed { LOAD_FEED_KEEP, LOAD_FEED_ON, LOAD_FEED_OFF };

struct load_options {
	struct load_hooks hooks;
	enum load_feed feed;
	const char *const *indexes; /* to be made: db/index.h */
	size_t nindexes;
	const struct excluded *excluded; /* accounts; NULL: none */
	bool partial;                    /* take all lines as of source part */
	size_t lines;                    /* of a transaction; 0: LOAD_LINES */
	unsigned wait_ms;                /* how long to repeat what failed */
};

/* Lines, by what became of them. */
struct load_counts {
	uint64_t written, confirmed, skipped, bad;
	uint64_t forgotten; /* no lines: snapshots that made room for others */
};

#endif
