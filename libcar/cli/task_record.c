#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "libcar/base/clock.h"
#include "libcar/cli/runner.h"
#include "libcar/cli/task_record.h"

/*
 * The runner finds the account in the URI or the line; collection and record
 * key are read here. Jobs of one account wait for the look-up of its host, and
 * then run at the same time.
 */

#define SCHEME "at://"

void
task_record_free(struct task *task)
{
	struct task_record *own = task->own;

	record_fetch_free(&own->fetch);
	free(own->collection);
	free(own->rkey);
}

/* Jobs */

static bool
is_own_error(struct runner *runner, struct job *job)
{
	struct slice program = job_get(job, "program");

	return runner->retry && job_is(job, "error") &&
	    job_has_true(job, "retry") &&
	    slice_is(&program, runner->program->cli->name);
}

/* A `record` line that lacks its record isn't one that deletes it. */
bool
task_record_is_job(struct runner *runner, struct job *job)
{
	struct slice action;

	if (job_is(job, "record")) {
		action = job_get(job, "action");
		return job_get_json(job, "record").at == NULL &&
		    !slice_is(&action, "delete");
	}
	return is_own_error(runner, job) || job->type_wrong || job_is_bare(job);
}

/* The part up to one of these characters, and what follows it. */
static struct slice
next_part(const char **at, const char *ends)
{
	size_t len = strcspn(*at, ends);
	struct slice part = slice_make(*at, len);

	*at += len;
	return part;
}

/* Of at://authority/collection/rkey; a comment may follow. */
static void
read_uri(const char *uri, struct slice *collection, struct slice *rkey)
{
	const char *at = strstr(uri, SCHEME);

	if (at == NULL)
		return;
	at += strlen(SCHEME);
	next_part(&at, "/");
	at += *at == '/';
	*collection = next_part(&at, "/");
	at += *at == '/';
	*rkey = next_part(&at, " \t#?/");
}

static char *
copy(struct task *task, const struct slice *text)
{
	char *p = strndup(text->at, text->len);
	struct status st;

	if (p == NULL) {
		status_no_memory(&st);
		runner_fatal(task->runner, &st);
	}
	return p;
}

static int
take_name(struct task *task, struct status *st)
{
	struct task_record *own = task->own;
	struct slice collection = { NULL, 0 }, rkey = { NULL, 0 };
	const char *name = task->input != NULL ? task->input : task->did;

	if (task->input != NULL)
		read_uri(task->input, &collection, &rkey);
	else {
		collection = job_get(&task->job, "collection");
		rkey = job_get(&task->job, "rkey");
	}
	if (collection.at == NULL || rkey.at == NULL ||
	    !syntax_is_nsid(collection.at, collection.len) ||
	    !syntax_is_rkey(rkey.at, rkey.len))
		return status_set(st, STATUS_BAD_SYNTAX, 0,
		    "%s: want a record, as at://account/collection/rkey",
		    name != NULL ? name : task->handle);
	own->collection = copy(task, &collection);
	own->rkey = copy(task, &rkey);
	return 0;
}

void
task_record_start(struct task *task)
{
	struct status st;

	if (take_name(task, &st) == -1) {
		task_fail(task, &st);
		return;
	}
	task_take_host(task);
	task_ask(task);
}

/* Results */

static void
write_uri(struct task *task, struct buf *uri)
{
	const struct task_record *own = task->own;

	buf_puts(uri, SCHEME);
	buf_puts(uri, task->did != NULL ? task->did : task->handle);
	buf_putc(uri, '/');
	buf_puts(uri, own->collection);
	buf_putc(uri, '/');
	buf_puts(uri, own->rkey);
}

bool
task_record_fail(struct task *task, const struct status *st, const char *host)
{
	struct task_record *own = task->own;
	struct runner *runner = task->runner;
	struct buf uri = { .len = 0 };
	struct stream_error e = {
		.program = slice_of(runner->program->cli->name),
		.host = slice_of(host),
		.at = clock_wall_ms() * 1000,
	};

	if (own->rkey == NULL)
		return false;
	/* A host proved it, unless a look-up after that failed. */
	if (own->fetch.absent && host != NULL) {
		e.did = slice_of(task->did);
		e.rev = slice_of(own->fetch.rev);
		e.collection = slice_of(own->collection);
		e.rkey = slice_of(own->rkey);
		e.source = slice_of("part");
	} else {
		write_uri(task, &uri);
		runner->out.buf.failed |= uri.failed;
		e.input = slice_make(uri.data, uri.len);
	}
	stream_write_error(&runner->out.buf, &e, st, &task->job);
	runner_line(runner);
	buf_free(&uri);
	return true;
}

static void
fetched(struct record_fetch *f, struct status *why)
{
	struct task *task = f->ctx;
	const struct stream_record line = {
		.did = slice_of(task->did),
		.rev = slice_of(f->rev),
		.collection = slice_of(f->collection),
		.rkey = slice_of(f->rkey),
		.action = slice_of("create"),
		.source = slice_of("part"),
		.cid = slice_of(f->cid),
		.record = slice_make(f->record.data, f->record.len),
	};
	struct status st;

	if (why != NULL)
		task_fail_host(task, why);
	else if (stream_write_record(&task->runner->out.buf, &line, &st) == -1)
		task_fail(task, &st);
	else {
		runner_line(task->runner);
		task_end(task);
	}
}

void
task_record_ask(struct task *task)
{
	struct task_record *own = task->own;
	struct record_fetch *f = &own->fetch;

	task_share_host(task);
	f->did = task->did;
	f->host = task_host(task);
	f->key = task->key;
	f->collection = own->collection;
	f->rkey = own->rkey;
	f->done = fetched;
	f->ctx = task;
	record_fetch_start(f, task->runner->http);
}
