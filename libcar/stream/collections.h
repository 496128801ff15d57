/*
 * collections: the collections of a listing, and how many keys each has.
 */
#ifndef LIBCAR_STREAM_COLLECTIONS_H
#define LIBCAR_STREAM_COLLECTIONS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "libcar/base/set.h"
#include "libcar/base/status.h"
#include "libcar/data/json.h"
#include "libcar/stream/fields.h"

/* As its end's filter names them all. */
#define COLLECTIONS_MAX FIELDS_PATTERNS_MAX

struct collections_collection {
	char *nsid;
	uint64_t keys; /* listed so far */
	bool begun;    /* it is being listed, or was */
};

/* All zero has none. */
struct collections {
	struct collections_collection *all;
	size_t count, room;
	struct set names;
};

/* Add a collection where it isn't there yet; with begun, `keys` of it have
 * been listed. STATUS_TOO_LARGE, STATUS_SYSTEM; after that only free them. */
int collections_add(struct collections *, const char *nsid, size_t len,
    bool begun, uint64_t keys, struct status *);

/* Add those of an object {"nsid": n}. Also STATUS_BAD_LINE. */
int collections_parse(struct collections *, const char *json, size_t len,
    struct status *);

/* Put them in order; the place of this one, or count if it isn't there. */
void collections_sort(struct collections *);
size_t collections_find(const struct collections *, const char *nsid,
    size_t len);

/* The object of those that were begun, with or without those of no keys; the
 * array of their names. */
void collections_write(const struct collections *, struct json_writer *,
    bool empty);
void collections_write_names(const struct collections *, struct json_writer *);

void collections_free(struct collections *);

#endif
