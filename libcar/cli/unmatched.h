/*
 * unmatched: collections that were asked for and that nothing had records of.
 *
 * A name that was mistyped is a collection like any other: nothing comes of it,
 * which looks like success.
 */
#ifndef LIBCAR_CLI_UNMATCHED_H
#define LIBCAR_CLI_UNMATCHED_H

#include "libcar/stream/filter.h"

/* Say of each pattern that filter_mark() never marked that no `what`, such as
 * "repo", had records of it; with -q nothing. */
void cli_unmatched(const struct filter *, const char *what);

#endif
