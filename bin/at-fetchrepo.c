/* at-fetchrepo: fetch repos as CARs, verify them, keep them in an archive. */
#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "libcar/cli/runner.h"
#include "libcar/net/xrpc.h"
#include "libcar/repo/car_file.h"
#include "libcar/store/archive.h"

#define MAX_ANSWER (64 << 10) /* of getLatestCommit */

/* What the command line asks for, and what became of it. */
static struct runner this_runner;
static struct {
	const char *dir; /* NULL: -o - */
	const char *output;
	const char *tmp; /* for temporary files */
	unsigned level;
	uint64_t max_size;
	bool refresh, no_verify;
	uint64_t jobs, fetched, kept;
} run = { .level = ARCHIVE_PLAIN, .max_size = CAR_FILE_MAX_BYTES };

static const struct cli_option options[] = {
	RUNNER_OPTIONS(this_runner),
	{ 'd', "directory", "dir", "the archive", CLI_TEXT(&run.dir, NULL) },
	{ 'o', "output", "-", "write one repo's CAR to standard output",
	    CLI_TEXT(&run.output, NULL) },
	{ 0, "max-size", "size", "of a CAR (4G, the most)",
	    CLI_SIZE(&run.max_size, NULL, 1, CAR_FILE_MAX_BYTES) },
	{ 0, "zstd", "[level]", "compress the files (3; at most 19)",
	    CLI_COUNT(&run.level, NULL, 1, ARCHIVE_MAX_LEVEL), .bare = "3" },
	{ 0, "refresh", NULL, "ask hosts whether archived CARs are latest",
	    CLI_FLAG(&run.refresh) },
	{ 0, "no-verify", NULL, "keep what came, unchecked",
	    CLI_FLAG(&run.no_verify) },
	{ 0 },
};

static const struct cli cli = {
	.name = "at-fetchrepo",
	.operands = "[file or did ...]",
	.summary = "Fetch repos as CAR files into an archive.",
	.options = options,
	.progress = true,
};

struct own {
	struct http_request http;
	bool looked;             /* for an archived CAR */
	struct archive_car *car; /* what is archived, or was just fetched */
	struct aside *file;
};

static void
free_own(struct task *task)
{
	struct own *own = task->own;

	if (own->file != NULL)
		aside_close(own->file);
	free(own->file);
	free(own->car);
	http_free(&own->http);
}

static void *
allocate(struct runner *runner, size_t size)
{
	struct status st;
	void *p = calloc(1, size);

	if (p == NULL) {
		status_set(&st, STATUS_SYSTEM, 0, "no memory");
		runner_fatal(runner, &st);
	}
	return p;
}

static void
write_result(struct task *task)
{
	const struct archive_car *car = ((struct own *)task->own)->car;
	struct stream_repo repo = {
		.rev = stream_text(slice_of(car->rev)),
		.head = stream_text(slice_of(car->head)),
		.active = task->host_said ? STREAM_TRUE : STREAM_UNKNOWN,
		.car = slice_of(run.dir != NULL ? car->path : NULL),
		.size = stream_number((int64_t)car->size),
	};

	task_end_repo(task, &repo);
}

/* The archive */

/* A CAR that at-carwalk found broken is no good, whatever its rev; nor is it
 * where that led to an error of ours, which still names it, or to a line of
 * at-status, which tells the last error alone. */
static bool
is_broken(struct task *task)
{
	struct slice program = job_get(&task->job, "program");

	if (job_get(&task->job, "error").at == NULL)
		return false;
	return !job_is(&task->job, "error") || task->job.car.at != NULL ||
	    (program.at != NULL && program.len == strlen("at-carwalk") &&
		memcmp(program.at, "at-carwalk", program.len) == 0);
}

static void
find_archived(struct task *task)
{
	struct own *own = task->own;
	struct archive_car car;
	struct status st;
	int n;

	own->looked = true;
	if (run.dir == NULL || is_broken(task))
		return;
	n = archive_find(run.dir, task->did, strlen(task->did), run.tmp, &car,
	    &st);
	if (n == -1)
		runner_fatal(task->runner, &st);
	if (n == 0)
		return;
	own->car = allocate(task->runner, sizeof(car));
	*own->car = car;
}

/* Is what is archived all that the job asks for? */
static bool
is_enough(struct task *task)
{
	struct own *own = task->own;
	struct slice rev;

	if (!own->looked)
		find_archived(task);
	if (own->car == NULL || own->car->rev[0] == '\0' || run.refresh)
		return false;
	rev = job_get(&task->job, "rev");
	return rev.at == NULL || !syntax_is_tid(rev.at, rev.len) ||
	    memcmp(own->car->rev, rev.at, SYNTAX_TID_LEN) >= 0;
}

static void
keep_archived(struct task *task)
{
	run.kept++;
	write_result(task);
}

/* The download */

static int
restart(struct http_request *r, struct status *st)
{
	struct task *task = r->ctx;
	struct own *own = task->own;

	if (own->file == NULL)
		own->file = allocate(task->runner, sizeof(*own->file));
	else
		aside_close(own->file);
	if (run.dir == NULL)
		return aside_open_temporary(own->file, run.tmp, st);
	return archive_create(own->file, run.dir, task->did, strlen(task->did),
	    st);
}

/* Nothing of it is kept while it waits for another try. */
static void
release(struct http_request *r)
{
	struct task *task = r->ctx;
	struct own *own = task->own;

	if (own->file != NULL)
		aside_close(own->file);
}

static int
take_data(struct http_request *r, const void *data, size_t len,
    struct status *st)
{
	struct task *task = r->ctx;
	struct own *own = task->own;

	if (aside_write(own->file, data, len, st) == 0)
		return 0;
	return status_prefix(st,
	    "%s: ", run.dir != NULL ? run.dir : "a temporary file");
}

