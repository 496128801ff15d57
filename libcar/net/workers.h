/*
 * workers: threads for work that would block a loop, such as hashing a large
 * file or waiting for a disk.
 *
 * * The caller owns a job. A thread calls `run`, which uses only what the job
 * owns and what nobody changes meanwhile; then the loop's thread calls `done`.
 * The queue needs no memory of its own; callers limit the number of jobs.
 *
 * * Jobs begin in the order in which they came, except that large ones run in
 * at most half of the threads: a small job never waits for the end of a large
 * one.
 */
#ifndef LIBCAR_NET_WORKERS_H
#define LIBCAR_NET_WORKERS_H

#include <stdbool.h>

#include "libcar/base/status.h"
#include "libcar/net/loop.h"

#define WORKERS_LEAST 4 /* threads, whatever the number of processors */
#define WORKERS_MOST 16
#define WORKERS_LARGE (1 << 20) /* bytes of a file; its job is large */
#define WORKERS_AHEAD 64        /* small jobs, waiting or running; see below */

struct workers;

/* Don't move it until done. */
struct workers_job {
	void (*run)(struct workers_job *);
	void (*done)(
	    struct workers_job *); /* may begin the job again or free it */
	void *ctx;
	bool large;

	/* The workers' own. */
	struct workers_job *next;
};

/* Start two threads for each processor, because some of them wait for the disk.
 * They block signals. Call it before anything is hashed. NULL: STATUS_SYSTEM.
 * */
struct workers *workers_open(struct loop *, struct status *);

/* Queue a job, from the loop's thread. */
void workers_begin(struct workers *, struct workers_job *);

/* Are there so many small jobs that callers should wait before they add more?
 * Large ones don't count: a few of them would delay the others for long. */
bool workers_are_busy(const struct workers *);

/* Before the program ends: wait for the running jobs, and call their done.
 * Other jobs, and later ones, are dropped. */
void workers_finish(struct workers *);

/* Was workers_finish() called? */
bool workers_are_finished(const struct workers *);

/* The same, without calling done. Call it before loop_close(). */
void workers_close(struct workers *);

#endif
