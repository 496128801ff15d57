#include "config.h"

#include <string.h>

#include "libcar/db/driver_private.h"
#include "libcar/db/standing.h"
#include "libcar/db/views_private.h"
#include "libcar/db/word_private.h"

/*
 * Accounts are read in pages, in the order of their DIDs, so that neither the
 * database nor this process holds all of them.
 */

#define PAGE_ROWS 1000

/* The loaded rev: of the whole repo, or else of all requested patterns. */
#define LOADED \
	"coalesce(r.loaded_rev, (SELECT min(loaded) FROM coverage c " \
	"WHERE c.account = a.id))"
#define IS_NEWS "r.rev > coalesce(" LOADED ", '')"

/* The greatest of the latest revs from all hosts, so that a relay that is
 * behind, or a line with a wrong time, doesn't hide a newer rev. Former hosts
 * don't count, and neither do revs older than the own host's latest. */
#define HOSTS_REV \
	"coalesce((SELECT max(h.rev) FROM word h WHERE h.account = a.id AND " \
	"(h.host = a.own OR (h.former IS NULL AND coalesce(h.rev_ms >= " \
	"(SELECT o.rev_ms FROM word o WHERE o.account = a.id AND " \
	"o.host = a.own), true)))), a.host_rev)"

/* After a failure, only what the host has said since then, and not before the
 * retry time. */
#define IS_OUTDATED \
	HOSTS_REV \
	" > coalesce((SELECT v.loaded FROM coverage v " \
	"WHERE v.account = a.id AND v.pattern = '*'), (SELECT min(loaded) " \
	"FROM coverage c WHERE c.account = a.id), '') AND " \
	"coalesce(a.status, 'active') IN " DB_SHOWN " AND " \
	"(a.error IS NULL OR (coalesce(a.retry_ms <= $7, true) AND " \
	"coalesce(" HOSTS_REV " > a.failed_rev, a.host_ms > a.failed_ms)))"

/* Did an event change the status after the failure? A host that lists the
 * account says nothing new. */
#define IS_ACTIVE_AGAIN \
	"((a.host = '" DB_WORD_EVENT "' AND a.status_ms > a.failed_ms) OR " \
	"EXISTS (SELECT 1 FROM word w WHERE w.account = a.id AND " \
	"w.host = '" DB_WORD_EVENT "' AND w.status_ms > a.failed_ms))"

/* A snapshot helps, and the account is shown. After a failure: not before the
 * retry time, and only if the failure is temporary, or a commit followed it, or
 * the account is active again. */
#define IS_UNSYNCED \
	"a.synced_rev IS NULL AND coalesce(a.unsynced, '') <> 'moved' AND " \
	"coalesce(a.status, 'active') IN " DB_SHOWN \
	" AND (a.error IS NULL OR (coalesce(a.retry_ms <= $7, true) AND " \
	"(a.retry = 1 OR " IS_ACTIVE_AGAIN " OR " \
	"coalesce(a.live_rev > a.failed_rev, false))))"

/* clang-format off */
/*
 * One row for each account with a DID from $1 to $2, in that order: nothing
 * needs sorting, and the other tables are looked up by key. l is the listing
 * that continues, e the failure that counts. $3 asks for all accounts, $4 for
 * pending ones, $5 failed, $6 due for retry at $7, $9 outdated, $10 only these,
 * $11 those that aren't synced; $8 is the maximum number. A job for a deleted
 * account can't succeed, so it isn't pending.
 */
static const char query[] =
"SELECT a.did, a.pds, a.key, "
"CASE WHEN $11 = 1 AND a.head_rev IS NOT NULL THEN a.head_rev "
    "WHEN l.cursor IS NOT NULL THEN l.cursor_rev "
    "WHEN " IS_NEWS " THEN r.rev END, "
"nullif(l.pattern, '*'), l.cursor, l.counts, r.status, " LOADED ", "
"CASE WHEN " LOADED " IS NOT NULL THEN r.loaded_filter END, "
"e.program, e.error, e.message, "
"CASE WHEN a.error IS NULL THEN -1 ELSE coalesce(a.retry, -1) END, "
"a.attempts, a.retry_ms, "
"CASE WHEN l.cursor IS NOT NULL THEN l.started_ms "
    "WHEN " IS_NEWS " THEN a.host_ms "
    "ELSE coalesce(a.failed_ms, a.loaded_ms, a.resolved_ms) END "
"FROM account a CROSS JOIN repos r "
"LEFT JOIN coverage l ON l.account = a.id AND l.pattern = "
    "(SELECT c.pattern FROM coverage c WHERE c.account = a.id AND "
    "c.cursor IS NOT NULL ORDER BY c.cursor_rev DESC, c.pattern DESC LIMIT 1) "
