/*
 * live_ahead: messages that live_take() will get, looked at before.
 *
 * live_take() verifies one signature after another. Here those of several
 * messages are verified at the same time, for live->ahead. No line is written,
 * and nothing else changes what live_take() does.
 */
#ifndef LIBCAR_STREAM_LIVE_AHEAD_H
#define LIBCAR_STREAM_LIVE_AHEAD_H

#include <stddef.h>

#include "libcar/stream/live.h"

/* Look at frames that follow each other, the last of which may be cut. Returns
 * after how many frames to look again: those that were looked at, or more if
 * they had too few signatures; 0 if the first frame is cut. live->frame must be
 * free, as after live_end(), and is so afterwards. */
size_t live_ahead_look(struct live *, const void *bytes, size_t len);

#endif
