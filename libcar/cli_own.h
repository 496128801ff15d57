/*
 * cli_own: what the parts of cli know of each other: cli.c the command line
 * and diagnostics, cli_progress.c how far the program is. Layer 7.
 */
#ifndef LIBCAR_CLI_OWN_H
#define LIBCAR_CLI_OWN_H

#include <stddef.h>

#include "libcar/cli.h"

extern const char *cli_program; /* its name */

/* Write it all to standard error. */
void cli_write(const char *text, size_t len);

/* The same with a whole line, and the status line behind it. */
void cli_write_line(const char *text, size_t len);

/* End the status line. May be called by a signal handler, as cli_write(). */
void cli_end_line(void);

/* Keep SIGUSR1 from ending the program while its options are read. */
void cli_progress_prepare(void);

/* They are read: show progress where -p said so, hear SIGUSR1. */
void cli_progress_begin(const struct cli *);

#endif
