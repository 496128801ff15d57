/*
 * load_received: which keys of which live commits this process has received.
 *
 * A live commit counts how many keys it changes. It is complete only if that
 * many different keys of its account and rev came. At most LOAD_RECEIVED keys
 * are remembered; the oldest are forgotten. A commit whose keys are forgotten
 * counts as incomplete, which costs a fetch and breaks no promise.
 */
#ifndef LIBCAR_LOAD_RECEIVED_PRIVATE_H
#define LIBCAR_LOAD_RECEIVED_PRIVATE_H

#include "libcar/base/hash.h"
#include "libcar/load/filter_private.h"

#define LOAD_RECEIVED ((uint64_t)1 << 20)

struct load_received_key;

/* All zero is empty. */
struct load_received {
	struct load_received_key *keys; /* a ring */
	uint64_t n;                     /* keys ever added */
	uint64_t *by_key, *by_commit;   /* the latest key per hash value */
	uint8_t secret[HASH_SECRET_BYTES];
	size_t nnames;
	void *by_name; /* collections */
};

/* Add a key in the commit of a DID at a rev. */
int load_received_add(struct load_received *, const struct slice *did,
    const char *rev, const struct slice *nsid, const struct slice *rkey,
    struct status *);

/* How many different keys of a commit match a filter, at most `most`. */
uint64_t load_received_count(const struct load_received *,
    const struct slice *did, const char *rev, const struct load_filter *,
    uint64_t most);

void load_received_free(struct load_received *);

#endif
