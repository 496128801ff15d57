#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "libcar/base/clock.h"
#include "libcar/net/resolve_private.h"

/*
 * A query makes one to three look-ups, and tries the cache first for each: the
 * DID of a handle, the document of a DID, and as a check, the DID of the
 * document's handle. The cache stores each answer.
 */

static void look_up(struct resolve_query *, const char *name);

/* Using an answer */

static bool
is_did(const char *name)
{
	return strncmp(name, "did:", 4) == 0;
}

static void
finish(struct resolve_query *q, struct status *why)
{
	char *did = q->found_did;

	http_free(&q->http);
	q->done(q, why);
	free(did);
}

/* For a query by handle: does the account claim this handle? A cached document
 * may be outdated. */
static void
check_name(struct resolve_query *q)
{
	struct status st;

	if (strcmp(q->doc.handle, q->name) == 0) {
		q->handle = RESOLVE_VALID;
		finish(q, NULL);
	} else if (q->cached && !q->resolve->options.offline && !q->fresh) {
		q->fresh = true;
		look_up(q, q->did);
	} else {
		status_set(&st, STATUS_WRONG_HANDLE, 0,
		    "%s resolves to %s, whose handle is %s", q->name, q->did,
		    q->doc.handle[0] != '\0' ? q->doc.handle : "none");
		finish(q, &st);
	}
}

static void
take_document(struct resolve_query *q, const char *doc, size_t len)
{
	struct status st;

	if (diddoc_parse(&q->doc, q->did, strlen(q->did), doc, len,
		q->resolve->options.allow_private, &st) == -1)
		finish(q, &st);
	else if (!is_did(q->name))
		check_name(q);
	else if (q->check_handle && q->doc.handle[0] != '\0') {
		q->stage = RESOLVE_BACK;
		look_up(q, q->doc.handle);
	} else
		finish(q, NULL);
}

/* Take the DID of a handle. */
static void
take_did(struct resolve_query *q, const char *did, size_t len)
{
	struct status st;

	if ((q->found_did = strndup(did, len)) == NULL) {
		status_no_memory(&st);
		finish(q, &st);
		return;
	}
	q->did = q->found_did;
	q->stage = RESOLVE_DID;
	look_up(q, q->did);
}

/* Take the value of the look-up. */
static void
take_value(struct resolve_query *q, const char *value, size_t len,
    uint64_t at_ms, bool stale)
{
	q->stale |= stale;
	switch (q->stage) {
	case RESOLVE_HANDLE:
		take_did(q, value, len);
		break;
	case RESOLVE_DID:
		q->at_ms = at_ms;
		take_document(q, value, len);
		break;
	case RESOLVE_BACK:
		q->handle = len == strlen(q->did) &&
			memcmp(value, q->did, len) == 0 ?
		    RESOLVE_VALID :
		    RESOLVE_INVALID;
		finish(q, NULL);
		break;
	}
}

/* Take a failed look-up. For a query by DID, it is not a failure if the handle
 * isn't found or can't be looked up. */
static void
take_fault(struct resolve_query *q, struct status *why)
{
	if (q->stage != RESOLVE_BACK || status_fatal(why->code)) {
		finish(q, why);
		return;
	}
	if (!status_retry(why->code))
		q->handle = RESOLVE_INVALID;
	finish(q, NULL);
}

/* After a successful look-up: cache the value. */
static void
found(struct resolve_query *q, const char *value, size_t len)
{
	struct resolve *r = q->resolve;
	uint64_t now = clock_wall_ms();
	struct status st;

	if (r->cache != NULL &&
	    cache_put(r->cache, q->look, strlen(q->look), value, len, now,
		&st) == -1)
		finish(q, &st);
	else
		take_value(q, value, len, now, false);
}

/* Take an older answer, if the cache has one: 1, 0, or -1. */
static int
take_stale(struct resolve_query *q, const struct status *why, struct status *st)
{
	struct cache_entry e;
	int n = cache_get(q->resolve->cache, q->look, strlen(q->look), &e, st);

	q->why = *why;
	if (n == 1 && e.value != NULL)
		take_value(q, e.value, e.len, e.value_ms, true);
	return n == 1 ? e.value != NULL : n;
}

static void
not_found(struct resolve_query *q, struct status *why)
{
	struct resolve *r = q->resolve;
	struct status st;
	int n = 0;

	if (r->cache != NULL && !status_fatal(why->code)) {
		n = cache_put_fault(r->cache, q->look, strlen(q->look), why,
		    clock_wall_ms(), &st);
		if (n == 0 && status_retry(why->code))
			n = take_stale(q, why, &st);
	}
	if (n == -1)
		finish(q, &st);
	else if (n == 0)
		take_fault(q, why);
}

