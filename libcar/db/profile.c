#include "config.h"

#include <string.h>

#include "libcar/db/driver_private.h"
#include "libcar/db/profile.h"
#include "libcar/db/views_private.h"

/*
 * One row answers everything, by three look-ups with keys: of the account, of
 * its whole coverage, and of its DID's last operation. Its texts are copied,
 * because a caller needs them after its next query.
 */

/* The latest commit that was read, or else what a host said about a later
 * one. */
#define IS_READ "coalesce(a.rev >= coalesce(a.host_rev, ''), false)"

/* Of the whole repo, or else of all patterns that were loaded. */
#define LOADED \
	"coalesce(w.loaded, (SELECT min(c.loaded) FROM coverage c " \
	"WHERE c.account = a.id))"

#define IS_TOMBSTONED DB_IS_TOMBSTONED("a.did")

static const char query[] =
    "SELECT a.did, a.handle, a.handle_status, a.pds, a.key, a.status, "
    "CASE WHEN " IS_READ " THEN a.rev ELSE a.host_rev END, "
    "CASE WHEN " IS_READ " THEN a.head ELSE a.host_head END, "
    "a.rev, a.head, a.host_rev, a.host_head, " LOADED ", a.synced_rev, "
    "CASE WHEN a.synced_rev IS NULL THEN coalesce(a.unsynced, 'new') END, "
    "a.error, a.message, "
    "a.id, coalesce(a.resolved_ms, 0), coalesce(a.records, -1), " IS_TOMBSTONED
    " FROM account a "
    "LEFT JOIN coverage w ON w.account = a.id AND w.pattern = '*' "
    "WHERE a.did = $1";

/* Columns that only serve to find whole_rev and whole_head. */
enum { READ_REV, READ_HEAD, HOST_REV, HOST_HEAD, COMMITS };

struct column {
	struct slice *to;
	size_t at; /* in texts; SIZE_MAX: NULL */
};

#define TEXTS 17

static int
copy_texts(struct db_profile *p, struct slice commits[COMMITS],
    const struct db_rows *rows, struct status *st)
{
	struct column columns[TEXTS] = {
		{ .to = &p->did },
		{ .to = &p->handle },
		{ .to = &p->handle_status },
		{ .to = &p->pds },
		{ .to = &p->key },
		{ .to = &p->status },
		{ .to = &p->rev },
		{ .to = &p->head },
		{ .to = &commits[READ_REV] },
		{ .to = &commits[READ_HEAD] },
		{ .to = &commits[HOST_REV] },
		{ .to = &commits[HOST_HEAD] },
		{ .to = &p->loaded_rev },
		{ .to = &p->synced_rev },
		{ .to = &p->unsynced },
		{ .to = &p->error },
		{ .to = &p->message },
	};
	struct slice t;
	int i;

	p->texts.len = 0;
	for (i = 0; i < TEXTS; i++) {
		t = db_text(rows, i);
		columns[i].at = t.at == NULL ? SIZE_MAX : p->texts.len;
		columns[i].to->len = t.len;
		buf_put(&p->texts, t.at, t.len);
	}
	if (p->texts.failed || buf_reserve(&p->texts, 1) == NULL)
		return status_no_memory(st);
	for (i = 0; i < TEXTS; i++)
		columns[i].to->at = columns[i].at == SIZE_MAX ?
		    NULL :
		    p->texts.data + columns[i].at;
	return 0;
}

static bool
is_same(const struct slice *a, const struct slice *b)
{
	return a->at != NULL && b->at != NULL && slice_equal(a, b);
}

/* The records are complete as of the rev at which the account is synced, or
 * else as of the latest snapshot. Which CID that commit has is known if it is
 * the latest one. */
static void
find_whole(struct db_profile *p, const struct slice commits[COMMITS])
{
	struct slice rev = p->synced_rev.at != NULL ? p->synced_rev :
						      p->loaded_rev,
		     none = { NULL, 0 };
	int i;

	p->whole_rev = p->whole_head = none;
	for (i = 0; i < COMMITS; i += 2)
		if (is_same(&rev, &commits[i]) && commits[i + 1].at != NULL) {
			p->whole_rev = rev;
			p->whole_head = commits[i + 1];
			return;
		}
}

enum db_profile_state
db_profile_state(const struct slice *status)
{
	static const struct {
		const char *name;
		enum db_profile_state state;
	} states[] = {
		/* Statuses of DB_SHOWN */
		{ "active", DB_PROFILE_ACTIVE },
		{ "desynchronized", DB_PROFILE_ACTIVE },
		{ "throttled", DB_PROFILE_ACTIVE },
		{ "takendown", DB_PROFILE_TAKENDOWN },
		{ "suspended", DB_PROFILE_SUSPENDED },
		{ "deactivated", DB_PROFILE_DEACTIVATED },
		{ "deleted", DB_PROFILE_DELETED },
	};
	size_t i;

	if (status->at == NULL)
		return DB_PROFILE_ACTIVE;
	for (i = 0; i < sizeof(states) / sizeof(states[0]); i++)
		if (slice_is(status, states[i].name))
			return states[i].state;
	return DB_PROFILE_INACTIVE;
}

static int
take(struct db_profile *p, const struct db_rows *rows, struct status *st)
{
	struct slice commits[COMMITS];

	if (copy_texts(p, commits, rows, st) == -1)
		return -1;
	find_whole(p, commits);
	p->id = db_integer(rows, TEXTS);
	p->resolved_ms = db_integer(rows, TEXTS + 1);
	p->records = db_integer(rows, TEXTS + 2);
	p->tombstoned = db_integer(rows, TEXTS + 3) == 1;
	p->state = p->tombstoned ? DB_PROFILE_DELETED :
				   db_profile_state(&p->status);
	return 0;
}

int
db_profile_get(struct db *db, const struct slice *did, struct db_profile *p,
    struct status *st)
{
	struct db_rows rows;
	bool found = false;

	db_query(db, &rows, st, query, "t", did);
	while (db_next(&rows)) {
		found = true;
		rows.rc = take(p, &rows, st);
	}
	if (db_end(&rows) == -1)
		return -1;
	return found ? 1 : 0;
}

void
db_profile_free(struct db_profile *p)
{
	buf_free(&p->texts);
	memset(p, 0, sizeof(*p));
}
