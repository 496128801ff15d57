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

/* In a transaction: remove all operations of a DID. */
int db_plc_drop(struct db *, const struct slice *did, struct status *);

#endif
