#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "libcar/base/array.h"
#include "libcar/load/seen_private.h"

/*
 * Chunks are sorted by number. Entries created together have adjacent ids, so
 * usually the last chunk is used again.
 */

/* The index of the chunk with this number, or where to insert it. */
static size_t
place_of(const struct load_seen *s, int64_t number)
{
	size_t low = 0, high = s->n, mid;

	while (low < high) {
		mid = (low + high) / 2;
		if (s->chunks[mid]->number < number)
			low = mid + 1;
		else
			high = mid;
	}
	return low;
}

static struct load_seen_chunk *
find(struct load_seen *s, int64_t number)
{
	size_t i;

	if (s->last != NULL && s->last->number == number)
		return s->last;
	i = place_of(s, number);
	if (i == s->n || s->chunks[i]->number != number)
		return NULL;
	return s->last = s->chunks[i];
}

static struct load_seen_chunk *
make(struct load_seen *s, int64_t number, struct status *st)
{
	size_t i = place_of(s, number);
	struct load_seen_chunk *c, **at;

	if (!ARRAY_GROW(s->chunks, s->n, s->room) ||
	    (c = calloc(1, sizeof(*c))) == NULL) {
		status_no_memory(st);
		return NULL;
	}
	c->number = number;
	at = s->chunks + i;
	memmove(at + 1, at, (s->n - i) * sizeof(c));
	*at = c;
	s->n++;
	return s->last = c;
}

static struct load_seen_chunk *
need(struct load_seen *s, int64_t number, struct status *st)
{
	struct load_seen_chunk *c = find(s, number);

	return c != NULL ? c : make(s, number, st);
}

bool
load_seen_has(struct load_seen *s, int64_t entry)
{
	struct load_seen_chunk *c = find(s, entry / DB_CHUNK_BITS);
	unsigned bit = entry % DB_CHUNK_BITS;

	return c != NULL && (c->bits[bit / 8] >> bit % 8 & 1);
}

int
load_seen_set(struct load_seen *s, int64_t entry, bool on, struct status *st)
{
	struct load_seen_chunk *c = need(s, entry / DB_CHUNK_BITS, st);
	unsigned bit = entry % DB_CHUNK_BITS;

	if (c == NULL)
		return -1;
	if (on)
		c->bits[bit / 8] |= 1 << bit % 8;
	else
		c->bits[bit / 8] &= ~(1 << bit % 8);
	c->dirty = true;
	return 0;
}

int
load_seen_read(struct load_seen *s, int64_t number, const uint8_t *bits,
    struct status *st)
{
	struct load_seen_chunk *c = need(s, number, st);

	if (c == NULL)
		return -1;
	memcpy(c->bits, bits, DB_CHUNK_BYTES);
	return 0;
}

void
load_seen_bounds(const struct load_seen *s, int64_t *first, int64_t *last)
{
	if (s->n == 0)
		return;
	*first = s->chunks[0]->number * DB_CHUNK_BITS;
	*last = (s->chunks[s->n - 1]->number + 1) * DB_CHUNK_BITS - 1;
}

void
load_seen_free(struct load_seen *s)
{
	size_t i;

	for (i = 0; i < s->n; i++)
		free(s->chunks[i]);
	free(s->chunks);
	memset(s, 0, sizeof(*s));
}
