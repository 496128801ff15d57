#include "config.h"

#include <string.h>

#include "libcar/db/driver_private.h"
#include "libcar/db/word_private.h"

/*
 * The first host's statements are in the account's row. When a second host
 * speaks, they become rows of the table word, and the account's row has the
 * greatest of them. Each further statement is stored beside the others and, if
 * it is greater, in the account's row. Only a new identity changes ranks. Then
 * the greatest statement is searched once a transaction; otherwise lines that
 * name thousands of hosts in turn would read all statements for each line.
 *
 * The account's row, which was read before, tells whether this is the first
 * host. So in the usual case a line is one statement.
 */

struct db_word_host
db_word_host(const struct slice *t)
{
	struct db_word_host h = { "" };

	if (t->at != NULL)
		diddoc_origin(h.origin, t->at, t->len, true);
	return h;
}

/* Statements */

/* clang-format off */
/* Are the status and rev in the parameters $3 to $6 later than these columns? A
 * missing status or rev isn't. */
#define NEW_STATUS(ms, status) \
"($3 IS NOT NULL AND coalesce(($4, $3) > (" ms ", " status "), true))"
#define NEW_REV(ms, rev, head) \
"($5 IS NOT NULL AND coalesce(($4, $5, coalesce($6, '')) > " \
"(" ms ", " rev ", coalesce(" head ", '')), true))"

#define STATUS_RANK(host) \
"CASE WHEN " host " IN (own, '" DB_WORD_EVENT "') THEN 1 ELSE 0 END"

#define MY_STATUS NEW_STATUS("status_ms", "status")
#define MY_REV NEW_REV("host_ms", "host_rev", "host_head")

#define PUT_ALONE(id, name, state, ms, rev, head, is_status, is_rev, from) \
"UPDATE account SET host = " name ", " \
"status = CASE WHEN " is_status " THEN " state " ELSE status END, " \
"status_ms = CASE WHEN " is_status " THEN " ms " ELSE status_ms END, " \
"status_rank = " STATUS_RANK(name) ", " \
"host_rev = CASE WHEN " is_rev " THEN " rev " ELSE host_rev END, " \
"host_head = CASE WHEN " is_rev " THEN " head " ELSE host_head END, " \
"host_ms = CASE WHEN " is_rev " THEN " ms " ELSE host_ms END " from \
"WHERE id = " id " AND (" is_status " OR " is_rev ")"

/* The same for columns k. */
#define K_STATUS \
"(k_status IS NOT NULL AND " \
"coalesce((k_ms, k_status) > (status_ms, status), true))"
#define K_REV \
"(k_rev IS NOT NULL AND coalesce((k_ms, k_rev, coalesce(k_head, '')) > " \
"(host_ms, host_rev, coalesce(host_head, '')), true))"

static const struct db_many put_alone = {
	.one = PUT_ALONE("$1", "$2", "$3", "$4", "$5", "$6", MY_STATUS, MY_REV,
	    ""),
	.all = PUT_ALONE("k_id", "k_host", "k_status", "k_ms", "k_rev",
	    "k_head", K_STATUS, K_REV, "FROM unnest($1, $2, $3, $4, $5, $6) "
	    "AS k(k_id, k_host, k_status, k_ms, k_rev, k_head) "),
	.format = "ittitt",
	.stage = DB_PUTS,
	.once = true,
};

/* A former host may have the row already. */
static const char spread[] =
"INSERT INTO word (account, host, status, status_ms, rev, head, rev_ms) "
"SELECT id, host, status, status_ms, host_rev, host_head, host_ms "
"FROM account WHERE id = $1 "
"ON CONFLICT (account, host) DO UPDATE SET status = excluded.status, "
"status_ms = excluded.status_ms, rev = excluded.rev, head = excluded.head, "
"rev_ms = excluded.rev_ms";

#define ITS_STATUS NEW_STATUS("word.status_ms", "word.status")
#define ITS_REV NEW_REV("word.rev_ms", "word.rev", "word.head")

static const char put_beside[] =
"INSERT INTO word (account, host, status, status_ms, rev, head, rev_ms) "
"VALUES ($1, $2, $3, CASE WHEN $3 IS NOT NULL THEN $4 END, $5, $6, "
    "CASE WHEN $5 IS NOT NULL THEN $4 END) "
"ON CONFLICT (account, host) DO UPDATE SET "
"status = CASE WHEN " ITS_STATUS " THEN $3 ELSE word.status END, "
"status_ms = CASE WHEN " ITS_STATUS " THEN $4 ELSE word.status_ms END, "
"rev = CASE WHEN " ITS_REV " THEN $5 ELSE word.rev END, "
"head = CASE WHEN " ITS_REV " THEN $6 ELSE word.head END, "
"rev_ms = CASE WHEN " ITS_REV " THEN $4 ELSE word.rev_ms END "
"WHERE " ITS_STATUS " OR " ITS_REV;

static const char put_status[] =
"UPDATE account SET status = $3, status_ms = $4, "
"status_rank = " STATUS_RANK("$2") " WHERE id = $1 AND "
"coalesce((" STATUS_RANK("$2") ", $4, $3) > "
    "(status_rank, status_ms, status), true)";

#define REV_RANK \
"CASE WHEN $2 IS DISTINCT FROM own AND EXISTS (SELECT 1 FROM word w " \
    "WHERE w.account = $1 AND w.host = $2 AND w.former = 1) " \
"THEN 0 ELSE 1 END"

static const char put_rev[] =
"UPDATE account SET host_rev = $3, host_head = $4, host_ms = $5, "
"host_rank = " REV_RANK " WHERE id = $1 AND "
"coalesce((" REV_RANK ", $5, $3, coalesce($4, '')) > "
    "(host_rank, host_ms, host_rev, coalesce(host_head, '')), true)";

