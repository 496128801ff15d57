/*
 * db: the database at-load fills, whichever it is.
 *
 * An account is a DID, an entry what is known of one of its keys: a record,
 * or that it was deleted (a tombstone), or that it can't be decoded (an
 * error). Coverage is what is known of a pattern of collections: the floor
 * below which lines are ignored, and the rev at which it is whole. A
 * snapshot is one that is still being read: what its `end` expects (per
 * filter), and the keys it has named so far ("seen": bits by entry, and the
 * keys that have no entry). What at-load concludes from all that is load's.
 *
 * Calls return 0 or -1; where there is nothing to be found, the id that they
 * give is 0. Those that give several rows call a function, which stops them
 * with -1. Texts that are given out are borrowed until the next call. Writing calls belong
 * between begin and commit; errors are STATUS_SYSTEM or, where another
 * process was in the way for too long or the server is away, STATUS_AGAIN.
 */
#ifndef LIBCAR_DB_DB_H
#define LIBCAR_DB_DB_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "libcar/base/status.h"
#include "libcar/data/syntax.h"
#include "libcar/stream/line.h"

#define DB_REV_BYTES (SYNTAX_TID_LEN + 1) /* with a NUL; empty: none */
#define DB_SUMMARY_NAMES 20
#define DB_CHUNK_BITS 4096
#define DB_CHUNK_BYTES (DB_CHUNK_BITS / 8)

/* An entry's kind; the lowest bit says that it was learnt from a listing. */
enum db_state {
	DB_RECORD = 0,
	DB_LISTED = 1,
	DB_ERROR = 2,
	DB_TOMBSTONE = 4,
};

struct db_entry {
	int64_t id; /* 0: not in the database */
	char rev[DB_REV_BYTES];
	unsigned state;
	struct slice cid;
	int64_t indexed; /* of a tombstone: seconds since 1970 */
};

struct db_key {
	int64_t account, collection;
	struct slice rkey;
};

enum db_import {
	DB_NONE,
	DB_IN_PROGRESS,
	DB_COMPLETED,
	DB_FAILED,
};

struct db_coverage {
	char *pattern; /* a collection, a prefix with `.*`, or `*` */
	char floor[DB_REV_BYTES], loaded[DB_REV_BYTES];
	bool listed; /* loaded by a listing */
	enum db_import status;
	int64_t synced, skipped, failed;
	int64_t started_ms, completed_ms;
};

struct db_snapshot {
	int64_t id; /* 0: not in the database */
	char rev[DB_REV_BYTES];
	bool listed;
	bool has_keys; /* it has seen keys that have no entry */
};

struct db_count {
	int64_t collection;
	uint64_t named, skipped, failed; /* distinct keys */
};

/* What an `error` says of a record (job NULL) or of a job (the program). */
struct db_error {
	int64_t account, collection; /* 0: none */
	struct slice rkey;           /* the job's input, where it has no DID */
	struct slice job;
	const struct line *line;
};

struct db_account {
	int64_t id;
	bool has_errors; /* of records */
	bool has_cursors;
	int64_t loaded_ms;
};

/* Which accounts at-status asks for: those in one of the states, or all where
 * none is asked for; of these DIDs, or of all (0). */
struct db_wanted {
	bool pending, failed, retry_due;
	const char *const *dids;
	size_t ndids;
};

/* Where the import of an account stands, as at-ndjson(5) has it. */
struct db_standing {
	struct slice did, pds, key, rev, collection, cursor, counts, state,
	    loaded_rev, program, error, message;
	int retry;               /* -1: not known */
	int64_t attempts;        /* 0: none failed */
	int64_t retry_ms, at_ms; /* since 1970; 0: not known */
};

/* How many accounts are how far. Of those that failed some may be tried again,
 * and some of these by now; what is gone is neither pending nor in progress. */
struct db_summary {
	int64_t accounts, completed, in_progress, pending, gone;
	int64_t failed, retry, retry_due;
	int64_t hidden;         /* accounts */
	int64_t synced, errors; /* records */
};

struct db_purged {
	int64_t accounts, records;
};

/* A line that a transaction is going to be about: its account, and its key
 * where it has one. */
struct db_plan {
	struct slice did, nsid, rkey;
};

/* Which entries of a collection a snapshot has named, by their ids. */
struct db_named {
	bool (*has)(void *, int64_t entry);
	void *arg;
	int64_t first, last; /* the ids that it may have */
	uint64_t count;      /* keys of the collection */
	bool whole;          /* each of which has its entry */
};

