#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "libcar/base/buf.h"
#include "libcar/base/hash.h"
#include "libcar/cli/places.h"
#include "libcar/net/paging.h"
#include "libcar/net/repo_list.h"
#include "libcar/plc/diddoc.h"

/*
 * A hash table with chains. Instead of its list, a place keeps a hash of it; an
 * attacker can't choose lists that collide.
 */

#define CHAINS 65536 /* a power of two */
#define HASH_BYTES 32

struct place {
	struct place *next;
	uint8_t list[HASH_BYTES];
	char cursor[];
};

/* The parts of a list's name have no NUL, so a NUL between them is clear. */
static int
hash_list(uint8_t hash[HASH_BYTES], const struct slice *service,
    const struct slice *stream, const struct slice *collection)
{
	struct buf name = { .len = 0 };

	buf_put(&name, service->at, service->len);
	buf_putc(&name, '\0');
	buf_put(&name, stream->at, stream->len);
	buf_putc(&name, '\0');
	if (collection->at != NULL)
		buf_put(&name, collection->at, collection->len);
	if (!name.failed)
		hash_sha256(hash, name.data, name.len);
	buf_free(&name);
	return name.failed ? -1 : 0;
}

static struct place **
find(const struct places *p, const uint8_t hash[HASH_BYTES])
{
	struct place **at;

	at = &p->chains[(hash[0] | hash[1] << 8) & (CHAINS - 1)];
	while (*at != NULL && memcmp((*at)->list, hash, HASH_BYTES) != 0)
		at = &(*at)->next;
	return at;
}

static void
drop(struct places *p, struct place **at)
{
	struct place *place = *at;

	*at = place->next;
	p->bytes -= sizeof(*place) + strlen(place->cursor) + 1;
	free(place);
}

int
places_put(struct places *p, const struct slice *service,
    const struct slice *stream, const struct slice *collection,
    const struct slice *cursor, struct status *st)
{
	size_t size = sizeof(struct place) + cursor->len + 1;
	struct place *place, **at;
	uint8_t hash[HASH_BYTES];

	if (p->chains == NULL)
		p->chains = calloc(CHAINS, sizeof(*p->chains));
	if (p->chains == NULL ||
	    hash_list(hash, service, stream, collection) == -1)
		return status_no_memory(st);
	if (*(at = find(p, hash)) != NULL)
		drop(p, at);
	if (size > PLACES_MAX_BYTES - p->bytes)
		return status_set(st, STATUS_TOO_LARGE, 0,
		    "cursors of more than %d bytes", PLACES_MAX_BYTES);
	if ((place = calloc(1, size)) == NULL)
		return status_no_memory(st);
	memcpy(place->list, hash, HASH_BYTES);
	memcpy(place->cursor, cursor->at, cursor->len);
	place->next = *at;
	*at = place;
	p->bytes += size;
	return 0;
}

int
places_take(struct places *p, struct job *job, struct status *st)
{
	char origin[DIDDOC_ORIGIN_BYTES];
	struct slice service, stream, collection, cursor;
	struct status ignored;

	if (!job_is(job, "cursor") || job_check(job, &ignored) == -1)
		return 0;
	service = job_get(job, "service");
	stream = job_get(job, "stream");
	collection = job_get(job, "collection");
	cursor = job_get(job, "cursor");
	if (service.at == NULL || !repo_list_is_method(&stream) ||
	    cursor.at == NULL || cursor.len > PAGING_MAX_CURSOR ||
	    memchr(cursor.at, '\0', cursor.len) != NULL ||
	    !diddoc_origin(origin, service.at, service.len, true))
		return 0;
	service = slice_of(origin);
	return places_put(p, &service, &stream, &collection, &cursor, st) ==
		-1 ?
	    -1 :
	    1;
}

const char *
places_get(const struct places *p, const char *service, const char *stream,
    const char *collection)
{
	struct slice a = slice_of(service), b = slice_of(stream),
		     c = slice_of(collection);
	uint8_t hash[HASH_BYTES];
	struct place *place;

	if (p->chains == NULL || hash_list(hash, &a, &b, &c) == -1)
		return NULL;
	place = *find(p, hash);
	return place == NULL ? NULL : place->cursor;
}

void
places_free(struct places *p)
{
	size_t i;

	for (i = 0; p->chains != NULL && i < CHAINS; i++)
		while (p->chains[i] != NULL)
			drop(p, &p->chains[i]);
	free(p->chains);
	memset(p, 0, sizeof(*p));
}
