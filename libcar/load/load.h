/*
 * load: lines of the stream into the database.
 *
 * What at-load makes of each line, so that the records come out the same
 * for any order and repetition of lines, if one process gets all those of a
 * repo at one rev:
 *
 * A key's entry carries the rev at which this version was learnt; the later
 * rev wins, at the same rev a CAR or the live stream over a listing. A
 * snapshot is what one walk or listing of a repo at one rev says. Its first
 * line raises the floor of what it covers to that rev; lines below the floor
 * change no entry. When its `end` has come and as many distinct keys as that
 * counts, entries below its rev that it didn't name are removed, and what it
 * covers is loaded: further lines of snapshots up to that rev are skipped.
 * A live delete leaves a tombstone until the floor passes it. Live commits that
 * follow each other without a gap move what is loaded along: live_private.h.
 *
 * A line is parsed when it comes and waits in a batch (batch.c). A transaction
 * looks up the accounts of the batch, skips what is no news (plan.c), locks the
 * others (transact.c), applies line after line (apply.c), and commits. If the
 * database asks for it, the same batch is applied again from the start.
 */
#ifndef LIBCAR_LOAD_LOAD_H
#define LIBCAR_LOAD_LOAD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "libcar/base/slice.h"
#include "libcar/base/status.h"
#include "libcar/db/db.h"
#include "libcar/load/options.h"

struct load;

/* Open the database: see db_open(). */
int load_open(struct load **, const char *database, const struct load_options *,
    struct status *);

/* Take a line, which is copied. Every now and then that commits. */
int load_line(struct load *, const struct load_origin *, const char *line,
    size_t len, struct status *);

/* Likewise, a line that couldn't be read, and why. */
int load_unreadable(struct load *, const struct load_origin *,
    const struct status *why, struct status *);

/* How many lines wait to be committed; of all that were, what became. */
size_t load_waiting(const struct load *);
const struct load_counts *load_counts(const struct load *);

/* Bring all lines that were taken into the database, in one transaction. */
int load_commit(struct load *, struct status *);

/* Remove tombstones that were written here so long ago. Lines about these
 * records that are older than their deletion must not come any more. */
int load_prune(struct load *, uint64_t age_ms, struct status *);

/* A snapshot that lines of this run belong to and that isn't whole yet: 1, 0
 * when there are no more, -1. After the last line. */
struct load_unfinished {
	struct slice did; /* borrowed */
	char rev[DB_REV_BYTES];
	bool listed, ended;
	uint64_t named, expected; /* records; expected if ended */
};
int load_next_unfinished(struct load *, struct load_unfinished *,
    struct status *);

/* How many more there are, which is quicker than to look at each. */
int load_count_unfinished(struct load *, uint64_t *n, struct status *);

/* Release everything; what wasn't committed is lost. NULL is nothing. */
void load_close(struct load *);

#endif
