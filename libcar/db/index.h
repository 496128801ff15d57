/*
 * index: indexes that users ask for with --index.
 *
 * `indexed_at` is an index of that column; `nsid:path`, such as
 * `app.bsky.feed.like:subject.uri`, is an index of the value at that path of
 * each record. A part of a path is a key, or a number for an element of an
 * array. Queries of the view `records` use the index if they contain its
 * expression, `record->'subject'->>'uri'`.
 */
#ifndef LIBCAR_DB_INDEX_H
#define LIBCAR_DB_INDEX_H

#include "libcar/db/db.h"

#define DB_INDEX_PATH_MAX 50 /* bytes: names in PostgreSQL have 63 */

/* Is the text valid? -1: STATUS_SYSTEM. */
int db_index_check(const char *text, struct status *);

/* Create an index that db_index_check accepted, unless it exists. Call it
 * between transactions. */
int db_index_make(struct db *, const char *text, struct status *);

#endif