/* Is what came the whole repo? */
static int
verify(struct task *task, struct status *st)
{
	struct key key;
	struct repo_want want = {
		.did = task->did,
		.did_len = strlen(task->did),
		.now = cli_now(),
		.signer = task->key != NULL ? &key : NULL,
	};
	struct own *own = task->own;

	if (task->key != NULL &&
	    key_parse(&key, task->key, strlen(task->key), st) == -1)
		return status_prefix(st, "the job's key: ");
	if (archive_verify(own->file, &want, run.tmp, own->car, st) == 0)
		return 0;
	return status_prefix(st, "%s: ", own->http.url.data);
}

static int
check_repo(struct http_request *r, struct status *st)
{
	struct task *task = r->ctx;
	struct own *own = task->own;

	if (xrpc_judge(r, st) == -1)
		return -1;
	if (own->car == NULL)
		own->car = allocate(task->runner, sizeof(*own->car));
	memset(own->car, 0, sizeof(*own->car));
	own->car->size = r->received;
	return run.no_verify ? 0 : verify(task, st);
}

/* What wasn't verified is looked at for its rev alone. */
static void
look_at_archived(struct task *task)
{
	struct own *own = task->own;
	struct archive_car car;
	struct status st;

	if (archive_find(run.dir, task->did, strlen(task->did), run.tmp, &car,
		&st) == 1)
		*own->car = car;
}

static void
fetched(struct http_request *r, struct status *why)
{
	struct task *task = r->ctx;
	struct own *own = task->own;
	struct status st;

	if (why != NULL) {
		task_fail_host(task, why);
		return;
	}
	if ((run.dir == NULL ?
		    aside_copy(own->file, 1, &st) :
		    archive_commit(own->file, run.dir, task->did,
			strlen(task->did), run.level, own->car, &st)) == -1)
		runner_fatal(task->runner, &st);
	if (run.dir != NULL && run.no_verify)
		look_at_archived(task);
	task->host_said = true;
	run.fetched++;
	write_result(task);
}

static void
fetch(struct task *task)
{
	struct own *own = task->own;
	const struct xrpc_call call = {
		.method = "com.atproto.sync.getRepo",
		.parameters = { { "did", task->did } },
		.max_bytes = run.max_size,
		.restart = restart,
		.release = release,
		.data = take_data,
		.check = check_repo,
		.done = fetched,
		.ctx = task,
	};

	xrpc_start(task->runner->http, &own->http, task->pds, &call);
}

/* --refresh */

/* If there is another one the archived rev counts no more. */
static int
check_latest(struct http_request *r, struct status *st)
{
	char rev[SYNTAX_TID_LEN + 1];
	struct task *task = r->ctx;
	struct own *own = task->own;

	if (xrpc_judge(r, st) == -1 || xrpc_latest(r, rev, NULL, st) == -1)
		return -1;
	if (strcmp(rev, own->car->rev) != 0)
		own->car->rev[0] = '\0';
	return 0;
}

static void
got_latest(struct http_request *r, struct status *why)
{
	struct task *task = r->ctx;
	struct own *own = task->own;

	task->host_said = why == NULL;
	if (why != NULL && why->code != STATUS_UNSUPPORTED)
		task_fail_host(task, why);
	else if (why == NULL && own->car->rev[0] != '\0')
		keep_archived(task);
	else
		fetch(task);
}

static void
get_latest(struct task *task)
{
	struct own *own = task->own;
	const struct xrpc_call call = {
		.method = "com.atproto.sync.getLatestCommit",
		.parameters = { { "did", task->did } },
		.max_bytes = MAX_ANSWER,
		.check = check_latest,
		.done = got_latest,
		.ctx = task,
	};

	xrpc_start(task->runner->http, &own->http, task->pds, &call);
}

static void
ask(struct task *task)
{
	struct own *own = task->own;

	if (is_enough(task))
		keep_archived(task);
	else if (own->car != NULL && own->car->rev[0] != '\0' && run.refresh)
		get_latest(task);
	else
		fetch(task);
}

static void
start(struct task *task)
{
	struct status st;

	if (run.dir == NULL && ++run.jobs > 1) {
		status_set(&st, STATUS_SYSTEM, 0,
		    "-o takes one repo, and there is another");
		runner_fatal(task->runner, &st);
	}
	if (task->did != NULL && is_enough(task))
		keep_archived(task);
	else
		task_ask(task);
}

static void
check_options(void)
{
	const char *output = run.output;

	if (output != NULL && strcmp(output, "-") != 0)
		cli_usage("-o %s: only - is known", output);
	if ((output != NULL) == (run.dir != NULL))
		cli_usage("either -d or -o -");
	if (run.dir != NULL && !syntax_is_utf8(run.dir, strlen(run.dir)))
		cli_usage("-d: a name that isn't UTF-8 can't be told");
	if (output != NULL && run.level != ARCHIVE_PLAIN)
		cli_usage("--zstd needs -d");
	if (output != NULL)
		this_runner.out.fd = 2;
}

int
main(int argc, char **argv)
{
	static const struct runner_program program = {
		.cli = &cli,
		.own_bytes = sizeof(struct own),
		.start = start,
		.ask = ask,
		.free = free_own,
	};
	char **operands;
	int status;

	run.tmp = cli_tmpdir();
	runner_init(&this_runner, &program, 50, 4, 10);
	operands = cli_begin(&cli, argc, argv);
	check_options();
	status = runner_run(&this_runner, operands);
	if (cli_verbose)
		cli_warn("%llu fetched, %llu as archived, %llu failed",
		    (unsigned long long)run.fetched,
		    (unsigned long long)run.kept,
		    (unsigned long long)this_runner.failed);
	return status;
}
