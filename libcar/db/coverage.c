#include "config.h"

#include <string.h>

#include "libcar/db/columns_private.h"
#include "libcar/db/coverage.h"
#include "libcar/db/each_private.h"

/*
 * A row of coverage describes a pattern that was loaded, is being loaded, or
 * has a floor or a cursor. The row is removed when it has none of these.
 */

static const char *const statuses[] = {
	[DB_NONE] = NULL,
	[DB_IN_PROGRESS] = "in_progress",
	[DB_COMPLETED] = "completed",
	[DB_FAILED] = "failed",
};

static const char *const causes[] = {
	[DB_SYNCED] = NULL,
	[DB_NEW] = "new",
	[DB_GAP] = "gap",
	[DB_DOUBT] = "doubt",
	[DB_UNVERIFIED] = "unverified",
	[DB_RETURNED] = "returned",
	[DB_MOVED] = "moved",
};

const char *
db_cause_name(enum db_cause cause)
{
	return causes[cause];
}

static enum db_cause
parse_cause(const struct slice *t)
{
	enum db_cause c;

	for (c = DB_NEW; t->at != NULL && c <= DB_MOVED; c++)
		if (slice_is(t, causes[c]))
			return c;
	return DB_SYNCED;
}

static enum db_import
parse_status(const struct slice *t)
{
	enum db_import s;

	for (s = DB_IN_PROGRESS; s <= DB_FAILED; s++)
		if (slice_is(t, statuses[s]))
			return s;
	return DB_NONE;
}

#define COLUMNS \
	"v.pattern, v.floor, v.loaded, v.listed, v.status, v.synced, " \
	"v.skipped, v.failed, v.started_ms, v.completed_ms, " \
	"v.cursor IS NOT NULL, v.cursor_rev, " \
	"v.doubt, v.run_from, v.run_first, v.run_to, v.run_data, v.cause"

static const struct db_question question = {
	.one = "SELECT 1, " COLUMNS " FROM coverage v WHERE v.account = $1",
	.all = "SELECT k.i, " COLUMNS
	       " FROM unnest($1) WITH ORDINALITY AS k(account, i) "
	       "JOIN coverage v ON v.account = k.account",
};

struct taker {
	int (*fn)(void *, size_t, const struct db_coverage *, struct status *);
	void *arg;
};

/* What live commits say. */
static void
take_live(struct db_coverage *v, const struct db_rows *rows, int column)
{
	struct slice data = db_text(rows, column + 4);
	struct slice cause = db_text(rows, column + 5);

	db_rev(v->doubt, rows, column);
	db_rev(v->run_from, rows, column + 1);
	db_rev(v->run_first, rows, column + 2);
	db_rev(v->run_to, rows, column + 3);
	memset(v->run_data, 0, sizeof(v->run_data));
	if (data.at != NULL && data.len < sizeof(v->run_data))
		memcpy(v->run_data, data.at, data.len);
	v->cause = parse_cause(&cause);
}

static int
take(void *arg, size_t place, const struct db_rows *rows, struct status *st)
{
	const struct taker *t = arg;
	struct slice status = db_text(rows, 5);
	struct db_coverage v;

	v.pattern = (char *)db_text(rows, 1).at;
	db_rev(v.floor, rows, 2);
	db_rev(v.loaded, rows, 3);
	v.listed = db_integer(rows, 4);
	v.status = parse_status(&status);
	v.synced = db_integer(rows, 6);
	v.skipped = db_integer(rows, 7);
	v.failed = db_integer(rows, 8);
	v.started_ms = db_integer(rows, 9);
	v.completed_ms = db_integer(rows, 10);
	v.has_cursor = db_integer(rows, 11);
	db_rev(v.cursor_rev, rows, 12);
	take_live(&v, rows, 13);
	return t->fn(t->arg, place, &v, st);
}

