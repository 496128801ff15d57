#include "config.h"

#include <string.h>

#include "libcar/db/account_private.h"
#include "libcar/db/each_private.h"

/*
 * Accounts are read in batches. Of other tables, one query only asks whether
 * they have rows of the account, so that empty tables need not be read.
 */

static const struct db_question question = {
	.one = "SELECT 1, " DB_ACCOUNT_COLUMNS
	       " FROM account a WHERE a.did = $1",
	.all = "SELECT k.i, " DB_ACCOUNT_COLUMNS
	       " FROM unnest($1) WITH ORDINALITY AS k(did, i) "
	       "JOIN account a ON a.did = k.did",
	.by_did = true,
};

static struct db_commit
take_commit(const struct db_rows *rows, int column)
{
	struct slice head = db_text(rows, column + 4);
	struct db_commit c = { 0 };

	db_rev(c.rev, rows, column);
	c.verified = db_integer(rows, column + 1);
	c.whole = db_integer(rows, column + 2);
	c.records = db_integer(rows, column + 3);
	if (head.at == NULL || head.len > sizeof(c.head))
		return c;
	memcpy(c.head, head.at, head.len);
	c.head_len = head.len;
	return c;
}

void
db_account_take(struct db_account *a, const struct db_rows *rows, int column)
{
	*a = (struct db_account){ .did = a->did };
	a->id = db_integer(rows, column);
	a->loaded_ms = db_integer(rows, column + 1);
	a->has_failures = db_integer(rows, column + 2);
	a->commit = take_commit(rows, column + 3);
	db_heard_take(&a->heard, rows, column + 8);
	db_rev(a->moved.rev, rows, column + 11);
	a->moved.ms = db_integer(rows, column + 12);
}

static int
take(void *arg, size_t place, const struct db_rows *rows, struct status *st)
{
	(void)st;
	db_account_take(((struct db_account *const *)arg)[place], rows, 1);
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

#define CONTENTS(id) \
	"EXISTS (SELECT 1 FROM error e WHERE e.account = " id "), " \
	"EXISTS (SELECT 1 FROM snapshot s WHERE s.account = " id "), " \
	"EXISTS (SELECT 1 FROM entry n WHERE n.account = " id ")"

static const struct db_question contents_question = {
	.one = "SELECT 1, " CONTENTS("$1"),
	.all = "SELECT k.i, " CONTENTS(
	    "k.id") " FROM unnest($1) WITH ORDINALITY AS k(id, i)",
};

static int
take_contents(void *arg, size_t place, const struct db_rows *rows,
    struct status *st)
{
	struct db_account *a = ((struct db_account *const *)arg)[place];

	(void)st;
	a->has_errors = db_integer(rows, 1);
	a->has_failures |= a->has_errors;
	a->has_snapshots = db_integer(rows, 2);
	a->has_entries = db_integer(rows, 3);
	return 0;
}

int
db_account_contents(struct db *db, struct db_account *const *accounts, size_t n,
    struct status *st)
{
	return db_each(db, &contents_question, accounts, n, take_contents,
	    (void *)accounts, st);
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
	size_t i;

	for (i = 0; i < n; i++)
		accounts[i]->id = 0;
	return db_each(db, &id_question, accounts, n, take_id, (void *)accounts,
	    st);
}

static const struct db_question did_question = {
	.one = "SELECT 1, did FROM account WHERE id = $1",
	.all = "SELECT k.i, a.did "
	       "FROM unnest($1) WITH ORDINALITY AS k(id, i) "
	       "JOIN account a ON a.id = k.id",
};

struct did_taker {
	int (*fn)(void *, size_t, const struct slice *, struct status *);
	void *arg;
};

static int
take_did(void *arg, size_t place, const struct db_rows *rows, struct status *st)
{
	const struct did_taker *t = arg;
	struct slice did = db_text(rows, 1);

	return t->fn(t->arg, place, &did, st);
}

int
db_dids(struct db *db, struct db_account *const *accounts, size_t n,
    int (*fn)(void *, size_t, const struct slice *, struct status *), void *arg,
    struct status *st)
{
	struct did_taker t = { fn, arg };

	return db_each(db, &did_question, accounts, n, take_did, &t, st);
}

int
db_did(struct db *db, int64_t id, struct slice *out, struct status *st)
{
	return db_one_text(db, "SELECT did FROM account WHERE id = $1", id, out,
	    st);
}
