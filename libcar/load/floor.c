#include "config.h"

#include "libcar/db/collection.h"
#include "libcar/db/failure.h"
#include "libcar/load/floor_private.h"

/*
 * A tombstone keeps earlier lines of its key out. So does a floor, for all keys
 * that it covers: a floor above a tombstone makes it needless. From then on the
 * tombstone is ignored. It is removed when the transaction is settled, because
 * there may be many tombstones and many floors.
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
};

/* Has a floor passed the tombstone? The account may not have met the
 * tombstone's collection yet. */
static int
prune_tombstone(void *arg, const struct db_key *k, const struct db_entry *e,
    struct status *st)
{
	struct prune *p = arg;
	struct load_collection *c;
	struct slice nsid;
	const char *floor;

	if (db_nsid(p->db, k->collection, &nsid, st) == -1 ||
	    (c = load_account_collection(p->account, &nsid, st)) == NULL)
		return -1;
	floor = load_account_floor_of(p->account, c);
	if (load_account_cmp(e->rev, floor) > 0)
		return 0;
	return load_floor_remove(p->db, p->account, k, e->id, floor, st);
}

int
load_floor_raise(struct load_account *a, const struct slice *pattern,
    const char *rev, struct status *st)
{
	if (load_account_cmp(load_account_floor(a, pattern), rev) >= 0)
		return 0;
	return load_account_raise(a, pattern, rev, st);
}

int
load_floor_settle(struct db *db, struct load_account *a, struct status *st)
{
	struct prune p = { db, a };

	if (a->is_widely_raised)
		load_account_drop_floors(a);
	if (a->is_raised && a->tombstones &&
	    db_tombstones(db, a->row.id, prune_tombstone, &p, st) == -1)
		return -1;
	a->is_raised = a->is_widely_raised = false;
	return 0;
}
