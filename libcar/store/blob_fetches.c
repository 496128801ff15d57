#include "config.h"

#include <sodium.h>
#include <stdlib.h>
#include <string.h>

#include "libcar/store/blob_fetches.h"

/*
 * Downloads are in a hash table with chains. The host is a part of the key: a
 * slow host must not delay the blobs of others. The account is not, because the
 * bytes are the same for all; but a host may refuse one account and serve
 * another. So after such a failure, the other accounts ask each for itself.
 */

#define CHAINS 4096 /* a power of two */

/* A download. Its first want has what the others have in common. */
struct blob_fetches_entry {
	struct blob_fetch fetch;
	struct blob_fetches *all;
	struct blob_fetches_want *first, *last;
	struct blob_fetches_entry *chain;
	bool alone; /* only for the account that asks */
};

static struct blob_fetches_entry **
chain_of(struct blob_fetches *all, const struct blob_fetches_want *w)
{
	return &all->chains[hash_keyed(all->secret, w->cid, sizeof(w->cid)) &
	    (CHAINS - 1)];
}

/* May this one wait for the download? */
static bool
is_for(const struct blob_fetches_entry *e, const struct blob_fetches_want *w)
{
	const struct blob_fetches_want *first = e->first;

	return memcmp(first->cid, w->cid, sizeof(w->cid)) == 0 &&
	    strcmp(first->host, w->host) == 0 &&
	    (!e->alone || strcmp(first->did, w->did) == 0);
}

static void fetched(struct blob_fetch *, struct status *why);

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

/* Wait for a download, or begin one. */
static int
want(struct blob_fetches *all, struct blob_fetches_want *w, bool alone,
    struct status *st)
{
	struct blob_fetches_entry *e;

	w->next = NULL;
	for (e = *chain_of(all, w); e != NULL; e = e->chain)
		if (is_for(e, w) && (e->alone || !alone)) {
			e->last = e->last->next = w;
			return 0;
		}
	if ((e = add(all, w)) == NULL)
		return status_no_memory(st);
	e->alone = alone;
	blob_fetch_start(&e->fetch);
	return 0;
}

/* Let the other accounts ask for themselves. Those of the account that asked
 * stay in the entry's list. */
static void
part(struct blob_fetches_entry *e)
{
	struct blob_fetches_want *w = e->first->next, *next;
	struct status st;

	e->last = e->first;
	for (; w != NULL; w = next) {
		next = w->next;
		if (strcmp(w->did, e->first->did) == 0)
			e->last = e->last->next = w;
		else if (want(e->all, w, true, &st) == -1)
			w->done(w, &e->fetch, &st);
	}
	e->last->next = NULL;
}

/* It is out of the table before anyone hears of its end: who wants the blob
 * then, finds its file or tries again. */
static void
fetched(struct blob_fetch *f, struct status *why)
{
	struct blob_fetches_entry *e = f->ctx, **at;
	struct blob_fetches_want *w, *next;

	for (at = chain_of(e->all, e->first); *at != e;)
		at = &(*at)->chain;
	*at = e->chain;
	if (why != NULL && status_again(why->code) != STATUS_OFTEN_AGAIN &&
	    !status_fatal(why->code))
		part(e);
	for (w = e->first; w != NULL; w = next) {
		next = w->next;
		w->done(w, f, why);
	}
	blob_fetch_free(f);
	free(e);
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
	return make_chains(all, st) == -1 ? -1 : want(all, w, false, st);
}

void
blob_fetches_free(struct blob_fetches *all)
{
	free(all->chains);
	all->chains = NULL;
}
