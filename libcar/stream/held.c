#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "libcar/stream/held.h"

/*
 * A hash table of accounts, each with a list of its messages. The table doesn't
 * grow: HELD_FULL bytes are a few thousand messages.
 */

#define BUCKETS 1024

/* FNV-1a. Somebody who makes DIDs that share a bucket makes a list of them
 * slow, and held_is_full() bounds its length. */
static size_t
bucket_of(const struct slice *did)
{
	uint32_t hash = 2166136261;
	size_t i;

	for (i = 0; i < did->len; i++)
		hash = (hash ^ slice_bytes(did)[i]) * 16777619;
	return hash % BUCKETS;
}

struct held_account *
held_find(const struct held *h, const struct slice *did)
{
	struct held_account *a;

	if (h->count == 0)
		return NULL;
	for (a = h->buckets[bucket_of(did)]; a != NULL; a = a->next)
		if (a->did.len == did->len &&
		    memcmp(a->did.at, did->at, did->len) == 0)
			return a;
	return NULL;
}

static bool
make_room(struct held *h)
{
	size_t n = h->services > 0 ? h->services : 1;

	if (h->buckets == NULL)
		h->buckets = calloc(BUCKETS, sizeof(struct held_account *));
	if (h->bytes == NULL)
		h->bytes = calloc(n, sizeof(*h->bytes));
	return h->buckets != NULL && h->bytes != NULL;
}

static struct held_account *
add_account(struct held *h, const struct slice *did)
{
	struct held_account *a = calloc(1, sizeof(*a) + did->len), **bucket;

	if (a == NULL || !make_room(h)) {
		free(a);
		return NULL;
	}
	memcpy(a + 1, did->at, did->len);
	a->did = slice_make(a + 1, did->len);
	bucket = &h->buckets[bucket_of(did)];
	a->next = *bucket;
	*bucket = a;
	h->count++;
	return a;
}

static void
remove_account(struct held *h, struct held_account *a)
{
	struct held_account **at = &h->buckets[bucket_of(&a->did)];

	while (*at != a)
		at = &(*at)->next;
	*at = a->next;
	h->count--;
	free(a);
}

/* With its account, which may have no other message. */
static size_t
message_bytes(const struct held_message *m)
{
	return sizeof(*m) + m->len + sizeof(struct held_account);
}

int
held_put(struct held *h, const struct slice *did, const struct held_message *is,
    const void *bytes, struct status *st)
{
	struct held_message *m = malloc(sizeof(*m) + is->len);
	struct held_account *a = held_find(h, did);

	if (m == NULL || (a == NULL && (a = add_account(h, did)) == NULL)) {
		free(m);
		return status_no_memory(st);
	}
	*m = *is;
	m->next = NULL;
	memcpy(m->bytes, bytes, m->len);
	if (a->last != NULL)
		a->last->next = m;
	else
		a->first = m;
	a->last = m;
	h->messages++;
	h->bytes[m->service] += message_bytes(m);
	return 0;
}

bool
held_drop(struct held *h, struct held_account *a)
{
	struct held_message *m = a->first;
	bool more = m->next != NULL;

	a->first = m->next;
	h->messages--;
	h->bytes[m->service] -= message_bytes(m);
	free(m);
	if (!more)
		remove_account(h, a);
	return more;
}

void
held_each(const struct held *h, bool (*fn)(void *, struct held_account *),
    void *ctx)
{
	struct held_account *a, *next;
	size_t i;

	for (i = 0; h->count > 0 && i < BUCKETS; i++)
		for (a = h->buckets[i]; a != NULL; a = next) {
			next = a->next;
			if (!fn(ctx, a))
				return;
		}
}

bool
held_is_full(const struct held *h, unsigned service)
{
	size_t n = h->services > 0 ? h->services : 1;

	return h->bytes != NULL && h->bytes[service] >= HELD_FULL / n;
}

struct search {
	unsigned service;
	uint64_t first;
};

static bool
note_first(void *ctx, struct held_account *a)
{
	struct search *s = ctx;
	const struct held_message *m;

	for (m = a->first; m != NULL; m = m->next)
		if (m->service == s->service && m->seq != 0 &&
		    (s->first == 0 || m->seq < s->first))
			s->first = m->seq;
	return true;
}

uint64_t
held_first(const struct held *h, unsigned service)
{
	struct search s = { .service = service };

	held_each(h, note_first, &s);
	return s.first;
}

void
held_free(struct held *h)
{
	size_t i;

	for (i = 0; h->buckets != NULL && i < BUCKETS; i++)
		while (h->buckets[i] != NULL)
			held_drop(h, h->buckets[i]);
	free(h->buckets);
	free(h->bytes);
	memset(h, 0, sizeof(*h));
}
