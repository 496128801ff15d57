/*
 * collections: the collections of a listing, and the number of keys in each.
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
	bool begun;    /* its listing has begun, or is finished */
};

/* All zero is an empty list. */
struct collections {
	struct collections_collection *all;
	size_t count, room;
	struct set names;
};

/* Add a collection unless it is in the list; begun: `keys` of its keys have
 * been listed. STATUS_TOO_LARGE, STATUS_SYSTEM; then the list may only be
 * freed. */
int collections_add(struct collections *, const char *nsid, size_t len,
    bool begun, uint64_t keys, struct status *);

/* Add the collections of an object {"nsid": n}. Also STATUS_BAD_LINE. */
int collections_parse(struct collections *, const char *json, size_t len,
    struct status *);

/* Sort the list. Find a collection in it: its index, or count if missing. */
void collections_sort(struct collections *);
size_t collections_find(const struct collections *, const char *nsid,
    size_t len);

/* Write the object of the collections that have begun (empty: also those
 * without keys), and the array of their names. */
void collections_write(const struct collections *, struct json_writer *,
    bool empty);
void collections_write_names(const struct collections *, struct json_writer *);

void collections_free(struct collections *);

#endif
