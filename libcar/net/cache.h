/*
 * cache: what was answered to look-ups of DIDs and handles.
 *
 * A file of SQLite, which several processes may use at once. A name is a DID
 * or a handle; its value a DID document or a DID. What is kept of a name is
 * the last value with its time, and what went wrong since, with its own: how
 * long either counts is the caller's business. A cache can be thrown away, so
 * it isn't synced.
 */
#ifndef LIBCAR_NET_CACHE_H
#define LIBCAR_NET_CACHE_H

#include <stddef.h>
#include <stdint.h>

#include "libcar/base/status.h"

#define CACHE_WAIT_MS 10000 /* for another process */

struct cache;

struct cache_entry {
	const char *value; /* NULL: none; borrowed until the next call */
	size_t len;
	uint64_t value_ms; /* when it was answered, since 1970 */
	/* STATUS_OK, or what the last look-up met, later than the value. */
	struct status fault;
	uint64_t fault_ms;
};

/* Open, and make on first use. NULL: STATUS_SYSTEM (also for a file of
 * something else), STATUS_AGAIN. */
struct cache *cache_open(const char *path, struct status *);

/* 1 and what is known, 0 if nothing is, -1: STATUS_SYSTEM, STATUS_AGAIN. */
int cache_get(struct cache *, const char *name, size_t len,
    struct cache_entry *, struct status *);

/* A value was answered: faults are over. */
int cache_put(struct cache *, const char *name, size_t len, const char *value,
    size_t value_len, uint64_t now_ms, struct status *);

/* The look-up failed. If that may succeed later (status_retry) the value is
 * kept beside it, or else it goes. */
int cache_put_fault(struct cache *, const char *name, size_t len,
    const struct status *fault, uint64_t now_ms, struct status *);

void cache_close(struct cache *);

#endif
