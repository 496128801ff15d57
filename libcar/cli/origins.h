/*
 * origins: a file that lists hosts, one origin a line, such as
 * https://pds.example.com. Blank lines, and what follows a `#`, don't count.
 */
#ifndef LIBCAR_CLI_ORIGINS_H
#define LIBCAR_CLI_ORIGINS_H

#include <stdbool.h>

#include "libcar/base/set.h"
#include "libcar/base/slice.h"
#include "libcar/base/status.h"

/* Add the origins of the file to the set, as diddoc_origin() writes them.
 * STATUS_UNREADABLE, STATUS_UNUSABLE, STATUS_BAD_LINE, STATUS_SYSTEM. */
int cli_origins_add(struct set *, const char *path, struct status *);

#endif