int
db_coverages(struct db *db, struct db_account *const *accounts, size_t n,
    int (*fn)(void *, size_t, const struct db_coverage *, struct status *),
    void *arg, struct status *st)
{
	struct taker t = { fn, arg };

	return db_each(db, &question, accounts, n, take, &t, st);
}

#define INTO \
	"INSERT INTO coverage (account, pattern, floor, loaded, listed, " \
	"status, synced, skipped, failed, started_ms, completed_ms, " \
	"doubt, run_from, run_first, run_to, run_data, cause) "
#define OR_REPLACE \
	" ON CONFLICT (account, pattern) DO UPDATE SET " \
	"floor = excluded.floor, loaded = excluded.loaded, " \
	"listed = excluded.listed, status = excluded.status, " \
	"synced = excluded.synced, skipped = excluded.skipped, " \
	"failed = excluded.failed, started_ms = excluded.started_ms, " \
	"completed_ms = excluded.completed_ms, doubt = excluded.doubt, " \
	"run_from = excluded.run_from, run_first = excluded.run_first, " \
	"run_to = excluded.run_to, run_data = excluded.run_data, " \
	"cause = excluded.cause"

static int
put(struct db *db, const void *element, struct status *st)
{
	const struct db_covered *c = element;
	const struct db_coverage *v = c->coverage;

	return db_run(db, st,
	    INTO "VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, nullif($10, 0), "
		 "nullif($11, 0), $12, $13, $14, $15, $16, $17)" OR_REPLACE,
	    "isssisiiiii"
	    "ssssss",
	    c->account, v->pattern, v->floor, v->loaded, (int64_t)v->listed,
	    statuses[v->status], v->synced, v->skipped, v->failed,
	    v->started_ms, v->completed_ms, v->doubt, v->run_from, v->run_first,
	    v->run_to, v->run_data, causes[v->cause]);
}

static int
put_all(struct db *db, const struct db_columns *c, struct status *st)
{
	const struct db_list *l = c->lists;

	return db_run(db, st,
	    INTO "SELECT k.a, k.b, k.c, k.d, k.e, k.f, k.g, k.h, k.i, "
		 "nullif(k.j, 0), nullif(k.k, 0), k.l, k.m, k.n, k.o, k.p, k.q "
		 "FROM unnest($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, "
		 "$12, $13, $14, $15, $16, $17) AS k(a, b, c, d, e, f, g, h, "
		 "i, j, k, l, m, n, o, p, q)" OR_REPLACE,
	    "aAAAaAaaaaa"
	    "AAAAAA",
	    &l[0], &l[1], &l[2], &l[3], &l[4], &l[5], &l[6], &l[7], &l[8],
	    &l[9], &l[10], &l[11], &l[12], &l[13], &l[14], &l[15], &l[16]);
}

static void
add(struct db_columns *c, const void *element)
{
	const struct db_covered *covered = element;
	const struct db_coverage *v = covered->coverage;

	db_columns_add(c, covered->account, v->pattern, v->floor, v->loaded,
	    (int64_t)v->listed, statuses[v->status], v->synced, v->skipped,
	    v->failed, v->started_ms, v->completed_ms, v->doubt, v->run_from,
	    v->run_first, v->run_to, v->run_data, causes[v->cause]);
}

int
db_put_coverages(struct db *db, const struct db_covered *all, size_t n,
    struct status *st)
{
	static const struct db_columns_batch batch = {
		.format = "isssisiiiii"
			  "ssssss",
		.size = sizeof(*all),
		.one = put,
		.add = add,
		.all = put_all,
	};

	return db_columns_write(db, &batch, all, n, st);
}

