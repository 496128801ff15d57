#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "libcar/base/array.h"
#include "libcar/base/clock.h"
#include "libcar/base/set.h"
#include "libcar/cli/runner.h"
#include "libcar/cli/task_blobs.h"
#include "libcar/data/blob.h"
#include "libcar/store/blob_fetches.h"

/*
 * A job has items, which are the blobs that its line names or those of a page
 * of the host's list. advance() looks for the file of one item after another
 * and begins downloads, as many at a time as one host may have.
 *
 * If the host can't be reached any more, or says that it doesn't serve the
 * account, no further download begins, and the job as a whole fails at this
 * host: the account may have left it.
 */

#define MAX_BROKEN 5 /* transfers in a row that fail, at one host */
#define MAX_TYPE 255 /* bytes of a mimeType; a longer one is left out */

struct task_blobs_item {
	uint8_t cid[BLOB_FILE_CID_BYTES];
	bool done; /* its line was written */
	uint8_t type_len;
	uint32_t type; /* its place in `types` */
};

/* A download that is under way. */
struct download {
	struct blob_fetches_want want;
	struct task *task;
	size_t item;
};

static void advance(struct task *);

static struct task_blobs_options *
options_of(const struct task *task)
{
	return task->runner->ctx;
}

void
task_blobs_free(struct task *task)
{
	struct task_blobs *own = task->own;

	blob_list_free(&own->list);
	buf_free(&own->types);
	free(own->items);
}

static void
no_memory(struct task *task)
{
	struct status st;

	status_no_memory(&st);
	runner_fatal(task->runner, &st);
}

/* Jobs */

static bool
names_blob(struct job *job)
{
	return job_get(job, "cid").at != NULL;
}

/* Errors of other programs may have a `cid`, too. */
static bool
is_own_error(struct runner *runner, struct job *job)
{
	struct slice program = job_get(job, "program");

	return runner->retry && job_is(job, "error") && names_blob(job) &&
	    job_has_true(job, "retry") &&
	    job_get(job, "collection").at == NULL &&
	    slice_is(&program, runner->program->cli->name);
}

bool
task_blobs_is_job(struct runner *runner, struct job *job)
{
	struct slice record;

	if (job_is(job, "record")) {
		record = job_get_json(job, "record");
		return record.at != NULL &&
		    blob_may_be_in(record.at, record.len);
	}
	return is_own_error(runner, job) || runner_is_job(runner, job);
}

/* Lines */

/* The other fields of a line that names one blob; those of a record are not
 * about the blob. */
static const struct job *
kept_fields(const struct task *task)
{
	const struct task_blobs *own = task->own;

	return own->is_few && !job_is(&task->job, "record") ? &task->job : NULL;
}

/* How the job names its account. */
static const char *
name_of(const struct task *task)
{
	if (task->did != NULL)
		return task->did;
	return task->input != NULL ? task->input : task->handle;
}

static void
warn(const struct status *why)
{
	if (!cli_quiet)
		cli_warn("%s", why->msg);
}

/* text: the CID. type: or nothing. */
static void
write_error(struct task *task, const struct slice *text, struct slice type,
    const struct status *why, const char *host)
{
	struct runner *runner = task->runner;
	const struct stream_error e = {
		.program = slice_of(runner->program->cli->name),
		.did = slice_of(task->did),
		.cid = *text,
		.mime_type = stream_text(type),
		.input = slice_of(task->did == NULL ? name_of(task) : NULL),
		.host = slice_of(host),
		.at = clock_wall_ms() * 1000,
	};

	stream_write_error(&runner->out.buf, &e, why, kept_fields(task));
	runner_line(runner);
	runner->record_errors = true;
	options_of(task)->failed++;
	((struct task_blobs *)task->own)->errors++;
}

/* What the line says about the blob. */
static struct slice
type_of(const struct task_blobs *own, const struct task_blobs_item *item)
{
	return item->type_len > 0 ?
	    slice_make(own->types.data + item->type, item->type_len) :
	    (struct slice){ NULL, 0 };
}

/* The error names the type, so that a retry knows it. */
static void
fail_item(struct task *task, struct task_blobs_item *item,
    const struct status *why, const char *host)
{
	char text[CID_MAX_TEXT];
	const struct slice cid = { text,
		cid_format(text, item->cid, sizeof(item->cid)) };

	item->done = true;
	write_error(task, &cid, type_of(task->own, item), why, host);
}

/* The record names the type; what the host says counts only without a record.
 */
