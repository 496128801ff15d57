#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "libcar/base/clock.h"
#include "libcar/net/xrpc.h"
#include "libcar/store/archive_update.h"
#include "libcar/store/fetch.h"

/*
 * Thousands of jobs may wait while few are under way. So file and CAR, with
 * their long paths, are allocated only when they are needed.
 *
 * * A worker verifies the CAR, compresses it, and waits for the disk. Meanwhile
 * the request keeps its place in http's windows: they limit the number of files
 * that wait for a worker, and a host whose repos take long gets no other
 * request instead.
 *
 * * To http, a difference that gives no repo is a success, so that it doesn't
 * repeat the request. The request for the whole repo follows from got_repo().
 */

static void *
need(void *p, size_t size, struct status *st)
{
	if (p == NULL && (p = calloc(1, size)) == NULL)
		status_no_memory(st);
	return p;
}

/* The archive */

/* A look-up in a worker, because the file may be large or the directory locked
 * by another process. */
struct fetch_look {
	struct workers_job job;
	struct fetch *fetch;
	const char *did, *key;
	void (*found)(struct fetch *, struct status *);
	struct archive_car car;
	int n; /* of archive_find() */
	struct status why;
};

/* If the key is malformed, treat the CAR as signed by another one: fetch_repo()
 * then reports the error. */
static void
run_look(struct workers_job *job)
{
	struct fetch_look *look = job->ctx;
	const struct fetch_options *o = look->fetch->options;
	const char *key = o->no_verify ? NULL : look->key;
	struct status ignored;
	struct key signer;
	bool bad = key != NULL &&
	    key_parse(&signer, key, strlen(key), &ignored) == -1;

	look->n = archive_find(&o->archive, look->did, strlen(look->did),
	    key != NULL && !bad ? &signer : NULL, &look->car, &look->why);
	if (look->n == 1)
		look->car.other_key |= bad;
}

static int
take_found(struct fetch *f, const struct fetch_look *look, struct status *st)
{
	*st = look->why;
	if (look->n <= 0) {
		free(f->car);
		f->car = NULL;
		return look->n;
	}
	if ((f->car = need(f->car, sizeof(look->car), st)) == NULL)
		return -1;
	*f->car = look->car;
	return 0;
}

static void
looked(struct workers_job *job)
{
	struct fetch_look *look = job->ctx;
	void (*found)(struct fetch *, struct status *) = look->found;
	struct fetch *f = look->fetch;
	struct status st;
	int rc = take_found(f, look, &st);

	free(look);
	if (rc == -1 && workers_are_finished(f->workers))
		return;
	found(f, rc == -1 ? &st : NULL);
}

static void
begin_look(struct fetch *f, struct fetch_look *look, const char *did,
    const char *key, void (*found)(struct fetch *, struct status *))
{
	*look = (struct fetch_look){
		.job = { .run = run_look, .done = looked, .ctx = look },
		.fetch = f,
		.did = did,
		.key = key,
		.found = found,
	};
	workers_begin(f->workers, &look->job);
}

/* In a new archive most accounts have no CAR, which a quick check here finds
 * out faster than a worker. */
void
fetch_find(struct fetch *f, struct workers *workers, const char *did,
    const char *key, void (*found)(struct fetch *, struct status *))
{
	struct fetch_look *look;
	struct status st;

	f->workers = workers;
	if (archive_has_no(&f->options->archive, did, strlen(did))) {
		free(f->car);
		f->car = NULL;
		found(f, NULL);
	} else if ((look = need(NULL, sizeof(*look), &st)) == NULL)
		found(f, &st);
	else
		begin_look(f, look, did, key, found);
}

bool
fetch_has(const struct fetch *f, const struct slice *rev)
{
	if (f->car == NULL || f->car->rev[0] == '\0' || f->car->other_key)
		return false;
	return rev->at == NULL || !syntax_is_tid(rev->at, rev->len) ||
	    memcmp(f->car->rev, rev->at, SYNTAX_TID_LEN) >= 0;
}

/* The host's state */

/* Give the error that getRepo would give. */
static int
check_state(const struct description *d, struct status *st)
{
	struct slice state = slice_make(d->status.data, d->status.len);
	const char *error = d->inactive ? xrpc_state_error(&state) : NULL;

	if (error == NULL)
		return 0;
	status_set(st, STATUS_REFUSED, 0, "%s: the account is %.*s",
	    d->request.url.data, (int)state.len, state.at);
	status_call(st, error, strlen(error));
	return -1;
}

/* Fetch a CAR again if another key signed it, because a host signs a new commit
 * after a rotation of keys; and if the host doesn't say that the account is
 * active, because serving the repo shows that it is. */
