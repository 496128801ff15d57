/*
 * load_seen: which entries a snapshot has named, as bits by their ids.
 *
 * The bits lie in chunks, as the database keeps them.
 */
#ifndef LIBCAR_LOAD_SEEN_PRIVATE_H
#define LIBCAR_LOAD_SEEN_PRIVATE_H

#include "libcar/db/snapshot.h"

struct load_seen_chunk {
	int64_t number;
	bool dirty;
	uint8_t bits[DB_CHUNK_BYTES];
};

/* All zero has seen nothing. */
struct load_seen {
	struct load_seen_chunk **chunks; /* by number */
	size_t n, room;
	struct load_seen_chunk *last; /* the one that was used last */
};

bool load_seen_has(struct load_seen *, int64_t entry);
int load_seen_set(struct load_seen *, int64_t entry, bool, struct status *);

/* A chunk as it was written. */
int load_seen_read(struct load_seen *, int64_t number, const uint8_t *bits,
    struct status *);

/* The least and the greatest id that it may have; neither is changed where
 * there is none. */
void load_seen_bounds(const struct load_seen *, int64_t *first, int64_t *last);

void load_seen_free(struct load_seen *);

#endif
