#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "libcar/cli/runner_private.h"
#include "libcar/cli/task_from.h"
#include "libcar/db/plc.h"

/*
 * One query answers a job, so nothing is asked of the network and no job waits.
 */

struct answer {
	struct task *task;
	unsigned holders; /* DIDs found */
	bool is_tombstone;
	uint64_t at;
	struct diddoc doc;
};

static void
copy_text(char *out, size_t size, const struct slice *t)
{
	size_t n = t->len < size ? t->len : size - 1;

	if (n > 0)
		memcpy(out, t->at, n);
	out[n] = '\0';
}

/* Only the first of several DIDs is kept. */
static int
take(void *arg, const struct db_plc_latest *l, struct status *st)
{
	struct answer *a = arg;
	struct runner *runner = a->task->runner;

	(void)st;
	if (a->holders++ > 0)
		return 0;
	runner_keep(runner, &a->task->did, l->did.at, l->did.len);
	a->is_tombstone = l->is_tombstone;
	a->at = task_plc_time(l->created_ms);
	copy_text(a->doc.handle, sizeof(a->doc.handle), &l->handle);
	copy_text(a->doc.key, sizeof(a->doc.key), &l->key);
	if (l->pds.at != NULL)
		diddoc_origin(a->doc.pds, l->pds.at, l->pds.len,
		    runner->http_options.allow_private);
	return 0;
}

/* Does the job name what a database can have? */
static int
check_name(const struct slice *handle, struct status *st)
{
	if (syntax_is_usable_handle(handle->at, handle->len))
		return 0;
	return status_set(st, STATUS_BAD_SYNTAX, 0, "%s: %s", handle->at,
	    syntax_is_handle(handle->at, handle->len) ?
		"no account can have this handle" :
		"neither DID nor handle");
}

static int
look_up(struct answer *a, struct db *db, struct status *st)
{
	struct slice did = slice_of(a->task->did);
	struct slice handle = slice_of(a->task->handle);
	int rc;

	if (did.at != NULL)
		rc = db_plc_by_did(db, &did, take, a, st);
	else if ((rc = check_name(&handle, st)) == 0)
		rc = db_plc_by_handle(db, &handle, take, a, st);
	if (rc == -1)
		return -1;
	if (a->holders == 0)
		return status_set(st, STATUS_NOT_FOUND, 0,
		    "%s: not in the database",
		    did.at != NULL ? did.at : handle.at);
	return 0;
}

/* Was the answer one DID that still exists? */
static int
judge(struct answer *a, struct status *st)
{
	struct task *task = a->task;

	if (a->holders > 1) {
		free(task->did);
		task->did = NULL;
		return status_set(st, STATUS_BAD_ANSWER, 0,
		    "%s: several DIDs have this handle", task->handle);
	}
	if (!a->is_tombstone)
		return 0;
	task->failed_at = a->at;
	return status_set(st, STATUS_TOMBSTONED, 0, "%s: tombstoned",
	    task->did);
}

void
task_end_from(struct task *task, struct db *db)
{
	struct answer a = { .task = task };
	struct status st;

	if (look_up(&a, db, &st) == -1 || judge(&a, &st) == -1)
		task_fail(task, &st);
	else
		task_end_document(task, &a.doc, a.at);
}
