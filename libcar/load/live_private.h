/*
 * load_live: how at-load knows that an account is complete.
 *
 * The rule for live commits, applied to what memory holds about an account.
 * Beside the floor and what is loaded, each pattern has one run of live commits
 * without a gap, and the doubt: the rev of a commit that is known to exist, but
 * not what it contains. When a run begins within what is loaded, what is loaded
 * becomes the end of the run. An account is synced if nothing that is known
 * about it goes beyond what is loaded.
 */
#ifndef LIBCAR_LOAD_LIVE_PRIVATE_H
#define LIBCAR_LOAD_LIVE_PRIVATE_H

#include "libcar/load/account_private.h"

/* A commit whose changes were all applied. */
struct load_live_commit {
	const char *rev, *since;
	struct slice prev_data, data; /* roots of the tree, before and after */
};

/* A commit arrived: append it to the run of the pattern, begin a new run, or
 * drop the run. */
int load_live_extend(struct load_account *, const struct slice *pattern,
    const struct load_live_commit *, struct status *);

/* Does a commit of the whole repo follow the end of its run, or of what is
 * loaded? After a commit like this, load_live_settle() may wait: appending the
 * next one has the same result before it and after it. */
bool load_live_follows(const struct load_account *,
    const struct load_live_commit *);

/* Only a snapshot at the rev or later knows what is in the pattern. Do nothing
 * if the run of the pattern goes beyond the rev. */
int load_live_break(struct load_account *, const struct slice *pattern,
    const char *rev, enum db_cause, struct status *);

/* A commit exists at the rev; nothing else is known about it. */
int load_live_doubt(struct load_account *, const struct slice *pattern,
    const char *rev, enum db_cause, struct status *);

/* A commit with this root loaded the pattern at the rev. */
int load_live_whole(struct load_account *, const struct slice *pattern,
    const char *rev, const struct slice *data, struct status *);

/* Let runs extend what is loaded; *moved: a run did. This goes over all
 * patterns, so call it only if a run may join: a commit and a completed
 * snapshot then set may_join. */
int load_live_settle(struct load_account *, bool *moved, struct status *);

/* The state of the account. */
struct load_live_state {
	char synced[DB_REV_BYTES]; /* empty: not synced */
	char head[DB_REV_BYTES];   /* the latest known rev */
	enum db_cause cause;       /* why it isn't synced */
};
struct load_live_state load_live_state(const struct load_account *);

#endif
