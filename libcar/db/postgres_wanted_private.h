/*
 * db_postgres_wanted: keys to look up in the table.
 */
#ifndef LIBCAR_DB_POSTGRES_WANTED_PRIVATE_H
#define LIBCAR_DB_POSTGRES_WANTED_PRIVATE_H

#include "libcar/db/postgres_map_private.h"

struct db_postgres_wanted {
	struct db_key *keys;
	size_t n;
};

/* Look them up. Their nodes then know whether there is an entry. */
int db_postgres_wanted_find(struct db_postgres *,
    const struct db_postgres_wanted *, struct status *);

#endif
