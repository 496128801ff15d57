/*
 * help: what a program prints about its command line.
 */
#ifndef LIBCAR_CLI_HELP_PRIVATE_H
#define LIBCAR_CLI_HELP_PRIVATE_H

#include <stdbool.h>
#include <stdio.h>

#include "libcar/cli/table.h"

#define CLI_MAX_OPTIONS 48 /* of a program, with the common ones */

/* The options of every program; the first one is -p. */
extern const struct cli_option cli_common[];

/* May the argument be left out? */
bool cli_is_optional(const struct cli_option *);

/* "usage: at-carwalk [option ...] [file ...]" */
void cli_print_usage(const struct cli *, FILE *);

/* These end the program: status 2 if standard output can't be written. */
void cli_print_help(const struct cli *) __attribute__((noreturn));
void cli_print_options(const struct cli *) __attribute__((noreturn));
void cli_print_version(const struct cli *) __attribute__((noreturn));

#endif
