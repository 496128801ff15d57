#include "config.h"

#include "libcar/db/collection.h"
#include "libcar/db/failure.h"
#include "libcar/load/floor_private.h"

/*
 * A tombstone keeps earlier lines of its key out. So does a floor, for all keys
 * that it covers: once it has passed a tombstone, that one is needed no longer.
 */

int
load_floor_remove(struct db *db, struct load_account *a, const struct db_key *k,
    int64_t entry, const char *rev, struct status *st)
{
	if (load_snapshots_forget(db, a, k, entry, st) == -1)
		return -1;
	if (a->row.has_errors && db_drop_error(db, k, rev, st) == -1)
		return -1;
	return db_remove(db, k, entry, rev, st);
}

struct prune {
	struct db *db;
	struct load_account *account;
	const struct slice *pattern;
	const char *rev;
};

static int
prune_tombstone(void *arg, const struct db_key *k, const struct db_entry *e,
    struct status *st)
{
	struct prune *p = arg;
	struct slice nsid;

	if (load_account_cmp(e->rev, p->rev) > 0)
		return 0;
	if (db_nsid(p->db, k->collection, &nsid, st) == -1)
		return -1;
	if (!load_account_covers(p->pattern, &nsid))
		return 0;
	return load_floor_remove(p->db, p->account, k, e->id, p->rev, st);
}

int
load_floor_raise(struct db *db, struct load_account *a,
    const struct slice *pattern, const char *rev, struct status *st)
{
	struct prune p = { db, a, pattern, rev };

	if (load_account_cmp(load_account_floor(a, pattern), rev) >= 0)
		return 0;
	if (load_account_raise(a, pattern, rev, st) == -1)
		return -1;
	if (!a->tombstones)
		return 0;
	return db_tombstones(db, a->row.id, prune_tombstone, &p, st);
}
