#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "libcar/base/hash.h"
#include "libcar/cli/turns.h"

/*
 * Accounts are in a hash table with chains; an attacker can't choose DIDs that
 * collide. A list has the accounts that are only remembered, and the oldest is
 * dropped first.
 */

#define CHAINS 8192 /* a power of two */

static struct turns_account **
chain_of(struct turns *t, const char *did)
{
	uint8_t digest[32];

	hash_sha256(digest, did, strlen(did));
	return &t->chains[(digest[0] | digest[1] << 8) & (CHAINS - 1)];
}

static struct turns_account *
add(struct turns_account **chain, const char *did)
{
	struct turns_account *a = calloc(1, sizeof(*a));

	if (a == NULL || (a->did = strdup(did)) == NULL) {
		free(a);
		return NULL;
	}
	a->chain = *chain;
	return *chain = a;
}

static void
remember(struct turns *t, struct turns_account *a)
{
	a->older = t->newest;
	a->newer = NULL;
	*(t->newest == NULL ? &t->oldest : &t->newest->newer) = a;
	t->newest = a;
	t->idle++;
}

static void
take_out(struct turns *t, struct turns_account *a)
{
	*(a->older == NULL ? &t->oldest : &a->older->newer) = a->newer;
	*(a->newer == NULL ? &t->newest : &a->newer->older) = a->older;
	t->idle--;
}

struct turns_account *
turns_get(struct turns *t, const char *did)
{
	struct turns_account **chain, *a;

	if (t->chains == NULL &&
	    (t->chains = calloc(CHAINS, sizeof(*t->chains))) == NULL)
		return NULL;
	chain = chain_of(t, did);
	for (a = *chain; a != NULL; a = a->chain)
		if (strcmp(a->did, did) == 0)
			break;
	if (a == NULL)
		a = add(chain, did);
	else if (!a->at_work)
		take_out(t, a);
	if (a != NULL)
		a->at_work = true;
	return a;
}

static void
forget(struct turns *t, struct turns_account *a)
{
	struct turns_account **link = chain_of(t, a->did);

	while (*link != a)
		link = &(*link)->chain;
	*link = a->chain;
	free(a->did);
	free(a->host);
	free(a->key);
	free(a);
}

void
turns_put(struct turns *t, struct turns_account *a)
{
	struct turns_account *oldest;

	a->at_work = false;
	free(a->failure);
	a->failure = NULL;
	if (a->rev[0] == '\0' && !a->looked_up) {
		forget(t, a);
		return;
	}
	remember(t, a);
	if (t->idle > TURNS_REMEMBERED) {
		oldest = t->oldest;
		take_out(t, oldest);
		forget(t, oldest);
	}
}

void
turns_free(struct turns *t)
{
	struct turns_account *a;

	while ((a = t->oldest) != NULL) {
		take_out(t, a);
		forget(t, a);
	}
	free(t->chains);
	memset(t, 0, sizeof(*t));
}
