#include "config.h"

#include <string.h>

#include "libcar/db/account.h"
#include "libcar/db/each_private.h"

/*
 * Accounts are read some at a time. What is only whether there is anything of a
 * kind is asked for here, so that what isn't there isn't asked for again.
 */

#define COLUMNS \
	"a.id, coalesce(a.loaded_ms, 0), a.error IS NOT NULL, " \
	"EXISTS (SELECT 1 FROM error e WHERE e.account = a.id), " \
	"EXISTS (SELECT 1 FROM snapshot s WHERE s.account = a.id), " \
	"EXISTS (SELECT 1 FROM entry n WHERE n.account = a.id), " \
	"a.rev, a.signature IS NOT DISTINCT FROM 'verified', " \
	"coalesce(a.whole, -1), coalesce(a.records, -1), a.head"

static const struct db_question question = {
	.one = "SELECT 1, " COLUMNS " FROM account a WHERE a.did = $1",
	.all = "SELECT k.i, " COLUMNS
	       " FROM unnest($1) WITH ORDINALITY AS k(did, i) "
	       "JOIN account a ON a.did = k.did",
	.by_did = true,
};

static void
take_commit(struct db_commit *c, const struct db_rows *rows)
{
	struct slice head = db_text(rows, 11);

	db_rev(c->rev, rows, 7);
	c->verified = db_integer(rows, 8);
	c->whole = db_integer(rows, 9);
	c->records = db_integer(rows, 10);
	if (head.at == NULL || head.len > sizeof(c->head))
		return;
	memcpy(c->head, head.at, head.len);
	c->head_len = head.len;
}

static int
take(void *arg, size_t place, const struct db_rows *rows, struct status *st)
{
	struct db_account *a = ((struct db_account *const *)arg)[place];

	(void)st;
	a->id = db_integer(rows, 1);
	a->loaded_ms = db_integer(rows, 2);
	a->has_errors = db_integer(rows, 4);
	a->has_failures = a->has_errors || db_integer(rows, 3);
	a->has_snapshots = db_integer(rows, 5);
	a->has_entries = db_integer(rows, 6);
	take_commit(&a->commit, rows);
	return 0;
}

int
db_accounts(struct db *db, struct db_account *const *accounts, size_t n,
    struct status *st)
{
	size_t i;

	for (i = 0; i < n; i++)
		*accounts[i] = (struct db_account){ .did = accounts[i]->did };
	return db_each(db, &question, accounts, n, take, (void *)accounts, st);
}

static const struct db_question id_question = {
	.one = "SELECT 1, id FROM account WHERE did = $1",
	.all = "SELECT k.i, a.id "
	       "FROM unnest($1) WITH ORDINALITY AS k(did, i) "
	       "JOIN account a ON a.did = k.did",
	.by_did = true,
};

static int
take_id(void *arg, size_t place, const struct db_rows *rows, struct status *st)
{
	(void)st;
	((struct db_account *const *)arg)[place]->id = db_integer(rows, 1);
	return 0;
}

int
db_account_ids(struct db *db, struct db_account *const *accounts, size_t n,
    struct status *st)
{
	return db_each(db, &id_question, accounts, n, take_id, (void *)accounts,
	    st);
}

int
db_make_account(struct db *db, struct db_account *a, struct status *st)
{
	a->is_new = true;
	return db_one(db, st, &a->id,
	    "INSERT INTO account (did) VALUES ($1) RETURNING id", "t", &a->did);
}

int
db_did(struct db *db, int64_t id, struct slice *out, struct status *st)
{
	return db_one_text(db, "SELECT did FROM account WHERE id = $1", id, out,
	    st);
}
