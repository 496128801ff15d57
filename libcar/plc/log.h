/*
 * plc_log: the operations of one DID, replayed.
 *
 * An operation follows the one that its `prev` names. If that isn't the last
 * valid one, the operations between are nullified, provided that the first of
 * them was signed by a key of lower authority (a higher index) at most
 * PLC_LOG_WINDOW_MS before, and that createdAt rises.
 * https://web.plc.directory/spec/v0.1/did-plc
 *
 * A log keeps the operations that a later one can still follow or nullify:
 * the last one, and those that were replaced in the 72 hours before it; also
 * those that are nullified.
 */
#ifndef LIBCAR_PLC_LOG_H
#define LIBCAR_PLC_LOG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "libcar/base/status.h"

#define PLC_LOG_WINDOW_MS ((int64_t)72 * 60 * 60 * 1000)
/* Bytes of an operation's hash that a log keeps. Who makes two operations that
 * begin with the same 24 bytes (2^96 tries) can only confuse his own log. */
#define PLC_LOG_DIGEST_BYTES 24
#define PLC_LOG_NO_SIGNER (-1)
/* Beyond this, the oldest are removed. Directories allow 100 a week. */
#define PLC_LOG_MAX_ENTRIES 512

/* What the directory says about an operation. */
enum plc_log_said {
	PLC_LOG_SAID_NOTHING,
	PLC_LOG_SAID_VALID,
	PLC_LOG_SAID_NULLIFIED
};

struct plc_log_entry {
	uint8_t digest[PLC_LOG_DIGEST_BYTES];
	int64_t created_ms; /* since 1970 */
	uint64_t place;     /* of its line; the caller's */
	uint32_t keys;      /* the list of rotation keys; the caller's */
	uint8_t signer;     /* index in the list of its predecessor */
	bool is_tombstone, is_nullified;
	bool nullified_now;     /* by the last operation that was added */
	bool is_reported;       /* its nullification was; the caller's, too */
	enum plc_log_said said; /* the caller's */
};

/* The oldest entry comes first. All zero is an empty log. */
struct plc_log {
	struct plc_log_entry *entries;
	size_t count, room;
};

/* What an operation says that is new to the log. */
struct plc_log_step {
	struct plc_log_entry entry; /* signer isn't set */
	const uint8_t *prev;        /* digest of its predecessor, or NULL */
	/* Index of the key that signed it, among those of its predecessor, or
	 * of its own if it has none; or PLC_LOG_NO_SIGNER. */
	int signer;
	bool is_of_did; /* is the log's DID made of its hash? */
};

enum plc_log_result {
	PLC_LOG_INVALID,  /* the status says why; the log is unchanged */
	PLC_LOG_APPENDED, /* and is the last one now */
	PLC_LOG_KNOWN,    /* came before, at the same time */
	PLC_LOG_FAILED,   /* STATUS_SYSTEM */
};

/* What plc_log_add() did. */
struct plc_log_change {
	enum plc_log_result result;
	bool is_nullified; /* one that is known */
};

/* The entry with this digest, or NULL. */
const struct plc_log_entry *plc_log_find(const struct plc_log *,
    const uint8_t *digest);

/* Replay an operation. STATUS_BAD_DID, _BAD_PREV, _AFTER_TOMBSTONE,
 * _BAD_SIGNATURE, _BAD_TIME, _EARLY_, _LATE_ and _WEAK_NULLIFICATION,
 * STATUS_SYSTEM. */
struct plc_log_change plc_log_add(struct plc_log *, const struct plc_log_step *,
    struct status *);

/* What plc_log_add() says of an operation that comes again at another time, for
 * those that only the caller remembers. Returns -1. */
int plc_log_other_time(struct status *);

/* Remove the entries that no later operation can follow or nullify. Call it
 * when the entries that the last change names aren't needed any more; `removed`
 * may be NULL. */
void plc_log_prune(struct plc_log *,
    void (*removed)(void *ctx, const struct plc_log_entry *), void *ctx);

void plc_log_free(struct plc_log *);

#endif