static int
check_latest(struct fetch *f, const struct description *d, struct status *st)
{
	int order = strcmp(d->rev, f->car->rev);
	bool active = !d->inactive && !d->unclear;

	f->is_latest = order == 0 && active && !f->car->other_key;
	if (d->rev[0] == '\0' || order >= 0 || f->options->archive.rollback)
		return 0;
	return status_set(st, STATUS_OLD_REV, 0,
	    "%s: rev %s is older than the archive's, %s", d->request.url.data,
	    d->rev, f->car->rev);
}

static void
got_state(struct description *d, struct status *why)
{
	struct fetch *f = d->ctx;
	struct status st;

	if (why == NULL &&
	    (check_state(d, &st) == -1 || check_latest(f, d, &st) == -1))
		why = &st;
	f->done(f, why);
}

void
fetch_ask(struct fetch *f, struct http *http, const char *origin,
    const char *did, void (*done)(struct fetch *, struct status *))
{
	struct status st;

	f->is_latest = false;
	if ((f->state = need(f->state, sizeof(*f->state), &st)) == NULL) {
		done(f, &st);
		return;
	}
	f->state->did = did;
	f->state->host = origin;
	f->state->last = DESCRIPTION_STATUS;
	f->state->done = got_state;
	f->state->ctx = f;
	f->done = done;
	description_start(f->state, http);
}

/* The download */

/* A file being fetched. While its job runs, only the job uses this struct and
 * fetch->car. */
struct fetch_file {
	struct aside aside;
	struct workers_job job;
	bool bad;          /* verification failed */
	bool unkept;       /* storing it failed */
	bool useless;      /* a difference that gives no repo */
	struct status why; /* of these */
};

static void
close_file(struct fetch *f)
{
	if (f->file != NULL)
		aside_close(&f->file->aside);
}

static int
restart(struct http_request *r, struct status *st)
{
	struct fetch *f = r->ctx;
	const struct archive *a = &f->options->archive;

	close_file(f);
	if ((f->file = need(f->file, sizeof(*f->file), st)) == NULL)
		return -1;
	if (a->dir == NULL)
		return aside_open_temporary(&f->file->aside, a->tmp, st);
	return archive_create(&f->file->aside, a->dir, f->did, strlen(f->did),
	    st);
}

/* Keep nothing while the request waits for another attempt. */
static void
release(struct http_request *r)
{
	close_file(r->ctx);
}

static int
take_data(struct http_request *r, const void *data, size_t len,
    struct status *st)
{
	struct fetch *f = r->ctx;
	const char *dir = f->options->archive.dir;

	if (aside_write(&f->file->aside, data, len, st) == 0)
		return 0;
	return status_prefix(st,
	    "%s: ", dir != NULL ? dir : "a temporary file");
}

/* In a worker */

static int
want_repo(const struct fetch *f, struct repo_want *want, struct key *key,
    struct status *st)
{
	*want = (struct repo_want){
		.did = f->did,
		.did_len = strlen(f->did),
		.now = clock_wall_ms() * 1000,
		.signer = f->key != NULL ? key : NULL,
	};
	if (f->key != NULL && key_parse(key, f->key, strlen(f->key), st) == -1)
		return status_prefix(st, "the job's key: ");
	return 0;
}

/* Is it the whole repo? */
static int
verify(struct fetch *f, struct status *st)
{
	struct repo_want want;
	struct key key;

	if (want_repo(f, &want, &key, st) == -1)
		return -1;
	if (archive_verify(&f->file->aside, &want, f->options->archive.tmp,
		f->car, st) == 0)
		return 0;
	return status_prefix(st, "%s: ", f->http.url.data);
}

/* Without verification, only read its rev. */
static int
look(struct fetch *f, struct status *st)
{
	if (archive_check_plain(&f->file->aside, st) == -1)
		return status_prefix(st, "%s: ", f->http.url.data);
	if (f->options->archive.dir == NULL)
		return 0;
	return archive_look(&f->file->aside, f->did, strlen(f->did),
	    f->options->archive.tmp, f->car, st);
}

static int
keep(struct fetch *f, struct status *st)
{
	const struct archive *a = &f->options->archive;

	if (archive_commit(&f->file->aside, a, f->did, strlen(f->did), f->car,
		st) == 0)
		return 0;
	return status_fatal(st->code) ?
	    -1 :
	    status_prefix(st, "%s: ", f->http.url.data);
}

