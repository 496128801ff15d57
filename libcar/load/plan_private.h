/*
 * load_plan: which accounts and keys the lines of a transaction are about.
 *
 */
#ifndef LIBCAR_LOAD_PLAN_PRIVATE_H
#define LIBCAR_LOAD_PLAN_PRIVATE_H

#include "libcar/load/load.h"

/* Of the batch, from the present line on: load->plan, of *n. */
int load_plan(struct load *, size_t *n, struct status *);

#endif
