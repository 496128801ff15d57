/*
 * options: reads the command line.
 */
#ifndef LIBCAR_CLI_OPTIONS_H
#define LIBCAR_CLI_OPTIONS_H

#include "libcar/cli/table.h"

/*
 * Begin the program: its descriptors and signals, the values of its options,
 * its progress. Returns the operands, which are of argv; NULL ends them.
 *
 * Each option gets its default, then what the command line says, in that order;
 * if an option that isn't a list comes twice, the last one counts. --help,
 * --version and usage errors end the program. An unknown option's message
 * suggests what may have been meant, a bad value's names the option as it was
 * written.
 *
 * `--list-options` is for scripts and not in the help. It prints lines of
 * fields separated by tabs: first name, operands and summary, then for each
 * option its letter (or -), name, argument (or nothing) and help.
 */
char **cli_begin(const struct cli *, int argc, char **argv);

#endif
