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

#define MAX_ANSWER (64 << 10) /* bytes of getLatestCommit's */

static void *
need(void *p, size_t size, struct status *st)
{
	if (p == NULL && (p = calloc(1, size)) == NULL)
		status_no_memory(st);
	return p;
}

/* What is archived */

int
fetch_find(struct fetch *f, const char *did, struct status *st)
{
	struct archive_car car;
	int n = archive_find(&f->options->archive, did, strlen(did), NULL, &car,
	    st);

	if (n <= 0)
		return n;
	if ((f->car = need(f->car, sizeof(car), st)) == NULL)
		return -1;
	*f->car = car;
	return 0;
}

bool
fetch_has(const struct fetch *f, const struct slice *rev)
{
	if (f->car == NULL || f->car->rev[0] == '\0')
		return false;
	return rev->at == NULL || !syntax_is_tid(rev->at, rev->len) ||
	    memcmp(f->car->rev, rev->at, SYNTAX_TID_LEN) >= 0;
}

static int
check_latest(struct http_request *r, struct status *st)
{
	char rev[SYNTAX_TID_LEN + 1];
	struct fetch *f = r->ctx;

	if (xrpc_judge(r, st) == -1 || xrpc_latest(r, rev, NULL, st) == -1)
		return -1;
	f->is_latest = strcmp(rev, f->car->rev) == 0;
	return 0;
}

static void
got_latest(struct http_request *r, struct status *why)
{
	struct fetch *f = r->ctx;

	f->done(f, why);
}

void
fetch_ask_latest(struct fetch *f, struct http *http, const char *origin,
    const char *did, void (*done)(struct fetch *, struct status *))
{
	const struct xrpc_call call = {
		.method = "com.atproto.sync.getLatestCommit",
		.parameters = { { "did", did } },
		.max_bytes = MAX_ANSWER,
		.check = check_latest,
		.done = got_latest,
		.ctx = f,
	};

	f->is_latest = false;
	f->done = done;
	xrpc_start(http, &f->http, origin, &call);
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
	http_free(&f->http);
	memset(f, 0, sizeof(*f));
}
