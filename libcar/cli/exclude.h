/*
 * exclude: the value of --exclude, a file of accounts to skip.
 */
#ifndef LIBCAR_CLI_EXCLUDE_H
#define LIBCAR_CLI_EXCLUDE_H

#include "libcar/stream/excluded.h"

/* clang-format off */
#define CLI_EXCLUDE(variable) \
	{ 0, "exclude", "file", "leave out the accounts in this list", \
	    CLI_TEXT(&(variable), NULL), .group = CLI_RARE }
/* clang-format on */

/* Add the lines of such a file. STATUS_UNREADABLE, STATUS_UNUSABLE,
 * STATUS_BAD_LINE, STATUS_SYSTEM. */
int cli_exclude_add(struct excluded *, const char *path, struct status *);

/* Read the list, if path isn't NULL. A bad list is a usage error. */
void cli_exclude_read(struct excluded *, const char *path);

#endif
