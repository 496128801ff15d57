/*
 * live: messages of an event stream, verified, as lines of at-ndjson(5).
 * com.atproto.sync.subscribeRepos, https://atproto.com/specs/sync
 *
 * A commit becomes its `record` lines and then its `commit` line, also if the
 * filter leaves no record. Nothing of it is written before all of it is
 * verified: hashes, signature, tree and inversion. A commit that fails is one
 * `error` line, and so is a message that can't be read.
 */
#ifndef LIBCAR_STREAM_LIVE_H
#define LIBCAR_STREAM_LIVE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "libcar/base/set.h"
#include "libcar/base/slice.h"
#include "libcar/base/status.h"
#include "libcar/repo/event.h"
#include "libcar/repo/frame.h"
#include "libcar/repo/key_cache.h"
#include "libcar/stream/emit.h"
#include "libcar/stream/filter.h"
#include "libcar/stream/keyring.h"
#include "libcar/stream/ndjson.h"

enum live_result {
	LIVE_FATAL = -1, /* STATUS_SYSTEM: don't go on */
	LIVE_SKIPPED,    /* an unknown type, or an account that isn't chosen */
	LIVE_WRITTEN,
	LIVE_IDENTITY, /* nothing is written: the caller looks it up */
	LIVE_FAILED,   /* an error line is written, the status says why */
};

/* All zero, but for the caller's fields, before the first message. */
struct live {
	/* The caller's. */
	const char *program;
	const struct filter *filter;  /* of records */
	const struct set *accounts;   /* choose by DID; NULL: don't */
	const struct filter *signals; /* choose who writes such a record;
					* without patterns: don't */
	struct keyring *keys;         /* of accounts whose key is known */
	uint64_t after;               /* skip events up to this seq; 0: none */
	uint64_t not_before;          /* and events before this time; 0: none */
	bool require_signature;       /* no key is an error */
	struct slice service;         /* the stream's origin, or nothing */
	struct ndjson_out *out;

	/* For the caller: the last message, and counts of commits. */
	struct frame frame; /* borrowed from the message's bytes */
	uint64_t verified, unchecked;
	bool record_errors; /* was there a record that became an error? */

	/* The module's own. */
	struct event event;
	struct emit emit;
	struct key_cache ready;
	struct set signalled; /* accounts that wrote such a record */
	bool begun;
};

/* Write the lines of a message. now: microseconds since 1970. */
enum live_result live_message(struct live *, const void *bytes, size_t len,
    uint64_t now, struct status *);

/* Write the error line of a message that did not come, could not be delimited,
 * or whose identity could not be looked up; `input` names the file, or is
 * NULL. did and seq are those of live->frame, if it has them. */
void live_error(struct live *, const char *input, uint64_t now,
    const struct status *);

/* The time that a message names, in microseconds since 1970; 0: none. */
uint64_t live_time(const struct frame *);

/* Forget the message. */
void live_end(struct live *);

void live_free(struct live *);

#endif
