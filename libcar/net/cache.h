/*
 * cache: answers to look-ups of DIDs and handles.
 *
 * An SQLite file, which several processes may use at once. A name is a DID or a
 * handle; its value is a DID document or a DID. For each name the cache keeps
 * the last value with its time, and the last failure since, with its time; the
 * caller decides how long either is valid. A cache can be thrown away, so it
 * isn't synced to disk.
 */
#ifndef LIBCAR_NET_CACHE_H
#define LIBCAR_NET_CACHE_H

#include <stddef.h>
#include <stdint.h>

#include "libcar/base/status.h"

#define CACHE_WAIT_MS 10000 /* maximum wait for another process */

struct cache;

struct cache_entry {
	const char *value; /* NULL: none; borrowed until the next call */
	size_t len;
	uint64_t value_ms; /* time of the answer, since 1970 */
	/* STATUS_OK, or why the last look-up, after the value, failed. */
	struct status fault;
	uint64_t fault_ms;
};

/* Open the cache, and create it if missing. NULL: STATUS_SYSTEM (also for a
 * file of something else), STATUS_AGAIN. */
struct cache *cache_open(const char *path, struct status *);

/* 1 and the entry; 0 if there is none; -1: STATUS_SYSTEM, STATUS_AGAIN. */
int cache_get(struct cache *, const char *name, size_t len,
    struct cache_entry *, struct status *);

/* Store a value that was answered, and clear the fault. */
int cache_put(struct cache *, const char *name, size_t len, const char *value,
    size_t value_len, uint64_t now_ms, struct status *);

/* Store a failed look-up. Keep the value if a retry may succeed (status_retry),
 * or else delete it. */
int cache_put_fault(struct cache *, const char *name, size_t len,
    const struct status *fault, uint64_t now_ms, struct status *);

void cache_close(struct cache *);

#endif
