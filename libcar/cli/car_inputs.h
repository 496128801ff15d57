/*
 * car_inputs: the CARs that at-carwalk's operands, directories and lines name.
 */
#ifndef LIBCAR_CLI_CAR_INPUTS_H
#define LIBCAR_CLI_CAR_INPUTS_H

#include <stddef.h>
#include <stdint.h>

#include "libcar/base/status.h"
#include "libcar/cli/input.h"
#include "libcar/stream/job.h"
#include "libcar/stream/ndjson.h"

/* Where a repo comes from. */
struct car_inputs_source {
	const struct job *job; /* a line, or none */
	const char *path;      /* of the CAR, for messages */
	const char *input;     /* the operand, for its error line */
	int fd;
	const void *head; /* bytes that were read from fd before */
	size_t head_len;
};

struct car_inputs {
	/* The caller's. walk() gets each source once and writes its one
	 * result. `unread` says why the source can't be read; NULL if it can.
	 */
	const char *base;       /* of relative names of jobs; or NULL */
	struct ndjson_out *out; /* gets the lines that are copied */
	void (*walk)(struct car_inputs *, const struct car_inputs_source *,
	    const struct status *unread);
	void *ctx;

	uint64_t total; /* sources, 0: unknown */
	uint64_t found; /* sources so far */
	uint64_t lines; /* of standard input, so far */
};

/* Walk all inputs. Ends the program if it can't continue. */
void car_inputs_walk(struct car_inputs *, struct cli_inputs *);

#endif
