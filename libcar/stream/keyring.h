/*
 * keyring: the signing keys of accounts.
 */
#ifndef LIBCAR_STREAM_KEYRING_H
#define LIBCAR_STREAM_KEYRING_H

#include <stdbool.h>
#include <stddef.h>

#include "libcar/base/buf.h"
#include "libcar/base/slice.h"
#include "libcar/base/status.h"
#include "libcar/repo/key.h"

struct keyring {
	struct buf entries, texts;
	size_t identities; /* lines that were one */
	size_t sorted;     /* entries that are in order */
	bool has_any;
	struct key any; /* for every account without an entry */
};

/* Take the key of an `identity` line, or note that the account has no key. A
 * later line for the same DID replaces it; lines of other types are ignored.
 * STATUS_BAD_LINE, STATUS_BAD_SYNTAX, STATUS_SYSTEM. */
int keyring_add_line(struct keyring *, const char *line, size_t len,
    struct status *);

/* The key of a DID, or NULL; borrowed until the next
 * keyring_add_line(). */
const struct key *keyring_find(struct keyring *, const char *did, size_t len);

/* The host that the same line names, an origin; or nothing. */
struct slice keyring_pds(struct keyring *, const char *did, size_t len);

void keyring_free(struct keyring *);

#endif
