/*
 * input: the files that a program reads.
 */
#ifndef LIBCAR_CLI_INPUT_H
#define LIBCAR_CLI_INPUT_H

#include <stdbool.h>

#include "libcar/base/status.h"
#include "libcar/cli/table.h"

/* No operands, so standard input is read: if that is a terminal, a usage
 * error. */
void cli_need_input(const struct cli *);

/* Open a file for reading, or where it must be a regular one (its name comes
 * from a stream) refuse others without waiting for them: a descriptor, or -1:
 * STATUS_UNREADABLE. */
int cli_open(const char *path, bool regular, struct status *);

#endif
