/*
 * task_record: a job of at-getrecord: one record, from its host.
 *
 * The job is an at:// URI, or a line that names the record and lacks it. It
 * ends with a `record` line or an error. If the absence of the record is
 * proved, the error has its did, rev, collection and rkey; otherwise its
 * `input` is the URI, because nothing is known about the record.
 *
 * `own` of the task is a struct task_record.
 */
#ifndef LIBCAR_CLI_TASK_RECORD_H
#define LIBCAR_CLI_TASK_RECORD_H

#include <stdbool.h>

#include "libcar/cli/task.h"
#include "libcar/net/record_fetch.h"

struct task_record {
	struct record_fetch fetch;
	char *collection, *rkey;
};

/* The functions of a struct runner_program. */
bool task_record_is_job(struct runner *, struct job *);
void task_record_start(struct task *);
void task_record_ask(struct task *);
bool task_record_fail(struct task *, const struct status *, const char *host);
void task_record_free(struct task *);

#endif
