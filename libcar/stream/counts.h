/*
 * counts: the collections of a listing, and how many keys each has.
 */
#ifndef LIBCAR_STREAM_COUNTS_H
#define LIBCAR_STREAM_COUNTS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "libcar/base/set.h"
#include "libcar/base/status.h"
#include "libcar/data/json.h"

#define COUNTS_MAX 1000

struct counts_collection {
	char *nsid;
	uint64_t keys; /* listed so far */
	bool begun;    /* it is being listed, or was */
};

/* All zero has none. */
struct counts {
	struct counts_collection *all;
	size_t count;
	struct set names;
};

/* Add a collection where it isn't there yet; with begun, `keys` of it have
 * been listed. STATUS_TOO_LARGE, STATUS_SYSTEM. */
int counts_add(struct counts *, const char *nsid, size_t len, bool begun,
    uint64_t keys, struct status *);

/* Add those of an object {"nsid": n}. Also STATUS_BAD_LINE. */
int counts_parse(struct counts *, const char *json, size_t len,
    struct status *);

/* Put them in order; the place of this one, or count if it isn't there. */
void counts_sort(struct counts *);
size_t counts_find(const struct counts *, const char *nsid, size_t len);

/* The object of those that were begun, with or without those of no keys; the
 * array of their names. */
void counts_write(const struct counts *, struct json_writer *, bool empty);
void counts_write_names(const struct counts *, struct json_writer *);

void counts_free(struct counts *);

#endif
