/*
 * description: what a host says of a repo: its state, its latest commit, and
 * what is in it.
 *
 * A description makes up to three calls, in this order:
 * com.atproto.sync.getRepoStatus, com.atproto.sync.getLatestCommit,
 * com.atproto.repo.describeRepo. https://atproto.com/specs/account
 *
 * It stops as soon as the host says that the account is inactive. A host that
 * doesn't know getRepoStatus tells the state by the error of another call. The
 * caller chooses the last call, so that he can stop after the state.
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
#define DESCRIPTION_MAX_BAD 100          /* that are told one by one */

enum description_call {
	/* As the last call: state and rev. If the first call doesn't tell the
	 * rev of an active repo, the second one is made all the same; a host
	 * that doesn't know that one either has told no rev. */
	DESCRIPTION_STATUS,
	DESCRIPTION_COMMIT,
	DESCRIPTION_CONTENT,
};

/* A description is its caller's, and stays where it is until done. */
struct description {
	/* The caller's. Host is an origin; both texts are borrowed. */
	const char *did, *host;
	enum description_call last;
	/* The end; why is NULL if all went well. May free the description. */
	void (*done)(struct description *, struct status *why);
	/* Before that, in the midst of an answer: JSON that the host lists as
	 * a collection, or as the list of them, and that is none; of
	 * DESCRIPTION_MAX_BAD at most. May be NULL. */
	void (*bad)(struct description *, const struct slice *json);
	void *ctx;

	/* The answer. What the host didn't say is empty. */
	bool inactive;
	bool unclear;      /* what it said is neither yes nor no */
	struct buf status; /* why it is inactive, as `takendown` */
	char rev[SYNTAX_TID_LEN + 1], head[CID_MAX_TEXT + 1];
	struct buf handle;
	struct buf collections; /* JSON: an array of NSIDs */
	unsigned bad_count;     /* what was listed with them, and is none */

	/* description's own. */
	struct http *http;
	struct http_request request;
	enum description_call call; /* that is made now */
};

/* Begin; what an earlier description found is forgotten. The loop calls done,
 * never this. Its status is that of the call that failed (STATUS_BAD_ANSWER
 * for what is no answer of this DID), or STATUS_SYSTEM. */
void description_start(struct description *, struct http *);

void description_free(struct description *);

#endif