static void
end_item(struct task *task, struct task_blobs_item *item,
    const struct blob_file *file, struct slice host_type)
{
	struct task_blobs *own = task->own;
	struct runner *runner = task->runner;
	char text[CID_MAX_TEXT];
	const struct stream_blob line = {
		.did = slice_of(task->did),
		.cid = { text, cid_format(text, item->cid, sizeof(item->cid)) },
		.mime_type = item->type_len > 0 ? type_of(own, item) :
						  stream_text(host_type),
		.size = stream_number((int64_t)file->size),
		.path = slice_of(file->path),
		.at = file->at,
	};
	struct status st;

	if (stream_write_blob(&runner->out.buf, &line, kept_fields(task),
		&st) == -1) {
		warn(&st);
		fail_item(task, item, &st, NULL);
		return;
	}
	item->done = true;
	own->blobs++;
	runner_line(runner);
}

bool
task_blobs_fail(struct task *task, const struct status *st, const char *host)
{
	struct task_blobs *own = task->own;
	bool any = false;
	size_t i;

	for (i = 0; own->is_few && i < own->count; i++)
		if (!own->items[i].done) {
			fail_item(task, &own->items[i], st, host);
			any = true;
		}
	return any;
}

/* Items */

static struct task_blobs_item *
add_item(struct task *task, const uint8_t *cid)
{
	struct task_blobs *own = task->own;
	struct task_blobs_item *item;

	if (!ARRAY_GROW(own->items, own->count, own->room))
		no_memory(task);
	item = &own->items[own->count++];
	*item = (struct task_blobs_item){ .done = false };
	memcpy(item->cid, cid, sizeof(item->cid));
	return item;
}

/* Where the blobs of a line are collected. */
struct names {
	struct task *task;
	struct set seen;
};

static int
add_named(struct names *names, const struct slice *text,
    const struct slice *type, struct status *st)
{
	struct task_blobs *own = names->task->own;
	struct task_blobs_item *item;
	uint8_t cid[CID_MAX_BYTES];
	int n = cid_from_text(cid, text->at, text->len, st), added;

	if (n == -1) /* two keys that happen to have these names */
		return 0;
	if ((added = set_add(&names->seen, cid, n)) != 1)
		return added == -1 ? status_no_memory(st) : 0;
	if (!cid_is_blob(cid, n)) {
		status_set(st, STATUS_BAD_CID, 0, "%.*s: not the CID of a blob",
		    (int)text->len, text->at);
		warn(st);
		write_error(names->task, text, *type, st, NULL);
		return 0;
	}
	item = add_item(names->task, cid);
	if (type->len == 0 || type->len > MAX_TYPE)
		return 0;
	item->type = (uint32_t)own->types.len;
	item->type_len = (uint8_t)type->len;
	buf_put(&own->types, type->at, type->len);
	return own->types.failed ? status_no_memory(st) : 0;
}

static int
take_blob(void *ctx, const struct blob *blob, struct status *st)
{
	return add_named(ctx, &blob->cid, &blob->mime_type, st);
}

/* -1: STATUS_BAD_SYNTAX, STATUS_SYSTEM. */
static int
collect(struct task *task, struct status *st)
{
	struct names names = { .task = task };
	struct job *job = &task->job;
	struct slice record = job_get_json(job, "record"),
		     cid = job_get(job, "cid"), type = job_get(job, "mimeType");
	int rc;

	if (job_is(job, "record"))
		rc = blob_each(record.at, record.len, take_blob, &names, st);
	else if (!syntax_is_cid(cid.at, cid.len))
		rc = status_set(st, STATUS_BAD_SYNTAX, 0,
		    "%s: cid is not a CID", name_of(task));
	else
		rc = add_named(&names, &cid, &type, st);
	set_free(&names.seen);
	return rc;
}

/* Downloads */

/* Does the failure concern the account rather than this blob? A transfer may
 * break at one blob again and again, and the others of the account are still to
 * be had; but if several break in a row, the host is in trouble. */
static bool
is_of_account(struct task_blobs *own, const struct status *why)
{
	if (strncmp(why->name, "Repo", 4) == 0)
		return true;
	if (status_again(why->code) != STATUS_OFTEN_AGAIN) {
		own->broken = 0;
		return false;
	}
	return own->is_few || ++own->broken >= MAX_BROKEN;
}

static void
stop(struct task_blobs *own, const struct status *why)
{
	if (!own->stopped)
		own->why = *why;
	own->stopped = true;
}

static void
downloaded(struct blob_fetches_want *w, const struct blob_fetch *f,
    struct status *why)
{
	struct download *d = w->ctx;
	struct task *task = d->task;
	struct task_blobs *own = task->own;
	struct task_blobs_item *item = &own->items[d->item];

