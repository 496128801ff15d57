/* at-describe: ask hosts about repos. */
#include "config.h"

#include "libcar/cli/runner.h"
#include "libcar/net/description.h"

#define MAX_SHOWN 100 /* bytes of a bad name of a collection */

/*
 * Each job asks a host to describe one repo, and writes the answer as a `repo`
 * line.
 */

static struct runner this_runner;
static bool status_only;

static const struct cli_option options[] = {
	RUNNER_OPTIONS(this_runner),
	RUNNER_FROM(this_runner),
	{ 0, "status-only", NULL,
	    "don't ask for the handle and the collections",
	    CLI_FLAG(&status_only) },
	{ 0 },
};

static const struct cli cli = {
	.name = "at-describe",
	.operands = "[file or account ...]",
	.summary = "Ask hosts for the state, rev and collections of accounts.",
	.options = options,
	.progress = true,
	.network = true,
};

static struct slice
text(const struct buf *b)
{
	return stream_text(slice_make(b->data, b->len));
}

static enum stream_bool
is_active(const struct description *d)
{
	return d->unclear ? STREAM_UNKNOWN : stream_bool(!d->inactive);
}

static void
write_result(struct task *task)
{
	struct description *d = task->own;
	struct stream_repo repo = {
		.rev = stream_text(slice_of(d->rev)),
		.head = stream_text(slice_of(d->head)),
		.active = is_active(d),
		.status = text(&d->status),
		.collections = text(&d->collections),
		.handle = text(&d->handle),
	};

	task->host_said = !d->unclear;
	task_end_repo(task, &repo);
}

/* Write the error line that at-listrecords writes, too. It isn't the job's
 * result: the job continues. */
static void
write_bad(struct task *task, const struct slice *json, const struct status *why)
{
	struct description *d = task->own;
	struct stream_error e = {
		.program = slice_of(cli.name),
		.did = slice_of(task->did),
		.rev = stream_text(slice_of(d->rev)),
		.collection = slice_of(""),
		.rkey = slice_of(""),
		.key = *json,
		.host = slice_of(task_host(task)),
		.at = cli_now(),
	};

	stream_write_error(&task->runner->out.buf, &e, why, NULL);
	runner_line(task->runner);
	task->runner->record_errors = true;
	if (!cli_quiet)
		cli_warn("%s: %s", task->did, why->msg);
}

static void
bad(struct description *d, const struct slice *json)
{
	struct slice shown = *json;
	struct status why;

	if (shown.len > MAX_SHOWN)
		shown.len = MAX_SHOWN;
	status_set(&why, STATUS_BAD_KEY, 0,
	    "lists the collection %.*s, which is not an NSID", (int)shown.len,
	    shown.at);
	write_bad(d->ctx, &shown, &why);
}

/* Report bad names beyond those that have a line of their own. */
static void
tell_rest(struct task *task)
{
	struct description *d = task->own;
	struct slice none = { NULL, 0 };
	struct status why;

	if (d->bad_count <= DESCRIPTION_MAX_BAD)
		return;
	status_set(&why, STATUS_BAD_KEY, 0,
	    "lists %u more collections that are not NSIDs",
	    d->bad_count - DESCRIPTION_MAX_BAD);
	write_bad(task, &none, &why);
}

/* A host that the account has left also calls the account inactive. */
static void
described(struct description *d, struct status *why)
{
	struct task *task = d->ctx;

	tell_rest(task);
	if (why != NULL)
		task_fail_host(task, why);
	else if (d->inactive)
		task_confirm(task, write_result);
	else
		write_result(task);
}

static void
ask(struct task *task)
{
	struct description *d = task->own;

	d->did = task->did;
	d->host = task_host(task);
	d->last = status_only ? DESCRIPTION_COMMIT : DESCRIPTION_CONTENT;
	d->done = described;
	d->bad = bad;
	d->ctx = task;
	description_start(d, task->runner->http);
}

static void
free_own(struct task *task)
{
	description_free(task->own);
}

int
main(int argc, char **argv)
{
	static const struct runner_program program = {
		.cli = &cli,
		.own_bytes = sizeof(struct description),
		.start = task_ask,
		.ask = ask,
		.free = free_own,
	};

	runner_init(&this_runner, &program, 50, 4, 10);
	return runner_run(&this_runner, cli_begin(&cli, argc, argv));
}
