/*
 * db: the database at-load fills, whichever it is. Layer 5.
 *
 * An account is a DID, an entry what is known of one of its keys: a record,
 * or that it was deleted (a tombstone), or that it can't be decoded (an
 * error). Coverage is what is known of a pattern of collections: the floor
 * below which lines are ignored, and the rev at which it is whole. A
 * snapshot is one that is still being read: what its `end` expects (per
 * filter), and the keys it has named so far ("seen": bits by entry, and the
 * keys that have no entry). What at-load concludes from all that is load's.
 *
 * Calls return 0 or -1; those that look for something 1 or 0, or -1. Those
 * that give several rows call a function, which stops them with -1. Texts
 * that are given out are borrowed until the next call. Writing calls belong
 * between begin and commit; errors are STATUS_SYSTEM or, where another
 * process was in the way for too long, STATUS_AGAIN.
 */
#ifndef LIBCAR_DB_H
#define LIBCAR_DB_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "libcar/line.h"
#include "libcar/status.h"
#include "libcar/syntax.h"

#define DB_REV_BYTES (SYNTAX_TID_LEN + 1) /* with a NUL; empty: none */
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
	struct line_text cid;
};

struct db_key {
	int64_t account, collection;
	struct line_text rkey;
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
	struct line_text rkey;       /* the job's input, where it has no DID */
	struct line_text job;
	const struct line *line;
};

struct db_account {
	int64_t id;
	bool created;
	bool has_errors; /* of records */
	bool has_cursors;
	char failed_rev[DB_REV_BYTES];
	int64_t loaded_ms;
};

/* Which accounts at-status asks for: those in one of the states, or all where
 * none is asked for; of one DID, or of all (NULL). */
struct db_wanted {
	bool pending, failed, retry_due;
	const char *did;
};

/* Where the import of an account stands, as at-ndjson(5) has it. */
struct db_standing {
	struct line_text did, pds, key, rev, collection, cursor, counts, state,
	    loaded_rev, program, error, message, retry_after, at;
	int retry;        /* -1: not known */
	int64_t attempts; /* 0: none failed */
};

struct db {
	const struct db_methods *call; /* db->call->find(db, ...) */
	int64_t now_ms;                /* set by the caller: for *_at */
};

struct db_methods {
	void (*close)(struct db *);

	/* Begin to write. *changed: another process has written since the
	 * last begin (or open), what was read before may be out of date. */
	int (*begin)(struct db *, bool *changed, struct status *);
	int (*commit)(struct db *, struct status *);

	/* Find, or with create make. */
	int (*account)(struct db *, const struct line_text *did, bool create,
	    struct db_account *, struct status *);
	int (*collection)(struct db *, const struct line_text *nsid,
	    bool create, int64_t *id, struct status *);
	/* Texts, for ids that are there. */
	int (*nsid)(struct db *, int64_t collection, struct line_text *,
	    struct status *);
	int (*did)(struct db *, int64_t account, struct line_text *,
	    struct status *);

	/* Coverage of an account; put makes or replaces. */
	int (*coverages)(struct db *, int64_t account,
	    int (*fn)(void *, const struct db_coverage *, struct status *),
	    void *, struct status *);
	int (*put_coverage)(struct db *, int64_t account,
	    const struct db_coverage *, struct status *);
	int (*drop_coverage)(struct db *, int64_t account, const char *pattern,
	    struct status *);
	int (*put_cursor)(struct db *, int64_t account, const struct line *,
	    struct status *);
	/* Forget those of listings up to a rev of what the pattern covers. */
	int (*drop_cursors)(struct db *, int64_t account, const char *pattern,
	    const char *rev, struct status *);

	/* Entries. find is quick for keys that ascend within a collection.
	 * put makes (id 0, which it sets) or replaces; record may be NULL. */
	int (*find)(struct db *, const struct db_key *, struct db_entry *,
	    struct status *);
	int (*get)(struct db *, int64_t entry, struct db_entry *,
	    struct status *);
	int (*put)(struct db *, const struct db_key *, struct db_entry *,
	    const struct line_text *record, struct status *);
	/* Set rev and state alone. */
	int (*touch)(struct db *, const struct db_entry *, struct status *);
	int (*remove)(struct db *, int64_t entry, struct status *);
	/* The collections after this one that the account has entries in. */
	int (*next_collection)(struct db *, int64_t account,
	    int64_t *collection, struct status *);
	/* How many entries an account has in a collection. */
	int (*count)(struct db *, int64_t account, int64_t collection,
	    uint64_t *n, struct status *);
	/* The keys of a collection that aren't skipped by their entry's id, or
	 * all tombstones of an account. fn may remove the entry it is given. */
	int (*keys)(struct db *, int64_t account, int64_t collection,
	    bool (*skip)(void *, int64_t entry),
	    int (*fn)(void *, const struct db_key *, const struct db_entry *,
		struct status *),
	    void *, struct status *);
	int (*tombstones)(struct db *, int64_t account,
	    int (*fn)(void *, const struct db_key *, const struct db_entry *,
		struct status *),
	    void *, struct status *);