	own->running--;
	if (why != NULL && status_fatal(why->code))
		runner_fatal(task->runner, why);
	if (why == NULL) {
		options_of(task)->fetched++;
		own->broken = 0;
		end_item(task, item, f->file,
		    slice_make(f->type.data, f->type.len));
	} else if (is_of_account(own, why))
		stop(own, why);
	else {
		warn(why);
		fail_item(task, item, why, task_host(task));
	}
	free(d);
	advance(task);
}

static void
download(struct task *task, size_t item)
{
	struct task_blobs *own = task->own;
	struct blob_fetches *all = &options_of(task)->fetches;
	struct download *d = calloc(1, sizeof(*d));
	struct status st;

	if (d == NULL)
		no_memory(task);
	d->task = task;
	d->item = item;
	d->want.did = task->did;
	d->want.host = task_host(task);
	memcpy(d->want.cid, own->items[item].cid, sizeof(d->want.cid));
	d->want.done = downloaded;
	d->want.ctx = d;
	own->running++;
	all->http = task->runner->http;
	all->workers = task->runner->workers;
	if (blob_fetches_start(all, &d->want, &st) == -1)
		runner_fatal(task->runner, &st);
}

/* Write the line of a blob that has its file. */
static bool
find(struct task *task, struct task_blobs_item *item)
{
	struct blob_file file;
	struct status st;
	int got = blob_file_find(&file, options_of(task)->fetches.dir,
	    item->cid, &st);

	if (got == -1)
		runner_fatal(task->runner, &st);
	if (got == 0)
		return false;
	options_of(task)->kept++;
	end_item(task, item, &file, (struct slice){ NULL, 0 });
	return true;
}

/* Pages */

static void
got_page(struct blob_list *list, struct status *why)
{
	struct task *task = list->ctx;
	struct task_blobs *own = task->own;
	size_t i;

	if (why != NULL) {
		task_fail_host(task, why);
		return;
	}
	own->count = own->next = 0;
	for (i = 0; i < list->cids.len; i += BLOB_LIST_CID_BYTES)
		add_item(task, (uint8_t *)list->cids.data + i);
	buf_free(&list->cids);
	advance(task);
}

static void
end_account(struct task *task)
{
	struct task_blobs *own = task->own;
	struct stream_repo repo = {
		.blobs = stream_number((int64_t)own->blobs),
		.blob_errors = stream_number((int64_t)own->errors),
	};
	struct status st;

	if (own->list.bad == 0) {
		task_end_repo(task, &repo);
		return;
	}
	status_set(&st, STATUS_BAD_ANSWER, 0,
	    "%s: lists %llu that are not CIDs of blobs, for example %.*s",
	    task->did, (unsigned long long)own->list.bad,
	    (int)own->list.first_bad.len, own->list.first_bad.data);
	task_fail_host(task, &st);
}

/* Begin what may begin, and if nothing is under way, end the page or the job.
 */
static void
advance(struct task *task)
{
	struct task_blobs *own = task->own;
	size_t i;

	while (!own->stopped && own->next < own->count &&
	    own->running < task->runner->http_options.per_host) {
		i = own->next++;
		if (!own->items[i].done && !find(task, &own->items[i]))
			download(task, i);
	}
	if (own->running > 0)
		return;
	if (own->stopped)
		task_fail_host(task, &own->why);
	else if (own->is_few)
		task_end(task);
	else if (own->list.ended)
		end_account(task);
	else
		blob_list_next(&own->list, task->runner->http);
}

/* The host is known, or it is another one than before: what was written stays,
 * and the list begins again. */
void
task_blobs_ask(struct task *task)
{
	struct task_blobs *own = task->own;

	task_share_host(task);
	own->stopped = false;
	own->next = own->broken = 0;
	if (!own->is_few) {
		own->count = 0;
		own->blobs = own->errors = 0;
		blob_list_restart(&own->list);
		own->list.did = task->did;
		own->list.host = task_host(task);
		own->list.got = got_page;
		own->list.ctx = task;
	}
	advance(task);
}

/* A line whose blobs all have their files needs no host, unless it names its
 * account by a handle. */
void
task_blobs_start(struct task *task)
{
	struct task_blobs *own = task->own;
	size_t i, missing = 0;
	struct status st;

	own->is_few = job_is(&task->job, "record") || names_blob(&task->job);
	if (own->is_few && collect(task, &st) == -1) {
		task_fail(task, &st);
		return;
	}
	for (i = 0; i < own->count; i++)
		missing += task->did == NULL || !find(task, &own->items[i]);
	if (own->is_few && missing == 0) {
		task_end(task);
		return;
	}
	task_take_host(task);
	task_ask(task);
}
