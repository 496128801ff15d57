#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "libcar/base/clock.h"
#include "libcar/net/identities.h"

/*
 * A query keeps its slot until it is done. There are few slots, so they are
 * searched one by one.
 */

struct identities_query {
	struct resolve_query query;
	struct identities *owner;
	char *did;         /* NULL: the slot is free */
	uint64_t began_ms; /* since 1970 */
	struct identities_ask ask;
};

struct identities_share {
	size_t count; /* under way */
	size_t web;   /* those of did:web */
};

/* A look-up may end after one that began later, with an older document. So the
 * time is that of its beginning, or of the cache. */
static uint64_t
time_of(const struct identities_query *q)
{
	uint64_t at = q->query.at_ms;

	return at < q->began_ms ? at : q->began_ms;
}

static struct stream_identity
line_of(const struct identities_query *q, const char *did)
{
	const struct diddoc *doc = &q->query.doc;

	return (struct stream_identity){
		.did = slice_of(did),
		.handle = stream_text(slice_of(doc->handle)),
		.handle_status = slice_of("unchecked"),
		.pds = stream_text(slice_of(doc->pds)),
		.key = stream_text(slice_of(doc->key)),
		.at = time_of(q) * 1000,
		.stale = q->query.stale ? STREAM_TRUE : STREAM_UNKNOWN,
	};
}

static bool
asks_directory(const char *did)
{
	return strncmp(did, "did:plc:", 8) == 0;
}

/* A final answer, such as NotFound, also shows that the directory works. */
static void
count_failure(struct identities *all, const struct identities_query *q,
    const struct status *why)
{
	bool failed = q->query.stale ||
	    (why != NULL && status_retry(why->code));

	if (!asks_directory(q->did)) {
		all->shares[q->ask.service].web--;
		return;
	}
	all->plc--;
	all->failures = failed ? all->failures + 1 : 0;
}

static void
done(struct resolve_query *query, struct status *why)
{
	struct identities_query *q = query->ctx;
	struct identities *all = q->owner;
	struct identities_ask ask = q->ask;
	char *did = q->did;
	struct stream_identity line = { .did = slice_of(did) };

	if (why == NULL)
		line = line_of(q, did);
	count_failure(all, q, why);
	q->did = NULL;
	all->count--;
	all->shares[ask.service].count--;
	all->events -= ask.event;
	all->done(all->ctx, &line, &ask, why);
	free(did);
}

static bool
make_room(struct identities *all)
{
	size_t n = all->services > 0 ? all->services : 1;

	if (all->queries == NULL)
		all->queries = calloc(IDENTITIES_MAX, sizeof(*all->queries));
	if (all->shares == NULL)
		all->shares = calloc(n, sizeof(*all->shares));
	return all->queries != NULL && all->shares != NULL;
}

static struct identities_query *
free_slot(struct identities *all, unsigned service)
{
	size_t i;

	if (!make_room(all) || identities_reached(all, service, IDENTITIES_MAX))
		return NULL;
	for (i = 0; i < IDENTITIES_MAX; i++)
		if (all->queries[i].did == NULL)
			return &all->queries[i];
	return NULL;
}

static size_t
share_of(const struct identities *all, size_t most)
{
	size_t share = all->services > 0 ? most / all->services : most;

	return share > 0 ? share : 1;
}

static bool
is_unreachable(const struct identities *all, const char *did, unsigned service)
{
	if (asks_directory(did))
		return all->failures >= IDENTITIES_DEAD && all->plc > 0;
	return all->shares[service].web >= share_of(all, IDENTITIES_WEB);
}

static void
begin(struct identities *all, struct identities_query *q,
    const struct identities_ask *ask)
{
	q->owner = all;
	q->ask = *ask;
	q->ask.began = clock_monotonic_ms();
	q->began_ms = clock_wall_ms();
	q->query = (struct resolve_query){
		.name = q->did,
		.fresh = ask->fresh,
		.done = done,
		.ctx = q,
	};
	all->count++;
	all->shares[ask->service].count++;
	all->events += ask->event;
	if (asks_directory(q->did))
		all->plc++;
	else
		all->shares[ask->service].web++;
	resolve_start(all->resolve, &q->query);
}

enum identities_result
identities_start(struct identities *all, const struct slice *did,
    const struct identities_ask *ask)
{
	struct identities_query *q = free_slot(all, ask->service);

	if (q == NULL || (q->did = strndup(did->at, did->len)) == NULL)
		return IDENTITIES_BUSY;
	if (is_unreachable(all, q->did, ask->service)) {
		free(q->did);
		q->did = NULL;
		return IDENTITIES_UNREACHABLE;
	}
	begin(all, q, ask);
	return IDENTITIES_BEGUN;
}

bool
identities_has(const struct identities *all, const struct slice *did)
{
	size_t i;

	for (i = 0; all->count > 0 && i < IDENTITIES_MAX; i++)
		if (all->queries[i].did != NULL &&
		    slice_is(did, all->queries[i].did))
			return true;
	return false;
}

bool
identities_reached(const struct identities *all, unsigned service, size_t most)
{
	return all->shares != NULL &&
	    all->shares[service].count >= share_of(all, most);
}

bool
identities_full(const struct identities *all, unsigned service)
{
	return identities_reached(all, service, IDENTITIES_FULL);
}

uint64_t
identities_before(const struct identities *all, unsigned service, uint64_t seq)
{
	const struct identities_query *q = all->queries;
	size_t i;

	for (i = 0; all->count > 0 && i < IDENTITIES_MAX; i++)
		if (q[i].did != NULL && q[i].ask.service == service &&
		    q[i].ask.seq > 0 && q[i].ask.seq <= seq)
			seq = q[i].ask.seq - 1;
	return seq;
}

void
identities_free(struct identities *all)
{
	size_t i;

	for (i = 0; all->count > 0 && i < IDENTITIES_MAX; i++)
		if (all->queries[i].did != NULL) {
			resolve_free(&all->queries[i].query);
			free(all->queries[i].did);
		}
	free(all->queries);
	free(all->shares);
	all->queries = NULL;
	all->shares = NULL;
	all->count = all->plc = all->events = 0;
}
