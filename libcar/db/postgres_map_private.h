/*
 * db_postgres_map: the keys of a transaction, and what it knows of them.
 *
 * All of it is forgotten with the transaction. Texts are borrowed: records from
 * the plan's lines.
 */
#ifndef LIBCAR_DB_POSTGRES_MAP_PRIVATE_H
#define LIBCAR_DB_POSTGRES_MAP_PRIVATE_H

#include "libcar/base/pool.h"
#include "libcar/db/postgres_statement_private.h"

/* What a query of entries has, after the columns of its own. */
#define DB_POSTGRES_ENTRY "e.rkey, e.id, e.rev, e.state, e.cid"

enum db_postgres_change {
	DB_POSTGRES_NONE,
	DB_POSTGRES_TOUCHED, /* rev and state alone */
	DB_POSTGRES_WRITTEN,
	DB_POSTGRES_REMOVED,
};

/*
 * What is known of a key; of an account, where it has neither collection nor
 * rkey.
 */
struct db_postgres_node {
	struct db_key key;
	uint64_t hash;
	struct db_entry entry; /* id is 0: there is none */
	struct slice record;
	int64_t indexed;
	enum db_postgres_change change;
	/* Whether there is an entry; that an account has none beyond the nodes,
	 * and none that isn't in the table. */
	bool known;
	bool stored; /* the table has a row */
	bool listed; /* in map->changed */
	bool fresh;  /* an account that was made, and has no entries yet */
	/* Of an account's node the first of its keys, and how many there are;
	 * of a key the account's next one. */
	struct db_postgres_node *next;
	size_t nkeys;
	size_t nplanned; /* and how many the plan has */
};

struct db_postgres_map {
	uint8_t secret[16];
	struct db_postgres_node **slots; /* a power of two, or none */
	size_t nslots, nnodes;
	struct db_postgres_node **changed; /* not yet in the table */
	size_t nchanged, changed_room;
	struct pool pool;           /* where nodes and texts are */
	int64_t *unsigned_accounts; /* locked, last written by others */
	size_t nunsigned, unsigned_room;
	/* Of the collections that were there when the accounts were locked:
	 * these have no entries in later ones. */
	int64_t last_collection;
};

/* Order of texts, by their bytes. */
int db_postgres_compare(const struct slice *, const struct slice *);

/* The key's node, or NULL; found or made, with a copy of its rkey, NULL: no
 * memory. */
struct db_postgres_node *db_postgres_map_get(struct db_postgres_map *,
    const struct db_key *);
struct db_postgres_node *db_postgres_map_need(struct db_postgres_map *,
    const struct db_key *, struct status *);
struct db_postgres_node *db_postgres_map_account(struct db_postgres_map *,
    int64_t account);

/* The first key of an account all of whose entries have nodes, or NULL: *known
 * says which. Not of those with many keys, which it takes long to go over. */
struct db_postgres_node *db_postgres_map_keys(struct db_postgres_map *,
    int64_t account, bool *known);

/* Replace a text by a copy that stays. */
int db_postgres_map_copy(struct db_postgres_map *, struct slice *,
    struct status *);

/* An entry from columns id, rev, state, cid, its cid borrowed; the node of what
 * the table has, from these after rkey, for an account and a collection. NULL:
 * no memory. */
void db_postgres_map_read(struct db_entry *, const struct db_rows *,
    int column);
struct db_postgres_node *db_postgres_map_take(struct db_postgres *,
    struct db_key, const struct db_rows *, int column, struct status *);

/* Forget the keys; release the rest, too. */
void db_postgres_map_clear(struct db_postgres_map *);
void db_postgres_map_free(struct db_postgres_map *);

#endif
