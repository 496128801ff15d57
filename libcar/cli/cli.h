/*
 * cli: what every program's command line has in common.
 */
#ifndef LIBCAR_CLI_CLI_H
#define LIBCAR_CLI_CLI_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "libcar/base/status.h"
#include "libcar/cli/environment.h"
#include "libcar/cli/message.h"

struct cli_option {
	int letter;       /* 0: only the long form */
	const char *name; /* long form; NULL ends the table */
	/* Its name in the help; NULL: takes none; `[name]`: may be left out
	 * (long form alone, with a `=`). */
	const char *argument;
	const char *help;
};

struct cli {
	const char *name;     /* "at-carwalk" */
	const char *operands; /* "[file ...]" for the usage line */
	const char *summary;  /* one line: what it does */
	const struct cli_option *options;
	/* Those before `own` are shared with other programs; --help has them
	 * behind its own, and of those before `brief` the names alone. */
	size_t own, brief;
	/* -h, -V, -q, -v, -p are the same everywhere and handled here; -p
	 * only where `progress` is set. */
	bool progress;
};

extern bool cli_progress;

/*
 * The next option: its place in cli->options, or -1 when only operands are
 * left (from argv[optind]); its argument is optarg. Help, version and usage
 * errors (which suggest the option that may have been meant) end the
 * program.
 *
 * `--list-options`, which is for scripts and no part of the help, lists the
 * options, fields separated by tabs: first name, operands, summary, then of
 * each letter (or -), name, argument (or nothing), help.
 */
int cli_next(const struct cli *, int argc, char **argv);

/* No operands, so standard input is read: if that is a terminal, a usage
 * error. */
void cli_need_input(const struct cli *);

/* A number with its unit: 4G, 64M, 1k (of 1024); none; 30s, 10m, 1h, 2d (in
 * milliseconds; also 100ms). Ends the program if it is none or outside. */
uint64_t cli_size(const struct cli *, const char *text, uint64_t min,
    uint64_t max);
uint64_t cli_number(const struct cli *, const char *text, uint64_t min,
    uint64_t max);
uint64_t cli_duration(const struct cli *, const char *text, uint64_t min,
    uint64_t max);

/* Open a file for reading, or where it must be a regular one (its name comes
 * from a stream) refuse others without waiting for them: a descriptor, or -1:
 * STATUS_UNREADABLE. */
int cli_open(const char *path, bool regular, struct status *);

/*
 * Progress. With -p: one status line on a terminal, lines every ten seconds
 * elsewhere. With or without, SIGUSR1 has it said at once.
 *
 * What the program has done, cheap enough to be told for every job. total: 0
 * where it isn't known; bytes: 0 where none are counted.
 */
void cli_progress_update(uint64_t done, uint64_t failed, uint64_t total,
    uint64_t bytes);
void cli_progress_records(uint64_t records);

/* The same where it costs to find out: is it time to do so? How many jobs wait,
 * which host (NULL: none) is the slowest and its bytes a second. */
bool cli_progress_due(void);
void cli_progress_hosts(unsigned waiting, const char *slowest, double rate);

/* The last state, and the end of the status line. */
void cli_progress_end(uint64_t done, uint64_t failed, uint64_t total,
    uint64_t bytes);

#endif
