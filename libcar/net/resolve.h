/*
 * resolve: who a handle is, and what a DID's document says.
 *
 * did:plc from the directory, did:web from its host; a handle by DNS TXT, or
 * if that has none by HTTPS. https://atproto.com/specs/{did,handle}
 *
 * Answers are kept in a cache, if there is one: found for ttl_ms, not found
 * for RESOLVE_MISSING_MS, failed for RESOLVE_FAILED_MS, or ttl_ms if that is
 * less. Where a look-up fails in a way that may pass, an older answer is
 * given, and said to be stale.
 */
#ifndef LIBCAR_NET_RESOLVE_H
#define LIBCAR_NET_RESOLVE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "libcar/base/status.h"
#include "libcar/data/syntax.h"
#include "libcar/net/http.h"
#include "libcar/plc/diddoc.h"

#define RESOLVE_PLC "https://plc.directory"
#define RESOLVE_MISSING_MS 600000
#define RESOLVE_FAILED_MS 30000
#define RESOLVE_DNS_MS 10000       /* for one look-up of TXT records */
#define RESOLVE_MAX_DID_BODY 65536 /* of a host's answer for a handle */

struct resolve;

struct resolve_options {
	const char *plc;   /* the directory's origin */
	const char *cache; /* file name; NULL: none */
	uint64_t ttl_ms;
	bool offline; /* the cache alone */
	bool allow_private;
};

enum resolve_handle {
	RESOLVE_UNCHECKED, /* or it couldn't be told */
	RESOLVE_VALID,
	RESOLVE_INVALID,
};

/* A query is its caller's, all zero but for what he sets, and stays where it
 * is until done. */
struct resolve_query {
	/* The caller's: a DID; or a handle in lower case, of which the account
	 * must say that it is its own. */
	const char *name;
	bool fresh;        /* don't take the DID document from the cache */
	bool check_handle; /* does it resolve back to the DID? */
	void (*done)(struct resolve_query *, struct status *why);
	void *ctx;

	/* The answer, borrowed until done returns. After a failure did is
	 * NULL if it isn't known. */
	const char *did;
	struct diddoc doc;
	enum resolve_handle handle;
	uint64_t at_ms; /* when the document was so, since 1970 */
	bool stale;
	struct status why; /* if it is stale: of the look-up that failed */

	/* resolve's own. */
	struct resolve *resolve;
	enum { RESOLVE_HANDLE, RESOLVE_DID, RESOLVE_BACK } stage;
	const char *look; /* what is looked up now */
	char *found_did;
	struct http_request http;
	void (*looked_up)(struct resolve_query *, const char *value, size_t len,
	    struct status *why);
	bool cached; /* the answer of this look-up */
};

/* The loop, the http and the options' strings stay the caller's. NULL:
 * STATUS_SYSTEM, STATUS_AGAIN. */
struct resolve *resolve_open(struct loop *, struct http *,
    const struct resolve_options *, struct status *);

/* Begin; done may be called before this returns. It is called with why NULL,
 * or the status; STATUS_SYSTEM among them, if the cache can't be written. */
void resolve_start(struct resolve *, struct resolve_query *);

/* Queries that are under way end without done. Before http_close(). */
void resolve_close(struct resolve *);

#endif
