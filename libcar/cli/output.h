/*
 * output: lines to standard output, where a lost write ends the program.
 */
#ifndef LIBCAR_CLI_OUTPUT_H
#define LIBCAR_CLI_OUTPUT_H

#include <stddef.h>

#include "libcar/base/status.h"
#include "libcar/stream/ndjson.h"

/* A line was appended to out->buf: write if the buffer is full enough. */
void cli_output_line(struct ndjson_out *);

/* Append a line that is copied as it came. */
void cli_output_copy(struct ndjson_out *, const char *line, size_t len);

void cli_output_flush(struct ndjson_out *);

/* cli_fatal(), after all lines that are ready were written. */
void cli_output_fatal(struct ndjson_out *, const struct status *)
    __attribute__((noreturn));

#endif
