/*
 * turns: the accounts of a run. The jobs of one account run one after the
 * other, and a later job knows what an earlier one found.
 *
 * An account is at work as long as it has a job. After that it is remembered if
 * a job found something, until TURNS_REMEMBERED other accounts came. What a job
 * found expires after TURNS_MAX_AGE_MS, because a run may take days.
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
	struct task *at;          /* the running job; NULL: none */
	struct task *next, *last; /* jobs that wait, by task->behind */

	/* The last temporary failure, for the jobs that wait; or NULL. */
	struct turns_failure *failure;

	/* What a job found: at this time (microseconds since 1970), this host
	 * had the repo at this rev. An empty rev: only the host is known, or
	 * nothing. */
	char *host, *key; /* NULL: the document names none */
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

/* Get the account of this DID and mark it as at work. NULL: no memory. */
struct turns_account *turns_get(struct turns *, const char *did);

/* The account has no more jobs. */
void turns_put(struct turns *, struct turns_account *);

void turns_free(struct turns *);

#endif
