/*
 * entry: what is known of each key of an account.
 *
 * An entry is a record, a tombstone (the record was deleted) or an error (the
 * record can't be decoded).
 */
#ifndef LIBCAR_DB_ENTRY_H
#define LIBCAR_DB_ENTRY_H

#include "libcar/db/db.h"

/* The kind of an entry; the lowest bit means that a listing said so. */
enum db_state {
	DB_RECORD = 0,
	DB_LISTED = 1,
	DB_ERROR = 2,
	DB_TOMBSTONE = 4,
};

struct db_entry {
	int64_t id; /* 0: not in the database */
	char rev[DB_REV_BYTES];
	unsigned state;
	struct slice cid;
	int64_t indexed; /* of a tombstone, seconds since 1970 */
};

struct db_key {
	int64_t account, collection;
	struct slice rkey;
};

/* The entries of a collection that a snapshot has named, by their ids. */
struct db_named {
	bool (*has)(void *, int64_t entry);
	void *arg;
	int64_t first, last; /* range of the ids */
	uint64_t count;      /* named keys of the collection */
	bool whole;          /* every named key has an entry */
};

/* db_find sets the id to 0 if the key has no entry. It is fast for keys that
 * ascend within a collection and for planned keys. db_put inserts (id 0, which
 * it sets) or replaces; the record may be NULL. The record and the key's rkey
 * are borrowed until the commit. */
int db_find(struct db *, const struct db_key *, struct db_entry *,
    struct status *);
int db_put(struct db *, const struct db_key *, struct db_entry *,
    const struct slice *record, struct status *);
/* Set only rev and state. */
int db_touch(struct db *, const struct db_key *, const struct db_entry *,
    struct status *);
/* Remove the entry because of a line at this rev. */
int db_remove(struct db *, const struct db_key *, int64_t entry,
    const char *rev, struct status *);
/* The next collection after this one in which the account has entries; 0:
 * none. */
int db_next_collection(struct db *, int64_t account, int64_t *collection,
    struct status *);
/* The entries of a collection that weren't named, with only the entry's id set;
 * or all tombstones of an account. fn may remove the entry that it gets, and
 * find others. */
int db_keys(struct db *, int64_t account, int64_t collection,
    const struct db_named *,
    int (*fn)(void *, const struct db_key *, const struct db_entry *,
	struct status *),
    void *, struct status *);
int db_tombstones(struct db *, int64_t account,
    int (*fn)(void *, const struct db_key *, const struct db_entry *,
	struct status *),
    void *, struct status *);

/* Some accounts with tombstones written before this time (seconds), from the
 * account after *last, which becomes the last one given. */
int db_old_tombstones(struct db *, int64_t before, int64_t limit, int64_t *last,
    int (*fn)(void *, const struct slice *did, struct status *), void *,
    struct status *);

#endif
