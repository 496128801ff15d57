/*
 * serve_account: the account that a request is about, and whether its repo may
 * be served.
 *
 * Repos of accounts that are taken down, suspended, deactivated, deleted or not
 * active for another reason aren't served. The answer names the reason as the
 * reference server does, with status 400:
 *
 *	RepoNotFound		the database doesn't have it, or it was deleted
 *	RepoTakendown, RepoSuspended
 *	RepoDeactivated		also if nobody gave a reason
 */
#ifndef LIBCAR_SERVE_ACCOUNT_H
#define LIBCAR_SERVE_ACCOUNT_H

#include <stdbool.h>

#include "libcar/db/profile.h"
#include "libcar/serve/answer.h"
#include "libcar/serve/context.h"

/* The account of a DID or of a handle, whatever its state is. A handle counts
 * if its check succeeded. False: there is none, or the query failed, and the
 * answer says so. The caller releases the profile in any case, by
 * db_profile_free(). */
bool serve_account_find(struct serve_context *, struct serve_answer *,
    const struct slice *, struct db_profile *);

/* The same, but only if its repo may be served. */
bool serve_account_open(struct serve_context *, struct serve_answer *,
    const struct slice *, struct db_profile *);

/* The DID whose check of this handle succeeded. *did is empty if there is none;
 * the caller frees it. The handle may have capital letters. -1: the query
 * failed. */
int serve_account_holder(struct serve_context *, const struct slice *handle,
    struct buf *did, struct status *);

/* The status of an account as XRPC names it; NULL if it is active. */
const char *serve_account_status(enum db_profile_state);

#endif
