#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "libcar/db_sqlite.h"

#define RETRY_MAX_S (366 * 86400.0)

static struct db_sqlite *
self(struct db *db)
{
	return (struct db_sqlite *)db;
}

static int
account(struct db *db, const struct line_text *did, bool create,
    struct db_account *a, struct status *st)
{
	struct db_sqlite *d = self(db);
	sqlite3_stmt *stmt;
	int got = db_sqlite_query(d, &stmt, st,
	    "SELECT id, failed_rev, coalesce(loaded_ms, 0), EXISTS "
	    "(SELECT 1 FROM error WHERE account = a.id AND job = ''), EXISTS "
	    "(SELECT 1 FROM coverage WHERE account = a.id AND "
	    "cursor IS NOT NULL) "
	    "FROM account a WHERE did = ?",
	    "t", did);

	memset(a, 0, sizeof(*a));
	if (got == 1) {
		a->id = sqlite3_column_int64(stmt, 0);
		db_sqlite_rev(a->failed_rev, stmt, 1);
		a->loaded_ms = sqlite3_column_int64(stmt, 2);
		a->has_errors = sqlite3_column_int(stmt, 3);
		a->has_cursors = sqlite3_column_int(stmt, 4);
		sqlite3_reset(stmt);
	}
	if (got != 0 || !create)
		return got;
	if (db_sqlite_run(d, st, "INSERT INTO account (did) VALUES (?)", "t",
		did) == -1)
		return -1;
	a->id = sqlite3_last_insert_rowid(d->conn);
	a->created = true;
	return 1;
}

static int
collection(struct db *db, const struct line_text *nsid, bool create,
    int64_t *id, struct status *st)
{
	struct db_sqlite *d = self(db);
	sqlite3_stmt *stmt;
	int got = db_sqlite_query(d, &stmt, st,
	    "SELECT id FROM collection WHERE nsid = ?", "t", nsid);

	if (got == 1) {
		*id = sqlite3_column_int64(stmt, 0);
		sqlite3_reset(stmt);
	}
	if (got != 0 || !create)
		return got;
	if (db_sqlite_run(d, st, "INSERT INTO collection (nsid) VALUES (?)",
		"t", nsid) == -1)
		return -1;
	*id = sqlite3_last_insert_rowid(d->conn);
	return 1;
}

/* One row's one text, borrowed until the next. */
static int
one_text(struct db *db, const char *sql, int64_t id, struct line_text *out,
    struct status *st)
{
	struct db_sqlite *d = self(db);
	sqlite3_stmt *stmt;
	int got = db_sqlite_query(d, &stmt, st, sql, "i", id);

	if (got != 1)
		return got == -1 ? -1 :
				   status_set(st, STATUS_SYSTEM, 0,
				       "%s: a row is missing", d->path);
	*out = db_sqlite_text(stmt, 0);
	d->text.len = 0;
	buf_put(&d->text, out->at, out->len);
	sqlite3_reset(stmt);
	if (d->text.failed)
		return status_set(st, STATUS_SYSTEM, 0, "no memory");
	out->at = d->text.data;
	return 0;
}

static int
nsid(struct db *db, int64_t id, struct line_text *out, struct status *st)
{
	return one_text(db, "SELECT nsid FROM collection WHERE id = ?", id, out,
	    st);
}

static int
did(struct db *db, int64_t id, struct line_text *out, struct status *st)
{
	return one_text(db, "SELECT did FROM account WHERE id = ?", id, out,
	    st);
}

static int
put_error(struct db *db, const struct db_error *e, struct status *st)
{
	const struct line *l = e->line;

	return db_sqlite_run(self(db), st,
	    "INSERT INTO error (account, collection, rkey, job, rev, cid, "
	    "program, error, message, line, ms) VALUES (?1, ?2, "
	    "coalesce(?3, ''), coalesce(?4, ''), ?5, ?6, ?7, ?8, ?9, ?10, "
	    "nullif(?11, 0)) ON CONFLICT DO UPDATE SET rev = ?5, cid = ?6, "
	    "program = ?7, error = ?8, message = ?9, line = ?10, "
	    "ms = excluded.ms "
	    "WHERE CASE WHEN job = '' THEN coalesce(?5 > rev, 1) "
	    "ELSE coalesce(excluded.ms > ms, 1) END",
	    "iitttttttti", e->account, e->collection, &e->rkey, &e->job,
	    &l->rev, &l->cid, &l->program, &l->error, &l->message, &l->text,
	    l->at_ms);
}

