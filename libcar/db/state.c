#include "config.h"

#include <string.h>

#include "libcar/db/columns_private.h"
#include "libcar/db/state.h"
#include "libcar/db/word_private.h"

/*
 * Each statement changes the account if the line is later than the stored one
 * and says something else. The module word decides which host's status and rev
 * count.
 */

/* clang-format off */
#define PUT_IDENTITY(id, name, verified, host, its_key, ms, origin, from) \
"UPDATE account SET handle = " name ", handle_status = " verified ", " \
"pds = " host ", key = " its_key ", resolved_ms = " ms ", own = " origin ", " \
"status_rank = " DB_WORD_RANK_ALONE(origin) " " from \
"WHERE id = " id " AND coalesce(" \
    "(" ms ", coalesce(" origin ", ''), coalesce(" host ", ''), " \
	"coalesce(" name ", ''), coalesce(" its_key ", ''), " \
	"coalesce(" verified ", '')) > " \
    "(resolved_ms, coalesce(own, ''), coalesce(pds, ''), " \
	"coalesce(handle, ''), coalesce(key, ''), " \
	"coalesce(handle_status, '')), true)"

static const struct db_many put_identity = {
	.one = PUT_IDENTITY("$1", "$2", "$3", "$4", "$5", "$6", "$7", ""),
	.all = PUT_IDENTITY("k_id", "k_handle", "k_status", "k_pds", "k_key",
	    "k_ms", "k_own", "FROM unnest($1, $2, $3, $4, $5, $6, $7) "
	    "AS k(k_id, k_handle, k_status, k_pds, k_key, k_ms, k_own) "),
	.format = "ittttis",
	.stage = DB_PUTS,
	.once = true,
};
/* clang-format on */

static int
read_moved(struct db *db, struct db_account *a, struct status *st)
{
	struct db_rows rows;

	db_query(db, &rows, st,
	    "SELECT moved_rev, coalesce(moved_ms, 0) FROM account "
	    "WHERE id = $1",
	    "i", a->id);
	if (db_next(&rows)) {
		db_rev(a->moved.rev, &rows, 0);
		a->moved.ms = db_integer(&rows, 1);
	}
	return db_end(&rows);
}

/* Before the identity is stored. An earlier identity than the stored one moves
 * nothing. */
static int
note_move(struct db *db, struct db_account *a, const char *own, int64_t ms,
    const char *loaded, struct status *st)
{
	if (!a->heard.is_moving || own[0] == '\0' || loaded[0] == '\0')
		return 0;
	if (db_run(db, st,
		"UPDATE account SET moved_rev = $4, moved_ms = $3 "
		"WHERE id = $1 AND own <> $2 AND "
		"($3, $2) > (resolved_ms, own)",
		"isis", a->id, own, ms, loaded) == -1)
		return -1;
	return read_moved(db, a, st);
}

int
db_put_identity(struct db *db, struct db_account *a, const struct line *l,
    const char *loaded, struct status *st)
{
	const struct db_word_host own = db_word_host(&l->pds);
	struct slice key = { NULL, 0 };
	struct buf buf = { 0 };
	int rc;

	if (l->key.at != NULL)
		key = line_unquote(l->key, &buf);
	rc = db_word_moves(db, a, own.origin, l->at_ms, st);
	if (rc == 0)
		rc = note_move(db, a, own.origin, l->at_ms, loaded, st);
	if (rc == 0)
		rc = db_run_many(db, st, &put_identity, a->id, &l->handle,
		    &l->handle_status, &l->pds, &key, l->at_ms, own.origin);
	db_word_open(a);
	buf_free(&buf);
	return rc;
}

int
db_settle_state(struct db *db, struct db_account *a, struct status *st)
{
	return db_word_settle(db, a, st);
}

/*
 * The meaning of `active` and `status` together: an active account has no other
 * status. A relay that is behind says nothing about the account.
 */
static struct slice
state_of(const struct line *l)
{
	if (l->active == 1)
		return slice_of("active");
	if (slice_is(&l->status, "desynchronized") ||
	    slice_is(&l->status, "throttled"))
		return slice_of(NULL);
	if (l->status.len > 0)
		return l->status;
	return slice_of(l->active == 0 ? "inactive" : NULL);
}

/* The rev of a CAR in an archive wasn't said by any host. */
static bool
says_rev(const struct line *l)
{
	return l->rev.len > 0 &&
	    (l->car.at == NULL || l->host.at != NULL || l->active != -1);
}

