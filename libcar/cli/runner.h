/*
 * runner: programs that answer each of their jobs with one line, many jobs at
 * a time.
 *
 * A job is a line of input: a bare word (a DID or a handle), an object
 * without type that has `did` or `handle`, a `repo`, an `identity`, and with
 * --retry an `error` that may be tried again. All other lines are copied as
 * they came, at once; only a `cursor` waits until all jobs before it have
 * their result, as it says that they have. An `identity` is copied as well,
 * being news for at-load.
 *
 * The jobs' results come in the order in which they are ready. Up to
 * RUNNER_AHEAD jobs are under way or queued, so that a slow host doesn't hold
 * up the others.
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
/* clang-format on */

struct runner_program {
	const struct cli *cli;
	size_t own_bytes;     /* of a job's own state */
	bool copies_identity; /* an `identity` line is no job */
	bool takes_turns;     /* jobs of one account one after the other */
	bool works;           /* has workers */
	/* Begin a job; task_ask(), if there is nothing else to do. */
	void (*start)(struct task *);
	/* Its DID and its host are known: ask that. */
	void (*ask)(struct task *);
	/* Release what `own` holds; may be NULL. */
	void (*free)(struct task *);
};

struct runner {
	const struct runner_program *program;
	struct http_options http_options;
	struct resolve_options resolve_options;
	bool retry;
	const char *exclude; /* a file: whom to leave out */
	struct excluded excluded;
	struct ndjson_out out;
	struct loop *loop;
	struct workers *workers; /* if it has any */
	struct http *http;
	struct resolve *resolve;
	uint64_t done, failed;
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

/* Before the options are read. The numbers are the defaults of the windows:
 * requests at a time, those to one host, and hosts. */
void runner_init(struct runner *, const struct runner_program *,
    unsigned parallel, unsigned per_host, unsigned hosts);

/* Do all jobs of the operands: files, `-` (standard input, also where there is
 * none) and DIDs. Returns the exit status. */
int runner_run(struct runner *, char **operands);

/* A line was appended to runner->out.buf. */
void runner_line(struct runner *);

/* Our own trouble: write out what there is and end the program. */
void runner_fatal(struct runner *, const struct status *)
    __attribute__((noreturn));

#endif
