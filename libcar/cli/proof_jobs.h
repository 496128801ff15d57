/*
 * proof_jobs: the lines that at-carproof takes as jobs: `record` lines, whose
 * proofs are cut out of an archive, and `proof` lines, which are checked.
 */
#ifndef LIBCAR_CLI_PROOF_JOBS_H
#define LIBCAR_CLI_PROOF_JOBS_H

#include <stdbool.h>

#include "libcar/base/buf.h"
#include "libcar/base/status.h"
#include "libcar/cli/line_inputs.h"
#include "libcar/repo/car_file.h"
#include "libcar/stream/job.h"
#include "libcar/stream/proofs.h"

/* All zero, but for the caller's fields. */
struct proof_jobs {
	/* The caller's. */
	struct proofs *proofs;
	const char *directory; /* the archive */
	bool check;            /* take `proof` lines */

	/* The module's own: the archived repo of the last job, or why it can't
	 * be used. */
	struct job job;
	struct buf did, bytes;
	struct car_file *file;
	int fd;
	bool open;
	struct status why;
};

/* take() of struct line_inputs, whose ctx are the jobs. */
int proof_jobs_take(struct line_inputs *, const char *text, size_t len,
    struct status *);

void proof_jobs_free(struct proof_jobs *);

#endif
