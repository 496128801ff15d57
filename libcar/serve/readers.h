/*
 * serve_readers: the connections to the database that requests take in turn.
 *
 * A reader is opened when no other one is free, so there are at most as many as
 * threads that use one at a time, and kept for the next request. Statements
 * stay prepared with it. Whoever had a failure drops its reader.
 */
#ifndef LIBCAR_SERVE_READERS_H
#define LIBCAR_SERVE_READERS_H

#include <stdbool.h>

#include "libcar/serve/context.h"

struct serve_readers;

/* Begin with one reader, so that a database that can't be opened is noticed
 * early. The setup must outlive them. */
int serve_readers_open(struct serve_readers **, const struct serve_setup *,
    struct status *);

/* Take a reader. *used: it was used before, so that its connection may be
 * broken. Any thread may call this, and gives it back with one of the next. */
int serve_readers_take(struct serve_readers *, struct db **, bool *used,
    struct status *);
void serve_readers_give(struct serve_readers *, struct db *);

/* Close a reader that failed, and all that nobody uses: their connections are
 * as old as its connection. */
void serve_readers_drop(struct serve_readers *, struct db *);

/* After all readers were given back. */
void serve_readers_close(struct serve_readers *);

#endif
