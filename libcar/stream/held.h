/*
 * held: messages of an event stream that wait until the key of their account is
 * looked up.
 *
 * The messages of an account keep their order. The module counts the bytes of
 * each service, so that the caller can stop reading it. All have an equal share
 * of HELD_FULL.
 */
#ifndef LIBCAR_STREAM_HELD_H
#define LIBCAR_STREAM_HELD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "libcar/base/slice.h"
#include "libcar/base/status.h"

#define HELD_FULL (16 << 20) /* bytes */

struct held_message {
	struct held_message *next; /* of this account, or NULL */
	unsigned service;          /* the caller's number of its stream */
	uint64_t seq;
	uint64_t received; /* as in struct live_message */
	size_t len;
	uint8_t bytes[];
};

struct held_account {
	struct slice did;
	bool asked;     /* the caller's: a look-up has begun */
	bool releasing; /* the caller's: its messages are being taken */
	struct held_message *first, *last;

	struct held_account *next; /* in its bucket */
};

/* All zero, but for the caller's field, is empty. */
struct held {
	unsigned services; /* the caller's; 0: one */

	size_t count; /* accounts */
	size_t messages;
	size_t *bytes; /* of each service */
	struct held_account **buckets;
};

/* Append a copy of a message; `next` is ignored. STATUS_SYSTEM. */
int held_put(struct held *, const struct slice *did,
    const struct held_message *, const void *bytes, struct status *);

/* The account, if messages of it wait; or NULL. */
struct held_account *held_find(const struct held *, const struct slice *did);

/* Remove and free the first message of the account. False: it was the last one,
 * and the account is gone too. */
bool held_drop(struct held *, struct held_account *);

/* Call fn for each account, until it returns false. */
void held_each(const struct held *, bool (*fn)(void *, struct held_account *),
    void *ctx);

/* Does the service have its share of HELD_FULL? */
bool held_is_full(const struct held *, unsigned service);

/* The smallest seq of this service among the messages; 0: none. */
uint64_t held_first(const struct held *, unsigned service);

void held_free(struct held *);

#endif
