/*
 * description: what a host says about a repo: its state, its latest commit, and
 * its collections.
 *
 * A description makes up to three calls, in this order:
 * com.atproto.sync.getRepoStatus, com.atproto.sync.getLatestCommit,
 * com.atproto.repo.describeRepo. https://atproto.com/specs/account
 *
 * It stops as soon as the host says that the account is inactive. If a host
 * doesn't know getRepoStatus, the error of another call gives the state. The
 * caller chooses the last call, so it can stop after the state.
 */
#ifndef LIBCAR_NET_DESCRIPTION_H
#define LIBCAR_NET_DESCRIPTION_H

#include <stdbool.h>

#include "libcar/base/buf.h"
#include "libcar/base/slice.h"
#include "libcar/base/status.h"
#include "libcar/data/cid.h"
#include "libcar/data/syntax.h"
#include "libcar/net/http.h"

#define DESCRIPTION_MAX_ANSWER (4 << 20) /* bytes */
#define DESCRIPTION_MAX_BAD 100          /* maximum reported */

enum description_call {
	/* As the last call: get state and rev. If the first call doesn't give
	 * the rev of an active repo, the second call is made anyway; if the
	 * host doesn't know that call either, the rev is empty. */
	DESCRIPTION_STATUS,
	DESCRIPTION_COMMIT,
	DESCRIPTION_CONTENT,
};

/* The caller owns a description, which must not move until done. */
struct description {
	/* The caller's. Host is an origin; both texts are borrowed. */
	const char *did, *host;
	enum description_call last;
	/* The end; why is NULL on success. May free the description. */
	void (*done)(struct description *, struct status *why);
	/* Before that, while an answer is read: JSON that the host lists as a
	 * collection, or as the list of them, but isn't one; at most
	 * DESCRIPTION_MAX_BAD times. May be NULL. */
	void (*bad)(struct description *, const struct slice *json);
	void *ctx;

	/* The answer. What the host didn't say is empty. */
	bool inactive;
	bool unclear;      /* it said neither yes nor no */
	struct buf status; /* why it is inactive, for example `takendown` */
	char rev[SYNTAX_TID_LEN + 1], head[CID_MAX_TEXT + 1];
	struct buf handle;
	struct buf collections; /* JSON: an array of NSIDs */
	unsigned bad_count;     /* invalid ones that the host listed */

	/* Private to description. */
	struct http *http;
	struct http_request request;
	enum description_call call; /* the current call */
};

/* Begin, and forget what an earlier description found. Only the loop calls
 * done, with the status of the call that failed (STATUS_BAD_ANSWER if the
 * answer isn't about this DID), or STATUS_SYSTEM. */
void description_start(struct description *, struct http *);

void description_free(struct description *);

#endif
