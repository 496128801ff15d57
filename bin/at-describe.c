/* at-describe: what hosts say of repos. */
#include "config.h"

#include <string.h>

#include "libcar/cli/runner.h"
#include "libcar/net/xrpc.h"

#define MAX_ANSWER (4 << 20)

static struct runner this_runner;
static bool status_only;

static const struct cli_option options[] = {
	RUNNER_OPTIONS(this_runner),
	{ 0, "status-only", NULL, "don't ask for handle and collections",
	    CLI_FLAG(&status_only) },
	{ 0 },
};

static const struct cli cli = {
	.name = "at-describe",
	.operands = "[file or did ...]",
	.summary = "Ask hosts for the state of repos, and what is in them.",
	.options = options,
	.progress = true,
};

/* What is asked, in this order. */
enum step { GET_STATUS, GET_COMMIT, DESCRIBE, STEPS };

struct own {
	struct http_request http;
	enum step step;
	bool inactive;
	char rev[SYNTAX_TID_LEN + 1], head[CID_MAX_TEXT + 1];
	struct buf status, handle, collections; /* the last is JSON */
};

static void ask_step(struct task *);

static void
free_own(struct task *task)
{
	struct own *own = task->own;

	http_free(&own->http);
	buf_free(&own->status);
	buf_free(&own->handle);
	buf_free(&own->collections);
}

static struct slice
text(const struct buf *b)
{
	return stream_text(slice_make(b->data, b->len));
}

static void
write_result(struct task *task)
{
	struct own *own = task->own;
	struct stream_repo repo = {
		.rev = stream_text(slice_of(own->rev)),
		.head = stream_text(slice_of(own->head)),
		.active = stream_bool(!own->inactive),
		.status = text(&own->status),
		.collections = text(&own->collections),
		.handle = text(&own->handle),
	};

	task_end_repo(task, &repo);
}

static void
keep(struct buf *to, const struct slice *text)
{
	to->len = 0;
	buf_put(to, text->at, text->len);
}

static void
take_status(struct own *own, struct object *answer)
{
	struct slice status = object_get(answer, "status"),
		     rev = object_get(answer, "rev"),
		     active = object_get_json(answer, "active");

	own->inactive = active.len == 5 && memcmp(active.at, "false", 5) == 0;
	if (own->inactive && xrpc_is_status(status.at, status.len))
		keep(&own->status, &status);
	if (rev.at != NULL && syntax_is_tid(rev.at, rev.len))
		memcpy(own->rev, rev.at, rev.len);
}

static int
write_collection(void *ctx, const char *nsid, size_t len, struct status *st)
{
	(void)st;
	json_write_string(ctx, nsid, len);
	return 0;
}

/* The array, without what is no collection; or nothing. */
static void
take_collections(struct own *own, const struct slice *array)
{
	struct json_writer w = { &own->collections, false };
	struct status ignored;

	own->collections.len = 0;
	json_write_array(&w);
	if (xrpc_collections(&own->http, array, write_collection, &w,
		&ignored) == 0)
		json_write_array_end(&w);
	else
		own->collections.len = 0;
}

static void
take_description(struct own *own, struct object *answer)
{
	struct slice handle = object_get(answer, "handle"),
		     collections = object_get_json(answer, "collections");

	if (handle.at != NULL && syntax_is_usable_handle(handle.at, handle.len))
		keep(&own->handle, &handle);
	take_collections(own, &collections);
}

static int
take_answer(struct task *task, struct status *st)
{
	struct own *own = task->own;
	struct object answer = { .text = NULL };
	struct slice did;
	int rc;

	rc = object_open(&answer, own->http.body.data, own->http.body.len, st);
	did = object_get(&answer, "did");
	if (rc == -1)
		status_set(st, STATUS_BAD_ANSWER, 0, "%s: no JSON object",
		    own->http.url.data);
	else if (!slice_is(&did, task->did))
		rc = status_set(st, STATUS_BAD_ANSWER, 0, "%s: of another DID",
		    own->http.url.data);
	else if (own->step == GET_STATUS)
		take_status(own, &answer);
	else
		take_description(own, &answer);
	object_free(&answer);
	return rc;
}

static int
check(struct http_request *r, struct status *st)
{
	struct task *task = r->ctx;
	struct own *own = task->own;

	if (xrpc_judge(r, st) == -1)
		return -1;
	if (own->step == GET_COMMIT)
		return xrpc_latest(r, own->rev, own->head, st);
	return take_answer(task, st);
}

/* A host that can't be asked for the status says it in other answers. */
static bool
take_state(struct own *own, const struct status *why)
{
	const char *state = xrpc_state(status_error(why));

	if (state == NULL)
		return false;
	own->inactive = true;
	own->status.len = 0;
	buf_puts(&own->status, state);
	return true;
}

/* Does the host not know the call? They say so in many ways. */
static bool
is_no_method(const struct status *why)
{
	static const char *const names[] = { "InvalidRequest", "NotFound",
		"MethodNotImplemented", "XRPCNotSupported" };
	size_t i;

	for (i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (strcmp(status_error(why), names[i]) == 0)
			return true;
	return why->code == STATUS_UNSUPPORTED;
}

static void
done(struct http_request *r, struct status *why)
{
	struct task *task = r->ctx;
	struct own *own = task->own;
	bool last = own->step + 1 == (status_only ? DESCRIBE : STEPS);

	task->host_said = true;
	if (why != NULL && own->step == GET_STATUS && is_no_method(why))
		why = NULL;
	else if (why != NULL && take_state(own, why)) {
		write_result(task);
		return;
	}
	if (why != NULL)
		task_fail_host(task, why);
	else if (last || own->inactive)
		write_result(task);
	else {
		own->step++;
		ask_step(task);
	}
}

static void
ask_step(struct task *task)
{
	static const char *const methods[][2] = {
		[GET_STATUS] = { "com.atproto.sync.getRepoStatus", "did" },
		[GET_COMMIT] = { "com.atproto.sync.getLatestCommit", "did" },
		[DESCRIBE] = { "com.atproto.repo.describeRepo", "repo" },
	};
	struct own *own = task->own;
	const struct xrpc_call call = {
		.method = methods[own->step][0],
		.parameters = { { methods[own->step][1], task->did } },
		.max_bytes = MAX_ANSWER,
		.check = check,
		.done = done,
		.ctx = task,
	};

	xrpc_start(task->runner->http, &own->http, task->pds, &call);
}

static void
ask(struct task *task)
{
	struct own *own = task->own;

	own->step = GET_STATUS;
	own->inactive = false;
	own->rev[0] = own->head[0] = '\0';
	own->status.len = 0;
	ask_step(task);
}

int
main(int argc, char **argv)
{
	static const struct runner_program program = {
		.cli = &cli,
		.own_bytes = sizeof(struct own),
		.ask = ask,
		.free = free_own,
	};

	runner_init(&this_runner, &program, 50, 4, 10);
	return runner_run(&this_runner, cli_begin(&cli, argc, argv));
}
