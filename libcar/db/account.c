#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "libcar/db/driver_private.h"
#include "libcar/db/memory.h"
#include "libcar/stream/rfc3339.h"

#define RETRY_MAX_S (366 * 86400.0)
#define TIME_MAX_MS INT64_C(253402300799999) /* of the year 9999 */

int
db_account(struct db *db, const struct slice *did, bool create,
    struct db_account *a, struct status *st)
{
	struct db_rows rows;

	memset(a, 0, sizeof(*a));
	db_query(db, &rows, st,
	    "SELECT id, coalesce(loaded_ms, 0), EXISTS "
	    "(SELECT 1 FROM error WHERE account = a.id AND job = ''), EXISTS "
	    "(SELECT 1 FROM coverage WHERE account = a.id AND "
	    "cursor IS NOT NULL) "
	    "FROM account a WHERE did = $1",
	    "t", did);

	if (db_next(&rows)) {
		a->id = db_integer(&rows, 0);
		a->loaded_ms = db_integer(&rows, 1);
		a->has_errors = db_integer(&rows, 2);
		a->has_cursors = db_integer(&rows, 3);
	}
	if (db_end(&rows) == -1)
		return -1;
	if (a->id != 0 || !create)
		return 0;
	return db_one(db, st, &a->id,
	    "INSERT INTO account (did) VALUES ($1) RETURNING id", "t", did);
}

static int
find_collection(struct db *db, const struct slice *nsid, int64_t *id,
    struct status *st)
{
	struct db_rows rows;

	*id = 0;
	db_query(db, &rows, st, "SELECT id FROM collection WHERE nsid = $1",
	    "t", nsid);
	if (db_next(&rows))
		*id = db_integer(&rows, 0);
	return db_end(&rows);
}

/* Another process may just have made it. */
static int
make_collection(struct db *db, const struct slice *nsid, int64_t *id,
    struct status *st)
{
	if (db_share(db, st) == -1 || find_collection(db, nsid, id, st) == -1)
		return -1;
	if (*id != 0)
		return 0;
	return db_one(db, st, id,
	    "INSERT INTO collection (nsid) VALUES ($1) RETURNING id", "t",
	    nsid);
}

static struct db_collection *
cached_collection(struct db *db, const struct slice *nsid)
{
	unsigned sum = 0;
	size_t i;

	for (i = 0; i < nsid->len; i++)
		sum = 31 * sum + (unsigned char)nsid->at[i];
	return &db->collections[sum % DB_COLLECTIONS];
}

int
db_collection(struct db *db, const struct slice *nsid, bool create, int64_t *id,
    struct status *st)
{
	struct db_collection *c = cached_collection(db, nsid);

	if (c->id != 0 && c->len == nsid->len &&
	    memcmp(c->nsid, nsid->at, c->len) == 0) {
		*id = c->id;
		return 0;
	}
	if (find_collection(db, nsid, id, st) == -1 ||
	    (*id == 0 && create && make_collection(db, nsid, id, st) == -1))
		return -1;
	if (*id != 0 && nsid->len <= sizeof(c->nsid)) {
		c->id = *id;
		c->len = nsid->len;
		memcpy(c->nsid, nsid->at, nsid->len);
	}
	return 0;
}

/* One row's one text, borrowed until the next call. */
static int
one_text(struct db *db, const char *sql, int64_t id, struct slice *out,
    struct status *st)
{
	struct db_rows rows;
	bool found;

	db->text.len = 0;
	db_query(db, &rows, st, sql, "i", id);
	if ((found = db_next(&rows))) {
		*out = db_text(&rows, 0);
		buf_put(&db->text, out->at, out->len);
	}
	if (db_end(&rows) == -1)
		return -1;
	if (!found)
		return status_set(st, STATUS_SYSTEM, 0, "a row is missing");
	if (db->text.failed)
		return db_no_memory(st);
	out->at = db->text.data;
	return 0;
}

int
db_nsid(struct db *db, int64_t id, struct slice *out, struct status *st)
{
	return one_text(db, "SELECT nsid FROM collection WHERE id = $1", id,
	    out, st);
}

int
db_did(struct db *db, int64_t id, struct slice *out, struct status *st)
{
	return one_text(db, "SELECT did FROM account WHERE id = $1", id, out,
	    st);
}

int
db_put_error(struct db *db, const struct db_error *e, struct status *st)
{
	const struct line *l = e->line;

	if (e->account == 0 && db_share(db, st) == -1)
		return -1;
	return db_run(db, st,
	    "INSERT INTO error (account, collection, rkey, job, rev, cid, "
	    "program, error, message, line, ms) VALUES ($1, $2, "
	    "coalesce($3, ''), coalesce($4, ''), $5, $6, $7, $8, $9, $10, "
	    "nullif($11, 0)) ON CONFLICT (account, collection, rkey, job) "
	    "DO UPDATE SET rev = $5, cid = $6, program = $7, error = $8, "
	    "message = $9, line = $10, ms = excluded.ms "
	    "WHERE CASE WHEN error.job = '' "
	    "THEN coalesce($5 > error.rev, true) "
	    "ELSE coalesce(excluded.ms > error.ms, true) END",
	    "iitttttttti", e->account, e->collection, &e->rkey, &e->job,
	    &l->rev, &l->cid, &l->program, &l->error, &l->message, &l->text,
	    l->at_ms);
}

