/*
 * xrpc: calls of the HTTP API of hosts and relays.
 * https://atproto.com/specs/xrpc
 */
#ifndef LIBCAR_NET_XRPC_H
#define LIBCAR_NET_XRPC_H

#include <stdbool.h>
#include <stddef.h>

#include "libcar/base/buf.h"
#include "libcar/base/status.h"
#include "libcar/data/cid.h"
#include "libcar/data/object.h"
#include "libcar/data/syntax.h"
#include "libcar/net/http.h"

#define XRPC_MAX_PARAMETERS 4

/* A query; unused fields are all zero. */
struct xrpc_call {
	const char *method; /* its NSID */
	struct {
		const char *name;  /* NULL after the last */
		const char *value; /* NULL omits the parameter */
	} parameters[XRPC_MAX_PARAMETERS];
	uint64_t delay_ms; /* before the request */

	/* See struct http_request; check NULL: xrpc_judge(). */
	uint64_t max_bytes;
	int (*restart)(struct http_request *, struct status *);
	void (*release)(struct http_request *);
	int (*data)(struct http_request *, const void *, size_t,
	    struct status *);
	int (*check)(struct http_request *, struct status *);
	void (*work)(struct http_request *);
	void (*done)(struct http_request *, struct status *why);
	void *ctx;
};

/* Prepare a request for a call of the host at this origin, and start it. Call
 * and origin are borrowed until this returns. */
void xrpc_start(struct http *, struct http_request *, const char *origin,
    const struct xrpc_call *);

/* Replace the buffer's content by its URL, with a NUL at the end. buf->failed:
 * no memory. */
void xrpc_url(struct buf *, const char *origin, const struct xrpc_call *);

/* Like http_judge(), and if the body is an XRPC error, add its name and
 * message. Call it in a request's check. */
int xrpc_judge(const struct http_request *, struct status *);

/* Read the answer of com.atproto.sync.getLatestCommit: rev and CID, each with a
 * NUL; the CID is empty if the host gives no valid CID. head may be NULL. -1:
 * STATUS_BAD_ANSWER (no valid rev). */
int xrpc_latest(const struct http_request *, char rev[SYNTAX_TID_LEN + 1],
    char head[CID_MAX_TEXT + 1], struct status *);

/* Read an array of collections as the host wrote it; null is empty. fn gets
 * each NSID, and bad (which may be NULL) the JSON of each other element; both
 * may stop with -1. -1: STATUS_BAD_ANSWER (no array), or what they set. */
int xrpc_collections(const struct http_request *, const struct slice *array,
    int (*fn)(void *ctx, const char *nsid, size_t len, struct status *),
    int (*bad)(void *ctx, const struct slice *json, struct status *), void *ctx,
    struct status *);

/* May the text be an account's `status`: a word of at most 32 letters? */
bool xrpc_is_status(const char *, size_t);

/* Does this failure of a call say that the host doesn't know the call? */
bool xrpc_is_no_method(const struct status *);

/* Did the host answer, and only this call fail? If it can't be reached, or
 * limits its rate, further calls are useless, too. */
bool xrpc_is_answered(const struct status *);

/* The state that an error's name gives, for example `takendown`; or NULL. */
const char *xrpc_state(const char *error);

/* The reverse: getRepo's error for an account in this state, for example
 * RepoNotFound for `deleted`; NULL if the state doesn't mean that the account
 * is gone, for example `desynchronized`. */
const char *xrpc_state_error(const struct slice *state);

#endif
