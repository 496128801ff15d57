/*
 * task_fetch: a job of at-fetchrepo, from the archive or from the host.
 *
 * The archive answers a job if it has the rev that the job asks for, or if the
 * host says that the archived rev is its latest; otherwise the host's repo is
 * fetched. `own` of the task is a struct fetch, and `ctx` of its runner is the
 * struct task_fetch_options. Each job ends with one line.
 */
#ifndef LIBCAR_CLI_TASK_FETCH_H
#define LIBCAR_CLI_TASK_FETCH_H

#include <stdbool.h>
#include <stdint.h>

#include "libcar/cli/task.h"
#include "libcar/store/fetch.h"

struct task_fetch_options {
	struct fetch_options fetch;
	bool archived_is_enough; /* don't ask for a later rev */
	uint64_t fetched, kept;  /* jobs so far: from hosts, as archived */
};

/* The start, ask and free of a struct runner_program. */
void task_fetch_start(struct task *);
void task_fetch_ask(struct task *);
void task_fetch_free(struct task *);

#endif
