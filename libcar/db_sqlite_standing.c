#include "config.h"

#include <string.h>

#include "libcar/db_sqlite.h"

#define TIME(ms) \
	"strftime('%Y-%m-%dT%H:%M:%fZ', nullif(" ms ", 0) / 1000.0, " \
	"'unixepoch')"
/* What is here: of the whole repo, or else of all that was asked for. */
#define LOADED \
	"coalesce(r.loaded_rev, (SELECT min(loaded) FROM coverage c " \
	"WHERE c.account = a.id))"
#define IS_NEWS "r.rev > coalesce(" LOADED ", '')"
#define RETRY \
	"CASE WHEN json_valid(e.line) THEN json_type(e.line, '$.retry') END"

/* clang-format off */
/*
 * A row for each account with a DID of ?1 to ?2, in that order: nothing is
 * sorted, the rest is found by its keys. l is the listing that goes on, e the
 * failure that counts. ?3 asks for all, ?4 for those that are pending, ?5
 * failed, ?6 to be tried again at ?7.
 */
static const char query[] =
"SELECT a.did, a.pds, a.key, "
"CASE WHEN l.cursor IS NOT NULL THEN l.cursor_rev "
    "WHEN " IS_NEWS " THEN r.rev END, "
"nullif(l.pattern, '*'), l.cursor, l.counts, r.status, " LOADED ", "
"e.program, e.error, e.message, " TIME("a.retry_ms") ", "
"CASE WHEN l.cursor IS NOT NULL THEN " TIME("l.started_ms") " "
    "WHEN " IS_NEWS " THEN " TIME("a.host_ms") " "
    "ELSE " TIME("coalesce(a.failed_ms, a.loaded_ms, a.resolved_ms)") " END, "
RETRY ", a.attempts "
"FROM account a CROSS JOIN repos r USING (did) "
"LEFT JOIN coverage l ON l.account = a.id AND l.pattern = "
    "(SELECT c.pattern FROM coverage c WHERE c.account = a.id AND "
    "c.cursor IS NOT NULL ORDER BY c.cursor_rev DESC, c.pattern DESC LIMIT 1) "
"LEFT JOIN error e ON a.error IS NOT NULL AND e.account = a.id AND "
    "e.collection = 0 AND e.rkey = '' AND e.job = "
    "(SELECT f.job FROM error f WHERE f.account = a.id AND "
    "f.collection = 0 AND f.rkey = '' AND f.job <> '' "
    "ORDER BY f.ms DESC, f.job LIMIT 1) "
"WHERE a.did BETWEEN ?1 AND ?2 AND (?3 "
    "OR (?4 AND r.status IN ('pending', 'in_progress')) "
    "OR (?5 AND r.status = 'failed') "
    "OR (?6 AND r.status = 'failed' AND " RETRY " = 'true' AND "
	"coalesce(a.retry_ms <= ?7, 1))) "
"ORDER BY a.did";
/* clang-format on */

/* The texts of a row, in the order of its columns. */
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
	offsetof(struct db_standing, program),
	offsetof(struct db_standing, error),
	offsetof(struct db_standing, message),
	offsetof(struct db_standing, retry_after),
	offsetof(struct db_standing, at),
};

#define NTEXTS (sizeof(texts) / sizeof(texts[0]))

static void
take_row(sqlite3_stmt *stmt, struct db_standing *s)
{
	struct line_text retry;
	size_t i;

	for (i = 0; i < NTEXTS; i++)
		*(struct line_text *)((char *)s +
		    texts[i]) = db_sqlite_text(stmt, (int)i);
	retry = db_sqlite_text(stmt, NTEXTS);
	s->retry = -1;
	if (line_text_is(&retry, "true") || line_text_is(&retry, "false"))
		s->retry = line_text_is(&retry, "true");
	s->attempts = sqlite3_column_int64(stmt, NTEXTS + 1);
}

static int
standings(struct db *db, const struct db_wanted *w,
    int (*fn)(void *, const struct db_standing *, struct status *), void *arg,
    struct status *st)
{
	struct db_sqlite *d = (struct db_sqlite *)db;
	const char *from = w->did != NULL ? w->did : "did:";
	const char *to = w->did != NULL ? w->did : "did;";
	int64_t all = !w->pending && !w->failed && !w->retry_due;
	struct db_standing s;
	sqlite3_stmt *stmt;
	int got = db_sqlite_query(d, &stmt, st, query, "ssiiiii", from, to, all,
	    (int64_t)w->pending, (int64_t)w->failed, (int64_t)w->retry_due,
	    db->now_ms);

	for (; got == 1; got = db_sqlite_step(d, stmt, st)) {
		take_row(stmt, &s);
		if (fn(arg, &s, st) == -1) {
			sqlite3_reset(stmt);
			return -1;
		}
	}
	return got;
}

void
db_sqlite_standing_methods(struct db_methods *m)
{
	m->standings = standings;
}
