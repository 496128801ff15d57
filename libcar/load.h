/*
 * load: lines of the stream into the database. Layer 6.
 *
 * What at-load makes of each line, so that the records come out the same
 * for any order and repetition of lines:
 *
 * A key's entry carries the rev at which this version was learnt; the later
 * rev wins, at the same rev a CAR or the live stream over a listing. A
 * snapshot is what one walk or listing of a repo at one rev says. Its first
 * line raises the floor of what it covers to that rev; lines below the floor
 * change no entry. When its `end` has come and as many distinct keys as that
 * counts, entries below its rev that it didn't name are removed, and what it
 * covers is loaded: further lines of snapshots up to that rev are skipped.
 * A live delete leaves a tombstone until the floor passes it.
 *
 * load.c has the rule, load_account.c what is known of an account, from the
 * database and cached, load_snapshot.c the snapshots that are being read.
 */
#ifndef LIBCAR_LOAD_H
#define LIBCAR_LOAD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "libcar/db.h"
#include "libcar/line.h"
#include "libcar/status.h"

/* A transaction ends after so many lines or bytes. */
#define LOAD_LINES 20000
#define LOAD_BYTES ((size_t)16 << 20)
/* Accounts that are remembered over its end. */
#define LOAD_ACCOUNTS 4096

struct load_account;
struct load_collection;
struct load_snapshot;

/* A snapshot that was touched by a line of this run. */
struct load_touched {
	int64_t account;
	char rev[DB_REV_BYTES];
	bool listed;
};

struct load {
	struct db *db;
	bool partial; /* take all lines as of source part */

	bool writing;        /* in a transaction */
	size_t lines, bytes; /* of it */
	struct line line;
	void *accounts; /* a tree, by DID */
	size_t naccounts;
	struct load_account *dirty; /* the accounts to be written */
	/* Of the last record line. */
	struct load_account *account;
	struct load_collection *collection;
	struct load_snapshot *snapshot;
	struct load_touched *touched;
	size_t ntouched, touched_cap, next_touched;

	/* Lines, by what became of them. */
	uint64_t written, confirmed, skipped, unknown;
};

/* Open the database: see db_open(). */
int load_open(struct load *, const char *database, unsigned wait_ms,
    struct status *);

/* Take a line. STATUS_BAD_LINE: it was ignored; anything else is fatal. */
int load_line(struct load *, const char *line, size_t len, struct status *);

/* Commit what was written so far, if anything. */
int load_commit(struct load *, struct status *);

/* A snapshot that lines of this run belong to and that isn't whole yet: 1, 0
 * when there are no more, -1. After the last line. */
struct load_open {
	struct line_text did; /* borrowed */
	char rev[DB_REV_BYTES];
	bool listed, ended;
	uint64_t named, expected; /* records; expected if ended */
};
int load_next_open(struct load *, struct load_open *, struct status *);

/* For the modules of this family: room for one more in an array that doubles
 * at powers of two, and what to say where there is none. */
int load_room(void *array, size_t n, size_t size, struct status *);
int load_no_memory(struct status *);

/* Release everything; what wasn't committed is lost. */
void load_close(struct load *);

#endif
