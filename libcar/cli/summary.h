/*
 * summary: how many accounts are how far, for people.
 *
 * A table of names and numbers, 48 columns wide. Of a name, which may be
 * anything a host says, it has what is printable in ASCII.
 */
#ifndef LIBCAR_CLI_SUMMARY_H
#define LIBCAR_CLI_SUMMARY_H

#include "libcar/base/buf.h"
#include "libcar/db/db.h"

/* Append it; db->now_ms must be set. */
int summary_write(struct db *, struct buf *, struct status *);

#endif
