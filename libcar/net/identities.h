/*
 * identities: look-ups of accounts that an event stream says have changed.
 *
 * They run beside the stream, and their number is bounded: the caller stops
 * reading while identities_full(). No cursor may pass an event whose look-up
 * is still under way; identities_before() says how far it may go.
 */
#ifndef LIBCAR_NET_IDENTITIES_H
#define LIBCAR_NET_IDENTITIES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "libcar/base/slice.h"
#include "libcar/base/status.h"
#include "libcar/net/resolve.h"
#include "libcar/stream/fields.h"

#define IDENTITIES_FULL 64
#define IDENTITIES_MAX 256 /* with what was read ahead */

struct identities_query;

/* All zero, but for the caller's fields, before the first look-up. */
struct identities {
	/* The caller's. */
	struct resolve *resolve;
	/* The line, borrowed; if `why` isn't NULL only its did is set. The
	 * look-up is over: it holds up no cursor any more. */
	void (*done)(void *ctx, const struct stream_identity *, uint64_t seq,
	    struct status *why);
	void *ctx;

	/* The module's own. */
	struct identities_query *queries;
	size_t count;
};

/* Look up the account of the event seq afresh. false: nothing is begun, because
 * IDENTITIES_MAX are under way or memory lacks. */
bool identities_start(struct identities *, const struct slice *did,
    uint64_t seq);

bool identities_full(const struct identities *);

/* seq, or the last event before those whose look-up is under way. */
uint64_t identities_before(const struct identities *, uint64_t seq);

/* After http_close(): look-ups under way end without done(). */
void identities_free(struct identities *);

#endif
