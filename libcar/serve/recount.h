/*
 * serve_recount: a thread that keeps the state of the server up to date.
 *
 * It asks for the streams every few seconds, and counts the accounts and
 * operations again and again, in pages. After each page but those of the first
 * count it pauses four times as long as the page took, so that counting takes
 * at most a fifth of one processor, however large the database is.
 */
#ifndef LIBCAR_SERVE_RECOUNT_H
#define LIBCAR_SERVE_RECOUNT_H

#include "libcar/serve/readers.h"
#include "libcar/serve/state.h"
#include "libcar/serve/traffic.h"

struct serve_recount;

/* What it lends must outlive it. report() is called in its thread. */
int serve_recount_start(struct serve_recount **, struct serve_readers *,
    const struct serve_traffic *, void (*report)(const struct status *),
    struct status *);

/* The state, which stays as it is until it is given back. Any thread may call
 * this, and should give it back soon. */
const struct serve_state *serve_recount_take(struct serve_recount *);
void serve_recount_give(struct serve_recount *, const struct serve_state *);

void serve_recount_stop(struct serve_recount *);

#endif
