/*
 * turns: the accounts of a run, so that the jobs of one account are done one
 * after the other, and a later one knows what an earlier one found.
 *
 * An account is at work as long as it has a job. After that it is remembered if
 * a job found something, until TURNS_REMEMBERED others were since then. What a
 * job found counts for TURNS_MAX_AGE_MS at most: a run may go on for days.
 */
#ifndef LIBCAR_CLI_TURNS_H
#define LIBCAR_CLI_TURNS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "libcar/base/status.h"
#include "libcar/data/syntax.h"

#define TURNS_REMEMBERED 20000 /* of about 300 bytes each */
#define TURNS_MAX_AGE_MS ((uint64_t)10 * 60000)

struct task;

/* How a job failed at its host, after all its tries. */
struct turns_failure {
	struct status why;
	bool looked_up; /* the host is that of the DID's document */
	char host[];
};

struct turns_account {
	struct task *at;          /* the job that is at work; NULL: none */
	struct task *next, *last; /* jobs that wait, by task->behind */

	/* The last failure that may pass, for the jobs that wait; or NULL. */
	struct turns_failure *failure;

	/* What a job found: this host has the repo at this rev, and said so
	 * then, in microseconds since 1970. An empty rev: nothing. */
	char *host, *key;
	uint64_t said_at;
	bool looked_up; /* host and key are those of the DID's document */
	char rev[SYNTAX_TID_LEN + 1];

	/* turns' own. */
	char *did;
	bool at_work;
	struct turns_account *chain, *older, *newer;
};

/* All zero is a run without accounts. */
struct turns {
	struct turns_account **chains;
	struct turns_account *oldest, *newest; /* of those not at work */
	size_t idle;
};

/* The account of this DID, which is then at work. NULL: no memory. */
struct turns_account *turns_get(struct turns *, const char *did);

/* The account has no more jobs. */
void turns_put(struct turns *, struct turns_account *);

void turns_free(struct turns *);

#endif
