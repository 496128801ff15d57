/*
 * load_moved: accounts that moved, and whose revs started over.
 *
 * A verified commit below the rev that is loaded is usually old. But if the
 * account changed its host after that rev was loaded, the new host may have
 * begun with lower revs. Then no later commit can be told from an old one: the
 * account isn't synced until at-status forgets it, or a later rev is loaded.
 */
#ifndef LIBCAR_LOAD_MOVED_PRIVATE_H
#define LIBCAR_LOAD_MOVED_PRIVATE_H

#include "libcar/load/batch_private.h"

/* The latest rev that is loaded of any pattern; empty: none. */
const char *load_moved_latest(const struct load_account *);

/* May the line be a commit that tells it? */
bool load_moved_is_news(const struct load_run *, bool partial);

/* If it is, mark what is loaded as of the former host; the first time,
 * has_started_over is set. */
void load_moved_note(const struct load_run *, bool partial);

#endif
