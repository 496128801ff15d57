/*
 * live: messages of an event stream, verified, as lines of at-ndjson(5).
 * com.atproto.sync.subscribeRepos, https://atproto.com/specs/sync
 *
 * A commit becomes its `record` lines and then its `commit` line, also if the
 * filter leaves no record. Nothing of it is written before all of it is
 * verified: hashes, signature, tree and inversion. A commit that fails is one
 * `error` line, and so is a message that can't be read.
 *
 * If a look-up of the account could give a key that is needed, or another key
 * than the one that failed, live_take() writes nothing. The caller looks the
 * account up, lets signers know, and gives the message again.
 *
 * An event of Jetstream that changes a record becomes its `record` line alone.
 * Nothing shows which events are missing, so no `commit` line says that the
 * changes of a commit are complete. Only if the record becomes an error, a
 * `commit` line without `ops` says that the repo has a change that isn't known.
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
#include "libcar/stream/ahead.h"
#include "libcar/stream/emit.h"
#include "libcar/stream/filter.h"
#include "libcar/stream/held.h"
#include "libcar/stream/jetstream.h"
#include "libcar/stream/ndjson.h"
#include "libcar/stream/signer.h"

enum live_result {
	LIVE_FATAL = -1, /* STATUS_SYSTEM: don't go on */
	LIVE_SKIPPED,    /* an unknown type, or an account that isn't chosen */
	LIVE_WRITTEN,
	/* Nothing is written: */
	LIVE_IDENTITY, /* the caller looks the account up */
	LIVE_KEY,      /* the caller does so, and then tries again */
	LIVE_HELD,     /* earlier messages of the account wait for their key */
	LIVE_BROKEN,   /* it isn't DAG-CBOR, and may_repeat */
	LIVE_FAILED,   /* an error line is written, the status says why */
};

/* Where a message comes from. */
struct live_source {
	struct slice origin; /* of the service, or nothing */
	uint64_t after;      /* skip events up to this seq; 0: none */
	uint64_t hosts[2];   /* names of a service that is a host and has only
			      * its own accounts, as signer_host(); or 0 */
};

struct live_message {
	const struct live_source *source;
	const void *bytes;
	size_t len;
	uint64_t received; /* when, in milliseconds of clock_monotonic_ms() */
	bool was_held;     /* it is tried again */
	bool may_repeat;   /* the service can send it once more */
};

/* All zero, but for the caller's fields, before the first message. */
struct live {
	/* The caller's. */
	const char *program;
	const struct filter *filter;  /* of records */
	const struct set *accounts;   /* choose by DID; NULL: don't */
	const struct filter *signals; /* choose who writes such a record;
					* without patterns: don't */
	const struct signer_table *signers;
	const struct held *held; /* messages that wait; NULL: none ever do */
	struct ahead *ahead;    /* signatures verified before; NULL: none are */
	uint64_t not_before;    /* skip events before this time; 0: none */
	bool require_signature; /* no key is an error */
	bool can_look_up;       /* LIVE_KEY is possible: for an unknown key, */
	bool can_refresh;       /* and for a known one that does not fit */
	bool is_jetstream;      /* messages are events of Jetstream */
	struct ndjson_out *out;

	/* For the caller: the last message, and counts of commits. */
	const struct live_source *source;
	struct frame frame; /* borrowed from the message's bytes */
	bool wants_key; /* unchecked: look the account up for later commits */
	uint64_t verified, unchecked;
	bool record_errors; /* was there a record that became an error? */

	/* The module's own. */
	struct event event;
	struct jetstream jetstream;
	struct emit emit;
	struct key_cache ready;
	struct set signalled; /* accounts that wrote such a record */
	bool needs_key;       /* a look-up may mend the failure */
	bool begun;
};

/* Write the lines of a message. now: microseconds since 1970. */
enum live_result live_take(struct live *, const struct live_message *,
    uint64_t now, struct status *);

/* Write the error line of a message that did not come, could not be delimited,
 * or whose identity could not be looked up; `input` names the file, or is
 * NULL. did and seq are those of live->frame, if it has them. */
void live_error(struct live *, const struct live_source *, const char *input,
    uint64_t now, const struct status *);

/* The time that a message names, in microseconds since 1970; 0: none. */
uint64_t live_time(const struct frame *);

/* Forget the message. */
void live_end(struct live *);

void live_free(struct live *);

#endif