/* Did the host speak as the account's own? Lines of a list have no `pds`. */
static int
take_claim(struct db *db, struct db_account *a, const struct line *l,
    const struct db_word_host *host, struct status *st)
{
	const struct db_word_host pds = db_word_host(&l->pds);

	if (host->origin[0] == '\0' || strcmp(pds.origin, host->origin) != 0)
		return 0;
	return db_word_claim(db, a, host->origin, l->at_ms, st);
}

/* Each part of what the host says has its own time: a line has the known
 * ones. */
int
db_put_repo(struct db *db, struct db_account *a, const struct line *l,
    struct status *st)
{
	const struct db_word_host host = db_word_host(&l->host);
	struct db_word word = {
		.host = host.origin,
		.status = state_of(l),
		.ms = l->at_ms,
	};

	if (says_rev(l)) {
		word.rev = l->rev;
		word.head = l->head;
	}
	if (take_claim(db, a, l, &host, st) == -1 ||
	    db_word_put(db, a, &word, st) == -1)
		return -1;
	if (l->car.at == NULL)
		return 0;
	return db_run(db, st,
	    "UPDATE account SET car = $2, car_ms = $3 WHERE id = $1 AND "
	    "coalesce((car_ms, car) < ($3, $2), true)",
	    "iti", a->id, &l->car, l->at_ms);
}

int
db_put_event(struct db *db, struct db_account *a, const struct line *l,
    struct status *st)
{
	const struct db_word word = {
		.host = DB_WORD_EVENT,
		.status = state_of(l),
		.ms = l->at_ms,
	};

	return db_word_put(db, a, &word, st);
}

/* These programs ask the account's own host: data that it lacks is nowhere
 * else. Lines of earlier versions don't name the host. */
static bool
asked_host(const struct line *l)
{
	return l->host.at != NULL || slice_is(&l->program, "at-describe") ||
	    slice_is(&l->program, "at-fetchrepo") ||
	    slice_is(&l->program, "at-listrecords");
}

int
db_put_stated(struct db *db, struct db_account *a, const struct line *l,
    struct status *st)
{
	static const struct {
		const char *error, *status;
		bool of_host, of_directory;
	} states[] = {
		{ "RepoTakendown", "takendown", false, false },
		{ "RepoSuspended", "suspended", false, false },
		{ "RepoDeactivated", "deactivated", false, false },
		{ "RepoNotFound", "deleted", true, false },
		{ "Tombstoned", "deleted", false, true },
	};
	const struct db_word_host host = db_word_host(&l->host);
	struct db_word word = { .host = host.origin, .ms = l->at_ms };
	size_t i;

	for (i = 0; i < sizeof(states) / sizeof(states[0]); i++) {
		if (!slice_is(&l->error, states[i].error) ||
		    (states[i].of_host && !asked_host(l)))
			continue;
		word.status = slice_of(states[i].status);
		if (states[i].of_directory)
			word.host = DB_WORD_EVENT;
		return take_claim(db, a, l, &host, st) == -1 ?
		    -1 :
		    db_word_put(db, a, &word, st);
	}
	return 0;
}

/* The later commit is kept; of two with the same rev, the verified one, then
 * the one of the whole repo, then the greater one. An unknown part makes a line
 * news, as in the statement below. */
bool
db_is_news(const struct db_commit *c, const struct line *l)
{
	bool verified = slice_is(&l->signature, "verified");
	bool whole = l->filter.at == NULL;
	size_t n = l->cid.len < c->head_len ? l->cid.len : c->head_len;
	int cmp = c->rev[0] == '\0' ? 1 : memcmp(l->rev.at, c->rev, l->rev.len);

	if (cmp != 0)
		return cmp > 0;
	if (verified != c->verified)
		return verified;
	if (whole != c->whole)
		return whole || c->whole == -1;
	if (l->records != c->records)
		return l->records > c->records;
	if (l->cid.at == NULL || c->head_len == 0)
		return true;
	cmp = memcmp(l->cid.at, c->head, n);
	return cmp > 0 || (cmp == 0 && l->cid.len > c->head_len);
}

void
db_note_commit(struct db_commit *c, const struct line *l)
{
	memset(c, 0, sizeof(*c));
	memcpy(c->rev, l->rev.at, l->rev.len);
	c->verified = slice_is(&l->signature, "verified");
	c->whole = l->filter.at == NULL;
	c->records = l->records;
	if (l->cid.at == NULL || l->cid.len > sizeof(c->head))
		return;
	memcpy(c->head, l->cid.at, l->cid.len);
	c->head_len = l->cid.len;
}

