/*
 * rebuild: a signed repo made of the lines of one account.
 *
 * The `record` lines of a snapshot all have its rev. Lines of a live stream
 * change what the snapshot has: of a record the line with the latest rev
 * counts, in any order. If there is a `commit` line of the last rev, without a
 * filter, then the tree must be that commit's. After any other `commit` line of
 * a snapshot, its `end` line must come, which shows that the lines aren't cut.
 */
#ifndef LIBCAR_STREAM_REBUILD_H
#define LIBCAR_STREAM_REBUILD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "libcar/base/buf.h"
#include "libcar/base/pool.h"
#include "libcar/base/slice.h"
#include "libcar/base/status.h"
#include "libcar/data/cid.h"
#include "libcar/data/syntax.h"
#include "libcar/repo/keypair.h"
#include "libcar/stream/line.h"

#define REBUILD_MAX_VERSIONS ((size_t)1 << 24) /* lines of records */

/* All zero, except the caller's fields, before the first line. */
struct rebuild {
	/* The caller's. Takes the blocks of records, then of nodes, then the
	 * commit; not every record is linked in the end. */
	void *ctx;
	int (*put)(void *ctx, const uint8_t *cid, const void *block, size_t len,
	    struct status *);

	/* What the lines say; empty: nothing yet. did has a NUL at its end and
	 * may be set before the first line. */
	struct slice did;
	char rev[SYNTAX_TID_LEN + 1]; /* the latest */

	/* The module's own. */
	char snapshot[SYNTAX_TID_LEN + 1];
	char commit_rev[SYNTAX_TID_LEN + 1]; /* the latest commit line's */
	uint8_t data[CID_REPO_BYTES];        /* and its tree, if known: */
	bool has_data;
	bool begun;                       /* a snapshot, by its commit line */
	char end_rev[SYNTAX_TID_LEN + 1]; /* the end line's */
	struct rebuild_version *versions;
	size_t count, room;
	struct pool pool;
	struct line line;
	struct buf block;
};

/* Take a line without its LF. Lines that say nothing about a repo are ignored.
 * -1: STATUS_BAD_LINE; STATUS_WRONG_DID (another account's); STATUS_BAD_REV
 * (another snapshot's); STATUS_BAD_RECORD (not the record of its CID, or an
 * `error` line of a record, which would be missing); STATUS_TOO_LARGE;
 * STATUS_SYSTEM; or what put sets. */
int rebuild_add(struct rebuild *, const char *text, size_t len,
    struct status *);

/* Build the tree, and sign a commit with this rev (NULL: the latest of the
 * lines). `commit` becomes its CID, CID_REPO_BYTES. -1: STATUS_BAD_LINE (no did
 * or rev is known, two lines differ about a record, no `end` line),
 * STATUS_BAD_TREE (not the tree of the commit line), STATUS_SYSTEM, or what put
 * sets. */
int rebuild_finish(struct rebuild *, const char *rev, const struct keypair *,
    uint8_t *commit, struct status *);

void rebuild_free(struct rebuild *);

#endif
