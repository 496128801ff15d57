/*
 * load_seen: the entries that a snapshot has named, as bits indexed by id.
 *
 * The bits lie in chunks, as in the database.
 */
#ifndef LIBCAR_LOAD_SEEN_PRIVATE_H
#define LIBCAR_LOAD_SEEN_PRIVATE_H

#include "libcar/db/snapshot.h"

struct load_seen_chunk {
	int64_t number;
	bool dirty;
	uint8_t bits[DB_CHUNK_BYTES];
};

/* All zero is empty. */
struct load_seen {
	struct load_seen_chunk **chunks; /* by number */
	size_t n, room;
	struct load_seen_chunk *last; /* the one used last */
};

bool load_seen_has(struct load_seen *, int64_t entry);
int load_seen_set(struct load_seen *, int64_t entry, bool, struct status *);

/* Add a chunk as it was written. */
int load_seen_read(struct load_seen *, int64_t number, const uint8_t *bits,
    struct status *);

/* The lowest and highest id that it may contain; unchanged if it is empty. */
void load_seen_bounds(const struct load_seen *, int64_t *first, int64_t *last);

void load_seen_free(struct load_seen *);

#endif