/* Collections that were met lately, by a few bits of their names. */
#define DB_COLLECTIONS 64
struct db_collection {
	int64_t id; /* 0: none */
	size_t len;
	char nsid[SYNTAX_NSID_MAX];
};

struct db {
	const struct db_driver *driver;
	int64_t now_ms;  /* set by the caller: for *_at */
	struct buf text; /* the last NSID or DID given out */
	struct db_collection collections[DB_COLLECTIONS];
};

/*
 * Open `records.db`, `sqlite:records.db` or `postgresql://...`, and make the
 * tables on first use. wait_ms: how long to wait for other processes. *out is
 * allocated and released by db_close().
 */
int db_open(struct db **out, const char *name, unsigned wait_ms,
    struct status *);

/* Likewise, to read what is there while others may write. */
int db_open_read(struct db **out, const char *name, unsigned wait_ms,
    struct status *);

void db_close(struct db *);

/* The statements that make the tables, as text. */
const char *db_schema(const char *name, struct status *);

/*
 * Begin to write. Where db_plans() says so, the database must be told all
 * accounts and keys beforehand. changed is called for each account that
 * another process has written since the last begin (or open), so that what
 * was read before may be out of date; with NULL for all of them.
 */
bool db_plans(const struct db *);
int db_begin(struct db *, const struct db_plan *, size_t n,
    void (*changed)(void *, const struct slice *did), void *, struct status *);
int db_commit(struct db *, struct status *);

/* An account of the plan is written: without this one that was not there
 * before may be forgotten again. */
void db_use(struct db *, int64_t account);

/* Between transactions: has another process taken something back that may have
 * been read (or written anything)? And to say that we did, within one. */
int db_refresh(struct db *, bool *changed, struct status *);
int db_took_back(struct db *, struct status *);

/* After STATUS_AGAIN: drop the transaction, if need be connect anew. 0: it may
 * be repeated; -1: it makes no sense, or couldn't be done in time. */
int db_recover(struct db *, struct status *);

/* Find, or with create make; an id of 0: there is none. */
int db_account(struct db *, const struct slice *did, bool create,
    struct db_account *, struct status *);
int db_collection(struct db *, const struct slice *nsid, bool create,
    int64_t *id, struct status *);
/* Texts, for ids that are there. */
int db_nsid(struct db *, int64_t collection, struct slice *, struct status *);
int db_did(struct db *, int64_t account, struct slice *, struct status *);

/* Coverage of an account; put makes or replaces. */
int db_coverages(struct db *, int64_t account,
    int (*fn)(void *, const struct db_coverage *, struct status *), void *,
    struct status *);
int db_put_coverage(struct db *, int64_t account, const struct db_coverage *,
    struct status *);
int db_drop_coverage(struct db *, int64_t account, const char *pattern,
    struct status *);
int db_put_cursor(struct db *, int64_t account, const struct line *,
    struct status *);
/* Forget those of listings up to a rev of what the pattern covers. */
int db_drop_cursors(struct db *, int64_t account, const char *pattern,
    const char *rev, struct status *);

/* Entries. find sets the entry's id to 0 if there is none; it is quick for keys that ascend within a collection, or that
 * were planned. put makes (id 0, which it sets) or replaces; the record is
 * borrowed until the commit, and may be NULL. */
int db_find(struct db *, const struct db_key *, struct db_entry *,
    struct status *);
int db_put(struct db *, const struct db_key *, struct db_entry *,
    const struct slice *record, struct status *);
/* Set rev and state alone. */
int db_touch(struct db *, const struct db_key *, const struct db_entry *,
    struct status *);
int db_remove(struct db *, const struct db_key *, int64_t entry,
    struct status *);
/* The next collection after this one that the account has entries in; 0: there
 * is none. */
int db_next_collection(struct db *, int64_t account, int64_t *collection,
    struct status *);
/* The keys of a collection whose entries weren't named, with the entry's id
 * alone; or all tombstones of an account. fn may remove the entry it is given,
 * and find those of keys. */
int db_keys(struct db *, int64_t account, int64_t collection,
    const struct db_named *,
    int (*fn)(void *, const struct db_key *, const struct db_entry *,
	struct status *),
    void *, struct status *);