/* Keep the cursor: another listing may have reached it. */
int
db_drop_coverage(struct db *db, int64_t account, const char *pattern,
    struct status *st)
{
	static const struct db_many drop = {
		.one = "DELETE FROM coverage WHERE account = $1 "
		       "AND pattern = $2 AND cursor IS NULL",
		.all = "DELETE FROM coverage v USING unnest($1, $2) "
		       "AS k(account, pattern) WHERE v.account = k.account "
		       "AND v.pattern = k.pattern AND v.cursor IS NULL",
		.format = "is",
		.stage = DB_DROPS,
	};
	static const struct db_many clear = {
		.one = "UPDATE coverage SET floor = NULL, status = NULL, "
		       "run_from = NULL, run_data = NULL, cause = NULL "
		       "WHERE account = $1 AND pattern = $2",
		.all = "UPDATE coverage v SET floor = NULL, status = NULL, "
		       "run_from = NULL, run_data = NULL, cause = NULL "
		       "FROM unnest($1, $2) AS k(account, pattern) "
		       "WHERE v.account = k.account "
		       "AND v.pattern = k.pattern",
		.format = "is",
		.stage = DB_DROPS,
	};

	return db_run_many(db, st, &drop, account, pattern) == -1 ?
	    -1 :
	    db_run_many(db, st, &clear, account, pattern);
}

int
db_put_cursor(struct db *db, int64_t account, const struct line *l,
    struct status *st)
{
	struct slice pattern = l->collection;

	if (pattern.at == NULL)
		pattern = (struct slice){ "*", 1 };
	return db_run(db, st,
	    "INSERT INTO coverage (account, pattern, cursor, cursor_rev, "
	    "counts) VALUES ($1, $2, $3, $4, $5) "
	    "ON CONFLICT (account, pattern) DO UPDATE SET "
	    "cursor = $3, cursor_rev = $4, counts = $5 "
	    "WHERE coalesce(coverage.cursor_rev <= $4, true)",
	    "itttt", account, &pattern, &l->cursor, &l->rev, &l->counts);
}

int
db_drop_cursor(struct db *db, int64_t account, const char *pattern,
    struct status *st)
{
	if (db_run(db, st,
		"UPDATE coverage SET cursor = NULL, cursor_rev = NULL, "
		"counts = NULL WHERE account = $1 AND pattern = $2",
		"is", account, pattern) == -1)
		return -1;
	return db_run(db, st,
	    "DELETE FROM coverage WHERE account = $1 AND pattern = $2 AND "
	    "coalesce(floor, loaded, status, doubt, run_to) IS NULL",
	    "is", account, pattern);
}

/* The later `at` wins; lines without `at` replace each other. */
int
db_put_service(struct db *db, const struct line *l, struct status *st)
{
	if (db_share(db, st) == -1)
		return -1;
	return db_run(db, st,
	    "INSERT INTO service (service, stream, collection, cursor, "
	    "event_ms, updated_ms) VALUES ($1, coalesce($6, ''), "
	    "coalesce($2, ''), $3, nullif($4, 0), $5) "
	    "ON CONFLICT (service, stream, collection) DO UPDATE SET "
	    "cursor = $3, event_ms = excluded.event_ms, updated_ms = $5 "
	    "WHERE coalesce(excluded.event_ms >= service.event_ms, true)",
	    "tttiit", &l->service, &l->collection, &l->cursor, l->at_ms,
	    db->now_ms, &l->stream);
}

int
db_services(struct db *db,
    int (*fn)(void *, const struct db_service *, struct status *), void *arg,
    struct status *st)
{
	struct db_service s;
	struct db_rows rows;

	db_query(db, &rows, st,
	    "SELECT service, stream, collection, cursor, event_ms "
	    "FROM service ORDER BY service, stream, collection",
	    "");
	while (db_next(&rows)) {
		s.service = db_text(&rows, 0);
		s.stream = db_text(&rows, 1);
		s.collection = db_text(&rows, 2);
		s.cursor = db_text(&rows, 3);
		s.at_ms = db_integer(&rows, 4);
		rows.rc = fn(arg, &s, st);
	}
	return db_end(&rows);
}
