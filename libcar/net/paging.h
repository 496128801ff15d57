/*
 * paging: a list that a host gives page by page.
 * https://atproto.com/specs/xrpc#cursors-and-pagination
 *
 * Answers are {"cursor": "…", "<list>": [{…}, …]}. A page without cursor, or
 * with an empty one, is the last; a short one isn't. A host is not believed
 * to come to an end: a cursor that stays the same ends the listing as
 * STATUS_BAD_ANSWER. So do pages that bring nothing new, if more than
 * PAGING_MAX_STALE come in a row, or if there are more than PAGING_MAX_IDLE of
 * them beyond one for each entry: so the number of pages is linear in that of
 * the entries. A list that is null has no entries, and a cursor that is a
 * number stands for its digits.
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
	uint64_t fresh; /* what was new on the last page */
	unsigned stale; /* pages in a row that brought nothing new */
	uint64_t idle;  /* all such pages, less one for each later entry */
	bool ended;     /* that was the last page */
};

/* The cursor to ask for, or NULL. */
const char *paging_cursor(const struct paging *);

/* Go on where a list stood. -1: STATUS_BAD_SYNTAX (a NUL, too long),
 * STATUS_SYSTEM. */
int paging_resume(struct paging *, const char *cursor, size_t len,
    struct status *);

/* Take an answer, once: fn gets each entry in turn, opened loosely and as it is
 * written, and may stop with -1; then the cursor is taken. An entry that is no
 * object has no members. -1: STATUS_BAD_ANSWER (no list, or a cursor that leads
 * nowhere; what came before it was given to fn), or what fn set. */
int paging_take(struct paging *, const struct http_request *, const char *list,
    int (*fn)(void *ctx, struct object *entry, const struct slice *json,
	struct status *),
    void *ctx, struct status *);

/* Is an entry's key new in this list? 1 or 0; -1: STATUS_SYSTEM. */
int paging_is_new(struct paging *, const char *key, size_t len,
    struct status *);

void paging_free(struct paging *);

#endif
