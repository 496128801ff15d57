/*
 * load: store lines of the stream in the database.
 *
 * What at-load does with each line. The resulting records don't depend on the
 * order and repetition of lines, if one process gets all lines of a repo at one
 * rev:
 *
 * A key's entry carries the rev at which at-load learnt this version. The later
 * rev wins; at the same rev a CAR or the live stream wins over a listing. A
 * snapshot is what one walk or listing of a repo at one rev says. Its first
 * line raises the floor of what it covers to that rev; lines below the floor
 * change no entry. The snapshot is whole when its `end` has come, and as many
 * distinct keys as it counts. Then at-load removes the entries below its rev
 * that it didn't name, and what it covers is loaded: further snapshot lines up
 * to that rev are skipped. A live delete leaves a tombstone until the floor
 * passes it. Live commits without a gap advance what is loaded: live_private.h.
 *
 * A line is parsed on arrival and waits in a batch (batch.c). A transaction
 * looks up the accounts of the batch, skips what isn't news (plan.c), locks the
 * others (transact.c), applies line after line (apply.c), and commits. If the
 * database asks for it, the same batch is applied again from the start.
 *
 * Another thread applies a full batch, so that the caller can read and parse
 * the lines after it meanwhile. The thread calls the hooks. A call that fails
 * may report the failure of earlier lines, and all later calls fail too.
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

/* Add a line, which is copied. Some calls begin a transaction. */
int load_line(struct load *, const struct load_origin *, const char *line,
    size_t len, struct status *);

/* Add a line that couldn't be read, and why. */
int load_unreadable(struct load *, const struct load_origin *,
    const struct status *why, struct status *);

/* The number of uncommitted lines; the number of transactions that have begun,
 * each with all lines that waited; how long the last one took whose result is
 * known; what became of the committed lines. */
size_t load_waiting(const struct load *);
uint64_t load_begun(const struct load *);
uint64_t load_took_ms(const struct load *);
const struct load_counts *load_counts(const struct load *);

/* Commit all lines that were added; those of one batch in one transaction. */
int load_commit(struct load *, struct status *);

/* Begin the transaction of all lines that were added, which another thread ends
 * while more lines are added. A later call returns its error. */
int load_begin_commit(struct load *, struct status *);

/* Wait until no hook is running, and none will run before the next call. Do
 * this before the program ends or prints something else. */
void load_wait(struct load *);

/* Remove tombstones that were written here at least this long ago. Use this
 * only when no older lines about these records can still arrive. */
int load_prune(struct load *, uint64_t age_ms, struct status *);

/* The next snapshot that lines of this run belong to and that isn't whole yet:
 * 1, 0 at the end, or -1. Call after the last line. */
struct load_unfinished {
	struct slice did; /* borrowed */
	char rev[DB_REV_BYTES];
	bool listed, ended;
	uint64_t named, expected; /* records; expected only after the end */
};
int load_next_unfinished(struct load *, struct load_unfinished *,
    struct status *);

/* How many are left, which is faster than reading each. */
int load_count_unfinished(struct load *, uint64_t *n, struct status *);

/* Free everything; uncommitted lines are lost. NULL is allowed. */
void load_close(struct load *);

#endif
