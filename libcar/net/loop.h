/*
 * loop: waits for many file descriptors, times and other threads at once.
 *
 * One thread runs a loop: it calls loop_once() again and again, which calls
 * back for everything that has become ready or due. Functions that register
 * something never call back. Other threads may only call loop_wake().
 *
 * If something can't be registered (no memory, too many file descriptors),
 * loop_once() fails, so callers need not check each call.
 */
#ifndef LIBCAR_NET_LOOP_H
#define LIBCAR_NET_LOOP_H

#include <stdint.h>

#include "libcar/base/status.h"

/* The events of a file descriptor. */
enum {
	LOOP_READ = 1,  /* data, or its end */
	LOOP_WRITE = 2, /* room, or the reader is gone */
};

struct loop;

/* NULL: STATUS_SYSTEM. */
struct loop *loop_open(struct status *);

/* Call after everything that uses it; forgets what is still registered. */
void loop_close(struct loop *);

/* Wait for events, at most this long (-1: no limit), and call back for all that
 * have happened. -1: STATUS_SYSTEM, or the status of loop_fail(). */
int loop_once(struct loop *, int most_ms, struct status *);

/* Make this loop_once() and all later ones return -1 with this status; the
 * first call counts. For callbacks that can't continue. */
void loop_fail(struct loop *, const struct status *);

/*
 * Call ready in each loop_once() while the file descriptor is ready for one of
 * the events. Events 0 end that, and must be set before close(2). An error
 * counts as all of the events: reading or writing shows which. Files and
 * devices that can't be waited for are always ready. Setting the same events
 * again costs nothing.
 */
void loop_watch(struct loop *, int fd, unsigned events,
    void (*ready)(void *ctx, int fd, unsigned events), void *ctx);

/* The caller owns a timer, which is all zero except due and ctx, and must not
 * move while it is set. */
struct loop_timer {
	void (*due)(void *ctx);
	void *ctx;

	/* Private to the loop. */
	uint64_t at_ms;
	struct loop_timer *next, **link; /* link: NULL if not set */
};

/* Call due once, this many milliseconds from now; this replaces an earlier
 * time. */
void loop_timer_set(struct loop *, struct loop_timer *, uint64_t ms);

/* Also allowed if the timer isn't set. */
void loop_timer_cancel(struct loop_timer *);

/* Lets other threads call something in the loop's thread. The caller owns it;
 * it is all zero before it is opened and after it was closed. */
struct loop_waker {
	/* Private to the loop. */
	struct loop *loop;
	int fd;
	void (*woken)(void *ctx);
	void *ctx;
};

/* -1: STATUS_SYSTEM. */
int loop_waker_open(struct loop_waker *, struct loop *,
    void (*woken)(void *ctx), void *ctx, struct status *);

/* Call from any thread. Afterwards, woken is called at least once. */
void loop_wake(const struct loop_waker *);

/* Call when no other thread uses it any more. */
void loop_waker_close(struct loop_waker *);

#endif
