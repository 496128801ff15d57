#include "config.h"

#include <string.h>

#include "libcar/db/columns_private.h"
#include "libcar/db/state.h"

/*
 * Each statement changes the account if the line is later than what is stored,
 * and says something else.
 */

int
db_put_identity(struct db *db, int64_t id, const struct line *l,
    struct status *st)
{
	struct slice key = { NULL, 0 };
	struct buf buf = { 0 };
	int got;

	if (l->key.at != NULL)
		key = line_unquote(l->key, &buf);
	got = db_run(db, st,
	    "UPDATE account SET handle = $2, handle_status = $3, pds = $4, "
	    "key = $5, resolved_ms = $6 WHERE id = $1 AND "
	    "coalesce(resolved_ms, 0) <= $6 AND (handle, handle_status, pds, "
	    "key, resolved_ms) IS DISTINCT FROM ($2, $3, $4, $5, $6)",
	    "itttti", id, &l->handle, &l->handle_status, &l->pds, &key,
	    l->at_ms);
	buf_free(&buf);
	return got;
}

static int
put_status(struct db *db, int64_t id, const char *status, size_t len,
    int64_t ms, struct status *st)
{
	struct slice t = { status, len };

	return db_run(db, st,
	    "UPDATE account SET status = $2, status_ms = $3 WHERE id = $1 "
	    "AND coalesce(status_ms, 0) <= $3 AND "
	    "(status, status_ms) IS DISTINCT FROM ($2, $3)",
	    "iti", id, &t, ms);
}

/* Each of what the host says has its own time: a line has what is known. */
int
db_put_repo(struct db *db, int64_t id, const struct line *l, struct status *st)
{
	struct slice status = l->status;

	if (status.at == NULL && l->active == 1)
		status = (struct slice){ "active", 6 };
	else if (status.at == NULL && l->active == 0)
		status = (struct slice){ "inactive", 8 };
	if (status.at != NULL &&
	    put_status(db, id, status.at, status.len, l->at_ms, st) == -1)
		return -1;
	if (l->rev.at != NULL && l->rev.len > 0 &&
	    db_run(db, st,
		"UPDATE account SET host_rev = $2, host_head = $3, "
		"host_ms = $4 WHERE id = $1 AND coalesce(host_ms, 0) <= $4 "
		"AND (host_rev, host_head, host_ms) "
		"IS DISTINCT FROM ($2, $3, $4)",
		"itti", id, &l->rev, &l->head, l->at_ms) == -1)
		return -1;
	if (l->car.at == NULL)
		return 0;
	return db_run(db, st,
	    "UPDATE account SET car = $2, car_ms = $3 WHERE id = $1 AND "
	    "coalesce(car_ms, 0) <= $3 AND "
	    "(car, car_ms) IS DISTINCT FROM ($2, $3)",
	    "iti", id, &l->car, l->at_ms);
}

/* The programs that ask the account's own host: what it doesn't have is not
 * elsewhere. */
static bool
asked_host(const struct line *l)
{
	return slice_is(&l->program, "at-describe") ||
	    slice_is(&l->program, "at-fetchrepo") ||
	    slice_is(&l->program, "at-listrecords");
}

int
db_put_stated(struct db *db, int64_t id, const struct line *l,
    struct status *st)
{
	static const struct {
		const char *error, *status;
		bool of_host;
	} states[] = {
		{ "RepoTakendown", "takendown", false },
		{ "RepoSuspended", "suspended", false },
		{ "RepoDeactivated", "deactivated", false },
		{ "RepoNotFound", "deleted", true },
		{ "Tombstoned", "deleted", false },
	};
	size_t i;

	for (i = 0; i < sizeof(states) / sizeof(states[0]); i++)
		if (slice_is(&l->error, states[i].error) &&
		    (!states[i].of_host || asked_host(l)))
			return put_status(db, id, states[i].status,
			    strlen(states[i].status), l->at_ms, st);
	return 0;
}

/* Of two commits the later one is kept; of one rev the verified one, then
 * the one of the whole repo, then whichever is greater. A part that isn't known
 * makes it news, as in the statement below. */
