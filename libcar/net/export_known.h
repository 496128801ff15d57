/*
 * export_known: which operations of a directory came before.
 *
 * The sequence number of an operation isn't authenticated, and a directory may
 * send the same one twice, go back, or give a number to another operation. The
 * last EXPORT_KNOWN_MAX operations are remembered to tell these cases apart.
 */
#ifndef LIBCAR_NET_EXPORT_KNOWN_H
#define LIBCAR_NET_EXPORT_KNOWN_H

#include <stddef.h>
#include <stdint.h>

#include "libcar/net/export_entry.h"

#define EXPORT_KNOWN_MAX 4096
#define EXPORT_KNOWN_HASH 16

/* All zero: nothing is known, and every seq is new. */
struct export_known {
	uint64_t last; /* the highest seq, or the cursor at the start */
	uint64_t from; /* all operations above it are remembered */
	size_t count, next;
	struct {
		uint64_t seq;
		uint8_t hash[EXPORT_KNOWN_HASH]; /* of DID and CID */
	} ops[EXPORT_KNOWN_MAX];                 /* a ring */
};

enum export_known_verdict {
	EXPORT_KNOWN_NEW,
	EXPORT_KNOWN_LATE,    /* new, after one with a higher seq */
	EXPORT_KNOWN_AGAIN,   /* the same operation */
	EXPORT_KNOWN_CHANGED, /* the seq was of another operation */
	EXPORT_KNOWN_BEFORE,  /* before all that is remembered */
};

/* Start after this seq. */
void export_known_start(struct export_known *, uint64_t seq);

/* Start after this operation, which is remembered. */
void export_known_start_at(struct export_known *, const struct export_entry *);

/* Compare an operation with those that came before; a new or late one is
 * remembered. */
enum export_known_verdict export_known_take(struct export_known *,
    const struct export_entry *);

#endif
