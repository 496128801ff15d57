/*
 * page_history: what changed during the last hour, as charts.
 */
#ifndef LIBCAR_SERVE_PAGE_HISTORY_PRIVATE_H
#define LIBCAR_SERVE_PAGE_HISTORY_PRIVATE_H

#include "libcar/serve/chart.h"
#include "libcar/serve/state.h"

/* Append a box, unless there is too little to show. */
void page_history(struct buf *, const struct serve_history *, int64_t now_ms);

#endif
