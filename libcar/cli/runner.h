/*
 * runner: the loop of programs that run many jobs at a time and answer each job
 * with one line.
 *
 * A job is a line of input: a bare word (a DID or a handle), an object
 * without type that has `did` or `handle`, a `repo`, an `identity`, and with
 * --retry an `error` that may be retried. The runner copies all other lines
 * immediately. Only a `cursor` waits until all jobs before it have their
 * results, because that is what it means. An `identity` and a `plc` line are
 * also copied, because at-load needs them.
 *
 * Or the jobs are hosts: origins, `host` lines, objects without type that have
 * `host`, and with --retry the failed jobs of the same program.
 *
 * Results are written in the order in which they are ready. Up to RUNNER_AHEAD
 * jobs run or wait, so a slow host doesn't delay the others.
 */
#ifndef LIBCAR_CLI_RUNNER_H
#define LIBCAR_CLI_RUNNER_H

#include <stdbool.h>
#include <stddef.h>

#include "libcar/base/status.h"
#include "libcar/cli/cli.h"
#include "libcar/cli/exclude.h"
#include "libcar/cli/network.h"
#include "libcar/cli/task.h"
#include "libcar/cli/turns.h"
#include "libcar/net/http.h"
#include "libcar/net/resolve.h"
#include "libcar/net/workers.h"
#include "libcar/stream/ndjson.h"

#define RUNNER_AHEAD 5000
#define RUNNER_AHEAD_BYTES \
	(64 << 20) /* of their lines, and of those that wait */

#define RUNNER_PLC_VARIABLE "ATPIPE_PLC_URL"
#define RUNNER_MAX_TTL_MS ((uint64_t)10 * 365 * 86400000)

/* Entries of a program's table, which fill this struct runner. */
/* clang-format off */
#define RUNNER_OPTIONS(runner) \
	CLI_NETWORK_OPTIONS((runner).http_options), \
	{ 'u', "url", "url", "PLC directory", \
	    CLI_TEXT(&(runner).resolve_options.plc, RESOLVE_PLC), \
	    .variable = RUNNER_PLC_VARIABLE, .group = CLI_SHARED }, \
	{ 0, "cache", "file", "keep look-ups in this file", \
	    CLI_TEXT(&(runner).resolve_options.cache, NULL), \
	    .variable = "ATPIPE_CACHE", .group = CLI_SHARED }, \
	{ 0, "ttl", "time", "maximum age of cached look-ups", \
	    CLI_TIME(&(runner).resolve_options.ttl_ms, "1h", 0, \
		RUNNER_MAX_TTL_MS), \
	    .group = CLI_SHARED }, \
	{ 0, "retry", NULL, "also take error lines with retry true", \
	    CLI_FLAG(&(runner).retry), .group = CLI_SHARED }

/* Also for programs that ask the accounts' hosts, by task_host(). */
#define RUNNER_FROM(runner) \
	{ 0, "from", "url", "ask this server, not the accounts' hosts", \
	    CLI_TEXT(&(runner).from, NULL), .group = CLI_RARE }
/* clang-format on */

struct runner;

struct runner_program {
	const struct cli *cli;
	size_t own_bytes;     /* of a job's own state */
	bool copies_identity; /* an `identity` line isn't a job */
	bool takes_plc;       /* most `plc` lines are jobs */
	bool takes_turns;     /* jobs of one account one after the other */
	bool works;           /* has workers */
	bool takes_hosts;     /* jobs are hosts; task->pds is the origin */
	bool copies_records;  /* also those that are jobs */
	/* Is the line a job? NULL: as described above, runner_is_job(). */
	bool (*is_job)(struct runner *, struct job *);
	/* Start a job; by default with task_ask(). */
	void (*start)(struct task *);
	/* Ask the host; the DID and the host are known. */
	void (*ask)(struct task *);
	/* Look at a line that isn't a job, before it is copied; may be NULL.
	 * True: a `cursor` that says nothing about the jobs before it. */
	bool (*see)(struct runner *, struct job *);
	/* Called before the runner may wait; may be NULL. */
	void (*pause)(struct runner *);
	/* Write the error lines of a failed job; may be NULL. False: the runner
	 * writes one. host: the one that failed, or NULL. */
	bool (*fail)(struct task *, const struct status *, const char *host);
	/* Release what `own` holds; may be NULL. */
	void (*free)(struct task *);
};

struct runner {
	const struct runner_program *program;
	struct http_options http_options;
	struct resolve_options resolve_options;
	const char *from; /* the origin to ask instead of hosts; or NULL */
	bool retry;
	const char *exclude; /* a file: accounts to skip */
	struct excluded excluded;
	struct ndjson_out out;
	struct loop *loop;
	struct workers *workers; /* if it has any */
	struct http *http;
	struct resolve *resolve;
	uint64_t done, failed;
	uint64_t total;     /* of `done`, for progress; 0: not known */
	bool record_errors; /* set by a program: the exit status tells */
	void *ctx;          /* the program's */

	/* The runner's own. */
	struct cli_inputs inputs;
	struct ndjson_in in; /* the present one */
	bool in_open;
	bool out_is_pipe;                /* or a socket: see is_held() */
	struct task *first, *last;       /* in the order they came */
	struct turns turns;              /* their accounts */
	struct task *ready, *last_ready; /* whose turn has come */
	unsigned count;
	size_t line_bytes; /* of them all */
	uint64_t bytes;    /* received, when last looked at */
};

/* Call before the options are read. The numbers are defaults of the maximum of
 * concurrent requests, of those to one host, and of hosts. */
void runner_init(struct runner *, const struct runner_program *,
    unsigned parallel, unsigned per_host, unsigned hosts);

/* Run all jobs of the operands: files, accounts, and `-` for standard input,
 * which is also read if there are no operands. Returns the exit status. */
int runner_run(struct runner *, char **operands);

/* Is the line a job of a program whose jobs are accounts? */
bool runner_is_job(struct runner *, struct job *);

/* A line was appended to runner->out.buf. */
void runner_line(struct runner *);

/* The program can't continue: write the pending lines and exit. */
void runner_fatal(struct runner *, const struct status *)
    __attribute__((noreturn));

#endif