	/* Snapshots that are still being read. */
	int (*snapshots)(struct db *, int64_t account,
	    int (*fn)(void *, const struct db_snapshot *, struct status *),
	    void *, struct status *);
	int (*put_snapshot)(struct db *, int64_t account, struct db_snapshot *,
	    struct status *);
	int (*drop_snapshot)(struct db *, int64_t snapshot, struct status *);
	int (*filters)(struct db *, int64_t snapshot,
	    int (*fn)(void *, const struct line_text *filter,
		const struct line_text *expected, struct status *),
	    void *, struct status *);
	int (*put_filter)(struct db *, int64_t snapshot,
	    const struct line_text *filter, const struct line_text *expected,
	    struct status *);
	int (*drop_filter)(struct db *, int64_t snapshot,
	    const struct line_text *filter, struct status *);
	int (*counts)(struct db *, int64_t snapshot,
	    int (*fn)(void *, const struct line_text *nsid,
		const struct db_count *, struct status *),
	    void *, struct status *);
	int (*put_count)(struct db *, int64_t snapshot, const struct db_count *,
	    struct status *);
	int (*drop_count)(struct db *, int64_t snapshot, int64_t collection,
	    struct status *);
	int (*seen)(struct db *, int64_t snapshot,
	    int (*fn)(void *, int64_t chunk, const uint8_t *bits,
		struct status *),
	    void *, struct status *);
	int (*put_seen)(struct db *, int64_t snapshot, int64_t chunk,
	    const uint8_t *bits, struct status *);
	/* Has this key without an entry been seen? add: 1 if it was new. */
	int (*has_seen_key)(struct db *, int64_t snapshot,
	    const struct db_key *, struct status *);
	int (*add_seen_key)(struct db *, int64_t snapshot,
	    const struct db_key *, struct status *);

	/* Errors. put does nothing where a later one is stored; drop_error
	 * drops that of a key up to a rev, drop_errors those of keys without a
	 * valid collection below a rev. */
	int (*put_error)(struct db *, const struct db_error *, struct status *);
	int (*drop_error)(struct db *, const struct db_key *, const char *rev,
	    struct status *);
	int (*drop_errors)(struct db *, int64_t account, const char *rev,
	    struct status *);

	/* What a line says of its account; the later one wins. */
	int (*put_identity)(struct db *, int64_t account, const struct line *,
	    struct status *);
	int (*put_repo)(struct db *, int64_t account, const struct line *,
	    struct status *);
	/* Errors that tell of the account's state and not of a fault. */
	int (*put_stated)(struct db *, int64_t account, const struct line *,
	    struct status *);
	int (*put_failure)(struct db *, int64_t account, const struct line *,
	    struct status *);
	/* A job brought all of it: failures are over. */
	int (*put_loaded)(struct db *, int64_t account, struct status *);
	/* 1 if the commit says more than what is stored. */
	int (*news_commit)(struct db *, int64_t account, const struct line *,
	    struct status *);
	int (*put_commit)(struct db *, int64_t account, const struct line *,
	    struct status *);
	int (*put_service)(struct db *, const struct line *, struct status *);

	/* In order of DID. */
	int (*standings)(struct db *, const struct db_wanted *,
	    int (*fn)(void *, const struct db_standing *, struct status *),
	    void *, struct status *);
};

/*
 * Open `records.db` or `sqlite:records.db`, and make the tables on first
 * use. wait_ms: how long to wait for other processes. *out is allocated and
 * released by call->close.
 */
int db_open(struct db **out, const char *name, unsigned wait_ms,
    struct status *);

/* Likewise, to read what is there while others may write. */
int db_open_read(struct db **out, const char *name, unsigned wait_ms,
    struct status *);

/* The statements that make the tables, as text. */
const char *db_schema(const char *name, struct status *);

#endif
