/* at-fetchrepo: fetch repos as CARs, verify them, keep them in an archive. */
#include "config.h"

#include <getopt.h>
#include <stdlib.h>
#include <string.h>

#include "libcar/cli/jobs.h"
#include "libcar/net/xrpc.h"
#include "libcar/repo/car_file.h"
#include "libcar/repo/repo.h"
#include "libcar/store/archive.h"

#define MAX_ANSWER (64 << 10) /* of getLatestCommit */
#define DEFAULT_LEVEL 3

enum {
	DIRECTORY = JOBS_OPTIONS_END,
	OUTPUT,
	MAX_SIZE,
	ZSTD,
	REFRESH,
	NO_VERIFY
};

static const struct cli_option options[] = {
	JOBS_OPTIONS,
	[DIRECTORY] = { 'd', "directory", "dir", "the archive" },
	[OUTPUT] = { 'o', "output", "-",
	    "write one repo's CAR to standard output" },
	[MAX_SIZE] = { 0, "max-size", "size", "of a CAR (4G, the most)" },
	[ZSTD] = { 0, "zstd", "[level]", "compress the files (3; at most 19)" },
	[REFRESH] = { 0, "refresh", NULL,
	    "ask hosts whether archived CARs are latest" },
	[NO_VERIFY] = { 0, "no-verify", NULL, "keep what came, unchecked" },
	{ 0, NULL, NULL, NULL },
};

static const struct cli cli = {
	.name = "at-fetchrepo",
	.operands = "[file or did ...]",
	.summary = "Fetch repos as CAR files into an archive.",
	.options = options,
	.own = JOBS_OPTIONS_END,
	.brief = NET_BRIEF_END,
	.progress = true,
};

/* What the command line asks for, and what became of it. */
static struct {
	const char *dir; /* NULL: -o - */
	int level;
	uint64_t max_size;
	bool refresh, no_verify;
	uint64_t jobs, fetched, kept;
} run = { .level = ARCHIVE_PLAIN, .max_size = (uint64_t)4 << 30 };

struct own {
	struct http_request http;
	struct buf url;
	bool looked;             /* for an archived CAR */
	struct archive_car *car; /* what is archived, or was just fetched */
	struct archive_file *file;
};

static void
free_own(struct jobs_job *job)
{
	struct own *own = job->own;

	if (own->file != NULL)
		archive_abort(own->file);
	free(own->file);
	free(own->car);
	http_free(&own->http);
	buf_free(&own->url);
}

static void *
allocate(struct jobs *jobs, size_t size)
{
	struct status st;
	void *p = calloc(1, size);

	if (p == NULL) {
		status_set(&st, STATUS_SYSTEM, 0, "no memory");
		jobs_fatal(jobs, &st);
	}
	return p;
}

static void
write_result(struct jobs_job *job)
{
	struct own *own = job->own;
	struct json_writer w;

	jobs_result(job, &w, "repo");
	if (own->car->rev[0] != '\0')
		json_write_member(&w, "rev", own->car->rev);
	if (own->car->head[0] != '\0')
		json_write_member(&w, "head", own->car->head);
	if (job->host_said) {
		json_write_key(&w, "active");
		json_write_bool(&w, true);
	}
	if (run.dir != NULL)
		json_write_member(&w, "car", own->car->path);
	json_write_key(&w, "size");
	json_write_integer(&w, (int64_t)own->car->size);
	jobs_result_end(job, &w);
}

/* The archive */

/* A CAR that at-carwalk found broken is no good, whatever its rev; nor is it
 * where that led to an error of ours, which still names it, or to a line of
 * at-status, which tells the last error alone. */
static bool
is_broken(struct jobs_job *job)
{
	struct slice program = job_get(&job->job, "program");

	if (job_get(&job->job, "error").at == NULL)
		return false;
	return !job_is(&job->job, "error") || job->job.car.at != NULL ||
	    (program.at != NULL && program.len == strlen("at-carwalk") &&
		memcmp(program.at, "at-carwalk", program.len) == 0);
}

static void
find_archived(struct jobs_job *job)
{
	struct own *own = job->own;
	struct archive_car car;
	struct status st;
	int n;

	own->looked = true;
	if (run.dir == NULL || is_broken(job))
		return;
	n = archive_find(run.dir, job->did, strlen(job->did), &car, &st);
	if (n == -1)
		jobs_fatal(job->jobs, &st);
	if (n == 0)
		return;
	own->car = allocate(job->jobs, sizeof(car));
	*own->car = car;
}

