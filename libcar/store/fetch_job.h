/*
 * fetch_job: what a job says about the archived CAR.
 */
#ifndef LIBCAR_STORE_FETCH_JOB_H
#define LIBCAR_STORE_FETCH_JOB_H

#include <stdbool.h>

#include "libcar/store/fetch.h"
#include "libcar/stream/job.h"

/* Does the job say that the archived CAR is broken? Then ignore that CAR's rev,
 * and fetch the repo again. */
bool fetch_job_breaks(struct job *);

/* May the archive alone answer the job? If any archived CAR is enough, or if
 * the job has its rev from the account's host, so that nobody has to ask the
 * host: a list names the revs of a thousand accounts at once. */
bool fetch_job_may_keep(struct job *, bool any_is_enough);

/* Does the archived CAR answer it? */
bool fetch_job_keeps(struct job *, const struct fetch *, bool any_is_enough);

#endif
