#include "config.h"

#include <sodium.h>
#include <stdlib.h>
#include <string.h>

#include "libcar/base/array.h"
#include "libcar/db/state.h"
#include "libcar/load/accounts_private.h"
#include "libcar/load/live_private.h"
#include "libcar/load/resume_private.h"
#include "libcar/load/settle_private.h"

/*
 * Accounts are read in groups: first their rows and coverage together, and also
 * the snapshots of those accounts that a transaction changes.
 */

#define FIRST_SLOTS 64

/* Known accounts */

/* A hash table with open addressing, at most half full. Its hash is keyed, so
 * nobody can make DIDs collide. With a tree, live lines take a tenth longer. */

/* The slot that holds the DID's account, or would hold it. */
static struct load_account **
slot(const struct load_accounts *all, const struct slice *did)
{
	struct load_account *a;
	size_t i = hash_keyed(all->secret, did->at, did->len) &
	    (all->nslots - 1);

	while (
	    (a = all->slots[i]) != NULL && !load_account_same(&a->row.did, did))
		i = (i + 1) & (all->nslots - 1);
	return &all->slots[i];
}

static int
grow(struct load_accounts *all, struct status *st)
{
	size_t i, n = all->nslots == 0 ? FIRST_SLOTS : 2 * all->nslots;
	struct load_account **slots = calloc(n, sizeof(struct load_account *));

	if (slots == NULL)
		return status_no_memory(st);
	if (all->nslots == 0)
		randombytes_buf(all->secret, sizeof(all->secret));
	free(all->slots);
	all->slots = slots;
	all->nslots = n;
	for (i = 0; i < all->n; i++)
		*slot(all, &all->all[i]->row.did) = all->all[i];
	return 0;
}

static struct load_account *
new_account(struct load_accounts *all, const struct slice *did,
    struct status *st)
{
	struct load_account *a;

	if (!ARRAY_GROW(all->all, all->n, all->room) ||
	    (a = calloc(1, sizeof(*a) + did->len)) == NULL) {
		status_no_memory(st);
		return NULL;
	}
	memcpy(a + 1, did->at, did->len);
	a->row.did = (struct slice){ (const char *)(a + 1), did->len };
	return all->all[all->n++] = a;
}

struct load_account *
load_accounts_get(struct load_accounts *all, const struct slice *did,
    struct status *st)
{
	struct load_account **at;

	if (all->n >= all->nslots / 2 && grow(all, st) == -1)
		return NULL;
	at = slot(all, did);
	return *at != NULL ? *at : (*at = new_account(all, did, st));
}

void
load_accounts_forget(struct load_account *a)
{
	load_snapshots_free(a);
	load_account_clear(a);
	a->has_row = a->is_known = a->is_read = a->has_cursors = false;
	a->is_dirty = a->is_loaded = false;
	a->commit = NULL;
	memset(a->live_rev, 0, sizeof(a->live_rev));
}

void
load_accounts_forget_all(struct load_accounts *all)
{
	size_t i;

	for (i = 0; i < all->n; i++)
		load_accounts_forget(all->all[i]);
}

void
load_accounts_free(struct load_accounts *all)
{
	size_t i;

	for (i = 0; i < all->n; i++) {
		load_accounts_forget(all->all[i]);
		free(all->all[i]);
	}
	free(all->slots);
	free(all->all);
	memset(all, 0, sizeof(*all));
}

void
load_accounts_trim(struct load_accounts *all)
{
	if (all->n > LOAD_ACCOUNTS)
		load_accounts_free(all);
}

/* Reading */

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
	a->has_runs |= row->run_to[0] != '\0' || row->doubt[0] != '\0';
	if (row->floor[0] == '\0' && row->loaded[0] == '\0' &&
	    row->doubt[0] == '\0' && row->run_to[0] == '\0' &&
	    row->status == DB_NONE && !row->has_cursor)
		return 0;
	if ((v = load_account_coverage(a, &pattern, st)) == NULL)
		return -1;
	copy = v->row.pattern;
	v->row = *row;
	v->row.pattern = copy;
	if (load_account_cmp(row->loaded, a->latest) > 0)
		memcpy(a->latest, row->loaded, DB_REV_BYTES);
	load_account_note_run(a, v);
	load_account_set_failed(a, v, row->status == DB_FAILED);
	return 0;
}

/* A group of accounts. */
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
		return status_no_memory(st);
	for (i = 0; i < n; i++)
		if (is_one(load_account_of(accounts[i])))
			some->at[some->n++] = accounts[i];
	return 0;
}

static bool
lacks_row(const struct load_account *a)
{
	return !a->has_row;
}

static bool
lacks_coverage(const struct load_account *a)
{
	return !a->is_known && a->row.id != 0;
}

static bool
lacks_contents(const struct load_account *a)
{
	return !a->is_read && a->row.id != 0;
}

static bool
lacks_snapshots(const struct load_account *a)
{
	return !a->is_read && a->row.has_snapshots;
}

static int
read_coverages(struct db *db, struct db_account *const *accounts, size_t n,
    struct status *st)
{
	return db_coverages(db, accounts, n, read_coverage, (void *)accounts,
	    st);
}

/* Read what is missing for those that lack it. */
static int
read_lacking(struct db *db, struct db_account *const *accounts, size_t n,
    condition *lacks,
    int (*read)(struct db *, struct db_account *const *, size_t,
	struct status *),
    struct status *st)
{
	struct some some;
	int rc;

