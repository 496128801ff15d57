/*
 * pace: a maximum number of requests in five minutes, for a service whose
 * answers don't say how many requests it allows.
 *
 * A request may begin if fewer than `most` began within the last PACE_MS. The
 * caller passes the time, so tests choose it.
 */
#ifndef LIBCAR_NET_PACE_H
#define LIBCAR_NET_PACE_H

#include <stddef.h>
#include <stdint.h>

#include "libcar/base/status.h"

#define PACE_MS 300000 /* five minutes */
#define PACE_MAX 100000

/* All zero, except the caller's field, before the first request. */
struct pace {
	/* The caller's. */
	unsigned most; /* requests in PACE_MS, at most PACE_MAX; 0: no limit */

	/* The module's own. */
	uint64_t *begun; /* a ring of the last `most` times */
	size_t count, next;
};

/* How long the next request has to wait, in milliseconds. */
uint64_t pace_wait_ms(const struct pace *, uint64_t now_ms);

/* A request begins. -1: STATUS_SYSTEM. */
int pace_note(struct pace *, uint64_t now_ms, struct status *);

void pace_free(struct pace *);

#endif