static int
put_commit(struct db *db, const void *element, struct status *st)
{
	const struct db_committed *c = element;
	const struct line *l = c->line;

	return db_run(db, st,
	    "UPDATE account SET rev = $2, head = $3, data = $4, "
	    "signature = $5, records = nullif($6, -1), whole = $7 "
	    "WHERE id = $1 AND coalesce(("
	    "$2, $5 IS NOT DISTINCT FROM 'verified', $7, $6, $3) > ("
	    "rev, signature IS NOT DISTINCT FROM 'verified', whole, "
	    "coalesce(records, -1), head), true)",
	    "itttt"
	    "ii",
	    c->account, &l->rev, &l->cid, &l->data, &l->signature, l->records,
	    (int64_t)(l->filter.at == NULL));
}

/* The same for many rows. */
static int
put_all_commits(struct db *db, const struct db_columns *c, struct status *st)
{
	return db_run(db, st,
	    "UPDATE account a SET rev = k.rev, head = k.head, data = k.data, "
	    "signature = k.signature, records = nullif(k.records, -1), "
	    "whole = k.whole FROM unnest($1, $2, $3, $4, $5, $6, $7) "
	    "AS k(id, rev, head, data, signature, records, whole) "
	    "WHERE a.id = k.id AND coalesce(("
	    "k.rev, k.signature IS NOT DISTINCT FROM 'verified', k.whole, "
	    "k.records, k.head) > ("
	    "a.rev, a.signature IS NOT DISTINCT FROM 'verified', a.whole, "
	    "coalesce(a.records, -1), a.head), true)",
	    "aAAAA"
	    "aa",
	    &c->lists[0], &c->lists[1], &c->lists[2], &c->lists[3],
	    &c->lists[4], &c->lists[5], &c->lists[6]);
}

static void
add_commit(struct db_columns *c, const void *element)
{
	const struct db_committed *committed = element;
	const struct line *l = committed->line;

	db_columns_add(c, committed->account, &l->rev, &l->cid, &l->data,
	    &l->signature, l->records, (int64_t)(l->filter.at == NULL));
}

int
db_put_commits(struct db *db, const struct db_committed *all, size_t n,
    struct status *st)
{
	static const struct db_columns_batch batch = {
		.format = "itttt"
			  "ii",
		.size = sizeof(*all),
		.one = put_commit,
		.add = add_commit,
		.all = put_all_commits,
	};

	return db_columns_write(db, &batch, all, n, st);
}

int
db_put_loaded(struct db *db, const int64_t *accounts, size_t n,
    struct status *st)
{
	const struct db_list list = { accounts, NULL, n };
	size_t i;

	if (db->driver->arrays && n > 0)
		return db_run(db, st,
		    "UPDATE account SET loaded_ms = $1 WHERE id = ANY ($2)",
		    "ia", db->now_ms, &list);
	for (i = 0; i < n; i++)
		if (db_run(db, st,
			"UPDATE account SET loaded_ms = $1 WHERE id = $2", "ii",
			db->now_ms, accounts[i]) == -1)
			return -1;
	return 0;
}

#define SET_SYNCED(synced, head, live, cause) \
	"UPDATE account SET synced_rev = " synced ", head_rev = " head ", " \
	"unsynced = " cause ", live_rev = CASE WHEN " live " > " \
	"coalesce(live_rev, '') THEN " live " ELSE live_rev END "

static int
put_synced(struct db *db, const void *element, struct status *st)
{
	const struct db_synced *s = element;

	return db_run(db, st,
	    SET_SYNCED("$2", "$3", "$4", "$5") "WHERE id = $1", "issss",
	    s->account, s->synced, s->head, s->live, db_cause_name(s->cause));
}

static void
add_synced(struct db_columns *c, const void *element)
{
	const struct db_synced *s = element;

	db_columns_add(c, s->account, s->synced, s->head, s->live,
	    db_cause_name(s->cause));
}

static int
put_all_synced(struct db *db, const struct db_columns *c, struct status *st)
{
	return db_run(db, st,
	    SET_SYNCED("k_synced", "k_head", "k_live",
		"k_cause") "FROM unnest($1, $2, $3, $4, $5) "
			   "AS k(k_id, k_synced, k_head, k_live, k_cause) "
			   "WHERE id = k_id",
	    "aAAAA", &c->lists[0], &c->lists[1], &c->lists[2], &c->lists[3],
	    &c->lists[4]);
}

int
db_put_synced(struct db *db, const struct db_synced *all, size_t n,
    struct status *st)
{
	static const struct db_columns_batch batch = {
		.format = "issss",
		.size = sizeof(*all),
		.one = put_synced,
		.add = add_synced,
		.all = put_all_synced,
	};

	return db_columns_write(db, &batch, all, n, st);
}