static int
drop_error(struct db *db, const struct db_key *k, const char *rev,
    struct status *st)
{
	return db_sqlite_run(self(db), st,
	    "DELETE FROM error WHERE account = ? AND collection = ? AND "
	    "rkey = ? AND job = '' AND rev <= ?",
	    "iits", k->account, k->collection, &k->rkey, rev);
}

static int
drop_errors(struct db *db, int64_t id, const char *rev, struct status *st)
{
	return db_sqlite_run(self(db), st,
	    "DELETE FROM error WHERE account = ? AND collection = 0 AND "
	    "job = '' AND rev < ?",
	    "is", id, rev);
}

static int
put_identity(struct db *db, int64_t id, const struct line *l, struct status *st)
{
	struct line_text key = { NULL, 0 };
	struct buf buf = { 0 };
	int got;

	if (l->key.at != NULL)
		key = line_unquote(l->key, &buf);
	got = db_sqlite_run(self(db), st,
	    "UPDATE account SET handle = ?2, handle_status = ?3, pds = ?4, "
	    "key = ?5, resolved_ms = ?6 WHERE id = ?1 AND "
	    "coalesce(resolved_ms, 0) <= ?6 AND (handle, handle_status, pds, "
	    "key, resolved_ms) IS NOT (?2, ?3, ?4, ?5, ?6)",
	    "itttti", id, &l->handle, &l->handle_status, &l->pds, &key,
	    l->at_ms);
	buf_free(&buf);
	return got;
}

static int
put_status(struct db *db, int64_t id, const char *status, size_t len,
    int64_t ms, struct status *st)
{
	struct line_text t = { status, len };

	return db_sqlite_run(self(db), st,
	    "UPDATE account SET status = ?2, status_ms = ?3 WHERE id = ?1 "
	    "AND coalesce(status_ms, 0) <= ?3 AND "
	    "(status, status_ms) IS NOT (?2, ?3)",
	    "iti", id, &t, ms);
}

/* Each of what the host says has its own time: a line has what is known. */
static int
put_repo(struct db *db, int64_t id, const struct line *l, struct status *st)
{
	struct line_text status = l->status;

	if (status.at == NULL && l->active == 1)
		status = (struct line_text){ "active", 6 };
	else if (status.at == NULL && l->active == 0)
		status = (struct line_text){ "inactive", 8 };
	if (status.at != NULL &&
	    put_status(db, id, status.at, status.len, l->at_ms, st) == -1)
		return -1;
	if (l->rev.at != NULL && l->rev.len > 0 &&
	    db_sqlite_run(self(db), st,
		"UPDATE account SET host_rev = ?2, host_head = ?3, "
		"host_ms = ?4 WHERE id = ?1 AND coalesce(host_ms, 0) <= ?4 "
		"AND (host_rev, host_head, host_ms) IS NOT (?2, ?3, ?4)",
		"itti", id, &l->rev, &l->head, l->at_ms) == -1)
		return -1;
	if (l->car.at == NULL)
		return 0;
	return db_sqlite_run(self(db), st,
	    "UPDATE account SET car = ?2, car_ms = ?3 WHERE id = ?1 AND "
	    "coalesce(car_ms, 0) <= ?3 AND (car, car_ms) IS NOT (?2, ?3)",
	    "iti", id, &l->car, l->at_ms);
}

/* The programs that ask the account's own host: what it doesn't have is not
 * elsewhere. */
static bool
asked_host(const struct line *l)
{
	return line_text_is(&l->program, "at-describe") ||
	    line_text_is(&l->program, "at-fetchrepo") ||
	    line_text_is(&l->program, "at-listrecords");
}

static int
put_stated(struct db *db, int64_t id, const struct line *l, struct status *st)
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
		if (line_text_is(&l->error, states[i].error) &&
		    (!states[i].of_host || asked_host(l)))
			return put_status(db, id, states[i].status,
			    strlen(states[i].status), l->at_ms, st);
	return 0;
}