static void
looked_up(struct resolve_query *q, const char *value, size_t len,
    struct status *why)
{
	if (why == NULL)
		found(q, value, len);
	else
		not_found(q, why);
}

/* The cache */

static bool
is_young(const struct resolve *r, uint64_t at_ms, uint64_t lifetime_ms)
{
	uint64_t now = clock_wall_ms();

	if (lifetime_ms > r->options.ttl_ms)
		lifetime_ms = r->options.ttl_ms;
	return at_ms <= now && now - at_ms < lifetime_ms;
}

/* Answer from the cache: true; or false if a look-up is needed. */
static bool
take_cached(struct resolve_query *q, struct cache_entry *e)
{
	struct resolve *r = q->resolve;
	bool failed = e->fault.code != STATUS_OK;
	bool passes = failed && status_retry(e->fault.code);
	bool holds = failed &&
	    (r->options.offline ||
		is_young(r, e->fault_ms,
		    passes ? RESOLVE_FAILED_MS : RESOLVE_MISSING_MS));
	bool young = e->value != NULL &&
	    is_young(r, e->value_ms, r->options.ttl_ms);
	bool usable;

	usable = e->value != NULL && (young || holds || r->options.offline);
	if (!usable && !holds)
		return false;
	q->cached = true;
	if (holds)
		q->why = e->fault;
	if (usable)
		take_value(q, e->value, e->len, e->value_ms, !young);
	else
		take_fault(q, &e->fault);
	return true;
}

/* 1 if the cache answered, 0 if a look-up is needed, or -1. */
static int
look_in_cache(struct resolve_query *q, struct status *st)
{
	struct resolve *r = q->resolve;
	struct cache_entry e;
	int n;

	if (r->cache == NULL || (q->fresh && q->stage == RESOLVE_DID))
		return 0;
	if ((n = cache_get(r->cache, q->look, strlen(q->look), &e, st)) != 1)
		return n;
	return take_cached(q, &e);
}

static void
ask(struct resolve_query *q)
{
	char url[HTTP_MAX_URL];
	struct status st;

	if (!is_did(q->look))
		resolve_ask_handle(q);
	else if (resolve_did_url(q, url, sizeof(url), &st) == 0)
		resolve_ask_document(q, url);
	else
		finish(q, &st);
}

static void
look_up(struct resolve_query *q, const char *name)
{
	struct status st;
	int n;

	q->cached = false;
	q->look = name;
	n = look_in_cache(q, &st);
	if (n == -1)
		finish(q, &st);
	else if (n == 0 && q->resolve->options.offline) {
		status_set(&st, STATUS_OFFLINE, 0, "%s: not in the cache",
		    q->look);
		take_fault(q, &st);
	} else if (n == 0)
		ask(q);
}

void
resolve_start(struct resolve *r, struct resolve_query *q)
{
	size_t len = strlen(q->name);
	char url[HTTP_MAX_URL];
	struct status st;

	q->resolve = r;
	q->http.ctx = q;
	q->looked_up = looked_up;
	q->did = NULL;
	q->found_did = NULL;
	q->handle = RESOLVE_UNCHECKED;
	q->stale = false;
	if (is_did(q->name) && syntax_is_did(q->name, len)) {
		q->did = q->look = q->name;
		q->stage = RESOLVE_DID;
		if (resolve_did_url(q, url, sizeof(url), &st) == 0)
			look_up(q, q->name);
		else
			finish(q, &st);
	} else if (syntax_is_usable_handle(q->name, len)) {
		q->stage = RESOLVE_HANDLE;
		look_up(q, q->name);
	} else {
		status_set(&st, STATUS_BAD_SYNTAX, 0, "%s: %s", q->name,
		    syntax_is_handle(q->name, len) ?
			"no account can have this handle" :
			"neither DID nor handle");
		finish(q, &st);
	}
}

struct resolve *
resolve_open(struct loop *loop, struct http *http,
    const struct resolve_options *options, struct status *st)
{
	struct resolve *r = calloc(1, sizeof(*r));

	if (r == NULL) {
		status_no_memory(st);
		return NULL;
	}
	r->options = *options;
	r->http = http;
	if ((options->cache != NULL &&
		(r->cache = cache_open(options->cache, st)) == NULL) ||
	    (r->dns = dns_open(loop, RESOLVE_DNS_MS, st)) == NULL) {
		resolve_close(r);
		return NULL;
	}
	return r;
}

void
resolve_close(struct resolve *r)
{
	if (r == NULL)
		return;
	if (r->dns != NULL)
		dns_close(r->dns);
	if (r->cache != NULL)
		cache_close(r->cache);
	free(r);
}

void
resolve_free(struct resolve_query *q)
{
	http_free(&q->http);
	free(q->found_did);
	q->found_did = NULL;
}
