/*
 * change: the feed of what becomes of rows.
 *
 * While a database records changes, each transaction appends to its table of
 * changes what it made of the rows of `all_records`, in order. Whoever has
 * read all up to a number misses nothing by asking for what is above: a
 * transaction takes its numbers at its end, and until it is over no other one
 * gets any.
 */
#ifndef LIBCAR_DB_CHANGE_H
#define LIBCAR_DB_CHANGE_H

#include "libcar/db/db.h"

/* From now on record changes, or don't; the database keeps that for whoever
 * writes to it. Between transactions; waits for those that have begun. */
int db_change_switch(struct db *, bool on, struct status *);

#endif
