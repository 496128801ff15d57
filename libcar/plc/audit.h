/*
 * plc_audit: operations of many DIDs, verified in batches.
 *
 * The caller collects operations in items and takes each batch through four
 * steps. Two of them, which take nearly all of the time, concern one item alone
 * and may run in several threads.
 *
 *	for each item, in any thread:	plc_audit_read()
 *	once for all items:		plc_audit_plan()
 *	for each item, in any thread:	plc_audit_verify()
 *	for each item, in order:	plc_audit_replay()
 *
 * Verifying early is safe because a `prev` names the hash of its predecessor:
 * whichever operation has this hash, its rotation keys are the same.
 */
#ifndef LIBCAR_PLC_AUDIT_H
#define LIBCAR_PLC_AUDIT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "libcar/base/slice.h"
#include "libcar/base/status.h"
#include "libcar/plc/keys.h"
#include "libcar/plc/log.h"
#include "libcar/plc/operation.h"
#include "libcar/plc/state.h"
#include "libcar/repo/key_cache.h"

#define PLC_AUDIT_MAX_ITEMS 65536 /* in a batch */

/* An operation. The caller sets the first fields; a struct may be used for
 * another operation, and keeps its memory. */
struct plc_audit_item {
	struct slice did_text, cid_text, json; /* borrowed */
	int64_t created_ms;
	enum plc_log_said said;
	uint64_t place;

	struct plc_operation op;
	uint8_t did[PLC_DID_BYTES];
	const struct key *keys; /* one of them must have signed */
	size_t key_count, guess;
	struct key *found; /* those of the state; owned */
	int signer;        /* or PLC_LOG_NO_SIGNER */
	bool failed;       /* `why` is the verdict */
	struct status why;
};

/* Called by plc_audit_replay(), with the entry's place. */
struct plc_audit_hooks {
	/* An earlier operation is nullified now; or an operation of the DID
	 * comes again, and this hook wasn't called since the log was put into
	 * the state. -1 ends the replay. */
	int (*nullified)(void *ctx, const struct plc_log_entry *,
	    struct status *);
	/* No later operation can nullify this one any more. */
	void (*settled)(void *ctx, const uint8_t did[PLC_DID_BYTES],
	    const struct plc_log_entry *);
	void *ctx;
};

struct plc_audit {
	struct plc_state state;
	struct plc_keys keys;
	struct plc_log log; /* of the last item */
	uint32_t *slots;    /* finds the items of a batch by their hash */
	size_t slot_count;
	struct plc_audit_hooks hooks;
	const uint8_t *did; /* of the last item */
	bool is_again;      /* for hooks: the last item came before */
};

enum plc_audit_verdict {
	PLC_AUDIT_FAILED = -1, /* STATUS_SYSTEM, or the hook's */
	PLC_AUDIT_INVALID,     /* item->why */
	PLC_AUDIT_VALID,
	PLC_AUDIT_NULLIFIED, /* valid, known, and nullified before */
	PLC_AUDIT_KNOWN,     /* valid, and came before */
};

/* `more` is for what is rarely needed. The secret is random, so that hashes
 * can't be chosen to collide. */
void plc_audit_begin(struct plc_audit *, const struct plc_memory *,
    const struct plc_memory *more, const uint8_t secret[HASH_SECRET_BYTES]);

/* Parse the operation, and compare its CID. */
void plc_audit_read(struct plc_audit_item *);

/* Find the keys that may have signed. STATUS_SYSTEM. */
int plc_audit_plan(struct plc_audit *, struct plc_audit_item *, size_t count,
    struct status *);

/* Find the key that signed. The cache belongs to the thread. */
void plc_audit_verify(struct plc_audit_item *, struct key_cache *);

enum plc_audit_verdict plc_audit_replay(struct plc_audit *,
    struct plc_audit_item *, struct status *);

/* After plc_audit_replay(): the item came before, as only the caller knows. An
 * earlier process may have been killed before it wrote which operations of the
 * DID are nullified, so the hook tells of them. STATUS_SYSTEM, the hook's. */
int plc_audit_repeat(struct plc_audit *, const struct plc_audit_item *,
    struct status *);

void plc_audit_item_free(struct plc_audit_item *);
void plc_audit_free(struct plc_audit *);

#endif
