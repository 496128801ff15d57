#include "config.h"

#include <string.h>

#include "libcar/db/account.h"
#include "libcar/db/blob.h"
#include "libcar/db/change_private.h"
#include "libcar/db/driver_private.h"
#include "libcar/db/failure.h"
#include "libcar/db/forget.h"
#include "libcar/db/plc.h"
#include "libcar/db/snapshot.h"
#include "libcar/db/views_private.h"
#include "libcar/db/word_private.h"

/*
 * Each transaction handles some accounts, and is repeated if that may help.
 */

#define BATCH_MAX 1000     /* accounts of one transaction */
#define PURGE_ACCOUNTS 100 /* of them if all their entries are removed */
#define TRIES 3

/* Some accounts, in a transaction */

struct batch {
	struct db_account accounts[BATCH_MAX], *list[BATCH_MAX];
	size_t n;
	size_t all; /* also remove what needs no account, of so many DIDs */
	int (*one)(struct db *, const struct db_account *, struct db_purged *,
	    struct status *);
	struct db_purged counts;
};

/* The next of the DIDs; each ends in a NUL. */
static bool
fill(struct batch *b, size_t max, const struct buf *dids, size_t *at)
{
	struct slice did;

	for (b->n = 0; b->n < max && *at < dids->len; *at += did.len + 1) {
		did.at = dids->data + *at;
		did.len = strlen(did.at);
		b->accounts[b->n] = (struct db_account){ .did = did };
		b->list[b->n] = &b->accounts[b->n];
		b->n++;
	}
	return b->n > 0;
}

static int
add_did(struct buf *dids, const struct slice *did, struct status *st)
{
	buf_put(dids, did->at, did->len);
	buf_putc(dids, '\0');
	return dids->failed ? status_no_memory(st) : 0;
}

/* Nothing was read earlier that others may have changed. */
static int
do_once(struct db *db, struct batch *b, struct status *st)
{
	const struct db_plan plan = { .accounts = b->list, .naccounts = b->n };
	bool stale;
	size_t i;

	if (db_begin(db, &plan, &stale, st) == -1)
		return -1;
	for (i = 0; i < b->n; i++)
		if (b->list[i]->id != 0 &&
		    b->one(db, b->list[i], &b->counts, st) == -1)
			return -1;
	for (i = 0; i < b->all; i++)
		if (db_plc_drop(db, &b->accounts[i].did, st) == -1 ||
		    db_blob_drop(db, &b->accounts[i].did, st) == -1)
			return -1;
	return db_took_back(db, st) == -1 ? -1 : db_commit(db, st);
}

static int
transact(struct db *db, struct batch *b, struct status *st)
{
	const struct db_purged before = b->counts;
	int tries = 1;

	while (do_once(db, b, st) == -1) {
		if (st->code != STATUS_AGAIN || tries++ == TRIES ||
		    db_recover(db, st) == -1)
			return -1;
		b->counts = before;
	}
	return 0;
}

/* What is forgotten */

static int
drop_snapshots(struct db *db, int64_t account, struct status *st)
{
	struct db_rows rows;
	int64_t id;

	do {
		id = 0;
		db_query(db, &rows, st,
		    "SELECT id FROM snapshot WHERE account = $1 LIMIT 1", "i",
		    account);
		if (db_next(&rows))
			id = db_integer(&rows, 0);
		if (db_end(&rows) == -1 ||
		    (id != 0 && db_drop_snapshot(db, id, st) == -1))
			return -1;
	} while (id != 0);
	return 0;
}

/* Remove what was loaded, except floors: lines below them stay outdated. */
static int
drop_imports(struct db *db, int64_t account, struct status *st)
{
	if (drop_snapshots(db, account, st) == -1 ||
	    db_run(db, st,
		"DELETE FROM coverage WHERE account = $1 AND floor IS NULL",
		"i", account) == -1 ||
	    db_run(db, st,
		"UPDATE coverage SET loaded = NULL, listed = NULL, "
		"status = NULL, cursor = NULL, cursor_rev = NULL, "
		"counts = NULL, synced = NULL, skipped = NULL, failed = NULL, "
		"started_ms = NULL, completed_ms = NULL, doubt = NULL, "
		"run_from = NULL, run_first = NULL, run_to = NULL, "
		"run_data = NULL, cause = NULL WHERE account = $1",
		"i", account) == -1)
		return -1;
	return db_run(db, st,
	    "UPDATE account SET rev = NULL, head = NULL, data = NULL, "
	    "signature = NULL, records = NULL, whole = NULL, loaded_ms = NULL, "
	    "synced_rev = NULL, live_rev = NULL, head_rev = NULL, "
	    "unsynced = NULL, moved_rev = NULL, moved_ms = NULL "
	    "WHERE id = $1",
	    "i", account);
}