static const char claim[] =
"UPDATE account SET own = $2, own_ms = $3, "
"status_rank = " DB_WORD_RANK_ALONE("$2") " "
"WHERE id = $1 AND resolved_ms IS NULL AND "
"coalesce(($3, $2) > (own_ms, own), true)";

#define LATER "($3, coalesce($2, '')) > (resolved_ms, coalesce(own, ''))"
#define EARLIER_HOST "CASE WHEN " LATER " THEN own ELSE $2 END"

static const char moves[] =
"INSERT INTO word (account, host, former) "
"SELECT id, " EARLIER_HOST ", 1 FROM account WHERE id = $1 AND "
"resolved_ms IS NOT NULL AND own IS DISTINCT FROM $2 AND "
EARLIER_HOST " IS NOT NULL "
"ON CONFLICT (account, host) DO UPDATE SET former = 1";

#define RANKED_REV \
"CASE WHEN w.host IS DISTINCT FROM own AND w.former = 1 THEN 0 ELSE 1 END"

static const char choose[] =
"UPDATE account SET host = '" DB_HEARD_SEVERAL "', "
"(status, status_ms, status_rank) = "
    "(SELECT w.status, w.status_ms, " STATUS_RANK("w.host") " FROM word w "
    "WHERE w.account = account.id AND w.status IS NOT NULL "
    "ORDER BY 3 DESC, 2 DESC, 1 DESC LIMIT 1), "
"(host_rev, host_head, host_ms, host_rank) = "
    "(SELECT w.rev, w.head, w.rev_ms, " RANKED_REV " FROM word w "
    "WHERE w.account = account.id AND w.rev IS NOT NULL "
    "ORDER BY 4 DESC, 3 DESC, 1 DESC, coalesce(w.head, '') DESC LIMIT 1) "
"WHERE id = $1";
/* clang-format on */

/* Words */

static int
run_put(struct db *db, const char *sql, const struct db_account *a,
    const struct db_word *w, struct status *st)
{
	const struct slice host = slice_of(w->host);

	return db_run(db, st, sql, "ittitt", a->id, &host, &w->status, w->ms,
	    &w->rev, &w->head);
}

static int
put_first(struct db *db, struct db_account *a, const struct db_word *w,
    struct status *st)
{
	const struct slice host = slice_of(w->host);

	db_heard_mark(a->heard.host, w->host);
	a->heard.of = DB_ONE_HOST;
	return db_run_many(db, st, &put_alone, a->id, &host, &w->status, w->ms,
	    &w->rev, &w->head);
}

static int
put_second(struct db *db, struct db_account *a, const struct db_word *w,
    struct status *st)
{
	a->heard.of = DB_SEVERAL_HOSTS;
	if (db_run(db, st, spread, "i", a->id) == -1 ||
	    run_put(db, put_beside, a, w, st) == -1)
		return -1;
	db_word_open(a);
	return 0;
}

static int
put_further(struct db *db, const struct db_account *a, const struct db_word *w,
    struct status *st)
{
	const struct slice host = slice_of(w->host);

	if (run_put(db, put_beside, a, w, st) == -1)
		return -1;
	if (w->status.at != NULL &&
	    db_run(db, st, put_status, "itti", a->id, &host, &w->status,
		w->ms) == -1)
		return -1;
	if (w->rev.at == NULL)
		return 0;
	return db_run(db, st, put_rev, "ittti", a->id, &host, &w->rev, &w->head,
	    w->ms);
}

int
db_word_put(struct db *db, struct db_account *a, const struct db_word *w,
    struct status *st)
{
	if (w->status.at == NULL && w->rev.at == NULL)
		return 0;
	if (a->heard.of == DB_SEVERAL_HOSTS)
		return put_further(db, a, w, st);
	if (a->heard.of == DB_NO_HOST || db_heard_is(a->heard.host, w->host))
		return put_first(db, a, w, st);
	return put_second(db, a, w, st);
}

/* Another host */

int
db_word_claim(struct db *db, struct db_account *a, const char *host, int64_t ms,
    struct status *st)
{
	struct db_heard *h = &a->heard;
	bool same = db_heard_is(h->own, host);

	if (h->is_resolved)
		return 0;
	if (db_run(db, st, claim, "isi", a->id, host, ms) == -1)
		return -1;
	if (same && !h->is_moving)
		return 0;
	/* It may be the current host, or an earlier one. */
	h->is_moving = true;
	db_word_open(a);
	return 0;
}

int
db_word_moves(struct db *db, struct db_account *a, const char *own, int64_t ms,
    struct status *st)
{
	struct db_heard *h = &a->heard;

	if (h->is_resolved && !h->is_moving && db_heard_is(h->own, own))
		return 0;
	if (!h->is_resolved) {
		h->is_resolved = true;
		db_heard_mark(h->own, own);
		return 0;
	}
	/* Only the database knows which of the two is later. */
	h->is_moving = true;
	return db_run(db, st, moves, "isi", a->id, own, ms);
}

void
db_word_open(struct db_account *a)
{
	a->heard.is_open = a->heard.of == DB_SEVERAL_HOSTS;
}

int
db_word_settle(struct db *db, struct db_account *a, struct status *st)
{
	if (!a->heard.is_open)
		return 0;
	a->heard.is_open = false;
	return db_run(db, st, choose, "i", a->id);
}

/* A deleted account */

int
db_word_forget(struct db *db, int64_t id, struct status *st)
{
	if (db_run(db, st,
		"UPDATE account SET host = '" DB_WORD_EVENT "' WHERE id = $1",
		"i", id) == -1)
		return -1;
	return db_run(db, st, "DELETE FROM word WHERE account = $1", "i", id);
}
