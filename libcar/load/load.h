/*
 * load: lines of the stream into the database.
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
 * load_batch.c collects lines for a transaction, load.c has the rule for each,
 * load_account.c what is known of an account, from the database and cached,
 * load_snapshot.c the snapshots that are being read.
 */
#ifndef LIBCAR_LOAD_LOAD_H
#define LIBCAR_LOAD_LOAD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "libcar/base/status.h"
#include "libcar/db/account.h"
#include "libcar/db/collection.h"
#include "libcar/db/coverage.h"
#include "libcar/db/failure.h"
#include "libcar/db/snapshot.h"
#include "libcar/db/state.h"
#include "libcar/stream/line.h"

/* A transaction has so many lines, by default, or bytes at most. */
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

/* A line of the batch, and where it comes from. */
struct load_text {
	size_t at, len;
	const char *name; /* of the input */
	uint64_t number;
	enum status_code code; /* not STATUS_OK: it is why there is no line */
};

/* What there is to be told. */
struct load_hooks {
	void *arg;
	/* A line that is ignored, and why. */
	void (*bad)(void *, const struct load_text *, const struct status *);
	/* A line of a type that isn't known here. */
	void (*unknown)(void *, const struct slice *type);
	/* The transaction failed, and is going to be repeated. */
	void (*again)(void *, const struct status *);
};

/* Lines, by what became of them. */
struct load_counts {
	uint64_t written, confirmed, skipped, bad;
};

struct load {
	struct db *db;
	struct load_hooks hooks;
	bool partial;     /* take all lines as of source part */
	size_t batch;     /* lines of a transaction; 0: LOAD_LINES */
	unsigned wait_ms; /* how long to repeat what failed */

	/* The lines of the next transaction. */
	struct buf text;
	struct load_text *texts;
	size_t ntexts;
	size_t at;   /* the one that is being looked at */
	size_t told; /* before this all is told that is to be told */
	struct db_plan *plan;
	struct buf planned; /* of it, what isn't part of a line */

	bool writing; /* in a transaction */
	struct line line;
	void *accounts; /* a tree, by DID */
	size_t naccounts;
	struct load_account *dirty; /* the accounts to be written */
	/* Of the last record line. */
	struct load_account *account;
	struct load_collection *collection;
	struct load_snapshot *snapshot;
	struct load_touched *touched;
	size_t ntouched, next_touched;
	struct load_counts counts;
};

/* Open the database: see db_open(). Then fill in hooks, partial and batch. */
int load_open(struct load *, const char *database, unsigned wait_ms,
    struct status *);

/* Take a line, which is copied; the name is not. Every now and then that
 * commits. */
int load_line(struct load *, const char *name, uint64_t number,
    const char *line, size_t len, struct status *);

/* Likewise, a line that couldn't be read, and why. */
int load_unreadable(struct load *, const char *name, uint64_t number,
    const struct status *why, struct status *);

/* Bring all lines that were taken into the database, in one transaction. */
int load_commit(struct load *, struct status *);

/* A snapshot that lines of this run belong to and that isn't whole yet: 1, 0
 * when there are no more, -1. After the last line. */
struct load_open {
	struct slice did; /* borrowed */
	char rev[DB_REV_BYTES];
	bool listed, ended;
	uint64_t named, expected; /* records; expected if ended */
};
int load_next_open(struct load *, struct load_open *, struct status *);

/*
 * For the modules of this family. Do some work in a transaction, which is
 * repeated where that may help; begin one, for the first n of load->plan; take
 * the line in load->line; room
 * for one more in an array that doubles at powers of two, and what to say
 * where there is none.
 */
int load_transact(struct load *,
    int (*work)(struct load *, void *, struct status *), void *,
    struct status *);
int load_begin(struct load *, size_t n, struct status *);
int load_take(struct load *, struct status *);
int load_room(void *array, size_t n, size_t size, struct status *);
int load_no_memory(struct status *);

/* Release everything; what wasn't committed is lost. */
void load_close(struct load *);

#endif
