#include "config.h"

#include <search.h>
#include <stdlib.h>

#include "libcar/db/memory.h"
#include "libcar/load/accounts_private.h"
#include "libcar/load/import_private.h"
#include "libcar/load/resume_private.h"

/*
 * Accounts are read some at a time: their rows and coverage together, and for
 * those that a transaction changes also their snapshots.
 */

/* ---- which there are ---- */

static int
compare(const void *a, const void *b)
{
	const struct slice *x = &((const struct load_account *)a)->row.did;
	const struct slice *y = &((const struct load_account *)b)->row.did;

	if (x->len != y->len)
		return x->len < y->len ? -1 : 1;
	return memcmp(x->at, y->at, x->len);
}

static struct load_account *
new_account(struct load_accounts *all, const struct slice *did,
    struct status *st)
{
	struct load_account *a, **array;

	if ((array = db_room(all->all, all->n, sizeof(a), st)) == NULL)
		return NULL;
	all->all = array;
	if ((a = calloc(1, sizeof(*a) + did->len)) == NULL) {
		db_no_memory(st);
		return NULL;
	}
	memcpy(a + 1, did->at, did->len);
	a->row.did = (struct slice){ (const char *)(a + 1), did->len };
	if (tsearch(a, &all->by_did, compare) == NULL) {
		free(a);
		db_no_memory(st);
		return NULL;
	}
	return all->all[all->n++] = a;
}

struct load_account *
load_accounts_get(struct load_accounts *all, const struct slice *did,
    struct status *st)
{
	struct load_account key = { .row.did = *did };
	void *node = tfind(&key, &all->by_did, compare);

	return node != NULL ? *(struct load_account **)node :
			      new_account(all, did, st);
}

void
load_accounts_forget(struct load_account *a)
{
	load_snapshots_free(a);
	load_account_clear(a);
	a->is_known = a->is_read = a->is_dirty = a->has_cursors = false;
}

void
load_accounts_forget_all(struct load_accounts *all)
{
	size_t i;

	for (i = 0; i < all->n; i++)
		load_accounts_forget(all->all[i]);
}

static void
release_nothing(void *account)
{
	(void)account;
}

void
load_accounts_free(struct load_accounts *all)
{
	size_t i;

	tdestroy(all->by_did, release_nothing);
	for (i = 0; i < all->n; i++) {
		load_accounts_forget(all->all[i]);
		free(all->all[i]);
	}
	free(all->all);
	memset(all, 0, sizeof(*all));
}

void
load_accounts_trim(struct load_accounts *all)
{
	if (all->n > LOAD_ACCOUNTS)
		load_accounts_free(all);
}

/* ---- what is known ---- */

static int
read_coverage(void *arg, size_t place, const struct db_coverage *row,
    struct status *st)
{
	struct load_account *a = load_account_of(
	    ((struct db_account *const *)arg)[place]);
	struct slice pattern = slice_of(row->pattern);
	struct load_coverage *v;
	char *copy;

	a->has_cursors |= row->has_cursor;
	if (row->floor[0] == '\0' && row->loaded[0] == '\0' &&
	    row->status == DB_NONE)
		return 0;
	if ((v = load_account_coverage(a, &pattern, st)) == NULL)
		return -1;
	copy = v->row.pattern;
	v->row = *row;
	v->row.pattern = copy;
	v->failed = row->status == DB_FAILED;
	return 0;
}

/* Some of the accounts. */
struct some {
	struct db_account **at;
	size_t n;
};

typedef bool condition(const struct load_account *);

static int
choose(struct some *some, struct db_account *const *accounts, size_t n,
    condition *is_one, struct status *st)
{
	size_t i;

	*some = (struct some){ calloc(n + 1, sizeof(*some->at)), 0 };
	if (some->at == NULL)
		return db_no_memory(st);
	for (i = 0; i < n; i++)
		if (is_one(load_account_of(accounts[i])))
			some->at[some->n++] = accounts[i];
	return 0;
}

static bool
is_unknown(const struct load_account *a)
{
	return !a->is_known;
}

static bool
is_there(const struct load_account *a)
{
	return !a->is_known && a->row.id != 0;
}

static bool
has_unread(const struct load_account *a)
{
	return !a->is_read && a->row.has_snapshots;
}

static int
look_up_coverage(struct db *db, const struct some *unknown, struct status *st)
{
	struct some there;
	size_t i;
	int rc;

	if (choose(&there, unknown->at, unknown->n, is_there, st) == -1)
		return -1;
	rc = db_coverages(db, there.at, there.n, read_coverage, there.at, st);
	free(there.at);
	for (i = 0; i < unknown->n; i++)
		load_account_of(unknown->at[i])->is_known = rc == 0;
	return rc;
}

int
load_accounts_look_up(struct db *db, struct db_account *const *accounts,
    size_t n, struct status *st)
{
	struct some unknown;
	int rc;

	if (choose(&unknown, accounts, n, is_unknown, st) == -1)
		return -1;
	rc = db_accounts(db, unknown.at, unknown.n, st);
	if (rc == 0)
		rc = look_up_coverage(db, &unknown, st);
	free(unknown.at);
	return rc;
}

/* An account that was there may have entries of any origin. */
static void
begin_with(struct load_account *a)
{
	if (a->is_read)
		return;
	a->empty = !a->row.has_entries;
	a->mixed = a->tombstones = a->row.has_entries;
	a->is_read = true;
}

void
load_accounts_found(struct load_account *a)
{
	load_accounts_forget(a);
	begin_with(a);
	a->is_known = true;
}

int
load_accounts_read(struct db *db, struct db_account *const *accounts, size_t n,
    struct status *st)
{
	struct some unread;
	size_t i;
	int rc;

	if (load_accounts_look_up(db, accounts, n, st) == -1 ||
	    choose(&unread, accounts, n, has_unread, st) == -1)
		return -1;
	rc = load_resume_read(db, unread.at, unread.n, st);
	for (i = 0; i < n && rc == 0; i++)
		begin_with(load_account_of(accounts[i]));
	free(unread.at);
	return rc;
}

/* ---- what has changed ---- */

static int
flush_one(struct db *db, struct load_account *a, struct status *st)
{
	struct load_coverage *v;
	size_t i;

	load_import_count(a);
	for (i = 0; i < a->ncoverage; i++) {
		v = &a->coverage[i];
		if (!v->dirty)
			continue;
		if (db_put_coverage(db, a->row.id, &v->row, st) == -1)
			return -1;
		v->dirty = false;
	}
	return load_resume_write(db, a, st);
}

int
load_accounts_flush(struct db *db, struct db_account *const *accounts, size_t n,
    struct status *st)
{
	struct load_account *a;
	size_t i;

	for (i = 0; i < n; i++) {
		a = load_account_of(accounts[i]);
		if (!a->is_dirty)
			continue;
		if (flush_one(db, a, st) == -1)
			return -1;
		a->is_dirty = false;
	}
	return 0;
}
