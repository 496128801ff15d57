/*
 * summary_format: how many accounts are how far, for people.
 *
 * A table of names and numbers, 48 columns wide. Of a name, which may be
 * anything a host says, it has what is printable in ASCII.
 */
#ifndef LIBCAR_DB_SUMMARY_FORMAT_H
#define LIBCAR_DB_SUMMARY_FORMAT_H

#include "libcar/base/buf.h"
#include "libcar/db/db.h"

/* Append it; db->now_ms must be set. */
int db_summary_format(struct db *, struct buf *, struct status *);

#endif