"LEFT JOIN error e ON a.error IS NOT NULL AND e.account = a.id AND "
    "e.collection = 0 AND e.rkey = '' AND e.job = "
    "(SELECT f.job FROM error f WHERE f.account = a.id AND "
    "f.collection = 0 AND f.rkey = '' AND f.job <> '' "
    "ORDER BY f.ms DESC, f.job LIMIT 1) "
"WHERE r.did = a.did AND a.did BETWEEN $1 AND $2 AND "
/* PostgreSQL would read all rows of the view before these. */
"r.did BETWEEN $1 AND $2 AND "
"($10 = 0 OR (" IS_OUTDATED ")) AND ($3 = 1 "
    "OR ($4 = 1 AND r.status IN ('pending', 'in_progress') AND "
	"coalesce(a.status, '') NOT IN " DB_GONE ") "
    "OR ($5 = 1 AND r.status = 'failed') "
    "OR ($6 = 1 AND r.status = 'failed' AND a.retry = 1 AND "
	"coalesce(a.retry_ms <= $7, true)) "
    "OR ($11 = 1 AND " IS_UNSYNCED ") "
    "OR ($9 = 1 AND ($10 = 1 OR (" IS_OUTDATED ")))) "
"ORDER BY a.did LIMIT $8";
/* clang-format on */

/* The texts of a row, in column order. */
static const size_t texts[] = {
	offsetof(struct db_standing, did),
	offsetof(struct db_standing, pds),
	offsetof(struct db_standing, key),
	offsetof(struct db_standing, rev),
	offsetof(struct db_standing, collection),
	offsetof(struct db_standing, cursor),
	offsetof(struct db_standing, counts),
	offsetof(struct db_standing, state),
	offsetof(struct db_standing, loaded_rev),
	offsetof(struct db_standing, loaded_filter),
	offsetof(struct db_standing, program),
	offsetof(struct db_standing, error),
	offsetof(struct db_standing, message),
};

#define NTEXTS (sizeof(texts) / sizeof(texts[0]))

static void
take_row(const struct db_rows *rows, struct db_standing *s)
{
	size_t i;

	for (i = 0; i < NTEXTS; i++)
		*(struct slice *)((char *)s + texts[i]) = db_text(rows, (int)i);
	s->retry = (int)db_integer(rows, NTEXTS);
	s->attempts = db_integer(rows, NTEXTS + 1);
	s->retry_ms = db_integer(rows, NTEXTS + 2);
	s->at_ms = db_integer(rows, NTEXTS + 3);
}

/* Read some rows up to this DID. *last becomes the DID after the last one.
 * Returns the number of rows, or -1. */
static int
read_page(struct db *db, const struct db_wanted *w, struct buf *last,
    const char *to,
    int (*fn)(void *, const struct db_standing *, struct status *), void *arg,
    struct status *st)
{
	const struct slice from = { last->data, last->len };
	int64_t all = !w->pending && !w->failed && !w->retry_due &&
	    !w->outdated && !w->unsynced;
	int64_t alone = w->outdated && !w->pending && !w->failed &&
	    !w->retry_due && !w->unsynced;
	struct db_standing s;
	struct db_rows rows;
	int n = 0;

	db_query(db, &rows, st, query, "tsiiiiiiiii", &from, to, all,
	    (int64_t)w->pending, (int64_t)w->failed, (int64_t)w->retry_due,
	    db->now_ms, (int64_t)PAGE_ROWS, (int64_t)w->outdated, alone,
	    (int64_t)w->unsynced);
	while (db_next(&rows)) {
		take_row(&rows, &s);
		if (++n == PAGE_ROWS) {
			last->len = 0;
			buf_put(last, s.did.at, s.did.len);
			buf_putc(last, '\1');
		}
		rows.rc = fn(arg, &s, st);
	}
	return db_end(&rows) == -1 ? -1 : n;
}

static int
read_range(struct db *db, const struct db_wanted *w, const char *from,
    const char *to,
    int (*fn)(void *, const struct db_standing *, struct status *), void *arg,
    struct status *st)
{
	struct buf last = { 0 };
	int n;

	buf_puts(&last, from);
	do
		n = read_page(db, w, &last, to, fn, arg, st);
	while (n == PAGE_ROWS && !last.failed);
	if (last.failed)
		n = status_no_memory(st);
	buf_free(&last);
	return n == -1 ? -1 : 0;
}

int
db_standings(struct db *db, const struct db_wanted *w,
    int (*fn)(void *, const struct db_standing *, struct status *), void *arg,
    struct status *st)
{
	size_t i;

	if (w->ndids == 0)
		return read_range(db, w, "did:", "did;", fn, arg, st);
	for (i = 0; i < w->ndids; i++)
		if (read_range(db, w, w->dids[i], w->dids[i], fn, arg, st) ==
		    -1)
			return -1;
	return 0;
}
