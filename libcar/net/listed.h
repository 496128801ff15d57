/*
 * listed: a record as a host lists it, checked, to its line.
 *
 * The host isn't believed: the `uri` must be of this account and collection,
 * and the value, encoded as DAG-CBOR again, must hash to its `cid`. What is
 * written is the block's JSON by our own writer, so that it equals that of a
 * CAR. An entry that is wrong becomes an error line, and costs no other entry.
 *
 * An entry without a uri that fits is a stray: nobody knows which record it is.
 * A collection that has strays isn't known whole, so the caller must not say
 * that it is.
 */
#ifndef LIBCAR_NET_LISTED_H
#define LIBCAR_NET_LISTED_H

#include "libcar/base/buf.h"
#include "libcar/base/status.h"
#include "libcar/data/object.h"
#include "libcar/net/paging.h"
#include "libcar/stream/emit.h"

#define LISTED_MAX_STRAYS 100 /* in a collection */

struct listed {
	struct emit *emit;    /* ready for this repo, see emit_list() */
	struct paging *pages; /* knows which records were there before */
	const char *did, *nsid;
	const char *url;   /* for messages */
	struct buf *lines; /* appended to */
	struct buf block;  /* scratch; freed by the caller */
	unsigned strays;   /* so far */
};

/* Take an entry {uri, cid, value} of com.atproto.repo.listRecords; one that
 * was there before says nothing. 0, or -1: STATUS_BAD_ANSWER (more strays than
 * LISTED_MAX_STRAYS), STATUS_SYSTEM. ctx is a struct
 * listed, so that it goes with paging_take(). */
int listed_take(void *ctx, struct object *entry, const struct slice *json,
    struct status *);

#endif
