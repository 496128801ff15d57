/*
 * identities: look-ups of accounts of an event stream, beside the stream.
 *
 * Their number is bounded, and each service has an equal share of it, so one
 * that sends events of silent hosts holds up no other. The caller stops reading
 * a service while identities_full(). No cursor may pass an event whose look-up
 * is under way; identities_before() says how far it may go.
 *
 * If the PLC directory fails IDENTITIES_DEAD times in a row, one look-up at a
 * time tries it. Others of it don't begin until one succeeds. Accounts of
 * did:web have a host each, and somebody may make any number of silent ones: at
 * most IDENTITIES_WEB are looked up at once, and nothing waits for the others.
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

/* Of all services together. The share of a service is at least 1. */
#define IDENTITIES_FULL 64
#define IDENTITIES_MAX 256 /* with what was read ahead */
#define IDENTITIES_WEB 32

#define IDENTITIES_DEAD 8

struct identities_query;
struct identities_share;

/* Why an account is looked up. */
struct identities_ask {
	bool event;       /* an event says that the identity may have changed */
	unsigned service; /* the number of the stream that needs it */
	uint64_t seq;     /* of that event: cursors wait for it; 0: none */
	bool fresh;       /* don't take the answer from the cache */
	uint64_t began;   /* set by identities_start(): clock_monotonic_ms() */
};

/* All zero, but for the caller's fields, before the first look-up. */
struct identities {
	/* The caller's. */
	struct resolve *resolve;
	unsigned services; /* 0: one */
	/* The line, borrowed; if `why` isn't NULL only its did is set. The
	 * look-up is over: it holds up no cursor any more. */
	void (*done)(void *ctx, const struct stream_identity *,
	    const struct identities_ask *, struct status *why);
	void *ctx;

	/* The module's own. */
	struct identities_query *queries;
	struct identities_share *shares; /* one for each service */
	size_t count;                    /* under way, */
	size_t plc;                      /* those that ask the directory, */
	size_t events;                   /* and those of an event */
	unsigned failures;               /* of the directory, in a row */
};

enum identities_result {
	IDENTITIES_BEGUN,
	IDENTITIES_BUSY,        /* too many are under way, or memory lacks */
	IDENTITIES_UNREACHABLE, /* the directory seems to be dead, or too many
				 * accounts of did:web are under way */
};

/* Look an account up. done() may be called before this returns. */
enum identities_result identities_start(struct identities *,
    const struct slice *did, const struct identities_ask *);

/* Is a look-up of the account under way? */
bool identities_has(const struct identities *, const struct slice *did);

/* Are as many look-ups of the service under way as its share of `most`? */
bool identities_reached(const struct identities *, unsigned service,
    size_t most);

/* The same for IDENTITIES_FULL. */
bool identities_full(const struct identities *, unsigned service);

/* seq, or the last event of this service before those whose look-up is under
 * way. */
uint64_t identities_before(const struct identities *, unsigned service,
    uint64_t seq);

/* After http_close(): look-ups under way end without done(). */
void identities_free(struct identities *);

#endif
