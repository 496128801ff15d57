/*
 * load_commits: what lines of the live stream say about commits.
 */
#ifndef LIBCAR_LOAD_COMMITS_PRIVATE_H
#define LIBCAR_LOAD_COMMITS_PRIVATE_H

#include "libcar/load/batch_private.h"
#include "libcar/load/work_private.h"

/* Is the run a live `commit`, or an error of at-firehose about a commit? */
bool load_commits_is_live(const struct load_run *, bool partial);
bool load_commits_is_failure(const struct load_run *, bool partial);

/* May it change something? For a missing account, a filtered stream says
 * nothing until a record comes. */
bool load_commits_is_news(const struct load_run *);

/* Apply a live `commit`, or note the doubt that an error raises. */
int load_commits_apply(struct load_work *, const struct load_run *,
    struct status *);
int load_commits_fail(const struct load_run *, struct status *);

/* Join the runs of live commits that earlier lines have extended. Call it
 * before a run of lines is applied: joining raises the floor, and lines below
 * the floor change nothing. Lines of a later live commit are above it, so
 * joining can still wait. */
int load_commits_join(struct load_work *, const struct load_run *,
    struct status *);

/* Note that live lines came, from this item of their run on. */
int load_commits_receive(struct load_work *, const struct load_batch *,
    const struct load_run *, size_t first, size_t n, struct status *);

#endif
