/*
 * task_blobs: a job of at-fetchblob: all blobs of an account, or the blobs that
 * a line names.
 *
 * Each blob becomes a `blob` line, or an `error` line with its `cid`. A job
 * that is an account ends with a `repo` line or an error without `cid`. A
 * `record` line that names blobs, or a line with a `cid`, ends with the lines
 * of its blobs. A blob that has its file is not asked for.
 *
 * `own` of the task is a struct task_blobs, and `ctx` of its runner is the
 * struct task_blobs_options.
 */
#ifndef LIBCAR_CLI_TASK_BLOBS_H
#define LIBCAR_CLI_TASK_BLOBS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "libcar/base/buf.h"
#include "libcar/cli/task.h"
#include "libcar/net/blob_list.h"
#include "libcar/store/blob_fetches.h"

struct task_blobs_options {
	struct blob_fetches fetches;    /* the caller sets dir and max_size */
	uint64_t fetched, kept, failed; /* blobs so far */
};

struct task_blobs {
	bool is_few; /* those that the line names */
	struct blob_list list;
	struct task_blobs_item *items; /* of the line, or of a page */
	size_t count, room;
	struct buf types; /* the texts of mimeType */
	size_t next;      /* the item to look at */
	unsigned running; /* downloads */
	unsigned broken;  /* the last ones that failed in transit */
	bool stopped;     /* no more downloads here, because of `why` */
	struct status why;
	uint64_t blobs, errors; /* of the account, so far */
};

/* The functions of a struct runner_program. */
bool task_blobs_is_job(struct runner *, struct job *);
void task_blobs_start(struct task *);
void task_blobs_ask(struct task *);
bool task_blobs_fail(struct task *, const struct status *, const char *host);
void task_blobs_free(struct task *);

#endif
