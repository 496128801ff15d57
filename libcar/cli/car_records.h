/*
 * car_records: a temporary CAR of the repo that record lines make.
 *
 * The blocks of the records, of the tree and of the commit are in the order in
 * which they are made. The CAR has no root, because its header is written
 * first.
 */
#ifndef LIBCAR_CLI_CAR_RECORDS_H
#define LIBCAR_CLI_CAR_RECORDS_H

#include <stddef.h>

#include "libcar/base/buf.h"
#include "libcar/base/status.h"
#include "libcar/cli/car_merge.h"
#include "libcar/repo/keypair.h"
#include "libcar/store/aside.h"
#include "libcar/stream/rebuild.h"

/* All zero before car_records_begin(). */
struct car_records {
	struct rebuild rebuild;
	struct aside made;   /* the temporary CAR */
	struct buf sections; /* not yet in it */
};

/* Begin a repo of this account (borrowed), or of that of the lines if it is
 * NULL; the temporary file is in tmp. -1: STATUS_SYSTEM. */
int car_records_begin(struct car_records *, const char *did, const char *tmp,
    struct status *);

/* Take a line, as rebuild_add() does. */
int car_records_add(struct car_records *, const char *line, size_t len,
    struct status *);

/* Sign the repo, and add it to the CARs that are to be merged, whose root it
 * becomes. The errors are those of rebuild_finish() and car_merge_add(). */
int car_records_finish(struct car_records *, const char *rev,
    const struct keypair *, struct car_merge *, struct status *);

void car_records_free(struct car_records *);

#endif
