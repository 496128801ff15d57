#include "config.h"

#include <string.h>

#include "libcar/db/census.h"
#include "libcar/db/driver_private.h"
#include "libcar/db/views_private.h"

/*
 * Each page is a range of keys, so that every statement reads only its rows,
 * whatever the planner thinks of the table.
 */

#define PAGE_ROWS 5000

const char *const db_census_states[DB_CENSUS_STATES] = {
	[DB_CENSUS_COMPLETED] = "completed",
	[DB_CENSUS_IN_PROGRESS] = "in_progress",
	[DB_CENSUS_PENDING] = "pending",
	[DB_CENSUS_GONE] = "gone",
	[DB_CENSUS_FAILED] = "failed",
};

/* clang-format off */
static const char end_of_page[] =
"SELECT coalesce(max(id), -1) FROM "
"(SELECT id FROM account WHERE id > $1 ORDER BY id LIMIT $2) p";

/* Records under two loaded patterns aren't counted twice, as in summary.c. */
#define COUNTED(column) \
"CAST(coalesce(sum(CASE WHEN v.status IS NOT NULL AND NOT EXISTS " \
"(SELECT 1 FROM coverage w WHERE w.account = v.account AND " \
    "w.pattern <> v.pattern AND w.loaded IS NOT NULL AND " \
    "substr(v.pattern, 1, length(w.pattern) - 1) || '*' = w.pattern) " \
"THEN " column " END), 0) AS bigint)"

/* The states as in the view `repos`. */
static const char accounts[] =
"SELECT a.id, a.did, a.own, "
"CASE WHEN a.status NOT IN " DB_SHOWN " THEN a.status END, "
"CASE WHEN a.synced_rev IS NOT NULL THEN NULL "
    "WHEN coalesce(a.status, 'active') IN " DB_SHOWN
    " THEN coalesce(a.unsynced, 'new') ELSE 'hidden' END, "
"c.state, a.error, a.message, coalesce(a.retry, 0), coalesce(a.loaded_ms, 0), "
"coalesce(c.synced, 0), coalesce(c.failed, 0), "
"CASE WHEN a.status IN " DB_GONE " THEN 1 ELSE 0 END "
"FROM account a LEFT JOIN (SELECT v.account, "
    "max(CASE WHEN v.cursor IS NOT NULL THEN 'in_progress' "
	"ELSE v.status END) AS state, "
    COUNTED("v.synced") " AS synced, " COUNTED("v.failed") " AS failed "
    "FROM coverage v WHERE v.account > $1 AND v.account <= $2 "
    "GROUP BY v.account) c ON c.account = a.id "
"WHERE a.id > $1 AND a.id <= $2";

static const char errors[] =
"SELECT error, count(*) FROM error "
"WHERE account > $1 AND account <= $2 AND job = '' AND error IS NOT NULL "
"GROUP BY error";

/* The index plc_operation_latest has all of these columns. */
static const char operations[] =
"SELECT did, audited, ms, seq FROM plc_operation WHERE nullified < 1 AND "
"(did, audited, ms, seq) > ($1, $2, $3, $4) "
"ORDER BY did, audited, ms, seq LIMIT $5";
/* clang-format on */

static enum db_census_state
state_of(const struct db_census_account *a, const struct slice *state,
    bool is_gone)
{
	if (a->error.at != NULL || slice_is(state, "failed"))
		return DB_CENSUS_FAILED;
	if (slice_is(state, "completed"))
		return DB_CENSUS_COMPLETED;
	if (is_gone)
		return DB_CENSUS_GONE;
	return slice_is(state, "in_progress") ? DB_CENSUS_IN_PROGRESS :
						DB_CENSUS_PENDING;
}

static void
take_account(const struct db_rows *rows, struct db_census_account *a)
{
	struct slice state = db_text(rows, 5);

	a->id = db_integer(rows, 0);
	a->did = db_text(rows, 1);
	a->host = db_text(rows, 2);
	a->status = db_text(rows, 3);
	a->missing = db_text(rows, 4);
	a->error = db_text(rows, 6);
	a->message = db_text(rows, 7);
	a->retry = db_integer(rows, 8) == 1;
	a->loaded_ms = db_integer(rows, 9);
	a->records = db_integer(rows, 10);
	a->bad_records = db_integer(rows, 11);
	a->state = state_of(a, &state, db_integer(rows, 12) == 1);
}

int
db_census_accounts(struct db *db, int64_t *after,
    int (*fn)(void *, const struct db_census_account *, struct status *),
    void *arg, struct status *st)
{
	int64_t from = *after, to;
	struct db_census_account a;
	struct db_rows rows;

	if (db_one(db, st, &to, end_of_page, "ii", from, (int64_t)PAGE_ROWS) ==
	    -1)
		return -1;
	if (to == -1)
		return 0;
	db_query(db, &rows, st, accounts, "ii", from, to);
	while (db_next(&rows)) {
		take_account(&rows, &a);
		rows.rc = fn(arg, &a, st);
	}
	*after = to;
	return db_end(&rows) == -1 ? -1 : 1;
}

int
db_census_errors(struct db *db, int64_t after, int64_t to,
    int (*fn)(void *, const struct slice *, int64_t, struct status *),
    void *arg, struct status *st)
{
	struct db_rows rows;
	struct slice error;

	db_query(db, &rows, st, errors, "ii", after, to);
	while (db_next(&rows)) {
		error = db_text(&rows, 0);
		rows.rc = fn(arg, &error, db_integer(&rows, 1), st);
	}
	return db_end(&rows);
}

/* Take the row as the place up to which all were read. */
static int
take_place(const struct db_rows *rows, struct db_census_place *place,
    bool *is_first, struct status *st)
{
	struct slice did = db_text(rows, 0),
		     last = { place->did.data, place->did.len };

	*is_first = place->did.len == 0 || !slice_equal(&did, &last);
	place->did.len = 0;
	buf_put(&place->did, did.at, did.len);
	place->audited = db_integer(rows, 1);
	place->ms = db_integer(rows, 2);
	place->seq = db_integer(rows, 3);
	place->operations++;
	return place->did.failed ? status_no_memory(st) : 0;
}

int
db_census_operations(struct db *db, struct db_census_place *place,
    int (*fn)(void *, const struct db_census_operation *, struct status *),
    void *arg, struct status *st)
{
	int64_t before = place->operations;
	struct db_census_operation o;
	struct db_rows rows;
	struct buf from = { 0 }; /* the place moves while this is bound */
	struct slice did;

	buf_put(&from, place->did.data, place->did.len);
	if (buf_reserve(&from, 1) == NULL)
		return status_no_memory(st);
	did = slice_make(from.data, from.len);
	db_query(db, &rows, st, operations, "tiiii", &did, place->audited,
	    place->ms, place->seq, (int64_t)PAGE_ROWS);
	while (db_next(&rows)) {
		rows.rc = take_place(&rows, place, &o.is_first, st);
		o.is_audited = place->audited == 1;
		o.ms = place->ms;
		if (rows.rc == 0)
			rows.rc = fn(arg, &o, st);
	}
	buf_free(&from);
	if (db_end(&rows) == -1)
		return -1;
	return place->operations > before ? 1 : 0;
}

void
db_census_place_free(struct db_census_place *place)
{
	buf_free(&place->did);
	memset(place, 0, sizeof(*place));
}
