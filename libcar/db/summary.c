#include "config.h"

#include "libcar/db/driver_private.h"
#include "libcar/db/summary.h"
#include "libcar/db/views_private.h"

/*
 * Counts over all accounts.
 */

#define EVENTS "'com.atproto.sync.subscribeRepos'"

/* clang-format off */
static const char accounts[] =
"SELECT count(*), "
"count(*) FILTER (WHERE r.status = 'completed'), "
"count(*) FILTER (WHERE r.status = 'in_progress' AND NOT a.gone), "
"count(*) FILTER (WHERE r.status = 'pending' AND NOT a.gone), "
"count(*) FILTER (WHERE r.status IN ('pending', 'in_progress') AND a.gone), "
"count(*) FILTER (WHERE r.status = 'failed'), "
"count(*) FILTER (WHERE r.status = 'failed' AND a.retry = 1), "
"count(*) FILTER (WHERE r.status = 'failed' AND a.retry = 1 AND "
    "coalesce(a.retry_ms <= $1, true)), "
"count(*) FILTER (WHERE a.status NOT IN " DB_SHOWN "), "
"count(*) FILTER (WHERE a.synced_rev IS NOT NULL), "
"(SELECT count(*) FROM service WHERE stream = " EVENTS ") "
"FROM (SELECT did, synced_rev, status, retry, retry_ms, "
    "coalesce(status, '') IN " DB_GONE " AS gone FROM account) a "
"CROSS JOIN repos r WHERE r.did = a.did";

/* Records under two loaded patterns aren't counted twice. */
static const char records[] =
"SELECT CAST(coalesce(sum(synced), 0) AS bigint), "
"CAST(coalesce(sum(failed), 0) AS bigint) FROM coverage v "
"WHERE status IS NOT NULL AND NOT EXISTS (SELECT 1 FROM coverage w "
    "WHERE w.account = v.account AND w.pattern <> v.pattern AND "
    "w.loaded IS NOT NULL AND substr(v.pattern, 1, length(w.pattern) - 1) "
    "|| '*' = w.pattern)";
/* clang-format on */

int
db_summary(struct db *db, struct db_summary *s, struct status *st)
{
	struct db_rows rows;

	db_query(db, &rows, st, accounts, "i", db->now_ms);
	if (!db_next(&rows))
		return db_end(&rows);
	s->accounts = db_integer(&rows, 0);
	s->completed = db_integer(&rows, 1);
	s->in_progress = db_integer(&rows, 2);
	s->pending = db_integer(&rows, 3);
	s->gone = db_integer(&rows, 4);
	s->failed = db_integer(&rows, 5);
	s->retry = db_integer(&rows, 6);
	s->retry_due = db_integer(&rows, 7);
	s->hidden = db_integer(&rows, 8);
	s->whole = db_integer(&rows, 9);
	s->missing = s->accounts - s->whole;
	s->streams = db_integer(&rows, 10);
	db_end(&rows);
	db_query(db, &rows, st, records, "");
	if (db_next(&rows)) {
		s->synced = db_integer(&rows, 0);
		s->errors = db_integer(&rows, 1);
	}
	return db_end(&rows);
}

static int
each_name(struct db *db, const char *sql,
    int (*fn)(void *, const struct slice *, int64_t, struct status *),
    void *arg, struct status *st)
{
	struct slice name;
	struct db_rows rows;

	db_query(db, &rows, st, sql, "i", (int64_t)DB_SUMMARY_NAMES);
	while (db_next(&rows)) {
		name = db_text(&rows, 0);
		rows.rc = fn(arg, &name, db_integer(&rows, 1), st);
	}
	return db_end(&rows);
}

int
db_hosts(struct db *db,
    int (*fn)(void *, const struct slice *, int64_t, struct status *),
    void *arg, struct status *st)
{
	struct slice host;
	struct db_rows rows;

	db_query(db, &rows, st,
	    "SELECT pds, count(*) FROM account WHERE pds IS NOT NULL "
	    "GROUP BY pds ORDER BY pds",
	    "");
	while (db_next(&rows)) {
		host = db_text(&rows, 0);
		rows.rc = fn(arg, &host, db_integer(&rows, 1), st);
	}
	return db_end(&rows);
}

int
db_hidden(struct db *db,
    int (*fn)(void *, const struct slice *, int64_t, struct status *),
    void *arg, struct status *st)
{
	return each_name(db,
	    "SELECT status, count(*) FROM account WHERE status NOT IN " DB_SHOWN
	    " GROUP BY status ORDER BY count(*) DESC, status LIMIT $1",
	    fn, arg, st);
}

int
db_failures(struct db *db,
    int (*fn)(void *, const struct slice *, int64_t, struct status *),
    void *arg, struct status *st)
{
	return each_name(db,
	    "SELECT error, count(*) FROM account WHERE error IS NOT NULL "
	    "GROUP BY error ORDER BY count(*) DESC, error LIMIT $1",
	    fn, arg, st);
}

int
db_unsynced(struct db *db,
    int (*fn)(void *, const struct slice *, int64_t, struct status *),
    void *arg, struct status *st)
{
	return each_name(db,
	    "SELECT CASE WHEN coalesce(status, 'active') IN " DB_SHOWN
	    " THEN coalesce(unsynced, 'new') ELSE 'hidden' END, count(*) "
	    "FROM account WHERE synced_rev IS NULL "
	    "GROUP BY 1 ORDER BY 2 DESC, 1 LIMIT $1",
	    fn, arg, st);
}

int
db_lags(struct db *db,
    int (*fn)(void *, const struct slice *, int64_t, struct status *),
    void *arg, struct status *st)
{
	struct slice name;
	struct db_rows rows;

	db_query(db, &rows, st,
	    "SELECT service, CASE WHEN event_ms < $1 "
	    "THEN ($1 - event_ms) / 1000 ELSE 0 END FROM service "
	    "WHERE stream = " EVENTS " AND event_ms IS NOT NULL "
	    "ORDER BY service LIMIT $2",
	    "ii", db->now_ms, (int64_t)DB_SUMMARY_NAMES);
	while (db_next(&rows)) {
		name = db_text(&rows, 0);
		rows.rc = fn(arg, &name, db_integer(&rows, 1), st);
	}
	return db_end(&rows);
}
