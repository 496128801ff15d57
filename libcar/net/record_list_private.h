/*
 * The lines of a listing but for its records, each appended to list->out. -1:
 * STATUS_TOO_LARGE. That memory lacked is told by list->out->failed.
 */
#ifndef LIBCAR_NET_RECORD_LIST_PRIVATE_H
#define LIBCAR_NET_RECORD_LIST_PRIVATE_H

#include "libcar/base/status.h"
#include "libcar/net/record_list.h"

/* The host has the repo, at this rev. */
int record_list_write_repo(const struct record_list *, struct status *);

/* Where the present collection stands, and how many keys came so far. */
int record_list_write_cursor(const struct record_list *, struct status *);

/* All collections were listed. */
int record_list_write_end(const struct record_list *, struct status *);

#endif
