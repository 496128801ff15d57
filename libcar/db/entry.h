/*
 * entry: what is known of the keys of an account.
 *
 * An entry is a record, or that it was deleted (a tombstone), or that it can't
 * be decoded (an error).
 */
#ifndef LIBCAR_DB_ENTRY_H
#define LIBCAR_DB_ENTRY_H

#include "libcar/db/db.h"

/* An entry's kind; the lowest bit says that it was learnt from a listing. */
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
	int64_t indexed; /* of a tombstone: seconds since 1970 */
};

struct db_key {
	int64_t account, collection;
	struct slice rkey;
};

/* Which entries of a collection a snapshot has named, by their ids. */
struct db_named {
	bool (*has)(void *, int64_t entry);
	void *arg;
	int64_t first, last; /* the ids that it may have */
	uint64_t count;      /* keys of the collection */
	bool whole;          /* each of which has its entry */
};

/* find sets the entry's id to 0 if there is none; it is quick for keys that
 * ascend within a collection, or that were planned. put makes (id 0, which it
 * sets) or replaces; the record is borrowed until the commit, and may be
 * NULL. */
int db_find(struct db *, const struct db_key *, struct db_entry *,
    struct status *);
int db_put(struct db *, const struct db_key *, struct db_entry *,
    const struct slice *record, struct status *);
/* Set rev and state alone. */
int db_touch(struct db *, const struct db_key *, const struct db_entry *,
    struct status *);
/* Remove it, because of what came at this rev. */
int db_remove(struct db *, const struct db_key *, int64_t entry,
    const char *rev, struct status *);
/* The next collection after this one that the account has entries in; 0: there
 * is none. */
int db_next_collection(struct db *, int64_t account, int64_t *collection,
    struct status *);
/* The keys of a collection whose entries weren't named, with the entry's id
 * alone; or all tombstones of an account. fn may remove the entry it is given,
 * and find those of keys. */
int db_keys(struct db *, int64_t account, int64_t collection,
    const struct db_named *,
    int (*fn)(void *, const struct db_key *, const struct db_entry *,
	struct status *),
    void *, struct status *);
int db_tombstones(struct db *, int64_t account,
    int (*fn)(void *, const struct db_key *, const struct db_entry *,
	struct status *),
    void *, struct status *);

/* Some accounts with tombstones that were written before (seconds), those after
 * the account *last, which becomes the last of them. */
int db_old_tombstones(struct db *, int64_t before, int64_t limit, int64_t *last,
    int (*fn)(void *, const struct slice *did, struct status *), void *,
    struct status *);

#endif
