/*
 * plc_state: the logs of many DIDs in compact form.
 *
 * A DID needs 62 bytes, an entry of an index, and 47 bytes for each operation
 * of its log but the last one. The latter are rarely needed, and may lie in
 * memory of another kind.
 */
#ifndef LIBCAR_PLC_STATE_H
#define LIBCAR_PLC_STATE_H

#include <stddef.h>
#include <stdint.h>

#include "libcar/base/hash.h"
#include "libcar/base/status.h"
#include "libcar/plc/arena.h"
#include "libcar/plc/index.h"
#include "libcar/plc/log.h"
#include "libcar/plc/operation.h"

struct plc_state {
	struct plc_memory memory, more;    /* more: for older operations */
	uint8_t secret[HASH_SECRET_BYTES]; /* the caller's random bytes */
	struct plc_arena dids, older;
	struct plc_index index;
	uint32_t free; /* records of `older`, plus one */
};

void plc_state_begin(struct plc_state *, const struct plc_memory *,
    const struct plc_memory *more, const uint8_t secret[HASH_SECRET_BYTES]);

/* Read the log of a DID; empty if it isn't there. STATUS_SYSTEM. */
int plc_state_get(const struct plc_state *, const uint8_t did[PLC_DID_BYTES],
    struct plc_log *, struct status *);

/* Write the log, which isn't empty. STATUS_SYSTEM. */
int plc_state_put(struct plc_state *, const uint8_t did[PLC_DID_BYTES],
    const struct plc_log *, struct status *);

/* The number of DIDs, which are numbered from 0, and one of them. */
size_t plc_state_count(const struct plc_state *);
int plc_state_at(const struct plc_state *, uint32_t i,
    uint8_t did[PLC_DID_BYTES], struct plc_log *, struct status *);

void plc_state_free(struct plc_state *);

#endif