/* Is what is archived all that the job asks for? */
static bool
is_enough(struct jobs_job *job)
{
	struct own *own = job->own;
	struct slice rev;

	if (!own->looked)
		find_archived(job);
	if (own->car == NULL || own->car->rev[0] == '\0' || run.refresh)
		return false;
	rev = job_get(&job->job, "rev");
	return rev.at == NULL || !syntax_is_tid(rev.at, rev.len) ||
	    memcmp(own->car->rev, rev.at, SYNTAX_TID_LEN) >= 0;
}

static void
keep_archived(struct jobs_job *job)
{
	run.kept++;
	write_result(job);
}

/* The download */

static int
restart(struct http_request *r, struct status *st)
{
	struct jobs_job *job = r->ctx;
	struct own *own = job->own;

	if (own->file == NULL)
		own->file = allocate(job->jobs, sizeof(*own->file));
	else
		archive_abort(own->file);
	return archive_create(own->file, run.dir, job->did, strlen(job->did),
	    st);
}

/* Nothing of it is kept while it waits for another try. */
static void
release(struct http_request *r)
{
	struct jobs_job *job = r->ctx;
	struct own *own = job->own;

	if (own->file != NULL)
		archive_abort(own->file);
}

static int
take_data(struct http_request *r, const void *data, size_t len,
    struct status *st)
{
	struct jobs_job *job = r->ctx;
	struct own *own = job->own;

	if (archive_write(own->file, data, len, st) == 0)
		return 0;
	return status_prefix(st,
	    "%s: ", run.dir != NULL ? run.dir : "a temporary file");
}

/* Is what came the whole repo? */
static int
verify(struct jobs_job *job, struct status *st)
{
	struct repo_want want = {
		.did = job->did,
		.did_len = strlen(job->did),
		.now = cli_now(),
	};
	struct own *own = job->own;
	struct key key;

	if (job->key != NULL &&
	    key_parse(&key, job->key, strlen(job->key), st) == -1)
		return status_prefix(st, "the job's key: ");
	if (repo_verify_file(own->file->fd, &want,
		job->key != NULL ? &key : NULL, own->car->rev, own->car->head,
		st) == 0)
		return 0;
	return status_prefix(st, "%s: ", own->http.url.data);
}

static int
check_repo(struct http_request *r, struct status *st)
{
	struct jobs_job *job = r->ctx;
	struct own *own = job->own;

	if (xrpc_judge(r, st) == -1)
		return -1;
	if (own->car == NULL)
		own->car = allocate(job->jobs, sizeof(*own->car));
	memset(own->car, 0, sizeof(*own->car));
	own->car->size = r->received;
	return run.no_verify ? 0 : verify(job, st);
}

/* What wasn't verified is looked at for its rev alone. */
static void
look_at_archived(struct jobs_job *job)
{
	struct own *own = job->own;
	struct archive_car car;
	struct status st;

	if (archive_find(run.dir, job->did, strlen(job->did), &car, &st) == 1)
		*own->car = car;
}

static void
fetched(struct http_request *r, struct status *why)
{
	struct jobs_job *job = r->ctx;
	struct own *own = job->own;
	struct status st;

	if (why != NULL) {
		jobs_fail_host(job, why);
		return;
	}
	if ((run.dir == NULL ?
		    archive_copy(own->file, 1, &st) :
		    archive_commit(own->file, run.dir, job->did,
			strlen(job->did), run.level, own->car, &st)) == -1)
		jobs_fatal(job->jobs, &st);
	if (run.dir != NULL && run.no_verify)
		look_at_archived(job);
	job->host_said = true;
	run.fetched++;
	write_result(job);
}

static void
fetch(struct jobs_job *job)
{
	struct own *own = job->own;

	xrpc_url(&own->url, job->pds, "com.atproto.sync.getRepo", "did",
	    job->did, (const char *)NULL);
	own->http.max_bytes = run.max_size;
	own->http.restart = restart;
	own->http.release = release;
	own->http.data = take_data;
	own->http.check = check_repo;
	own->http.done = fetched;
	http_start(job->jobs->http, &own->http, own->url.data);
}

