/*
 * load_plan: which accounts and keys the lines of a transaction are about.
 * Layer 6.
 */
#ifndef LIBCAR_LOAD_PLAN_H
#define LIBCAR_LOAD_PLAN_H

#include "libcar/load.h"

/* Of the batch, from the present line on: load->plan, of *n. */
int load_plan(struct load *, size_t *n, struct status *);

#endif