/* Put a difference and the archived CAR together. */
static void
update(struct fetch *f)
{
	const struct fetch_options *o = f->options;
	struct fetch_file *file = f->file;
	enum archive_update done = ARCHIVE_UPDATE_FAILED;
	struct repo_want want;
	struct key key;

	if (want_repo(f, &want, &key, &file->why) == 0)
		done = archive_update(&file->aside, &o->archive, &want,
		    o->max_size, f->car, &file->why);
	f->how = done == ARCHIVE_UPDATE_SINCE ? FETCH_SINCE :
	    done == ARCHIVE_UPDATE_SAME       ? FETCH_NONE :
						FETCH_FULL;
	file->bad = done == ARCHIVE_UPDATE_FAILED &&
	    status_fatal(file->why.code);
	file->useless = done == ARCHIVE_UPDATE_FAILED && !file->bad;
	file->unkept = done >= ARCHIVE_UPDATE_WHOLE &&
	    keep(f, &file->why) == -1;
}

static void
run(struct workers_job *job)
{
	struct fetch *f = job->ctx;
	const struct fetch_options *o = f->options;
	struct fetch_file *file = f->file;

	if (f->since[0] != '\0') {
		update(f);
		return;
	}
	f->how = FETCH_FULL;
	file->bad = (o->no_verify ? look : verify)(f, &file->why) == -1;
	file->unkept = !file->bad && o->archive.dir != NULL &&
	    keep(f, &file->why) == -1;
}

/* In the loop's thread */

/* If the program is about to end because of a fatal error, don't report the
 * same error again. */
static void
ran(struct workers_job *job)
{
	struct fetch *f = job->ctx;
	const struct fetch_file *file = f->file;

	if (workers_are_finished(f->workers) && (file->bad || file->unkept) &&
	    status_fatal(file->why.code))
		return;
	http_worked(f->net, &f->http, file->bad ? &file->why : NULL);
}

static int
check_repo(struct http_request *r, struct status *st)
{
	struct fetch *f = r->ctx;

	if (xrpc_judge(r, st) == -1)
		return -1;
	if ((f->car = need(f->car, sizeof(*f->car), st)) == NULL)
		return -1;
	memset(f->car, 0, sizeof(*f->car));
	f->car->size = r->received;
	return 0;
}

static void
work(struct http_request *r)
{
	struct fetch *f = r->ctx;

	f->file->job = (struct workers_job){
		.run = run,
		.done = ran,
		.ctx = f,
		.large = r->received >= WORKERS_LARGE,
	};
	workers_begin(f->workers, &f->file->job);
}

static void start_repo(struct fetch *);

/* Can the whole repo help? Not if the host can't be reached, or if even the
 * difference is too large. */
static bool
needs_whole(const struct fetch *f, const struct status *why)
{
	if (f->since[0] == '\0')
		return false;
	if (why == NULL)
		return f->file->useless;
	return why->code != STATUS_TOO_LARGE && xrpc_is_answered(why);
}

/* Write standard output in this thread, because workers block SIGPIPE, which
 * must end the program when the reader goes away. */
static void
got_repo(struct http_request *r, struct status *why)
{
	struct fetch *f = r->ctx;
	struct status st;

	f->received += r->code / 100 == 2 ? r->received : 0;
	if (needs_whole(f, why)) {
		f->since[0] = '\0';
		start_repo(f);
		return;
	}
	if (why == NULL && f->file->unkept)
		why = &f->file->why;
	if (why == NULL && f->options->archive.dir == NULL &&
	    aside_copy(&f->file->aside, f->options->fd, &st) == -1)
		why = &st;
	f->done(f, why);
}

static void
start_repo(struct fetch *f)
{
	const struct xrpc_call call = {
		.method = "com.atproto.sync.getRepo",
		.parameters = {
			{ "did", f->did },
			{ "since", f->since[0] != '\0' ? f->since : NULL },
		},
		.max_bytes = f->options->max_size,
		.restart = restart,
		.release = release,
		.data = take_data,
		.check = check_repo,
		.work = work,
		.done = got_repo,
		.ctx = f,
	};

	xrpc_start(f->net, &f->http, f->origin, &call);
}

void
fetch_repo(struct fetch *f, struct http *http, struct workers *workers,
    const char *origin, const char *did, const char *key,
    void (*done)(struct fetch *, struct status *))
{
	const struct fetch_options *o = f->options;

	f->net = http;
	f->workers = workers;
	f->origin = origin;
	f->did = did;
	f->key = key;
	f->done = done;
	f->received = 0;
	f->since[0] = '\0';
	if (f->car != NULL && o->archive.dir != NULL && !o->no_verify &&
	    !o->full)
		memcpy(f->since, f->car->rev, sizeof(f->since));
	start_repo(f);
}

void
fetch_free(struct fetch *f)
{
	close_file(f);
	free(f->file);
	free(f->car);
	if (f->state != NULL)
		description_free(f->state);
	free(f->state);
	http_free(&f->http);
	memset(f, 0, sizeof(*f));
}
