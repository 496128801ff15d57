/*
 * loop: waits for file descriptors, times and other threads, many at once.
 *
 * One thread runs a loop: it calls loop_once() again and again, and that calls
 * back what has become ready or due. Nothing is called back from the functions
 * that register something, and nothing here may be called from another thread
 * but loop_wake().
 *
 * What can't be registered (no memory, too many file descriptors) makes
 * loop_once() fail, so callers need not check each call.
 */
#ifndef LIBCAR_NET_LOOP_H
#define LIBCAR_NET_LOOP_H

#include <stdint.h>

#include "libcar/base/status.h"

/* What a file descriptor is watched for. */
enum {
	LOOP_READ = 1,  /* data, or its end */
	LOOP_WRITE = 2, /* room, or nobody who reads */
};

struct loop;

/* NULL: STATUS_SYSTEM. */
struct loop *loop_open(struct status *);

/* After all that uses it: what is registered still is forgotten. */
void loop_close(struct loop *);

/* Wait until something happens, but at most so long (-1: no limit), and call
 * back all that has. -1: STATUS_SYSTEM, or what loop_fail() was given. */
int loop_once(struct loop *, int most_ms, struct status *);

/* Make this loop_once() and all later ones return -1 with that status; the
 * first call counts. For callbacks that can't go on. */
void loop_fail(struct loop *, const struct status *);

/*
 * Call ready, again in each loop_once(), as long as the file descriptor is
 * ready for one of the events; 0 ends that, and must come before close(2). An
 * error counts as all of the events: reading or writing tells which. Files and
 * devices that can't be waited for are always ready. Setting the same events
 * again costs nothing.
 */
void loop_watch(struct loop *, int fd, unsigned events,
    void (*ready)(void *ctx, int fd, unsigned events), void *ctx);

/* A timer is its caller's, all zero but for due and ctx, and stays where it is
 * while it is set. */
struct loop_timer {
	void (*due)(void *ctx);
	void *ctx;

	/* The loop's own. */
	uint64_t at_ms;
	struct loop_timer *next, **link; /* link: NULL if it isn't set */
};

/* Call due once, this many milliseconds from now; a time that was set before
 * counts no more. */
void loop_timer_set(struct loop *, struct loop_timer *, uint64_t ms);

/* Also of a timer that isn't set. */
void loop_timer_cancel(struct loop_timer *);

/* Lets other threads call something in the loop's thread. It is its owner's,
 * and all zero before it is opened and after it was closed. */
struct loop_waker {
	/* The loop's own. */
	struct loop *loop;
	int fd;
	void (*woken)(void *ctx);
	void *ctx;
};

/* -1: STATUS_SYSTEM. */
int loop_waker_open(struct loop_waker *, struct loop *,
    void (*woken)(void *ctx), void *ctx, struct status *);

/* From any thread. After this, woken is called at least once. */
void loop_wake(const struct loop_waker *);

/* When no other thread uses it any more. */
void loop_waker_close(struct loop_waker *);

#endif
