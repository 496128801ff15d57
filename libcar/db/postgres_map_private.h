/*
 * db_postgres_map: the keys of a transaction, and what it knows of them.
 *
 * Everything is released at the end of the transaction. Texts are borrowed:
 * records from the lines of the plan.
 */
#ifndef LIBCAR_DB_POSTGRES_MAP_PRIVATE_H
#define LIBCAR_DB_POSTGRES_MAP_PRIVATE_H

#include "libcar/base/hash.h"
#include "libcar/base/pool.h"
#include "libcar/db/postgres_statement_private.h"

/* The columns of an entry, which follow the query's own columns. */
#define DB_POSTGRES_ENTRY "e.rkey, e.id, e.rev, e.state, e.cid"

enum db_postgres_change {
	DB_POSTGRES_NONE,
	DB_POSTGRES_TOUCHED, /* only rev and state */
	DB_POSTGRES_WRITTEN,
	DB_POSTGRES_REMOVED,
};

/*
 * What is known of a key, or of an account if collection and rkey are empty.
 */
struct db_postgres_node {
	struct db_key key;
	uint64_t hash;
	struct db_entry entry; /* id 0: no entry */
	struct slice record;
	int64_t indexed;
	enum db_postgres_change change;
	/* Of a key: it is known whether there is an entry. Of an account: all
	 * of its entries have nodes. */
	bool known;
	bool stored; /* the table has a row */
	bool listed; /* in map->changed */
	bool fresh;  /* a new account without entries */
	/* Of an account: its first key and the number of keys. Of a key: the
	 * next key of the account. */
	struct db_postgres_node *next;
	size_t nkeys;
	size_t nplanned; /* number of keys in the plan */
};

struct db_postgres_map {
	uint8_t secret[HASH_SECRET_BYTES];
	struct db_postgres_node **slots; /* a power of two, or 0 */
	size_t nslots, nnodes;
	const struct db_postgres_node *last; /* the one of the greatest key */
	struct db_postgres_node **changed;   /* not yet in the table */
	size_t nchanged, changed_room;
	struct pool pool;           /* memory of nodes and texts */
	int64_t *unsigned_accounts; /* locked accounts that others wrote last */
	size_t nunsigned, unsigned_room;
	/* The greatest id of a collection when the accounts were locked: they
	 * have no entries in newer collections. */
	int64_t last_collection;
};

/* The node of the key, or NULL; found or created with a copy of the rkey, NULL:
 * no memory. */
struct db_postgres_node *db_postgres_map_get(struct db_postgres_map *,
    const struct db_key *);
struct db_postgres_node *db_postgres_map_need(struct db_postgres_map *,
    const struct db_key *, struct status *);
struct db_postgres_node *db_postgres_map_account(struct db_postgres_map *,
    int64_t account);

/* The first key of an account. *known is whether all of its entries have nodes;
 * NULL otherwise, and for accounts with too many keys to walk through. */
struct db_postgres_node *db_postgres_map_keys(struct db_postgres_map *,
    int64_t account, bool *known);

/* Replace a text by a copy that lasts for the transaction. */
int db_postgres_map_copy(struct db_postgres_map *, struct slice *,
    struct status *);

/* Read an entry from the columns id, rev, state, cid, with a borrowed cid; or
 * the node of a row, from rkey and these columns, for an account and a
 * collection. NULL: no memory. */
void db_postgres_map_read(struct db_entry *, const struct db_rows *,
    int column);
struct db_postgres_node *db_postgres_map_take(struct db_postgres *,
    struct db_key, const struct db_rows *, int column, struct status *);

/* Take the nodes of all rows of a query, whose columns are account, collection
 * and those of an entry. */
int db_postgres_map_take_all(struct db_postgres *, struct db_rows *,
    struct status *);

/* Remove the keys; or release everything. */
void db_postgres_map_clear(struct db_postgres_map *);
void db_postgres_map_free(struct db_postgres_map *);

#endif
