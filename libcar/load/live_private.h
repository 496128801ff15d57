/*
 * load_live: how at-load knows that nothing of an account is missing.
 *
 * The rule that live commits follow, on what is known of an account in memory.
 * For each pattern there is, beside the floor and what is loaded, one run of
 * live commits without a gap, and the doubt: the rev of a commit of which only
 * its existence is known. When a run begins within what is loaded, what is
 * loaded becomes the end of the run. An account is synced if nothing that is
 * known of goes beyond what is loaded.
 */
#ifndef LIBCAR_LOAD_LIVE_PRIVATE_H
#define LIBCAR_LOAD_LIVE_PRIVATE_H

#include "libcar/load/account_private.h"

/* A commit of which every change was applied. */
struct load_live_commit {
	const char *rev, *since;
	struct slice prev_data, data; /* roots of the tree, before and after */
};

/* The commit follows another one: append it to the run of the pattern, or begin
 * a new run, or break. */
int load_live_extend(struct load_account *, const struct slice *pattern,
    const struct load_live_commit *, struct status *);

/* Only a snapshot at the rev or later tells what is in the pattern. Nothing
 * happens if the run of the pattern goes beyond the rev. */
int load_live_break(struct load_account *, const struct slice *pattern,
    const char *rev, enum db_cause, struct status *);

/* There is a commit at the rev, and nothing else is known of it. */
int load_live_doubt(struct load_account *, const struct slice *pattern,
    const char *rev, enum db_cause, struct status *);

/* The pattern is loaded at the rev, by a commit with this root. */
int load_live_whole(struct load_account *, const struct slice *pattern,
    const char *rev, const struct slice *data, struct status *);

/* Let runs make longer what is loaded; *moved: one of them did. After each
 * commit and each completed snapshot. */
int load_live_settle(struct load_account *, bool *moved, struct status *);

/* Where the account stands. */
struct load_live_state {
	char synced[DB_REV_BYTES]; /* empty: it isn't synced */
	char head[DB_REV_BYTES];   /* the latest rev that is known of */
	enum db_cause cause;       /* why it isn't synced */
};
struct load_live_state load_live_state(const struct load_account *);

#endif
