#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "libcar/db/driver_private.h"
#include "libcar/db/failure.h"
#include "libcar/stream/rfc3339.h"

/*
 * Each error is a row. The account's row has the failure of its last job, and
 * when to retry it.
 */

#define RETRY_MAX_S (366 * 86400.0)
#define TIME_MAX_MS INT64_C(253402300799999) /* the end of the year 9999 */

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

/* retryAfter: a time, or seconds after a time that must be known. */
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

/* Not before the line's time; otherwise the delay doubles with each failure. */
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
db_drop_failures(struct db *db, int64_t id, struct status *st)
{
	if (db_run(db, st,
		"DELETE FROM error WHERE account = $1 AND collection = 0 AND "
		"job <> ''",
		"i", id) == -1)
		return -1;
	return db_run(db, st,
	    "UPDATE account SET failed_rev = NULL, failed_ms = NULL, "
	    "error = NULL, message = NULL, attempts = NULL, retry = NULL, "
	    "retry_ms = NULL WHERE id = $1 AND error IS NOT NULL",
	    "i", id);
}

int
db_failures_of(struct db *db, int64_t account, int limit,
    int (*fn)(void *, const struct db_failure *, struct status *), void *arg,
    struct status *st)
{
	struct db_failure f;
	struct db_rows rows;

	db_query(db, &rows, st,
	    "SELECT c.nsid, nullif(e.rkey, ''), e.program, e.error, "
	    "e.message, coalesce(e.ms, 0) FROM error e "
	    "LEFT JOIN collection c ON c.id = e.collection "
	    "WHERE e.account = $1 "
	    "ORDER BY e.account, e.collection, e.rkey, e.job LIMIT $2",
	    "ii", account, (int64_t)limit);
	while (db_next(&rows)) {
		f.collection = db_text(&rows, 0);
		f.rkey = db_text(&rows, 1);
		f.program = db_text(&rows, 2);
		f.error = db_text(&rows, 3);
		f.message = db_text(&rows, 4);
		f.ms = db_integer(&rows, 5);
		rows.rc = fn(arg, &f, st);
	}
	return db_end(&rows);
}