bool
db_is_news(const struct db_commit *c, const struct line *l)
{
	bool verified = slice_is(&l->signature, "verified");
	bool whole = l->filter.at == NULL;
	size_t n = l->cid.len < c->head_len ? l->cid.len : c->head_len;
	int cmp = c->rev[0] == '\0' ? 1 : memcmp(l->rev.at, c->rev, l->rev.len);

	if (cmp != 0)
		return cmp > 0;
	if (verified != c->verified)
		return verified;
	if (whole != c->whole)
		return whole || c->whole == -1;
	if (l->records != c->records)
		return l->records > c->records;
	if (l->cid.at == NULL || c->head_len == 0)
		return true;
	cmp = memcmp(l->cid.at, c->head, n);
	return cmp > 0 || (cmp == 0 && l->cid.len > c->head_len);
}

void
db_note_commit(struct db_commit *c, const struct line *l)
{
	memset(c, 0, sizeof(*c));
	memcpy(c->rev, l->rev.at, l->rev.len);
	c->verified = slice_is(&l->signature, "verified");
	c->whole = l->filter.at == NULL;
	c->records = l->records;
	if (l->cid.at == NULL || l->cid.len > sizeof(c->head))
		return;
	memcpy(c->head, l->cid.at, l->cid.len);
	c->head_len = l->cid.len;
}

static int
put_commit(struct db *db, int64_t id, const struct line *l, struct status *st)
{
	return db_run(db, st,
	    "UPDATE account SET rev = $2, head = $3, data = $4, "
	    "signature = $5, records = nullif($6, -1), whole = $7 "
	    "WHERE id = $1 AND coalesce(("
	    "$2, $5 IS NOT DISTINCT FROM 'verified', $7, $6, $3) > ("
	    "rev, signature IS NOT DISTINCT FROM 'verified', whole, "
	    "coalesce(records, -1), head), true)",
	    "itttt"
	    "ii",
	    id, &l->rev, &l->cid, &l->data, &l->signature, l->records,
	    (int64_t)(l->filter.at == NULL));
}

/* The same of many rows. */
static int
put_columns(struct db *db, const struct db_columns *c, struct status *st)
{
	return db_run(db, st,
	    "UPDATE account a SET rev = k.rev, head = k.head, data = k.data, "
	    "signature = k.signature, records = nullif(k.records, -1), "
	    "whole = k.whole FROM unnest($1, $2, $3, $4, $5, $6, $7) "
	    "AS k(id, rev, head, data, signature, records, whole) "
	    "WHERE a.id = k.id AND coalesce(("
	    "k.rev, k.signature IS NOT DISTINCT FROM 'verified', k.whole, "
	    "k.records, k.head) > ("
	    "a.rev, a.signature IS NOT DISTINCT FROM 'verified', a.whole, "
	    "coalesce(a.records, -1), a.head), true)",
	    "aAAAA"
	    "aa",
	    &c->lists[0], &c->lists[1], &c->lists[2], &c->lists[3],
	    &c->lists[4], &c->lists[5], &c->lists[6]);
}

static int
put_all_commits(struct db *db, const struct db_committed *all, size_t n,
    struct status *st)
{
	const struct line *l;
	struct db_columns c;
	size_t i;
	int rc;

	if (db_columns_open(&c,
		"itttt"
		"ii",
		n, st) == -1)
		return -1;
	for (i = 0; i < n; i++) {
		l = all[i].line;
		db_columns_add(&c, all[i].account, &l->rev, &l->cid, &l->data,
		    &l->signature, l->records, (int64_t)(l->filter.at == NULL));
	}
	rc = put_columns(db, &c, st);
	db_columns_free(&c);
	return rc;
}

int
db_put_commits(struct db *db, const struct db_committed *all, size_t n,
    struct status *st)
{
	size_t i;

	if (db->driver->arrays && n > 0)
		return put_all_commits(db, all, n, st);
	for (i = 0; i < n; i++)
		if (put_commit(db, all[i].account, all[i].line, st) == -1)
			return -1;
	return 0;
}

int
db_put_loaded(struct db *db, const int64_t *accounts, size_t n,
    struct status *st)
{
	const struct db_list list = { accounts, NULL, n };
	size_t i;

	if (db->driver->arrays && n > 0)
		return db_run(db, st,
		    "UPDATE account SET loaded_ms = $1 WHERE id = ANY ($2)",
		    "ia", db->now_ms, &list);
	for (i = 0; i < n; i++)
		if (db_run(db, st,
			"UPDATE account SET loaded_ms = $1 WHERE id = $2", "ii",
			db->now_ms, accounts[i]) == -1)
			return -1;
	return 0;
}
