/*
 * keys: the values of -k, which are keys, files of keys, or private keys.
 */
#ifndef LIBCAR_CLI_KEYS_H
#define LIBCAR_CLI_KEYS_H

#include "libcar/cli/table.h"
#include "libcar/repo/keypair.h"
#include "libcar/stream/keyring.h"

/* Add each of them: a did:key is the key of all accounts that no `identity`
 * line names, everything else is a file of `identity` lines (at-ndjson(5)). The
 * last key of an account counts. Anything else is a usage error. */
void cli_keys_read(struct keyring *, const struct cli_list *given);

/* Read the private key in a file (keypair_parse()); white space at its end is
 * ignored. Anything else is a usage error. */
void cli_keys_read_private(struct keypair *, const char *path);

#endif