static int
reset_one(struct db *db, const struct db_account *a, struct db_purged *counts,
    struct status *st)
{
	(void)counts;
	/* Failures end, as after a load. */
	return db_drop_failures(db, a->id, st) == -1 ?
	    -1 :
	    drop_imports(db, a->id, st);
}

/* Also remove what the hosts said. */
static int
drop_host(struct db *db, int64_t account, struct status *st)
{
	if (db_word_forget(db, account, st) == -1)
		return -1;
	return db_run(db, st,
	    "UPDATE account SET handle = NULL, handle_status = NULL, "
	    "pds = NULL, own = NULL, own_ms = NULL, key = NULL, "
	    "resolved_ms = NULL, "
	    "host_rev = NULL, host_head = NULL, host_ms = NULL, "
	    "host_rank = NULL, car = NULL, car_ms = NULL WHERE id = $1",
	    "i", account);
}

/* Is the account deleted for certain? A list may be wrong, or come from a
 * former host. */
#define GONE "status_rank = 1 AND status IN " DB_GONE

static int
is_gone(struct db *db, int64_t account, bool *gone, struct status *st)
{
	struct db_rows rows;

	db_query(db, &rows, st, "SELECT 1 FROM account WHERE id = $1 AND " GONE,
	    "i", account);
	*gone = db_next(&rows);
	return db_end(&rows);
}

static int
purge_one(struct db *db, const struct db_account *a, struct db_purged *counts,
    struct status *st)
{
	int64_t id = a->id, n;
	bool gone;

	if (is_gone(db, id, &gone, st) == -1)
		return -1;
	if (!gone)
		return 0;
	if (db_one(db, st, &n,
		"SELECT count(*) FROM entry WHERE account = $1 AND state < 2",
		"i", id) == -1 ||
	    db_change_clear(db, id, &a->did, st) == -1 ||
	    db_run(db, st, "DELETE FROM entry WHERE account = $1", "i", id) ==
		-1 ||
	    db_run(db, st, "DELETE FROM error WHERE account = $1 AND job = ''",
		"i", id) == -1 ||
	    db_blob_drop(db, &a->did, st) == -1 ||
	    drop_imports(db, id, st) == -1)
		return -1;
	counts->accounts++;
	counts->records += n;
	return drop_host(db, id, st);
}

/* Also remove the account; a line that names it creates it again. */
static int
forget_one(struct db *db, const struct db_account *a, struct db_purged *counts,
    struct status *st)
{
	int64_t id = a->id, n;

	if (db_one(db, st, &n,
		"SELECT count(*) FROM entry WHERE account = $1 AND state < 2",
		"i", id) == -1 ||
	    db_change_clear(db, id, &a->did, st) == -1 ||
	    drop_snapshots(db, id, st) == -1 ||
	    db_run(db, st, "DELETE FROM entry WHERE account = $1", "i", id) ==
		-1 ||
	    db_run(db, st, "DELETE FROM error WHERE account = $1", "i", id) ==
		-1 ||
	    db_run(db, st, "DELETE FROM coverage WHERE account = $1", "i",
		id) == -1 ||
	    db_run(db, st, "DELETE FROM word WHERE account = $1", "i", id) ==
		-1)
		return -1;
	counts->accounts++;
	counts->records += n;
	return db_run(db, st, "DELETE FROM account WHERE id = $1", "i", id);
}

/* Which accounts */

static int
add_standing(void *arg, const struct db_standing *s, struct status *st)
{
	return add_did(arg, &s->did, st);
}

static int
reset_batch(struct db *db, struct batch *b,
    int (*fn)(void *, const struct db_standing *, struct status *), void *arg,
    struct status *st)
{
	struct db_wanted one = { .ndids = 1 };
	size_t i;

	if (transact(db, b, st) == -1)
		return -1;
	for (i = 0; i < b->n; i++) {
		one.dids = &b->accounts[i].did.at;
		if (db_standings(db, &one, fn, arg, st) == -1)
			return -1;
	}
	return 0;
}

/* Resetting changes which accounts match, so first collect all of them. */
int
db_reset(struct db *db, const struct db_wanted *w,
    int (*fn)(void *, const struct db_standing *, struct status *), void *arg,
    struct status *st)
{
	struct batch b = { .one = reset_one };
	struct buf dids = { 0 };
	size_t at = 0;
	int rc = db_standings(db, w, add_standing, &dids, st);