	if (choose(&some, accounts, n, lacks, st) == -1)
		return -1;
	rc = read(db, some.at, some.n, st);
	free(some.at);
	return rc;
}

int
load_accounts_look_up(struct db *db, struct db_account *const *accounts,
    size_t n, struct status *st)
{
	struct load_account *a;
	size_t i;

	if (read_lacking(db, accounts, n, lacks_row, db_accounts, st) == -1 ||
	    read_lacking(db, accounts, n, lacks_coverage, read_coverages, st) ==
		-1)
		return -1;
	for (i = 0; i < n; i++) {
		a = load_account_of(accounts[i]);
		/* Another process may create a missing account. */
		a->has_row = a->is_known = a->row.id != 0;
	}
	return 0;
}

/* An existing account may have entries of any origin. */
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
	a->has_row = true;
	if (!a->row.is_new)
		return;
	begin_with(a);
	a->is_known = true;
}

int
load_accounts_read(struct db *db, struct db_account *const *accounts, size_t n,
    struct status *st)
{
	size_t i;

	if (load_accounts_look_up(db, accounts, n, st) == -1 ||
	    read_lacking(db, accounts, n, lacks_contents, db_account_contents,
		st) == -1 ||
	    read_lacking(db, accounts, n, lacks_snapshots, load_resume_read,
		st) == -1)
		return -1;
	for (i = 0; i < n; i++)
		begin_with(load_account_of(accounts[i]));
	return 0;
}

/* Writing */

/* What to write for all accounts, in one statement each. */
struct changes {
	struct db_committed *commits;
	struct db_covered *covered;
	struct db_synced *synced;
	int64_t *loaded;
	size_t ncommits, ncovered, nsynced, nloaded;
	size_t commit_room, covered_room, synced_room, loaded_room;
};

static int
note_commit(struct changes *c, struct load_account *a, struct status *st)
{
	if (!ARRAY_GROW(c->commits, c->ncommits, c->commit_room))
		return status_no_memory(st);
	c->commits[c->ncommits++] = (struct db_committed){ a->row.id,
		a->commit };
	a->commit = NULL;
	return 0;
}

static int
note_loaded(struct changes *c, struct load_account *a, struct status *st)
{
	if (!ARRAY_GROW(c->loaded, c->nloaded, c->loaded_room))
		return status_no_memory(st);
	c->loaded[c->nloaded++] = a->row.id;
	a->is_loaded = false;
	return 0;
}

static int
note_coverage(struct changes *c, struct load_account *a, struct status *st)
{
	struct load_coverage *v;
	size_t i;

	for (i = 0; i < a->ncoverage; i++) {
		v = a->coverage[i];
		if (!v->dirty)
			continue;
		if (!ARRAY_GROW(c->covered, c->ncovered, c->covered_room))
			return status_no_memory(st);
		c->covered[c->ncovered++] = (struct db_covered){ a->row.id,
			&v->row };
		v->dirty = false;
	}
	return 0;
}

static int
note_synced(struct changes *c, const struct load_account *a, struct status *st)
{
	const struct load_live_state state = load_live_state(a);
	struct db_synced *s;

	if (!ARRAY_GROW(c->synced, c->nsynced, c->synced_room))
		return status_no_memory(st);
	s = &c->synced[c->nsynced++];
	*s = (struct db_synced){ .account = a->row.id, .cause = state.cause };
	memcpy(s->synced, state.synced, DB_REV_BYTES);
	memcpy(s->head, state.head, DB_REV_BYTES);
	memcpy(s->live, a->live_rev, DB_REV_BYTES);
	return 0;
}

static int
settle_account(struct db *db, struct load_account *a, struct status *st)
{
	if (db_settle_state(db, &a->row, st) == -1)
		return -1;
	return a->is_dirty ? load_settle(db, a, st) : 0;
}

static int
note_account(struct db *db, struct changes *c, struct load_account *a,
    struct status *st)
{
	if ((a->commit != NULL && note_commit(c, a, st) == -1) ||
	    (a->is_loaded && note_loaded(c, a, st) == -1))
		return -1;
	if (!a->is_dirty)
		return 0;
	a->is_dirty = false;
	if (note_coverage(c, a, st) == -1 || note_synced(c, a, st) == -1)
		return -1;
	return load_resume_write(db, a, st);
}

int
load_accounts_flush(struct db *db, struct db_account *const *accounts, size_t n,
    struct status *st)
{
	struct changes c = { 0 };
	size_t i;
	int rc = 0;

	/* First delete rows, then add rows: a database that collects rows for a
	 * statement may not mix the two. */
	for (i = 0; i < n && rc == 0; i++)
		rc = settle_account(db, load_account_of(accounts[i]), st);
	for (i = 0; i < n && rc == 0; i++)
		rc = note_account(db, &c, load_account_of(accounts[i]), st);
	if (rc == 0)
		rc = db_put_commits(db, c.commits, c.ncommits, st);
	if (rc == 0)
		rc = db_put_loaded(db, c.loaded, c.nloaded, st);
	if (rc == 0)
		rc = db_put_coverages(db, c.covered, c.ncovered, st);
	if (rc == 0)
		rc = db_put_synced(db, c.synced, c.nsynced, st);
	free(c.commits);
	free(c.synced);
	free(c.loaded);
	free(c.covered);
	return rc;
}
