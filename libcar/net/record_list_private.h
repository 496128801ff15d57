/*
 * The lines of a listing but for its records, each appended to list->out; the
 * one of an answer that isn't read to its end to list->lines. -1:
 * STATUS_TOO_LARGE. That memory lacked is told by the buffer's `failed`.
 */
#ifndef LIBCAR_NET_RECORD_LIST_PRIVATE_H
#define LIBCAR_NET_RECORD_LIST_PRIVATE_H

#include "libcar/base/status.h"
#include "libcar/net/record_list.h"

#define RECORD_LIST_METHOD "com.atproto.repo.listRecords"

/* The host has the repo, at this rev. */
int record_list_write_repo(const struct record_list *, struct status *);

/* Where the present collection stands, and how many keys came so far. */
int record_list_write_cursor(const struct record_list *, struct status *);

/* The host names a collection by this JSON, which isn't an NSID. */
void record_list_write_bad(struct record_list *, const struct slice *json);

/* The present collection failed; the others go on. */
void record_list_write_failure(struct record_list *, const struct status *);

/* All collections were listed. */
int record_list_write_end(const struct record_list *, struct status *);

#endif
