/*
 * load_plan: what a transaction will be about.
 */
#ifndef LIBCAR_LOAD_PLAN_PRIVATE_H
#define LIBCAR_LOAD_PLAN_PRIVATE_H

#include "libcar/load/accounts_private.h"
#include "libcar/load/batch_private.h"

/* All zero is an empty plan. */
struct load_plan {
	bool is_needed;          /* something is news */
	struct db_account **all; /* the accounts of the batch, each once */
	size_t nall, all_room;
	struct db_account **changed; /* those with news */
	size_t nchanged, changed_room;
	struct db_account **swept; /* and whose snapshot may end */
	size_t nswept, swept_room;
	struct db_keys *keys; /* of the runs that are news */
	size_t nkeys, key_room;
};

/* Look up the accounts of the batch, decide which runs are news, and plan for
 * those. */
int load_plan_make(struct load_plan *, struct db *, struct load_accounts *,
    struct load_batch *, bool partial, struct status *);

/* The plan in the database's form. */
struct db_plan load_plan_of(const struct load_plan *);

/* Call before accounts are freed. */
void load_plan_clear(struct load_plan *);
void load_plan_free(struct load_plan *);

#endif
