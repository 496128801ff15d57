/*
 * jobs: programs that answer each of their jobs with one line, many at a time.
 *
 *
 * A job is a line of input: a bare word (a DID or a handle), an object
 * without type that has `did` or `handle`, a `repo`, an `identity`, and with
 * --retry an `error` that may be tried again. All other lines are copied as
 * they came, at once; only a `cursor` waits until all jobs before it have
 * their result, as it says that they have. An `identity` is copied as well,
 * being news for at-load.
 *
 * The jobs' results come in the order in which they are ready. Up to
 * JOBS_AHEAD jobs are under way or queued, so that a slow host doesn't hold
 * up the others.
 */
#ifndef LIBCAR_CLI_JOBS_H
#define LIBCAR_CLI_JOBS_H

#include <stdbool.h>
#include <stddef.h>

#include "libcar/base/status.h"
#include "libcar/cli/cli.h"
#include "libcar/cli/net.h"
#include "libcar/data/json.h"
#include "libcar/net/http.h"
#include "libcar/net/resolve.h"
#include "libcar/stream/job.h"
#include "libcar/stream/ndjson.h"

#define JOBS_AHEAD 5000
#define JOBS_AHEAD_BYTES (64 << 20) /* of their lines, and of those that wait */

enum {
	JOBS_URL = NET_OPTIONS_END,
	JOBS_CACHE,
	JOBS_TTL,
	JOBS_RETRY,
	JOBS_OPTIONS_END
};

/* clang-format off */
#define JOBS_OPTIONS \
	NET_OPTIONS, \
	[JOBS_URL] = { 'u', "url", "url", \
	    "the PLC directory (https://plc.directory)" }, \
	[JOBS_CACHE] = { 0, "cache", "file", \
	    "keep what was resolved here" }, \
	[JOBS_TTL] = { 0, "ttl", "time", "how long that counts (1h)" }, \
	[JOBS_RETRY] = { 0, "retry", NULL, \
	    "error lines with retry true are jobs" }
/* clang-format on */

struct jobs_job;

struct jobs_program {
	const struct cli *cli;
	size_t own_bytes;     /* of a job's own state */
	bool copies_identity; /* an `identity` line is no job */
	/* Begin a job; NULL: jobs_ask() it. */
	void (*start)(struct jobs_job *);
	/* Its DID and its host are known: ask that. */
	void (*ask)(struct jobs_job *);
	/* Release what `own` holds; may be NULL. */
	void (*free)(struct jobs_job *);
};

struct jobs {
	const struct jobs_program *program;
	struct http_options http_options;
	struct resolve_options resolve_options;
	bool retry;
	struct ndjson_out out;
	struct http *http;
	struct resolve *resolve;
	uint64_t done, failed;
	bool record_errors; /* set by a program: the exit status tells */
	void *ctx;          /* the program's */

	/* jobs' own. */
	struct ndjson_in in;
	bool in_open;
	struct jobs_job *first, *last; /* in the order they came */
	unsigned count;
	size_t line_bytes; /* of them all */
	uint64_t bytes;    /* received, when last looked at */
	struct http_watch watch;
};

struct jobs_job {
	struct jobs *jobs;
	struct job job;                 /* its line, if it has one */
	char *input;                    /* or the bare word */
	char *did, *pds, *key, *handle; /* as known; NULL: not */
	bool host_said;   /* the program's: its host spoke of it */
	bool asked_again; /* after it failed at another host */
	bool said_handle; /* the result has it already */
	bool resolved;    /* pds and key are those of today's document */
	void *own;        /* own_bytes, zeroed */

	/* jobs' own. */
	struct jobs_job *next, *prev;
	char *line; /* the memory of job.line */
	size_t line_bytes;
	bool held;     /* no job: a line that waits */
	size_t result; /* where its line begins in out.buf */
	struct resolve_query *query;
	void (*query_done)(struct jobs_job *, struct status *why);
	bool changed;      /* by the last query: its host or its key */
	struct status why; /* before it was resolved afresh */
};

/* Set the defaults. */
void jobs_init(struct jobs *, const struct jobs_program *, unsigned parallel,
    unsigned per_host, unsigned hosts);

/* Take an option: false if it isn't one of JOBS_OPTIONS. */
bool jobs_option(struct jobs *, int option);

/* Do all jobs of the operands: files, `-` (standard input, also where there is
 * none) and DIDs. Returns the exit status. */
int jobs_run(struct jobs *, int argc, char **argv);

/* Find the job's DID and host, if they aren't known, and go on with
 * program->ask. */
void jobs_ask(struct jobs_job *);

/* Resolve the job's DID or handle: did, pds and key are then set, and done is
 * called, where job->query has the answer. */
void jobs_resolve(struct jobs_job *, bool fresh, bool check_handle,
    void (*done)(struct jobs_job *, struct status *why));

/* Begin a line that is the job's result: type and did are written. End it:
 * pds, key and at are written and the job's other fields added, and the job is
 * over. Close it: the same without pds, key and at. */
void jobs_result(struct jobs_job *, struct json_writer *, const char *type);
void jobs_result_end(struct jobs_job *, struct json_writer *);
void jobs_result_close(struct jobs_job *, struct json_writer *);

/* The job is over, its result was written. */
void jobs_end(struct jobs_job *);

/* The job ends in an error line. */
void jobs_fail(struct jobs_job *, const struct status *);

/* Its host failed it: ask the host that its DID document names today, if that
 * is another one (or the key is), or else jobs_fail(). */
void jobs_fail_host(struct jobs_job *, const struct status *);

/* A line was appended to jobs->out.buf. */
void jobs_line(struct jobs *);

/* Our own trouble: write out what there is and end the program. */
void jobs_fatal(struct jobs *, const struct status *) __attribute__((noreturn));

#endif
