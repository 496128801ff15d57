/*
 * message: what a program tells its user, and its exit status.
 */
#ifndef LIBCAR_CLI_MESSAGE_H
#define LIBCAR_CLI_MESSAGE_H

#include <stdbool.h>

#include "libcar/base/status.h"

/* All jobs succeeded; some failed (each has its error line); a usage error, or
 * the program can't continue; the same, but a retry may succeed later. */
enum { CLI_DONE = 0, CLI_FAILED = 1, CLI_FATAL = 2, CLI_AGAIN = 75 };

extern const char *cli_program; /* its name, first in each message */
extern bool cli_quiet, cli_verbose;

/* "at-carwalk: message", one line on standard error. Control characters are
 * escaped, because messages contain untrusted input. */
void cli_warn(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* cli_warn() of a status, then exit 2 (75 for STATUS_AGAIN). */
void cli_fatal(const struct status *) __attribute__((noreturn));

/* A usage error: cli_warn() and cli_try_help(). */
void cli_usage(const char *format, ...)
    __attribute__((noreturn, format(printf, 1, 2)));

/* Refer to --help, then exit 2. */
void cli_try_help(void) __attribute__((noreturn));

#endif
