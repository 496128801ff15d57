#include "config.h"

#include <sodium.h>
#include <stdlib.h>
#include <string.h>

#include "libcar/store/blob_fetches.h"

/*
 * Downloads are in a hash table with chains. Accounts and hosts are a part of
 * the key: a slow host must not delay the blobs of others, and what one host
 * doesn't have, another may.
 */

#define CHAINS 4096 /* a power of two */

/* A download. Its first want has what the others have in common. */
struct blob_fetches_entry {
	struct blob_fetch fetch;
	struct blob_fetches *all;
	struct blob_fetches_want *first, *last;
	struct blob_fetches_entry *chain;
};

static struct blob_fetches_entry **
chain_of(struct blob_fetches *all, const struct blob_fetches_want *w)
{
	return &all->chains[hash_keyed(all->secret, w->cid, sizeof(w->cid)) &
	    (CHAINS - 1)];
}

static bool
is_same(const struct blob_fetches_want *a, const struct blob_fetches_want *b)
{
	return memcmp(a->cid, b->cid, sizeof(a->cid)) == 0 &&
	    strcmp(a->did, b->did) == 0 && strcmp(a->host, b->host) == 0;
}

/* It is out of the table before anyone hears of its end: who wants the blob
 * then, finds its file or tries again. */
static void
fetched(struct blob_fetch *f, struct status *why)
{
	struct blob_fetches_entry *e = f->ctx, **at;
	struct blob_fetches_want *w = e->first, *next;

	for (at = chain_of(e->all, w); *at != e;)
		at = &(*at)->chain;
	*at = e->chain;
	for (; w != NULL; w = next) {
		next = w->next;
		w->done(w, f, why);
	}
	blob_fetch_free(f);
	free(e);
}

static struct blob_fetches_entry *
add(struct blob_fetches *all, struct blob_fetches_want *w)
{
	struct blob_fetches_entry *e = calloc(1, sizeof(*e)), **chain;

	if (e == NULL)
		return NULL;
	chain = chain_of(all, w);
	e->chain = *chain;
	*chain = e;
	e->all = all;
	e->first = e->last = w;
	e->fetch.dir = all->dir;
	e->fetch.did = w->did;
	e->fetch.host = w->host;
	e->fetch.max_size = all->max_size;
	e->fetch.http = all->http;
	e->fetch.workers = all->workers;
	memcpy(e->fetch.cid, w->cid, sizeof(e->fetch.cid));
	e->fetch.done = fetched;
	e->fetch.ctx = e;
	return e;
}

static int
make_chains(struct blob_fetches *all, struct status *st)
{
	if (all->chains != NULL)
		return 0;
	randombytes_buf(all->secret, sizeof(all->secret));
	all->chains = calloc(CHAINS, sizeof(struct blob_fetches_entry *));
	return all->chains == NULL ? status_no_memory(st) : 0;
}

int
blob_fetches_start(struct blob_fetches *all, struct blob_fetches_want *w,
    struct status *st)
{
	struct blob_fetches_entry *e;

	w->next = NULL;
	if (make_chains(all, st) == -1)
		return -1;
	for (e = *chain_of(all, w); e != NULL; e = e->chain)
		if (is_same(e->first, w)) {
			e->last = e->last->next = w;
			return 0;
		}
	if ((e = add(all, w)) == NULL)
		return status_no_memory(st);
	blob_fetch_start(&e->fetch);
	return 0;
}

void
blob_fetches_free(struct blob_fetches *all)
{
	free(all->chains);
	all->chains = NULL;
}
