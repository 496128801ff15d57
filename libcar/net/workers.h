/*
 * workers: threads for what would keep a loop waiting, such as hashing a large
 * file or waiting for a disk.
 *
 * A job is its caller's. `run` is called in one of the threads, and touches
 * nothing but what the job owns and what nobody changes meanwhile; then `done`
 * is called in the loop's thread. The queue takes no memory: its length is what
 * its callers have begun, so they limit that.
 *
 * Jobs begin in the order in which they came, but large ones run in at most
 * half of the threads: a small one never waits for the end of a large one.
 */
#ifndef LIBCAR_NET_WORKERS_H
#define LIBCAR_NET_WORKERS_H

#include <stdbool.h>

#include "libcar/base/status.h"
#include "libcar/net/loop.h"

#define WORKERS_LEAST 4 /* threads, whatever the number of processors */
#define WORKERS_MOST 16
#define WORKERS_AHEAD 64 /* small jobs that wait or run, see below */

struct workers;

/* It stays where it is until done. */
struct workers_job {
	void (*run)(struct workers_job *);
	void (*done)(struct workers_job *); /* may begin it again, or free it */
	void *ctx;
	bool large;

	/* The workers' own. */
	struct workers_job *next;
};

/* Two threads for each processor, as some of them wait for the disk. Signals
 * are left to the other threads of the process. To be called before anything
 * is hashed. NULL: STATUS_SYSTEM. */
struct workers *workers_open(struct loop *, struct status *);

/* From the loop's thread; neither run nor done is called from here. */
void workers_begin(struct workers *, struct workers_job *);

/* Are there so many small jobs that whoever makes more had better wait? Large
 * ones don't count: a few of them would hold up the others for long. */
bool workers_are_busy(const struct workers *);

/* Before the program ends: wait for the jobs that run, and call done for them.
 * Those that don't run yet are forgotten, and so is what is begun later. */
void workers_finish(struct workers *);

/* Was workers_finish() called? */
bool workers_are_finished(const struct workers *);

/* The same, but no done is called any more. Before loop_close(). */
void workers_close(struct workers *);

#endif