/* retryAfter: seconds after a time that must be known, or when. */
static int64_t
retry_ms(const struct line *l)
{
	struct line_text t = l->retry_after;
	char digits[32] = "";
	double seconds;

	if (t.at == NULL)
		return 0;
	if (*t.at == '"' && t.len > 2) {
		t = (struct line_text){ t.at + 1, t.len - 2 };
		return line_time(&t);
	}
	if (l->at_ms == 0 || t.len >= sizeof(digits))
		return 0;
	memcpy(digits, t.at, t.len);
	seconds = strtod(digits, NULL);
	if (!(seconds > 0))
		return 0;
	if (seconds > RETRY_MAX_S)
		seconds = RETRY_MAX_S;
	return l->at_ms + (int64_t)(seconds * 1000);
}

static int
put_failure(struct db *db, int64_t id, const struct line *l, struct status *st)
{
	return db_sqlite_run(self(db), st,
	    "UPDATE account SET failed_rev = ?2, failed_ms = ?3, error = ?4, "
	    "message = ?5, retry_ms = nullif(?6, 0), "
	    "attempts = coalesce(attempts, 0) + 1 WHERE id = ?1 AND "
	    "coalesce(failed_ms < ?3, 1)",
	    "ititti", id, &l->rev, l->at_ms, &l->error, &l->message,
	    retry_ms(l));
}

static int
put_loaded(struct db *db, int64_t id, struct status *st)
{
	struct db_sqlite *d = self(db);

	if (db_sqlite_run(d, st,
		"DELETE FROM error WHERE account = ? AND collection = 0 AND "
		"job <> ''",
		"i", id) == -1 ||
	    db_sqlite_run(d, st,
		"UPDATE account SET failed_rev = NULL, failed_ms = NULL, "
		"error = NULL, message = NULL, attempts = NULL, "
		"retry_ms = NULL WHERE id = ? AND error IS NOT NULL",
		"i", id) == -1)
		return -1;
	return db_sqlite_run(d, st,
	    "UPDATE account SET loaded_ms = ? WHERE id = ?", "ii", db->now_ms,
	    id);
}

/* Of two commits the later one is kept; of one rev the verified one, then
 * the one of the whole repo, then whichever is greater. */
#define NEWS \
	" WHERE id = ?1 AND coalesce((?2, ?5 IS 'verified', ?7, ?6, ?3) > " \
	"(rev, signature IS 'verified', whole, coalesce(records, -1), head), 1)"
#define NEWS_VALUES \
	"itttt" \
	"ii"

static int
news_commit(struct db *db, int64_t id, const struct line *l, struct status *st)
{
	sqlite3_stmt *stmt;
	int got = db_sqlite_query(self(db), &stmt, st,
	    "SELECT ?4 FROM account" NEWS, NEWS_VALUES, id, &l->rev, &l->cid,
	    &l->data, &l->signature, l->records,
	    (int64_t)(l->filter.at == NULL));

	if (got == 1)
		sqlite3_reset(stmt);
	return got;
}

static int
put_commit(struct db *db, int64_t id, const struct line *l, struct status *st)
{
	return db_sqlite_run(self(db), st,
	    "UPDATE account SET rev = ?2, head = ?3, data = ?4, "
	    "signature = ?5, records = nullif(?6, -1), whole = ?7" NEWS,
	    NEWS_VALUES, id, &l->rev, &l->cid, &l->data, &l->signature,
	    l->records, (int64_t)(l->filter.at == NULL));
}

static int
put_service(struct db *db, const struct line *l, struct status *st)
{
	return db_sqlite_run(self(db), st,
	    "INSERT INTO service (service, collection, cursor, event_ms, "
	    "updated_ms) VALUES (?1, coalesce(?2, ''), ?3, nullif(?4, 0), ?5) "
	    "ON CONFLICT DO UPDATE SET cursor = ?3, "
	    "event_ms = nullif(?4, 0), updated_ms = ?5",
	    "tttii", &l->service, &l->collection, &l->cursor, l->at_ms,
	    db->now_ms);
}

void
db_sqlite_account_methods(struct db_methods *m)
{
	m->account = account;
	m->collection = collection;
	m->nsid = nsid;
	m->did = did;
	m->put_error = put_error;
	m->drop_error = drop_error;
	m->drop_errors = drop_errors;
	m->put_identity = put_identity;
	m->put_repo = put_repo;
	m->put_stated = put_stated;
	m->put_failure = put_failure;
	m->put_loaded = put_loaded;
	m->news_commit = news_commit;
	m->put_commit = put_commit;
	m->put_service = put_service;
}
