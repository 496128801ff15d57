/*
 * snapshot: snapshots that are still being read.
 *
 * What the `end` of a snapshot expects, for each filter, and the keys it has
 * named so far ("seen"): bits by entry, and the keys that have no entry.
 */
#ifndef LIBCAR_DB_SNAPSHOT_H
#define LIBCAR_DB_SNAPSHOT_H

#include "libcar/db/account.h"
#include "libcar/db/entry.h"

#define DB_CHUNK_BITS 4096
#define DB_CHUNK_BYTES (DB_CHUNK_BITS / 8)

struct db_snapshot {
	int64_t id; /* 0: not in the database */
	char rev[DB_REV_BYTES];
	bool listed;
	bool has_keys; /* it has seen keys that have no entry */
};

struct db_count {
	int64_t collection;
	uint64_t named, skipped, failed; /* distinct keys */
};

/* Those of some accounts: fn is called with the account's place. */
int db_snapshots(struct db *, struct db_account *const *, size_t n,
    int (
	*fn)(void *, size_t place, const struct db_snapshot *, struct status *),
    void *, struct status *);
int db_put_snapshot(struct db *, int64_t account, struct db_snapshot *,
    struct status *);
int db_drop_snapshot(struct db *, int64_t snapshot, struct status *);
/* What belongs to some snapshots: fn is called with the snapshot's place. */
int db_filters(struct db *, const int64_t *snapshots, size_t n,
    int (*fn)(void *, size_t place, const struct slice *filter,
	const struct slice *expected, struct status *),
    void *, struct status *);
/* is_new: it is not there yet. */
int db_put_filter(struct db *, int64_t snapshot, const struct slice *filter,
    const struct slice *expected, bool is_new, struct status *);
int db_drop_filter(struct db *, int64_t snapshot, const struct slice *filter,
    struct status *);
int db_counts(struct db *, const int64_t *snapshots, size_t n,
    int (*fn)(void *, size_t place, const struct slice *nsid,
	const struct db_count *, struct status *),
    void *, struct status *);
int db_put_count(struct db *, int64_t snapshot, const struct db_count *,
    struct status *);
int db_drop_count(struct db *, int64_t snapshot, int64_t collection,
    struct status *);
int db_seen(struct db *, const int64_t *snapshots, size_t n,
    int (*fn)(void *, size_t place, int64_t chunk, const uint8_t *bits,
	struct status *),
    void *, struct status *);
int db_put_seen(struct db *, int64_t snapshot, int64_t chunk,
    const uint8_t *bits, struct status *);
/* Has this key without an entry been seen? And note that it is. */
int db_has_seen_key(struct db *, int64_t snapshot, const struct db_key *,
    bool *has, struct status *);
int db_add_seen_key(struct db *, int64_t snapshot, const struct db_key *,
    bool *is_new, struct status *);

#endif
