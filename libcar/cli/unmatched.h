/*
 * unmatched: reports collections of -c that had no records.
 *
 * A mistyped name may be a valid NSID. Then the output is empty, which looks
 * like success.
 */
#ifndef LIBCAR_CLI_UNMATCHED_H
#define LIBCAR_CLI_UNMATCHED_H

#include "libcar/stream/filter.h"

/* For each pattern that filter_mark() never marked, print that no `what`, such
 * as "repo", had records of it. Prints nothing with -q. */
void cli_unmatched(const struct filter *, const char *what);

#endif
