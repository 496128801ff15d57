/*
 * snapshot: snapshots that are still being loaded.
 *
 * The database stores what the `end` of each snapshot expects, for each filter,
 * and the keys that the snapshot has named so far ("seen"): a bit for each
 * entry, and the keys without an entry.
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
	bool has_keys; /* it has named keys without an entry */
};

struct db_count {
	int64_t collection;
	uint64_t named, skipped, failed; /* distinct keys */
};

/* The snapshots of some accounts; fn gets the place of the account. */
int db_snapshots(struct db *, struct db_account *const *, size_t n,
    int (
	*fn)(void *, size_t place, const struct db_snapshot *, struct status *),
    void *, struct status *);
int db_put_snapshot(struct db *, int64_t account, struct db_snapshot *,
    struct status *);
int db_drop_snapshot(struct db *, int64_t snapshot, struct status *);
/* The contents of some snapshots; fn gets the place of the snapshot. */
int db_filters(struct db *, const int64_t *snapshots, size_t n,
    int (*fn)(void *, size_t place, const struct slice *filter,
	const struct slice *expected, struct status *),
    void *, struct status *);
/* is_new: the filter is not stored yet. */
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
/* Has the snapshot named this key without an entry? And note that it has. */
int db_has_seen_key(struct db *, int64_t snapshot, const struct db_key *,
    bool *has, struct status *);
int db_add_seen_key(struct db *, int64_t snapshot, const struct db_key *,
    bool *is_new, struct status *);

#endif
