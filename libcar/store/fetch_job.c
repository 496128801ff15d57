#include "config.h"

#include "libcar/base/status.h"
#include "libcar/data/syntax.h"
#include "libcar/store/fetch_job.h"

/*
 * A job is a line of another program: an error of at-carwalk or at-fetchrepo, a
 * line of at-status about an error, or a line of a list. Each means something
 * else for the archive.
 */

/* An error of at-carwalk says that the CAR is broken. So does an error of
 * at-fetchrepo that still names the CAR, and a line of at-status with an error.
 * But OldRev is the host's fault, not the CAR's. */
bool
fetch_job_breaks(struct job *job)
{
	struct slice program = job_get(job, "program"),
		     error = job_get(job, "error");

	if (error.at == NULL || slice_is(&error, status_name(STATUS_OLD_REV)))
		return false;
	return !job_is(job, "error") || job->car.at != NULL ||
	    slice_is(&program, "at-carwalk");
}

/* If a list says that the account isn't active, ask the host: it may know
 * better, and only the host's answer hides records that were loaded earlier. */
static bool
is_inactive(const struct job *job)
{
	struct slice active = job_get_json(job, "active");

	return active.at != NULL ? slice_is(&active, "false") :
				   job_get_json(job, "status").at != NULL;
}

bool
fetch_job_may_keep(struct job *job, bool any_is_enough)
{
	return any_is_enough || (job_rev(job).at != NULL && !is_inactive(job));
}

bool
fetch_job_keeps(struct job *job, const struct fetch *fetch, bool any_is_enough)
{
	struct slice rev = job_get(job, "rev");

	return fetch_job_may_keep(job, any_is_enough) && fetch_has(fetch, &rev);
}
