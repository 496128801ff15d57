/*
 * page: what came on one page of a list, before it is known whether the page
 * was good.
 */
#ifndef LIBCAR_NET_PAGE_H
#define LIBCAR_NET_PAGE_H

#include <stdbool.h>
#include <stdint.h>

#include "libcar/base/buf.h"
#include "libcar/base/slice.h"
#include "libcar/base/status.h"

/* All zero is an empty page. */
struct page {
	struct buf lines;     /* of its good entries */
	uint64_t fresh;       /* new entries */
	uint64_t bad;         /* entries that name nothing */
	struct buf first_bad; /* JSON of the first one, perhaps cut */
};

/* Count an entry that names nothing, and keep the first one for the message.
 */
void page_note_bad(struct page *, const struct slice *json);

/* Append the lines to out; out->failed says that memory was missing. */
void page_give_lines(const struct page *, struct buf *out);

/* Were there entries that name nothing? Then say so: `lacking` is what they
 * lack, such as "a DID". */
bool page_is_flawed(const struct page *, const char *url, const char *lacking,
    struct status *);

/* Release the memory, for the next page. */
void page_free(struct page *);

#endif
