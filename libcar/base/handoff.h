/*
 * handoff: one job at a time, done by another thread.
 *
 * The caller prepares the next job while the thread does the last one. A job
 * uses only what nobody else changes meanwhile. The thread blocks signals, and
 * starts with the first job.
 */
#ifndef LIBCAR_BASE_HANDOFF_H
#define LIBCAR_BASE_HANDOFF_H

struct handoff_thread;

/* All zero before the first job. Only one thread may use it. */
struct handoff {
	struct handoff_thread *thread;
};

/* Call run(ctx) in the thread, after the job before has ended. If no thread can
 * start, the caller does the job. */
void handoff_begin(struct handoff *, void (*run)(void *ctx), void *ctx);

/* Wait for the end of the job, if there is one. */
void handoff_wait(struct handoff *);

/* Wait, and end the thread. */
void handoff_free(struct handoff *);

#endif
