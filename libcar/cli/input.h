/*
 * input: the files that a program reads.
 */
#ifndef LIBCAR_CLI_INPUT_H
#define LIBCAR_CLI_INPUT_H

#include <stdbool.h>
#include <stddef.h>

#include "libcar/base/status.h"
#include "libcar/cli/table.h"

/* Open a file for reading. Returns a descriptor, or -1: STATUS_UNREADABLE, or
 * STATUS_UNUSABLE if another file would fail too. With `regular` the name is
 * from a stream: refuse anything but a regular file, without waiting for it. A
 * file that is also standard output or error is refused, because reading it
 * would never end. */
int cli_open(const char *path, bool regular, struct status *);

/*
 * The operands, one input after another: files, and `-` for standard input,
 * which is also read if there are no operands.
 *
 *	cli_inputs_begin(&in, &cli, operands);
 *	while ((got = cli_inputs_next(&in, &st)) != 0)
 *		if (got == 1)
 *			read_lines(in.name, in.fd);
 *		else
 *			cli_warn("%s: %s", in.name, st.msg);
 */
struct cli_inputs {
	size_t count;     /* operands given; 0: standard input alone */
	char **left;      /* the next operands; NULL ends them */
	const char *name; /* of the present input, as it was given */
	int fd;           /* STDIN_FILENO, or ours, closed by the next call */
};

/* Borrow the operands; NULL ends them. No operands is a usage error if standard
 * input is a terminal. */
void cli_inputs_begin(struct cli_inputs *, const struct cli *, char **operands);

/* Open the next input: 1; 0 at the end; or -1, STATUS_UNREADABLE: `name` can't
 * be opened, and the next call continues after it. */
int cli_inputs_next(struct cli_inputs *, struct status *);

#endif
