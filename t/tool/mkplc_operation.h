/*
 * mkplc_operation: operations of a PLC directory that are made up and signed,
 * and their lines.
 *
 * A name of a key is `k` (secp256k1) or `p` (P-256) and a number, or `x`: a key
 * that can't be read. All functions end the program if they fail.
 */
#ifndef T_TOOL_MKPLC_OPERATION_H
#define T_TOOL_MKPLC_OPERATION_H

#include <stdint.h>

#include "libcar/data/cid.h"
#include "libcar/plc/operation.h"
#include "libcar/repo/keypair.h"
#include "libcar/stream/fields.h"

struct mkplc_made {
	char did[PLC_DID_TEXT]; /* without a NUL */
	char cid[CID_MAX_TEXT];
	uint8_t bytes[CID_REPO_BYTES]; /* of the CID */
};

/* What is wanted of an operation. NULL: nothing special. */
struct mkplc_wanted {
	const char *type, *handle, *alias, *pds;
	const char *sig; /* pad, high, bits, der, other; or empty */
	const char *keys, *signer;
	const char *signing_key; /* of the account */
	const char *did, *cid;   /* instead of its own */
	const struct mkplc_made *prev;
	uint64_t ms; /* since 1970 */
	int64_t seq;
	enum stream_bool nullified;
};

_Noreturn void mkplc_die(const char *what);

void mkplc_keypair(struct keypair *, const char *name);

/* The text of a public key, borrowed until the next call. */
const char *mkplc_key(const char *name);

/* Fill in the names of an operation. */
void mkplc_name(struct mkplc_made *, const uint8_t did[PLC_DID_BYTES],
    const uint8_t cid[CID_REPO_BYTES]);

/* Make the operation, and write its line on standard output. */
void mkplc_operation(const struct mkplc_wanted *, struct mkplc_made *);

void mkplc_operation_end(void);

#endif
