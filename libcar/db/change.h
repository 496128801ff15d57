/*
 * change: the feed of changes to records.
 *
 * While a database records changes, each transaction appends its changes to the
 * rows of `all_records` to a table, in order. A reader who has read all changes
 * up to a number misses none by asking for greater numbers: a transaction takes
 * its numbers at its end, and no other transaction gets numbers until it has
 * ended.
 */
#ifndef LIBCAR_DB_CHANGE_H
#define LIBCAR_DB_CHANGE_H

#include "libcar/db/db.h"

/* Switch the recording of changes on or off. The database keeps the setting for
 * all writers. Call it between transactions; it waits for transactions that
 * have begun. */
int db_change_switch(struct db *, bool on, struct status *);

#endif
