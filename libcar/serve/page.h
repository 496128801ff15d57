/*
 * page: what all pages for people have in common.
 *
 * A page is one document without other files: its style and its small script
 * are in it, and the Content-Security-Policy allows these two by their hashes
 * and nothing else. Pages work without the script, which only brings the status
 * up to date in place.
 */
#ifndef LIBCAR_SERVE_PAGE_H
#define LIBCAR_SERVE_PAGE_H

#include "libcar/serve/answer.h"

struct page {
	const char *title;  /* of the document */
	struct slice about; /* follows the title; NULL: nothing */
	struct slice query; /* what was searched for; NULL: nothing */
	bool refreshes;     /* it is brought up to date */
};

/* Append the head of the page up to <main>, and set type and headers. */
void page_begin(struct serve_answer *, const struct page *);
void page_end(struct serve_answer *, const char *version);

/* Parts of pages. `what` and `name` are literals. */

/* A box with a heading. */
void page_box(struct buf *, const char *heading);
void page_box_end(struct buf *);

/* A table with these columns, which end with NULL. The name of a column of
 * numbers begins with '#', which isn't shown. */
void page_table(struct buf *, const char *caption, const char *const *columns);
void page_table_end(struct buf *);

/* "12 s", "5 min", "3 h", "2 days" */
void page_duration(struct buf *, int64_t ms);

/* A time since 1970 in ms, with how long ago it was. */
void page_time(struct buf *, int64_t ms, int64_t now_ms);

/* Why an account isn't synced, in words; NULL: no other words are known. */
const char *page_reason(const struct slice *);

/* An origin, without the scheme that most have. */
void page_origin(struct buf *, const struct slice *);

/* A link to the page of an account. */
void page_account_link(struct buf *, const struct slice *did);

#endif
