#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "libcar/net/identities.h"

/*
 * A query keeps its slot until it is done. There are few slots, and identity
 * events are rare, so they are searched one by one.
 */

struct identities_query {
	struct resolve_query query;
	struct identities *owner;
	char *did; /* NULL: the slot is free */
	uint64_t seq;
};

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
		.at = q->query.at_ms * 1000,
		.stale = q->query.stale ? STREAM_TRUE : STREAM_UNKNOWN,
	};
}

static void
done(struct resolve_query *query, struct status *why)
{
	struct identities_query *q = query->ctx;
	struct identities *all = q->owner;
	char *did = q->did;
	struct stream_identity line = { .did = slice_of(did) };

	if (why == NULL)
		line = line_of(q, did);
	q->did = NULL;
	all->count--;
	all->done(all->ctx, &line, q->seq, why);
	free(did);
}

static struct identities_query *
free_slot(struct identities *all)
{
	size_t i;

	if (all->queries == NULL)
		all->queries = calloc(IDENTITIES_MAX, sizeof(*all->queries));
	for (i = 0; all->queries != NULL && i < IDENTITIES_MAX; i++)
		if (all->queries[i].did == NULL)
			return &all->queries[i];
	return NULL;
}

bool
identities_start(struct identities *all, const struct slice *did, uint64_t seq)
{
	struct identities_query *q = free_slot(all);

	if (q == NULL || (q->did = strndup(did->at, did->len)) == NULL)
		return false;
	q->owner = all;
	q->seq = seq;
	q->query = (struct resolve_query){
		.name = q->did,
		.fresh = true,
		.done = done,
		.ctx = q,
	};
	all->count++;
	resolve_start(all->resolve, &q->query);
	return true;
}

bool
identities_full(const struct identities *all)
{
	return all->count >= IDENTITIES_FULL;
}

uint64_t
identities_before(const struct identities *all, uint64_t seq)
{
	const struct identities_query *q = all->queries;
	size_t i;

	for (i = 0; all->count > 0 && i < IDENTITIES_MAX; i++)
		if (q[i].did != NULL && q[i].seq > 0 && q[i].seq <= seq)
			seq = q[i].seq - 1;
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
	all->queries = NULL;
	all->count = 0;
}
