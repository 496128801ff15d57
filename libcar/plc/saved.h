/*
 * plc_saved: a log as bytes, with its rotation keys, for a file.
 */
#ifndef LIBCAR_PLC_SAVED_H
#define LIBCAR_PLC_SAVED_H

#include "libcar/base/buf.h"
#include "libcar/base/slice.h"
#include "libcar/base/status.h"
#include "libcar/plc/keys.h"
#include "libcar/plc/log.h"

/* Append the log. What the directory said, and places, are left out.
 * buf->failed: no memory. */
void plc_saved_write(struct buf *, const struct plc_log *,
    const struct plc_keys *);

/* Read a log, and add its lists of keys. STATUS_SYSTEM: not a log, or no
 * memory. */
int plc_saved_read(struct plc_log *, struct plc_keys *, const struct slice *,
    struct status *);

#endif
