/*
 * task: a job that the runner does, from its line to its one result.
 *
 * A program's callbacks get the task. Each task ends with task_fail(),
 * task_end_identity(), task_end_plc() or task_end_repo(), or with task_end()
 * after the program wrote the result itself; then it is freed.
 */
#ifndef LIBCAR_CLI_TASK_H
#define LIBCAR_CLI_TASK_H

#include <stdbool.h>
#include <stddef.h>

#include "libcar/base/status.h"
#include "libcar/net/resolve.h"
#include "libcar/stream/job.h"
#include "libcar/stream/write.h"

struct runner;

struct task {
	struct runner *runner;
	struct job job;                 /* its line, if it has one */
	char *input;                    /* or the bare word */
	char *did, *pds, *key, *handle; /* NULL: not known */
	bool host_said;     /* set by the program: the host answered */
	uint64_t said_at;   /* when, in microseconds since 1970; 0: now */
	uint64_t failed_at; /* same, for the error line; 0: now */
	bool asked_again;   /* because the first host failed */
	bool resolved;      /* pds and key are of the current document */
	void *own;          /* own_bytes, zeroed */

	/* The runner's own. */
	struct task *next, *prev;
	struct turns_account *account; /* this job runs or waits for it */
	struct task *behind;           /* the next job that waits for it */
	bool waited;                   /* for an earlier job */
	bool asking;                   /* its host is known */
	char *line;                    /* the memory of the job */
	size_t line_bytes;
	bool held; /* not a job: a line that waits */
	struct resolve_query *query;
	void (*query_done)(struct task *, struct status *why);
	bool changed; /* the last query changed host or key */
	bool stale;   /* the last look-up failed: see query->why */
	void (*unchanged)(struct task *); /* called if a fresh look-up agrees */
	void (*confirmed)(struct task *); /* see task_confirm() */
	struct status why; /* the error before the fresh look-up */
};

/* The origin to ask about the account: that of --from, or its host. */
const char *task_host(const struct task *);

/* Find the job's DID and host, if they aren't known, and then call
 * program->ask. */
void task_ask(struct task *);

/* Resolve the job's DID or handle, set did, pds and key, and call done;
 * task->query has the answer until done returns. */
void task_resolve(struct task *, bool fresh, bool check_handle,
    void (*done)(struct task *, struct status *why));

/* Remember for later jobs of the account that this job's host has the repo at
 * this rev. For programs whose jobs take turns. */
void task_remember(struct task *, const char *rev);

/* What an earlier job of the account learnt from this job's host: rev and time.
 * NULL if it learnt nothing, or if that is older than --ttl allows. A job
 * without a host gets host and key of the earlier job, if these come from the
 * DID document. */
const struct turns_account *task_recall(struct task *);

/* For programs whose jobs wait only for a look-up of their account. Take the
 * host that an earlier job of the account looked up, if this job has none. */
void task_take_host(struct task *);

/* The host is known: remember it if it was looked up, and let the next job of
 * the account start. */
void task_share_host(struct task *);

/* If this job waited for another one that had a temporary failure at the same
 * host, end it with the same failure, because all retries would take the same
 * time again. False: the job continues. */
bool task_fail_alike(struct task *);

/* End a resolved job: write what the document says, and the job's other fields.
 */
void task_end_identity(struct task *);

/* End a job of which this is known. */
void task_end_with(struct task *, const struct stream_identity *);

/* End the job of a `plc` line: write what its operation says, as of its
 * createdAt, or fail it with STATUS_TOMBSTONED or STATUS_BAD_LINE. If it is a
 * tombstone that was nullified, write that the account is active. The result
 * has none of the job's other fields, because the line itself was copied. */
void task_end_plc(struct task *);

/* Write the job's result and end the job. The program sets what it knows. Added
 * are DID, handle (if missing), pds, key, the host and the time if the host
 * answered, and the job's other fields. */
void task_end_repo(struct task *, struct stream_repo *);

/* The same for a job that is a host: added are the host, the time, and the
 * job's other fields. */
void task_end_host(struct task *, struct stream_host *);

/* End the job after the program wrote its result. */
void task_end(struct task *);

/* End the job with an error line that names no host. */
void task_fail(struct task *, const struct status *);

/*
 * The account may have left the host. A failure of the host counts only if the
 * current DID document still names that host.
 *
 * If the document names another host or key, the runner writes an identity line
 * and calls program->ask again, once. If the look-up fails permanently, the job
 * ends with that failure. If the look-up fails temporarily, nobody knows
 * whether the host is still the right one: the job ends with the look-up's
 * failure, which can be retried, instead of a permanent one.
 */

/* The host failed: if it is still the account's host, end the job with an error
 * line that names it. */
void task_fail_host(struct task *, const struct status *);

/* The host says that it doesn't serve the account: if it is still the account's
 * host, call fn. */
void task_confirm(struct task *, void (*fn)(struct task *));

#endif
