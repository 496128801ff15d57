/*
 * live_choice: the accounts whose messages are written.
 *
 * live->accounts and live->signals choose them; without both, all are chosen.
 */
#ifndef LIBCAR_STREAM_LIVE_CHOICE_H
#define LIBCAR_STREAM_LIVE_CHOICE_H

#include <stdbool.h>

#include "libcar/base/status.h"
#include "libcar/stream/live.h"

/* Does the message in live->frame belong to an account that is chosen? */
bool live_choice_has(const struct live *);

/* If the commit in live->frame, which is verified, chooses its account,
 * remember this. STATUS_SYSTEM. */
int live_choice_learn(struct live *, struct status *);

#endif
