/*
 * keys: the argument of -k, into a keyring.
 */
#ifndef LIBCAR_CLI_KEYS_H
#define LIBCAR_CLI_KEYS_H

#include "libcar/base/status.h"
#include "libcar/stream/keyring.h"

/* A did:key is the key of every account that has none of its own; anything
 * else names a file with `identity` lines. -1: STATUS_BAD_SYNTAX,
 * STATUS_BAD_LINE, STATUS_UNREADABLE, STATUS_TOO_LARGE, STATUS_SYSTEM. */
int keys_add(struct keyring *, const char *argument, struct status *);

#endif
