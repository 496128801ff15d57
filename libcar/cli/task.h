/*
 * task: a job that the runner does, from its line to its one result.
 *
 * A program's callbacks get the task; each task ends with task_fail(), with
 * task_end_identity() or task_end_repo(), or with task_end() after the program
 * wrote the result itself. It is freed then.
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
	char *did, *pds, *key, *handle; /* as known; NULL: not */
	bool host_said;   /* the program's: its host spoke of it */
	uint64_t said_at; /* when, in microseconds since 1970; 0: now */
	bool asked_again; /* after it failed at another host */
	bool resolved;    /* pds and key are those of today's document */
	void *own;        /* own_bytes, zeroed */

	/* The runner's own. */
	struct task *next, *prev;
	struct turns_account *account; /* at work, or waiting to be */
	struct task *behind;           /* the next that waits with it */
	bool waited;                   /* for an earlier job's end */
	bool asking;                   /* its host is known */
	char *line;                    /* the memory of the job */
	size_t line_bytes;
	bool held; /* no job: a line that waits */
	struct resolve_query *query;
	void (*query_done)(struct task *, struct status *why);
	bool changed; /* by the last query: its host or its key */
	bool stale;   /* the last look-up failed: see query->why */
	void (*unchanged)(struct task *); /* by a fresh look-up: go on so */
	void (*confirmed)(struct task *); /* see task_confirm() */
	struct status why;                /* before it was resolved afresh */
};

/* Find the job's DID and host, if they aren't known, and go on with
 * program->ask. */
void task_ask(struct task *);

/* Resolve the job's DID or handle: did, pds and key are then set, and done is
 * called, where task->query has the answer. */
void task_resolve(struct task *, bool fresh, bool check_handle,
    void (*done)(struct task *, struct status *why));

/* The host of this job has the repo at this rev: later jobs of the account, in
 * a program whose jobs take turns, recall it. */
void task_remember(struct task *, const char *rev);

/* What an earlier job of the account learnt from this job's host: rev and time.
 * NULL if there is nothing, or nothing that --ttl lets count. A job without a
 * host takes that of the earlier job, and its key, if they are of the DID's
 * document. */
const struct turns_account *task_recall(struct task *);

/* Did this job wait for one that failed at the same host, in a way that may
 * pass? Then it ends as that one did: to ask again as often would take all its
 * time once more. False: it goes on. */
bool task_fail_alike(struct task *);

/* The job was resolved: its result, what the document says and the job's other
 * fields, is written, and the job is over. */
void task_end_identity(struct task *);

/* The job's result, of which the program has set what it knows, is written, and
 * the job is over. Added are DID, handle (if it has none), pds, key, the host
 * if that spoke of it, since when that is so, and the job's other fields. */
void task_end_repo(struct task *, struct stream_repo *);

/* The job is over, its result was written. */
void task_end(struct task *);

/* The job ends in an error line, which names no host. */
void task_fail(struct task *, const struct status *);

/*
 * Its host may be one that the account has left: what such a host says is
 * believed only if the DID's document of now names it, too.
 *
 * If the document names another host, or another key, an identity line says
 * so, and program->ask is called again, once. If the look-up fails in a final
 * way, the job ends with that. If it fails in a way that may pass, nobody knows
 * whose word the host's is: the job ends with the look-up's failure, which may
 * be tried again, in place of anything final.
 */

/* Its host failed it: the job ends in an error line that names the host, if
 * that is still its host. */
void task_fail_host(struct task *, const struct status *);

/* Its host says that it doesn't serve the account: call fn, if that is still
 * its host. */
void task_confirm(struct task *, void (*fn)(struct task *));

#endif
