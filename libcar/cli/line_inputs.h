/*
 * line_inputs: the lines of all inputs, for a program that copies them, such
 * as at-validate.
 *
 * Each line goes to the caller once. An `error` line takes the place of a line
 * that the caller rejects, and of an input that can't be read. Text that isn't
 * JSON may be for another program, so it is copied.
 */
#ifndef LIBCAR_CLI_LINE_INPUTS_H
#define LIBCAR_CLI_LINE_INPUTS_H

#include <stddef.h>
#include <stdint.h>

#include "libcar/base/status.h"
#include "libcar/cli/input.h"
#include "libcar/stream/ndjson.h"

struct line_inputs {
	/* The caller's. take() gets a line without its LF and writes its
	 * result. -1: STATUS_BAD_LINE, nothing was written; any other error
	 * ends the program. */
	struct ndjson_out *out;
	int (*take)(struct line_inputs *, const char *text, size_t len,
	    struct status *);
	/* May be NULL. Writes what take() holds back: called before a read that
	 * may block, before an `error` line, and at the end of each input. */
	void (*flush)(struct line_inputs *);
	void *ctx;

	const char *input; /* name of the present input */
	uint64_t line;     /* number of the present line in it, from 1 */
	uint64_t done;     /* lines of all inputs */
	uint64_t failed;   /* lines and inputs; take() counts its own */
	uint64_t bytes;    /* of all lines */
};

/* Count and report a line that take() accepted but that is bad: its error line,
 * or the line itself if it isn't JSON. */
void line_inputs_bad_line(struct line_inputs *, uint64_t line, const char *text,
    size_t len, struct status *why);

/* Read all inputs and show the progress. Ends the program if it can't
 * continue. */
void line_inputs_read(struct line_inputs *, struct cli_inputs *);

#endif
