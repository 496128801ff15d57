/*
 * record_list_private: the lines of a listing other than records.
 *
 * Each is appended to list->out; the line about an answer that is still being
 * read goes to list->lines. -1:
 * STATUS_TOO_LARGE. The buffer's `failed` says that memory was missing.
 */
#ifndef LIBCAR_NET_RECORD_LIST_PRIVATE_H
#define LIBCAR_NET_RECORD_LIST_PRIVATE_H

#include "libcar/base/status.h"
#include "libcar/net/record_list.h"

#define RECORD_LIST_METHOD "com.atproto.repo.listRecords"

/* The host has the repo, at this rev. */
int record_list_write_repo(const struct record_list *, struct status *);

/* The cursor in the current collection, and how many keys came so far. */
int record_list_write_cursor(const struct record_list *, struct status *);

/* The host names a collection by this JSON, which isn't an NSID. */
void record_list_write_bad(struct record_list *, const struct slice *json);

/* The current collection failed; the others continue. */
void record_list_write_failure(struct record_list *, const struct status *);

/* All collections were listed. */
int record_list_write_end(const struct record_list *, struct status *);

#endif
