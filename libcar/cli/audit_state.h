/*
 * audit_state: what at-plcaudit --state keeps from one run to the next.
 *
 * Logs are read from the file when an operation of their DID comes, and written
 * to it before a `cursor` is passed on: whoever continues at that cursor finds
 * a state that has all operations before it.
 */
#ifndef LIBCAR_CLI_AUDIT_STATE_H
#define LIBCAR_CLI_AUDIT_STATE_H

#include <stddef.h>
#include <stdint.h>

#include "libcar/base/buf.h"
#include "libcar/base/slice.h"
#include "libcar/base/status.h"
#include "libcar/db/audit.h"
#include "libcar/plc/audit.h"
#include "libcar/store/backlog.h"

/* The place of a line that the file doesn't have any more. */
#define AUDIT_STATE_NO_PLACE (((uint64_t)1 << 48) - 1)
#define AUDIT_STATE_TOUCHED 100000 /* DIDs; then it is time to commit */
#define AUDIT_STATE_LOGS 1000000   /* in memory; then it is emptied */

/* All zero: there is no file, and the functions do nothing. */
struct audit_state {
	struct db_audit *db;
	struct buf touched; /* DIDs whose logs have changed */
	struct buf bytes;
	struct plc_log log;
	int64_t newest_ms; /* createdAt */
};

/* Bring the log of the operation's DID to memory. STATUS_SYSTEM, as all. */
int audit_state_load(struct audit_state *, struct plc_audit *, struct backlog *,
    const struct plc_audit_item *, struct status *);

/* An operation is valid, and this is its line. */
int audit_state_add(struct audit_state *, const struct plc_audit_item *,
    const struct slice *line, struct status *);

/* An operation was nullified; its line stays for ever. */
int audit_state_nullify(struct audit_state *, const uint8_t did[PLC_DID_BYTES],
    const struct plc_log_entry *, const struct slice *line, struct status *);

/* The log of a DID has forgotten this operation. */
int audit_state_settle(struct audit_state *, const uint8_t did[PLC_DID_BYTES],
    const struct plc_log_entry *, struct status *);

/* Did a log forget this operation? Only then it is known. */
int audit_state_find(struct audit_state *, const struct plc_audit_item *,
    struct db_audit_past *, struct status *);

/* Write what has changed. now_ms: since 1970. */
int audit_state_commit(struct audit_state *, const struct plc_audit *,
    int64_t now_ms, struct status *);

void audit_state_free(struct audit_state *);

#endif
