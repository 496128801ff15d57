/*
 * plc: operations of a PLC directory, and what the last one of a DID says.
 *
 * Of several lines for one operation, one wins as a whole, whatever their order
 * is: the one that is audited; then the one that is nullified, because no
 * operation becomes valid again; then the one with the greater seq; then the
 * greater createdAt and operation, in bytes.
 *
 * The last operation of a DID is, of those that aren't nullified, the audited
 * one with the latest createdAt, then the greatest seq. If none is audited, it
 * is the same of all.
 */
#ifndef LIBCAR_DB_PLC_H
#define LIBCAR_DB_PLC_H

#include "libcar/db/db.h"
#include "libcar/plc/identity.h"
#include "libcar/stream/line.h"

/* Store a `plc` line, and what its operation says. */
int db_plc_put(struct db *, const struct line *, const struct plc_identity *,
    struct status *);

/* How many operations there are. Those that aren't nullified are audited or
 * not. */
struct db_plc_counts {
	int64_t operations, nullified, audited, unaudited;
};
int db_plc_count(struct db *, struct db_plc_counts *, struct status *);

/* In a transaction: remove all operations of a DID. */
int db_plc_drop(struct db *, const struct slice *did, struct status *);

/* Between these calls, SQLite locks the file only once for all look-ups, which
 * see the same state. Don't wait between them: at-load could not shorten the
 * file's log. A server needs neither call. */
int db_plc_begin(struct db *, struct status *);
int db_plc_end(struct db *, struct status *);

/* What the last operation of a DID says; nothing (NULL) if it has no such
 * value. */
struct db_plc_latest {
	struct slice did, handle, pds, key;
	bool is_tombstone;
	int64_t created_ms; /* of that operation, since 1970 */
};

/* Call fn for this DID, if it has an operation; or for at most DB_PLC_HOLDERS
 * of the DIDs whose last operation names this handle. */
#define DB_PLC_HOLDERS 2
int db_plc_by_did(struct db *, const struct slice *did,
    int (*fn)(void *, const struct db_plc_latest *, struct status *), void *arg,
    struct status *);
int db_plc_by_handle(struct db *, const struct slice *handle,
    int (*fn)(void *, const struct db_plc_latest *, struct status *), void *arg,
    struct status *);

/* An operation with what the directory and an audit said of it. */
struct db_plc_verdict {
	struct slice cid, created_at;
	struct slice handle, pds; /* NULL: it names none */
	bool is_nullified, is_audited, is_tombstone;
};

/* Call fn for all operations of a DID, also those that are no part of its log,
 * the latest first; at most `limit`. */
int db_plc_verdicts(struct db *, const struct slice *did, int limit,
    int (*fn)(void *, const struct db_plc_verdict *, struct status *), void *,
    struct status *);

#endif