	while (rc == 0 && fill(&b, BATCH_MAX, &dids, &at))
		rc = reset_batch(db, &b, fn, arg, st);
	buf_free(&dids);
	return rc;
}

/* clang-format off */
static const char left_behind[] =
"SELECT a.did FROM account a WHERE a.did BETWEEN $1 AND $2 AND "
GONE " AND ("
    "coalesce(handle, handle_status, pds, own, key, host_rev, host_head, car, "
	"rev, head, data, signature) IS NOT NULL OR "
    "coalesce(resolved_ms, host_ms, car_ms, records, whole, loaded_ms) "
	"IS NOT NULL OR "
    "EXISTS (SELECT 1 FROM entry WHERE account = a.id) OR "
    "EXISTS (SELECT 1 FROM word WHERE account = a.id AND "
	"host <> '" DB_WORD_EVENT "') OR "
    "EXISTS (SELECT 1 FROM error WHERE account = a.id AND job = '') OR "
    "EXISTS (SELECT 1 FROM snapshot WHERE account = a.id) OR "
    "EXISTS (SELECT 1 FROM blob b WHERE b.did = a.did) OR "
    "EXISTS (SELECT 1 FROM coverage WHERE account = a.id AND "
	"(floor IS NULL OR coalesce(loaded, status, cursor) IS NOT NULL))) "
"ORDER BY a.did LIMIT $3";
/* clang-format on */

/* Some deleted accounts that still have data, of these DIDs. */
static int
find_left(struct db *db, const struct buf *from, const char *to,
    struct buf *dids, struct status *st)
{
	const struct slice first = { from->data, from->len };
	struct slice did;
	struct db_rows rows;

	db_query(db, &rows, st, left_behind, "tsi", &first, to,
	    (int64_t)PURGE_ACCOUNTS);

	dids->len = 0;
	while (db_next(&rows)) {
		did = db_text(&rows, 0);
		rows.rc = add_did(dids, &did, st);
	}
	return db_end(&rows);
}

static int
purge_range(struct db *db, struct batch *b, const char *first, const char *to,
    struct status *st)
{
	struct buf dids = { 0 }, from = { 0 };
	const struct slice *last;
	size_t at;
	int rc;

	buf_puts(&from, first);
	while ((rc = find_left(db, &from, to, &dids, st)) == 0) {
		at = 0;
		if (!fill(b, PURGE_ACCOUNTS, &dids, &at) ||
		    (rc = transact(db, b, st)) == -1)
			break;
		/* Continue after the last one. */
		last = &b->accounts[b->n - 1].did;
		from.len = 0;
		buf_put(&from, last->at, last->len);
		buf_putc(&from, '\1');
	}
	buf_free(&dids);
	buf_free(&from);
	return rc;
}

int
db_purge(struct db *db, const struct db_wanted *w, struct db_purged *counts,
    struct status *st)
{
	struct batch b = { .one = purge_one };
	size_t i;
	int rc = 0;

	if (w->ndids == 0)
		rc = purge_range(db, &b, "did:", "did;", st);
	for (i = 0; rc == 0 && i < w->ndids; i++)
		rc = purge_range(db, &b, w->dids[i], w->dids[i], st);
	*counts = b.counts;
	return rc;
}

/* The ids of those that are in the database. A DID may have operations of a
 * directory or blobs, but no account. */
static int
forget_batch(struct db *db, struct batch *b, struct status *st)
{
	size_t i, n = 0;

	if (db_account_ids(db, b->list, b->n, st) == -1)
		return -1;
	for (i = 0; i < b->n; i++)
		if (b->list[i]->id != 0)
			b->list[n++] = b->list[i];
	b->all = b->n;
	b->n = n;
	return transact(db, b, st);
}

int
db_forget(struct db *db, const char *const *dids, size_t n,
    struct db_purged *counts, struct status *st)
{
	struct batch b = { .one = forget_one };
	size_t i;
	int rc = 0;

	for (i = 0; rc == 0 && i < n;) {
		for (b.n = 0; b.n < PURGE_ACCOUNTS && i < n; b.n++, i++) {
			b.accounts[b.n] = (struct db_account){ .did = slice_of(
								   dids[i]) };
			b.list[b.n] = &b.accounts[b.n];
		}
		rc = forget_batch(db, &b, st);
	}
	*counts = b.counts;
	return rc;
}
