/*
 * value: converts the text of an option's argument to the value that its entry
 * in the table describes.
 *
 * Numbers are decimal. A size has one of the units k, M, G, T (of 1024) or
 * none, a time one of ms, s, m, h, d; a time without a unit is in seconds. Case
 * doesn't matter.
 */
#ifndef LIBCAR_CLI_VALUE_H
#define LIBCAR_CLI_VALUE_H

#include "libcar/base/status.h"
#include "libcar/cli/table.h"

/* Store the value in the entry's place. -1, and the place is unchanged:
 * STATUS_BAD_SYNTAX (the message doesn't name the option), STATUS_SYSTEM. A
 * flag ignores the text, an action does nothing. */
int cli_value_set(const struct cli_option *, const char *text, struct status *);

/* The texts stay argv's. */
void cli_list_free(struct cli_list *);

#endif
