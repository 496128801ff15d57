/*
 * paging: a list that a host sends page by page.
 * https://atproto.com/specs/xrpc#cursors-and-pagination
 *
 * Answers are {"cursor": "…", "<list>": [{…}, …]}. A page without cursor, or
 * with an empty one, is the last; a short page isn't. A host may never come to
 * an end, so an unchanged cursor ends the listing as STATUS_BAD_ANSWER. So do
 * pages without new entries, if more than PAGING_MAX_STALE come in a row, or if
 * there are more than PAGING_MAX_IDLE of them beyond one for each entry. So the
 * number of pages is linear in the number of entries. A list that is null has
 * no entries, and a cursor that is a number means its digits.
 */
#ifndef LIBCAR_NET_PAGING_H
#define LIBCAR_NET_PAGING_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "libcar/base/buf.h"
#include "libcar/base/set.h"
#include "libcar/base/status.h"
#include "libcar/data/object.h"
#include "libcar/net/http.h"

#define PAGING_MAX_STALE 100
#define PAGING_MAX_IDLE 1000
#define PAGING_MAX_CURSOR 2048 /* bytes */

/* All zero is a list before its first page. */
struct paging {
	struct buf cursor; /* of the next page, with a NUL; empty: none */
	struct set seen;
	uint64_t fresh; /* new entries on the last page */
	unsigned stale; /* consecutive pages without new entries */
	uint64_t idle;  /* all such pages, minus later new entries */
	bool ended;     /* that was the last page */
};

/* The cursor of the next request, or NULL. */
const char *paging_cursor(const struct paging *);

/* Resume a list at a cursor. -1: STATUS_BAD_SYNTAX (a NUL, too long),
 * STATUS_SYSTEM. */
int paging_resume(struct paging *, const char *cursor, size_t len,
    struct status *);

/* Take an answer, once: call fn for each entry in turn, opened loosely and
 * verbatim; fn may stop with -1. Then take the cursor. An entry that isn't an
 * object has no members. -1: STATUS_BAD_ANSWER (no list, or a bad cursor; fn
 * already had the entries), or what fn set. */
int paging_take(struct paging *, const struct http_request *, const char *list,
    int (*fn)(void *ctx, struct object *entry, const struct slice *json,
	struct status *),
    void *ctx, struct status *);

/* Is an entry's key new in this list? 1 or 0; -1: STATUS_SYSTEM. */
int paging_is_new(struct paging *, const char *key, size_t len,
    struct status *);

void paging_free(struct paging *);

#endif
