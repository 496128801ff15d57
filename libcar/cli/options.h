/*
 * options: the command line, read.
 */
#ifndef LIBCAR_CLI_OPTIONS_H
#define LIBCAR_CLI_OPTIONS_H

#include <stdint.h>

#include "libcar/cli/table.h"

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

/* A number with its unit: 4G, 64M, 1k (of 1024); none; 30s, 10m, 1h, 2d (in
 * milliseconds; also 100ms). Ends the program if it is none or outside. */
uint64_t cli_size(const struct cli *, const char *text, uint64_t min,
    uint64_t max);
uint64_t cli_number(const struct cli *, const char *text, uint64_t min,
    uint64_t max);
uint64_t cli_duration(const struct cli *, const char *text, uint64_t min,
    uint64_t max);

#endif
