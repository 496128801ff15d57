/*
 * page_account: the page of one account: who it is, how far its import is, its
 * collections and latest records, and the operations of its DID.
 *
 * Records of an account that isn't active are not shown.
 */
#ifndef LIBCAR_SERVE_PAGE_ACCOUNT_H
#define LIBCAR_SERVE_PAGE_ACCOUNT_H

#include <stdbool.h>

#include "libcar/db/profile.h"
#include "libcar/serve/answer.h"

/* Write the page of a DID. *found: the database knows something about it;
 * otherwise nothing is written. -1: a query failed. */
int page_account(struct serve_answer *, struct db *, const struct slice *did,
    const char *version, int64_t now_ms, bool *found, struct status *);

#endif
