/*
 * cli_own: what the parts of cli know of each other: cli.c the command line
 * and diagnostics, cli_help.c what there is to be said on it, cli_suggest.c
 * what may have been meant, cli_suite.c what other programs know,
 * cli_progress.c how far the program is.
 */
#ifndef LIBCAR_CLI_CLI_PRIVATE_H
#define LIBCAR_CLI_CLI_PRIVATE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

#include "libcar/cli/cli.h"

#define CLI_MAX_OPTIONS 48

struct option;

/* What every program has; the first one is -p. */
extern const struct cli_option cli_common[];

/* The options of all programs, but for these. */
struct cli_suite {
	const char *program; /* NULL ends the table */
	int letter;          /* or 0 */
	const char *name;
};
extern const struct cli_suite cli_suite[];

bool cli_is_optional(const struct cli_option *);

/* Each but the first ends the program. */
void cli_print_usage(const struct cli *, FILE *);
void cli_print_help(const struct cli *) __attribute__((noreturn));
void cli_print_options(const struct cli *) __attribute__((noreturn));
void cli_end_output(void) __attribute__((noreturn));

/* getopt returned this. */
void cli_wrong_option(const struct option *, char **argv, int kind)
    __attribute__((noreturn));

/* -collection is no -c with an argument. */
void cli_check_dashes(const struct option *, char **argv);

/* Keep SIGUSR1 from ending the program while its options are read. */
void cli_progress_prepare(void);

/* They are read: show progress where -p said so, hear SIGUSR1; ignore it in a
 * program that has no progress to show. */
void cli_progress_begin(bool has_progress);

#endif
