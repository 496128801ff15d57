/*
 * load_work: what applying lines needs, in one try of a transaction.
 */
#ifndef LIBCAR_LOAD_WORK_PRIVATE_H
#define LIBCAR_LOAD_WORK_PRIVATE_H

#include "libcar/db/db.h"
#include "libcar/load/operations_private.h"
#include "libcar/load/options.h"
#include "libcar/stream/line.h"

struct load_received;

struct load_work {
	struct db *db;
	bool partial;
	struct load_counts counts; /* of this try */
	struct load_received *received;
	struct line line; /* the record that is being checked */
	struct load_operations operations; /* of this batch */
};

#endif
