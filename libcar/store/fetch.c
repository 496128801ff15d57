#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "libcar/base/clock.h"
#include "libcar/net/xrpc.h"
#include "libcar/store/fetch.h"

/*
 * Thousands of jobs may wait while few are under way, so that file and CAR,
 * with their long paths, are allocated when they are needed first.
 */

static void *
need(void *p, size_t size, struct status *st)
{
	if (p == NULL && (p = calloc(1, size)) == NULL)
		status_no_memory(st);
	return p;
}

/* What is archived */

/* With a malformed key, treat the CAR as signed by another one: fetch_repo()
 * then tells the error. */
int
fetch_find(struct fetch *f, const char *did, const char *key, struct status *st)
{
	const struct archive *a = &f->options->archive;
	bool check = key != NULL && !f->options->no_verify;
	struct status ignored;
	struct archive_car car;
	struct key signer;
	bool bad = check &&
	    key_parse(&signer, key, strlen(key), &ignored) == -1;
	int n = archive_find(a, did, strlen(did),
	    check && !bad ? &signer : NULL, &car, st);

	if (n <= 0) {
		free(f->car);
		f->car = NULL;
		return n;
	}
	if ((f->car = need(f->car, sizeof(car), st)) == NULL)
		return -1;
	*f->car = car;
	f->car->other_key |= bad;
	return 0;
}

bool
fetch_has(const struct fetch *f, const struct slice *rev)
{
	if (f->car == NULL || f->car->rev[0] == '\0' || f->car->other_key)
		return false;
	return rev->at == NULL || !syntax_is_tid(rev->at, rev->len) ||
	    memcmp(f->car->rev, rev->at, SYNTAX_TID_LEN) >= 0;
}

/* What the host has */

/* As getRepo would say it. */
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

/* An archived CAR that another key signed is fetched anew: after a rotation of
 * keys a host signs a new commit. And a host that doesn't say that the account
 * is active is asked for the repo: only if it serves that, the account is. */
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

/* What comes */

static int
restart(struct http_request *r, struct status *st)
{
	struct fetch *f = r->ctx;

	if (f->file != NULL)
		aside_close(f->file);
	if ((f->file = need(f->file, sizeof(*f->file), st)) == NULL)
		return -1;
	if (f->options->archive.dir == NULL)
		return aside_open_temporary(f->file, f->options->archive.tmp,
		    st);
	return archive_create(f->file, f->options->archive.dir, f->did,
	    strlen(f->did), st);
}

/* Nothing of it is kept while it waits for another try. */
static void
release(struct http_request *r)
{
	struct fetch *f = r->ctx;

	if (f->file != NULL)
		aside_close(f->file);
}

static int
take_data(struct http_request *r, const void *data, size_t len,
    struct status *st)
{
	struct fetch *f = r->ctx;
	const char *dir = f->options->archive.dir;

	if (aside_write(f->file, data, len, st) == 0)
		return 0;
	return status_prefix(st,
	    "%s: ", dir != NULL ? dir : "a temporary file");
}

/* Is what came the whole repo? */
static int
verify(struct fetch *f, struct status *st)
{
	struct key key;
	struct repo_want want = {
		.did = f->did,
		.did_len = strlen(f->did),
		.now = clock_wall_ms() * 1000,
		.signer = f->key != NULL ? &key : NULL,
	};

	if (f->key != NULL && key_parse(&key, f->key, strlen(f->key), st) == -1)
		return status_prefix(st, "the job's key: ");
	if (archive_verify(f->file, &want, f->options->archive.tmp, f->car,
		st) == 0)
		return 0;
	return status_prefix(st, "%s: ", f->http.url.data);
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
	return f->options->no_verify ? 0 : verify(f, st);
}

static int
keep(struct fetch *f, struct status *st)
{
	const struct fetch_options *o = f->options;
	size_t len = strlen(f->did);

	if (o->archive.dir == NULL)
		return aside_copy(f->file, o->fd, st);
	/* What wasn't verified is looked at for its rev alone. */
	if (o->no_verify &&
	    archive_look(f->file, f->did, len, o->archive.tmp, f->car, st) ==
		-1)
		return -1;
	if (archive_commit(f->file, &o->archive, f->did, len, f->car, st) == 0)
		return 0;
	return status_fatal(st->code) ?
	    -1 :
	    status_prefix(st, "%s: ", f->http.url.data);
}

static void
got_repo(struct http_request *r, struct status *why)
{
	struct fetch *f = r->ctx;
	struct status st;

	if (why == NULL && keep(f, &st) == -1)
		why = &st;
	f->done(f, why);
}

void
fetch_repo(struct fetch *f, struct http *http, const char *origin,
    const char *did, const char *key,
    void (*done)(struct fetch *, struct status *))
{
	const struct xrpc_call call = {
		.method = "com.atproto.sync.getRepo",
		.parameters = { { "did", did } },
		.max_bytes = f->options->max_size,
		.restart = restart,
		.release = release,
		.data = take_data,
		.check = check_repo,
		.done = got_repo,
		.ctx = f,
	};

	f->did = did;
	f->key = key;
	f->done = done;
	xrpc_start(http, &f->http, origin, &call);
}

void
fetch_free(struct fetch *f)
{
	if (f->file != NULL)
		aside_close(f->file);
	free(f->file);
	free(f->car);
	if (f->state != NULL)
		description_free(f->state);
	free(f->state);
	http_free(&f->http);
	memset(f, 0, sizeof(*f));
}