int
db_drop_error(struct db *db, const struct db_key *k, const char *rev,
    struct status *st)
{
	return db_run(db, st,
	    "DELETE FROM error WHERE account = $1 AND collection = $2 AND "
	    "rkey = $3 AND job = '' AND rev <= $4",
	    "iits", k->account, k->collection, &k->rkey, rev);
}

int
db_drop_errors(struct db *db, int64_t id, const char *rev, struct status *st)
{
	return db_run(db, st,
	    "DELETE FROM error WHERE account = $1 AND collection = 0 AND "
	    "job = '' AND rev < $2",
	    "is", id, rev);
}

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

/* retryAfter: when, or seconds after a time that must be known. */
static int64_t
retry_after(const struct line *l)
{
	struct slice t = l->retry_after;
	char digits[32] = "";
	double seconds;
	int64_t ms;

	if (t.at == NULL)
		return 0;
	if (*t.at == '"' && t.len > 2) {
		t = (struct slice){ t.at + 1, t.len - 2 };
		return rfc3339_parse(&t);
	}
	if (l->at_ms == 0 || t.len >= sizeof(digits))
		return 0;
	memcpy(digits, t.at, t.len);
	seconds = strtod(digits, NULL);
	if (!(seconds > 0))
		return 0;
	if (seconds > RETRY_MAX_S)
		seconds = RETRY_MAX_S;
	ms = l->at_ms + (int64_t)(seconds * 1000);
	return ms < TIME_MAX_MS ? ms : TIME_MAX_MS;
}

/* Not before what the line says; else twice as long after each failure. */
int
db_put_failure(struct db *db, int64_t id, const struct line *l,
    struct status *st)
{
	return db_run(db, st,
	    "UPDATE account SET failed_rev = $2, failed_ms = $3, error = $4, "
	    "message = $5, retry = nullif($6, -1), "
	    "retry_ms = CASE WHEN $7 > 0 THEN $7 "
	    "WHEN $6 <> 1 OR $3 = 0 THEN NULL "
	    "WHEN attempts >= 11 THEN $3 + 86400000 "
	    "ELSE $3 + (60000 << CAST(coalesce(attempts, 0) AS integer)) END, "
	    "attempts = coalesce(attempts, 0) + 1 "
	    "WHERE id = $1 AND coalesce(failed_ms < $3, true)",
	    "itittii", id, &l->rev, l->at_ms, &l->error, &l->message,
	    (int64_t)l->retry, retry_after(l));
}

int
db_put_loaded(struct db *db, int64_t id, struct status *st)
{

	if (db_run(db, st,
		"DELETE FROM error WHERE account = $1 AND collection = 0 AND "
		"job <> ''",
		"i", id) == -1 ||
	    db_run(db, st,
		"UPDATE account SET failed_rev = NULL, failed_ms = NULL, "
		"error = NULL, message = NULL, attempts = NULL, retry = NULL, "
		"retry_ms = NULL WHERE id = $1 AND error IS NOT NULL",
		"i", id) == -1)
		return -1;
	return db_run(db, st, "UPDATE account SET loaded_ms = $1 WHERE id = $2",
	    "ii", db->now_ms, id);
}

/* Of two commits the later one is kept; of one rev the verified one, then
 * the one of the whole repo, then whichever is greater. */
#define NEWS \
	" WHERE id = $1 AND coalesce((" \
	"$2, $5 IS NOT DISTINCT FROM 'verified', $7, $6, $3) > (" \
	"rev, signature IS NOT DISTINCT FROM 'verified', whole, " \
	"coalesce(records, -1), head), true)"
#define NEWS_VALUES \
	"itttt" \
	"ii"

int
db_news_commit(struct db *db, int64_t id, const struct line *l, bool *news,
    struct status *st)
{
	struct db_rows rows;

	db_query(db, &rows, st, "SELECT 1 FROM account" NEWS, NEWS_VALUES, id,
	    &l->rev, &l->cid, &l->data, &l->signature, l->records,
	    (int64_t)(l->filter.at == NULL));

	*news = db_next(&rows);
	return db_end(&rows);
}

int
db_put_commit(struct db *db, int64_t id, const struct line *l,
    struct status *st)
{
	return db_run(db, st,
	    "UPDATE account SET rev = $2, head = $3, data = $4, "
	    "signature = $5, records = nullif($6, -1), whole = $7" NEWS,
	    NEWS_VALUES, id, &l->rev, &l->cid, &l->data, &l->signature,
	    l->records, (int64_t)(l->filter.at == NULL));
}

int
db_put_service(struct db *db, const struct line *l, struct status *st)
{
	if (db_share(db, st) == -1)
		return -1;
	return db_run(db, st,
	    "INSERT INTO service (service, collection, cursor, event_ms, "
	    "updated_ms) VALUES ($1, coalesce($2, ''), $3, nullif($4, 0), $5) "
	    "ON CONFLICT (service, collection) DO UPDATE SET cursor = $3, "
	    "event_ms = nullif($4, 0), updated_ms = $5",
	    "tttii", &l->service, &l->collection, &l->cursor, l->at_ms,
	    db->now_ms);
}
