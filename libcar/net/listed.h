/*
 * listed: check a record as a host lists it, and write its line.
 *
 * It doesn't trust the host: the `uri` must be of this account and collection,
 * and the value, encoded as DAG-CBOR again, must hash to its `cid`. Our own
 * writer writes the block's JSON, so that it equals the line from a CAR. A
 * wrong entry becomes an error line, and doesn't affect other entries.
 *
 * An entry without a fitting uri is a stray: its record is unknown. A
 * collection with strays isn't completely known, so the caller must not report
 * it as complete.
 */
#ifndef LIBCAR_NET_LISTED_H
#define LIBCAR_NET_LISTED_H

#include "libcar/base/buf.h"
#include "libcar/base/status.h"
#include "libcar/data/object.h"
#include "libcar/net/paging.h"
#include "libcar/stream/emit.h"

#define LISTED_MAX_STRAYS 100 /* per collection */

struct listed {
	struct emit *emit;    /* ready for this repo, see emit_list() */
	struct paging *pages; /* knows which records came before */
	const char *did, *nsid;
	const char *url;   /* for messages */
	struct buf *lines; /* appended to */
	struct buf block;  /* scratch; freed by the caller */
	unsigned strays;   /* so far */
};

/* Take an entry {uri, cid, value} of com.atproto.repo.listRecords; skip it if
 * it came before. 0, or -1: STATUS_BAD_ANSWER (more strays than
 * LISTED_MAX_STRAYS), STATUS_SYSTEM. ctx is a struct listed, as paging_take()
 * requires. */
int listed_take(void *ctx, struct object *entry, const struct slice *json,
    struct status *);

#endif
