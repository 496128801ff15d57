/*
 * resolve: find the account of a handle, and the document of a DID.
 *
 * It gets did:plc from the directory, did:web from its host, and a handle from
 * DNS TXT, or else by HTTPS. https://atproto.com/specs/{did,handle}
 *
 * A cache, if there is one, keeps answers: found for ttl_ms, not found for
 * RESOLVE_MISSING_MS, failed for RESOLVE_FAILED_MS, or ttl_ms if that is less.
 * If a look-up fails temporarily, the query returns an older answer, marked as
 * stale.
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
#define RESOLVE_DNS_MS 10000       /* for one TXT look-up */
#define RESOLVE_MAX_DID_BODY 65536 /* of a host's answer for a handle */

struct resolve;

struct resolve_options {
	const char *plc;   /* the directory's origin */
	const char *cache; /* file name; NULL: none */
	uint64_t ttl_ms;
	bool offline; /* use only the cache */
	bool allow_private;
};

enum resolve_handle {
	RESOLVE_UNCHECKED, /* or the check failed */
	RESOLVE_VALID,
	RESOLVE_INVALID,
};

/* The caller owns a query, which is all zero except the caller's fields, and
 * must not move until done. */
struct resolve_query {
	/* The caller's: a DID; or a handle in lower case, which the account's
	 * document must name. */
	const char *name;
	bool fresh;        /* don't take the DID document from the cache */
	bool check_handle; /* does it resolve back to the DID? */
	void (*done)(struct resolve_query *, struct status *why);
	void *ctx;

	/* The answer, borrowed until done returns. After a failure, did is NULL
	 * if it is unknown. */
	const char *did;
	struct diddoc doc;
	enum resolve_handle handle;
	uint64_t at_ms; /* when the document was valid, since 1970 */
	bool stale;
	struct status why; /* if stale: why the look-up failed */

	/* Private to resolve. */
	struct resolve *resolve;
	enum { RESOLVE_HANDLE, RESOLVE_DID, RESOLVE_BACK } stage;
	const char *look; /* the name that is looked up now */
	char *found_did;
	struct http_request http;
	void (*looked_up)(struct resolve_query *, const char *value, size_t len,
	    struct status *why);
	bool cached; /* is this answer from the cache? */
};

/* The caller keeps the loop, the http and the options' strings. NULL:
 * STATUS_SYSTEM, STATUS_AGAIN. */
struct resolve *resolve_open(struct loop *, struct http *,
    const struct resolve_options *, struct status *);

/* Begin; may call done before this returns. done gets why NULL, or the status;
 * also STATUS_SYSTEM, if the cache can't be written. */
void resolve_start(struct resolve *, struct resolve_query *);

/* End pending queries without calling done. Call before http_close(). */
void resolve_close(struct resolve *);

/* Release what is left of a query that ended without done. After
 * http_close(). */
void resolve_free(struct resolve_query *);

#endif
