/*
 * page_status: the page that shows the state of the server.
 */
#ifndef LIBCAR_SERVE_PAGE_STATUS_H
#define LIBCAR_SERVE_PAGE_STATUS_H

#include "libcar/serve/answer.h"
#include "libcar/serve/state.h"

struct page_status {
	const struct serve_state *state;
	const char *version;
	int64_t now_ms, lag_ms; /* the time; the greatest lag that is ready */
};

void page_status(struct serve_answer *, const struct page_status *);

#endif
