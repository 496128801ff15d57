#include "config.h"

#include "libcar/cli/runner_private.h"
#include "libcar/plc/identity.h"
#include "libcar/stream/rfc3339.h"

/*
 * A job that is a `plc` line has its answer in it. The result has the time of
 * the operation, so that in any order the last operation of an account counts.
 *
 * An audit writes a tombstone as valid, and again when a later operation has
 * nullified it. at-load then has an account that was deleted, and no identity
 * revives it: it may exist and have been deleted by its host. So the second
 * line becomes an `account` line, one millisecond later.
 */

#define AFTER_US 1000
#define LAST_US UINT64_C(253402300799999000) /* of the year 9999 */

/* A line has no time before 1970, and 0 is an unknown one. */
uint64_t
task_plc_time(int64_t created_ms)
{
	return created_ms < 1 ? 1000 : (uint64_t)created_ms * 1000;
}

void
task_end_document(struct task *task, const struct diddoc *doc, uint64_t at)
{
	const struct stream_identity identity = {
		.did = slice_of(task->did),
		.handle = stream_text(slice_of(doc->handle)),
		.handle_status = slice_of("unchecked"),
		.pds = stream_text(slice_of(doc->pds)),
		.key = stream_text(slice_of(doc->key)),
		.at = at,
	};

	task_end_with(task, &identity);
}

static void
fail(struct task *task, enum status_code code, const char *what)
{
	struct status st;

	status_set(&st, code, 0, "%s: %s", task->did, what);
	task_fail(task, &st);
}

static void
end_revived(struct task *task, uint64_t at)
{
	const struct stream_account account = {
		.did = slice_of(task->did),
		.active = STREAM_TRUE,
		.at = at < LAST_US ? at + AFTER_US : LAST_US,
	};
	struct status ignored;

	stream_write_account(&task->runner->out.buf, &account, &ignored);
	runner_line(task->runner);
	task_end(task);
}

static void
end_operation(struct task *task, const struct plc_identity *it, uint64_t at)
{
	switch (it->kind) {
	case PLC_IDENTITY_DOCUMENT:
		task_end_document(task, &it->doc, at);
		break;
	case PLC_IDENTITY_TOMBSTONE:
		if (job_has_true(&task->job, "nullified")) {
			end_revived(task, at);
			break;
		}
		task->failed_at = at;
		fail(task, STATUS_TOMBSTONED, "tombstoned");
		break;
	case PLC_IDENTITY_UNKNOWN:
		fail(task, STATUS_BAD_LINE,
		    "not an operation of a PLC directory");
		break;
	}
}

bool
task_plc_is_job(const struct job *job)
{
	struct slice operation = job_get_json(job, "operation");
	struct plc_identity it = { 0 };
	struct status ignored;
	bool is;

	if (!job_has_true(job, "nullified"))
		return true;
	if (operation.at != NULL)
		plc_identity_read(&it, operation.at, operation.len, true,
		    &ignored);
	is = it.kind == PLC_IDENTITY_TOMBSTONE;
	plc_identity_free(&it);
	return is;
}

void
task_end_plc(struct task *task)
{
	struct slice operation = job_get_json(&task->job, "operation");
	struct slice created = job_get(&task->job, "createdAt");
	bool allow_http = task->runner->http_options.allow_private;
	struct plc_identity it = { 0 };
	struct status st;

	if (operation.at == NULL || created.at == NULL)
		fail(task, STATUS_BAD_LINE,
		    "a plc line without operation or createdAt");
	else if (plc_identity_read(&it, operation.at, operation.len, allow_http,
		     &st) == -1)
		task_fail(task, &st);
	else
		end_operation(task, &it,
		    task_plc_time(rfc3339_parse(&created)));
	plc_identity_free(&it);
}
