/*
 * fetch_job: what a job says of the CAR that the archive has.
 */
#ifndef LIBCAR_STORE_FETCH_JOB_H
#define LIBCAR_STORE_FETCH_JOB_H

#include <stdbool.h>

#include "libcar/stream/job.h"

/* Does the job say that the archived CAR is broken? Then its rev doesn't count,
 * and the repo is fetched anew. */
bool fetch_job_breaks(struct job *);

/* Has the account's host told the job its rev, so that nobody has to ask the
 * host for it? A list names the revs of a thousand accounts at once. */
bool fetch_job_is_told(struct job *);

#endif
