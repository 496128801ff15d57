/*
 * parallel: a loop whose turns run at the same time, in threads.
 *
 * A turn uses only what nobody else changes meanwhile, and the turns may come
 * in any order. A turn should take at least some microseconds: it costs two
 * locks of a mutex. The threads block signals, start with the first loop that
 * has something for them, and wait between loops.
 */
#ifndef LIBCAR_BASE_PARALLEL_H
#define LIBCAR_BASE_PARALLEL_H

#include <stddef.h>

#define PARALLEL_MOST 16 /* threads */

struct parallel_pool;

/* All zero, but for the caller's field, before the first loop. Only one thread
 * may use it. */
struct parallel {
	/* The caller's: threads, with its own; 0: as many as the processors
	 * that this process may use. */
	unsigned threads;

	struct parallel_pool *pool; /* the module's own */
};

/* How many threads a loop uses, if the system can start them: from 1, the
 * caller's alone, to PARALLEL_MOST. */
unsigned parallel_threads(struct parallel *);

/* Call turn(ctx, i) for each i below n, and return after all turns have ended.
 * If a thread can't start, the others do its part. */
void parallel_run(struct parallel *, size_t n,
    void (*turn)(void *ctx, size_t i), void *ctx);

void parallel_free(struct parallel *);

#endif