int db_tombstones(struct db *, int64_t account,
    int (*fn)(void *, const struct db_key *, const struct db_entry *,
	struct status *),
    void *, struct status *);

/* Some accounts with tombstones that were written before (seconds), those after
 * the account *last, which becomes the last of them. */
int db_old_tombstones(struct db *, int64_t before, int64_t limit, int64_t *last,
    int (*fn)(void *, const struct slice *did, struct status *), void *,
    struct status *);

/* Snapshots that are still being read. */
int db_snapshots(struct db *, int64_t account,
    int (*fn)(void *, const struct db_snapshot *, struct status *), void *,
    struct status *);
int db_put_snapshot(struct db *, int64_t account, struct db_snapshot *,
    struct status *);
int db_drop_snapshot(struct db *, int64_t snapshot, struct status *);
int db_filters(struct db *, int64_t snapshot,
    int (*fn)(void *, const struct slice *filter, const struct slice *expected,
	struct status *),
    void *, struct status *);
int db_put_filter(struct db *, int64_t snapshot, const struct slice *filter,
    const struct slice *expected, struct status *);
int db_drop_filter(struct db *, int64_t snapshot, const struct slice *filter,
    struct status *);
int db_counts(struct db *, int64_t snapshot,
    int (*fn)(void *, const struct slice *nsid, const struct db_count *,
	struct status *),
    void *, struct status *);
int db_put_count(struct db *, int64_t snapshot, const struct db_count *,
    struct status *);
int db_drop_count(struct db *, int64_t snapshot, int64_t collection,
    struct status *);
int db_seen(struct db *, int64_t snapshot,
    int (*fn)(void *, int64_t chunk, const uint8_t *bits, struct status *),
    void *, struct status *);
int db_put_seen(struct db *, int64_t snapshot, int64_t chunk,
    const uint8_t *bits, struct status *);
/* Has this key without an entry been seen? And note that it is. */
int db_has_seen_key(struct db *, int64_t snapshot, const struct db_key *,
    bool *has, struct status *);
int db_add_seen_key(struct db *, int64_t snapshot, const struct db_key *,
    bool *is_new, struct status *);

/* Errors. put does nothing where a later one is stored; drop_error
 * drops that of a key up to a rev, drop_errors those of keys without a
 * valid collection below a rev. */
int db_put_error(struct db *, const struct db_error *, struct status *);
int db_drop_error(struct db *, const struct db_key *, const char *rev,
    struct status *);
int db_drop_errors(struct db *, int64_t account, const char *rev,
    struct status *);

/* What a line says of its account; the later one wins. */
int db_put_identity(struct db *, int64_t account, const struct line *,
    struct status *);
int db_put_repo(struct db *, int64_t account, const struct line *,
    struct status *);
/* Errors that tell of the account's state and not of a fault. */
int db_put_stated(struct db *, int64_t account, const struct line *,
    struct status *);
int db_put_failure(struct db *, int64_t account, const struct line *,
    struct status *);
/* A job brought all of it: failures are over. */
int db_put_loaded(struct db *, int64_t account, struct status *);
/* Does the commit say more than what is stored? */
int db_news_commit(struct db *, int64_t account, const struct line *,
    bool *news, struct status *);
int db_put_commit(struct db *, int64_t account, const struct line *,
    struct status *);
int db_put_service(struct db *, const struct line *, struct status *);

/* In order of the DIDs asked for, or else of DID. */
int db_standings(struct db *, const struct db_wanted *,
    int (*fn)(void *, const struct db_standing *, struct status *), void *,
    struct status *);

int db_summary(struct db *, struct db_summary *, struct status *);
/* The accounts that are hidden by status, those that failed by error: most
 * first, DB_SUMMARY_NAMES at most. */
int db_hidden(struct db *,
    int (*fn)(void *, const struct slice *, int64_t n, struct status *), void *,
    struct status *);
int db_failures(struct db *,
    int (*fn)(void *, const struct slice *, int64_t n, struct status *), void *,
    struct status *);

/* Each begins its own transactions, over some accounts. */

/* Forget how far these accounts are, but for their floors, so that all jobs
 * are done again; then give where they stand. */
int db_reset(struct db *, const struct db_wanted *,
    int (*fn)(void *, const struct db_standing *, struct status *), void *,
    struct status *);
/* Remove what accounts left behind that are gone: all, or of these DIDs. */
int db_purge(struct db *, const struct db_wanted *, struct db_purged *,
    struct status *);

#endif
