#include "config.h"

#include <string.h>

#include "libcar/data/json.h"
#include "libcar/data/object.h"
#include "libcar/net/description.h"
#include "libcar/net/xrpc.h"

/*
 * One request is reused for each call. check reads an answer into the
 * description; done decides what the answer, or the error, means for the next
 * call. Hosts differ in what they know, so an answer without a field is valid,
 * and a wrong field counts as absent; an answer about another DID isn't valid.
 */

static void make_call(struct description *);

static void
keep(struct buf *to, const struct slice *text)
{
	to->len = 0;
	buf_put(to, text->at, text->len);
}

/* Reading answers */

static bool
is_said(const struct object *answer, const char *name)
{
	struct slice json = object_get_json(answer, name);

	return json.at != NULL && !slice_is(&json, "null");
}

/* An account is active unless the host says no; but a value that is neither yes
 * nor no, for example "false" in quotes, must not count as yes. */
static bool
is_unclear(const struct object *answer)
{
	struct slice active = object_get_json(answer, "active");

	if (is_said(answer, "active"))
		return !slice_is(&active, "true") &&
		    !slice_is(&active, "false");
	return is_said(answer, "status");
}

static void
take_status(struct description *d, struct object *answer)
{
	struct slice status = object_get(answer, "status"),
		     rev = object_get(answer, "rev"),
		     active = object_get_json(answer, "active");

	d->inactive = slice_is(&active, "false");
	d->unclear = is_unclear(answer);
	if (d->inactive && xrpc_is_status(status.at, status.len))
		keep(&d->status, &status);
	if (rev.at != NULL && syntax_is_tid(rev.at, rev.len))
		memcpy(d->rev, rev.at, rev.len);
}

/* Takes the collections of an answer. */
struct taker {
	struct description *d;
	struct json_writer w;
};

static int
write_collection(void *ctx, const char *nsid, size_t len, struct status *st)
{
	struct taker *t = ctx;

	(void)st;
	json_write_string(&t->w, nsid, len);
	return 0;
}

static void
tell_bad(struct description *d, const struct slice *json)
{
	if (d->bad_count++ < DESCRIPTION_MAX_BAD && d->bad != NULL)
		d->bad(d, json);
}

static int
take_bad(void *ctx, const struct slice *json, struct status *st)
{
	struct taker *t = ctx;

	(void)st;
	tell_bad(t->d, json);
	return 0;
}

/* Copy the array without invalid collections; or nothing. */
static void
take_collections(struct description *d, const struct slice *array)
{
	struct taker t = { d, { &d->collections, false } };
	struct status ignored;

	d->collections.len = 0;
	d->bad_count = 0;
	if (array->at == NULL)
		return;
	json_write_array(&t.w);
	if (xrpc_collections(&d->request, array, write_collection, take_bad, &t,
		&ignored) == 0) {
		json_write_array_end(&t.w);
		return;
	}
	d->collections.len = 0;
	tell_bad(d, array);
}

static void
take_content(struct description *d, struct object *answer)
{
	struct slice handle = object_get(answer, "handle"),
		     collections = object_get_json(answer, "collections");

	if (handle.at != NULL && syntax_is_usable_handle(handle.at, handle.len))
		keep(&d->handle, &handle);
	take_collections(d, &collections);
}

static int
take_answer(struct description *d, struct status *st)
{
	const struct http_request *r = &d->request;
	struct object answer = { .text = NULL };
	struct slice did;
	int rc;

	rc = object_open_loose(&answer, r->body.data, r->body.len, st);
	did = object_get(&answer, "did");
	if (rc == -1)
		status_set(st, STATUS_BAD_ANSWER, 0, "%s: not a JSON object",
		    r->url.data);
	else if (!slice_is(&did, d->did))
		rc = status_set(st, STATUS_BAD_ANSWER, 0,
		    "%s: the answer is for another DID", r->url.data);
	else if (d->call == DESCRIPTION_STATUS)
		take_status(d, &answer);
	else
		take_content(d, &answer);
	object_free(&answer);
	return rc;
}

static int
check(struct http_request *r, struct status *st)
{
	struct description *d = r->ctx;

	if (xrpc_judge(r, st) == -1)
		return -1;
	if (d->call == DESCRIPTION_COMMIT)
		return xrpc_latest(r, d->rev, d->head, st);
	return take_answer(d, st);
}

/* The sequence of calls */

/* A host without getRepoStatus says the state in errors of other calls. */
static bool
take_state(struct description *d, const struct status *why)
{
	const char *state = xrpc_state(status_error(why));

	if (state == NULL)
		return false;
	d->inactive = true;
	d->unclear = false;
	d->status.len = 0;
	buf_puts(&d->status, state);
	return true;
}

/* Is everything known that the caller wants? */
static bool
is_enough(const struct description *d)
{
	if (d->inactive)
		return true;
	if (d->last == DESCRIPTION_STATUS && d->rev[0] != '\0')
		return true;
	return d->call >= d->last && d->call != DESCRIPTION_STATUS;
}

/* May the host not know this call? getLatestCommit can replace getRepoStatus,
 * and a caller who asks only for the state and rev needs neither. */
static bool
may_lack(const struct description *d)
{
	return d->call == DESCRIPTION_STATUS || d->last == DESCRIPTION_STATUS;
}

/* If memory was missing for a text, don't report it as missing at the host. */
static void
finish(struct description *d)
{
	struct status st;

	if (!d->status.failed && !d->handle.failed && !d->collections.failed) {
		d->done(d, NULL);
		return;
	}
	status_no_memory(&st);
	d->done(d, &st);
}

static void
answered(struct http_request *r, struct status *why)
{
	struct description *d = r->ctx;

	if (why != NULL && may_lack(d) && xrpc_is_no_method(why))
		why = NULL;
	if (why != NULL && !take_state(d, why))
		d->done(d, why);
	else if (is_enough(d))
		finish(d);
	else {
		d->call++;
		make_call(d);
	}
}

static void
make_call(struct description *d)
{
	static const char *const methods[][2] = {
		[DESCRIPTION_STATUS] = { "com.atproto.sync.getRepoStatus",
		    "did" },
		[DESCRIPTION_COMMIT] = { "com.atproto.sync.getLatestCommit",
		    "did" },
		[DESCRIPTION_CONTENT] = { "com.atproto.repo.describeRepo",
		    "repo" },
	};
	const struct xrpc_call call = {
		.method = methods[d->call][0],
		.parameters = { { methods[d->call][1], d->did } },
		.max_bytes = DESCRIPTION_MAX_ANSWER,
		.check = check,
		.done = answered,
		.ctx = d,
	};

	xrpc_start(d->http, &d->request, d->host, &call);
}

void
description_start(struct description *d, struct http *http)
{
	d->http = http;
	d->call = DESCRIPTION_STATUS;
	d->inactive = d->unclear = false;
	d->bad_count = 0;
	d->rev[0] = d->head[0] = '\0';
	d->status.len = d->handle.len = d->collections.len = 0;
	make_call(d);
}

void
description_free(struct description *d)
{
	http_free(&d->request);
	buf_free(&d->status);
	buf_free(&d->handle);
	buf_free(&d->collections);
	memset(d, 0, sizeof(*d));
}