/* --refresh */

/* If there is another one the archived rev counts no more. */
static int
check_latest(struct http_request *r, struct status *st)
{
	char rev[SYNTAX_TID_LEN + 1];
	struct jobs_job *job = r->ctx;
	struct own *own = job->own;

	if (xrpc_judge(r, st) == -1 || xrpc_latest(r, rev, NULL, st) == -1)
		return -1;
	if (strcmp(rev, own->car->rev) != 0)
		own->car->rev[0] = '\0';
	return 0;
}

static void
got_latest(struct http_request *r, struct status *why)
{
	struct jobs_job *job = r->ctx;
	struct own *own = job->own;

	job->host_said = why == NULL;
	if (why != NULL && why->code != STATUS_UNSUPPORTED)
		jobs_fail_host(job, why);
	else if (why == NULL && own->car->rev[0] != '\0')
		keep_archived(job);
	else
		fetch(job);
}

static void
get_latest(struct jobs_job *job)
{
	struct own *own = job->own;

	xrpc_url(&own->url, job->pds, "com.atproto.sync.getLatestCommit", "did",
	    job->did, (const char *)NULL);
	own->http.max_bytes = MAX_ANSWER;
	own->http.restart = NULL;
	own->http.release = NULL;
	own->http.data = NULL;
	own->http.check = check_latest;
	own->http.done = got_latest;
	http_start(job->jobs->http, &own->http, own->url.data);
}

static void
ask(struct jobs_job *job)
{
	struct own *own = job->own;

	own->http.ctx = job;
	if (is_enough(job))
		keep_archived(job);
	else if (own->car != NULL && own->car->rev[0] != '\0' && run.refresh)
		get_latest(job);
	else
		fetch(job);
}

static void
start(struct jobs_job *job)
{
	struct status st;

	if (run.dir == NULL && ++run.jobs > 1) {
		status_set(&st, STATUS_SYSTEM, 0,
		    "-o takes one repo, and there is another");
		jobs_fatal(job->jobs, &st);
	}
	if (job->did != NULL && is_enough(job))
		keep_archived(job);
	else
		jobs_ask(job);
}

static void
read_options(struct jobs *jobs, int argc, char **argv)
{
	bool output = false;
	int option;

	while ((option = cli_next(&cli, argc, argv)) != -1)
		switch (option) {
		case DIRECTORY:
			run.dir = optarg;
			break;
		case OUTPUT:
			if (strcmp(optarg, "-") != 0)
				cli_usage(&cli, "-o %s: only - is known",
				    optarg);
			output = true;
			break;
		case MAX_SIZE:
			run.max_size = cli_size(&cli, optarg, 1,
			    CAR_FILE_MAX_BYTES);
			break;
		case ZSTD:
			run.level = optarg == NULL ?
			    DEFAULT_LEVEL :
			    (int)cli_number(&cli, optarg, 1, ARCHIVE_MAX_LEVEL);
			break;
		case REFRESH:
			run.refresh = true;
			break;
		case NO_VERIFY:
			run.no_verify = true;
			break;
		default:
			jobs_option(jobs, option);
		}
	if (output == (run.dir != NULL))
		cli_usage(&cli, "either -d or -o -");
	if (!output && !syntax_is_utf8(run.dir, strlen(run.dir)))
		cli_usage(&cli, "-d: a name that isn't UTF-8 can't be told");
	if (output && run.level != ARCHIVE_PLAIN)
		cli_usage(&cli, "--zstd needs -d");
	if (output)
		jobs->out.fd = 2;
}

int
main(int argc, char **argv)
{
	static const struct jobs_program program = {
		.cli = &cli,
		.own_bytes = sizeof(struct own),
		.start = start,
		.ask = ask,
		.free = free_own,
	};
	struct jobs jobs;
	int status;

	jobs_init(&jobs, &program, 50, 4, 10);
	read_options(&jobs, argc, argv);
	status = jobs_run(&jobs, argc - optind, argv + optind);
	if (cli_verbose)
		cli_warn("%llu fetched, %llu as archived, %llu failed",
		    (unsigned long long)run.fetched,
		    (unsigned long long)run.kept,
		    (unsigned long long)jobs.failed);
	return status;
}
