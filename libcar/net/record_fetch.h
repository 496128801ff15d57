/*
 * record_fetch: asks a host for one record, and checks the proof that comes
 * with it. com.atproto.sync.getRecord, https://atproto.com/specs/sync
 *
 * The answer is a CAR of the commit, the nodes of the tree on the path of the
 * record's key, and the record. So the host can neither change the record nor
 * deny it; see repo/proof. Only what the CAR proves is an answer.
 */
#ifndef LIBCAR_NET_RECORD_FETCH_H
#define LIBCAR_NET_RECORD_FETCH_H

#include <stdbool.h>

#include "libcar/base/buf.h"
#include "libcar/base/status.h"
#include "libcar/data/cid.h"
#include "libcar/data/syntax.h"
#include "libcar/net/http.h"

#define RECORD_FETCH_MAX_BYTES (4 << 20) /* of an answer */

/* The caller owns it; it is all zero except the caller's fields, and must not
 * move until done. */
struct record_fetch {
	/* The caller's; everything is borrowed. */
	const char *did, *host; /* host: its origin */
	const char *key;        /* did:key that must have signed the commit;
				   NULL: the signature isn't checked */
	const char *collection, *rkey;
	/* The end; why is NULL if the record is there. STATUS_NOT_FOUND with
	 * the name RecordNotFound, and `absent`: proved that it isn't there.
	 * STATUS_UNPROVED: the answer proves neither. Others are those of
	 * proof_open() and of the host. May free it. */
	void (*done)(struct record_fetch *, struct status *why);
	void *ctx;

	/* The answer. rev: of the commit, also if absent. */
	bool absent;
	char rev[SYNTAX_TID_LEN + 1], cid[CID_MAX_TEXT + 1];
	struct buf record; /* JSON */

	/* Private to record_fetch. */
	struct http_request request;
};

/* Only the loop calls done. */
void record_fetch_start(struct record_fetch *, struct http *);

void record_fetch_free(struct record_fetch *);

#endif
