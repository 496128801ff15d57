/*
 * host_list: the hosts that a relay lists, as `host` lines.
 * com.atproto.sync.listHosts, https://atproto.com/specs/sync
 *
 * A relay names hosts without a scheme; their origins have https. A name is
 * usable if it is a domain name whose top-level domain may be registered. So
 * IP addresses, names with a port, and local names aren't usable, unless
 * allow_private is set. An entry that isn't usable never affects other entries.
 */
#ifndef LIBCAR_NET_HOST_LIST_H
#define LIBCAR_NET_HOST_LIST_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "libcar/base/buf.h"
#include "libcar/base/slice.h"
#include "libcar/base/status.h"
#include "libcar/net/http.h"
#include "libcar/net/page.h"
#include "libcar/net/paging.h"
#include "libcar/plc/diddoc.h"

#define HOST_LIST_MAX_ANSWER (8 << 20) /* bytes */
#define HOST_LIST_PAGE 1000            /* hosts */
#define HOST_LIST_MAX_NAME 255         /* bytes; a longer name is no name */

/* The caller owns a list, which is all zero except the caller's fields, and
 * must not move until done. */
struct host_list {
	/* The caller's; everything is borrowed. */
	const char *relay;  /* its origin */
	bool allow_private; /* see host_list_origin() */
	uint64_t limit;     /* maximum of hosts; 0: none */
	struct buf *out;    /* lines are appended here */
	/* A page's lines were appended, and a `cursor` if more pages follow. */
	void (*ready)(struct host_list *);
	/* An entry can't be used; the list continues. The name is as the relay
	 * wrote it; empty: of entries without a name. The callback may append
	 * an error line: it goes after the page's hosts, before the cursor. */
	void (*flawed)(struct host_list *, const struct slice *name,
	    const struct status *);
	/* The end; why is NULL on success. The hosts of a failed page were
	 * appended, but no cursor. May free the list. */
	void (*done)(struct host_list *, const struct status *why);
	void *ctx;

	uint64_t hosts; /* appended so far */

	/* Private to host_list. */
	struct http *http;
	struct http_request request;
	struct paging pages;
	struct page page;    /* the last one */
	struct buf unusable; /* names on it, each with a NUL */
	bool cut;            /* the page exceeded the limit */
};

/* The origin of a host that a relay names. With allow_private, a name may also
 * have a port, and be an address or a local name; the last two mean http, as
 * for relays themselves. False: it isn't usable. */
bool host_list_origin(char out[DIDDOC_ORIGIN_BYTES], const char *name,
    size_t len, bool allow_private);

/* Before the start: resume after the cursor of an earlier list of the same
 * relay. -1: STATUS_BAD_SYNTAX, STATUS_SYSTEM. */
int host_list_resume(struct host_list *, const char *cursor, size_t len,
    struct status *);

/* Begin. Only the loop calls ready, flawed and done. */
void host_list_start(struct host_list *, struct http *);

void host_list_free(struct host_list *);

#endif
