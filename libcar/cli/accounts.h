/*
 * accounts: the value of --accounts, a file that lists the accounts that are
 * wanted.
 *
 * SIGHUP asks for the file to be read again.
 */
#ifndef LIBCAR_CLI_ACCOUNTS_H
#define LIBCAR_CLI_ACCOUNTS_H

#include "libcar/base/set.h"
#include "libcar/stream/excluded.h"

/* All zero, but for the path. */
struct cli_accounts {
	const char *path; /* NULL: all accounts are wanted */
	struct excluded list;
};

/* Read the list, and catch SIGHUP. A list that can't be read is a usage
 * error. */
void cli_accounts_read(struct cli_accounts *);

/* After SIGHUP, read the list again. If it can't be read, warn and keep the
 * previous list. */
void cli_accounts_refresh(struct cli_accounts *);

/* The DIDs, or NULL for all accounts. The pointer stays the same. */
const struct set *cli_accounts_set(const struct cli_accounts *);

void cli_accounts_free(struct cli_accounts *);

#endif
