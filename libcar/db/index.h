/*
 * index: indexes that people ask for.
 *
 * `indexed_at` is that of the column; `nsid:path`, such as
 * `app.bsky.feed.like:subject.uri`, that of what records have there. A part of
 * a path is a key, or a number, which is an element of an array. Queries of the
 * view `records` use the index if they have its expression,
 * `record->'subject'->>'uri'`.
 */
#ifndef LIBCAR_DB_INDEX_H
#define LIBCAR_DB_INDEX_H

#include "libcar/db/db.h"

#define DB_INDEX_PATH_MAX 50 /* bytes: names in PostgreSQL have 63 */

/* Is it one of these? -1: STATUS_SYSTEM. */
int db_index_check(const char *text, struct status *);

/* Make one that was checked, unless it is there. Between transactions. */
int db_index_make(struct db *, const char *text, struct status *);

#endif
