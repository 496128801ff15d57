/*
 * status: why a call failed. Layer 0.
 *
 * A struct status belongs to the caller and is passed last. A call returns 0
 * or -1 (an iterator 1, 0 or -1); on -1 the status says why. The codes have
 * the names that at-ndjson(5) gives to the errors of the stream.
 *
 * Messages are lower case, without a full stop: what is wrong, and where it
 * helps what was had and what was wanted.
 */
#ifndef LIBCAR_STATUS_H
#define LIBCAR_STATUS_H

#include <stdbool.h>
#include <stdint.h>

#define STATUS_MSG_BYTES 256

enum status_code {
	STATUS_OK,
	STATUS_BAD_CAR,       /* header or framing, an input that is cut */
	STATUS_BAD_BLOCK,     /* bytes that don't have the hash of their CID */
	STATUS_MISSING_BLOCK, /* a link to a block that isn't there */
	STATUS_BAD_COMMIT,
	STATUS_BAD_SIGNATURE,
	STATUS_NO_KEY,    /* a signature was required, no key is known */
	STATUS_WRONG_DID, /* the commit is of another account */
	STATUS_BAD_REV,
	STATUS_FUTURE_REV,
	STATUS_BAD_TREE,
	STATUS_BAD_RECORD,
	STATUS_BAD_KEY,
	STATUS_BAD_LINE,   /* a line that isn't one of at-ndjson(5) */
	STATUS_BAD_SYNTAX, /* an identifier, a key, a JSON text */
	STATUS_TOO_LARGE,
	STATUS_UNREADABLE, /* an input that can't be opened or read */
	STATUS_SYSTEM,     /* no memory, no disk, a lost write */
	STATUS_AGAIN,      /* as STATUS_SYSTEM, but may work later */
};

struct status {
	enum status_code code;
	uint64_t pos; /* byte of the input, where one is known */
	char msg[STATUS_MSG_BYTES];
};

/* Set code, position and message; always -1, so that it can be returned. */
int status_set(struct status *, enum status_code, uint64_t pos,
    const char *format, ...) __attribute__((format(printf, 4, 5)));

/* Put a place in front of the message; always -1. */
int status_prefix(struct status *, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/* STATUS_SYSTEM with strerror(errno) after the message; always -1. */
int status_errno(struct status *, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/* "BadTree": the code's name in at-ndjson(5). Never NULL. */
const char *status_name(enum status_code);

/* May the same job succeed later, as after another download? */
bool status_retry(enum status_code);

/* Is it our trouble and not the input's, so that going on makes no sense? */
bool status_fatal(enum status_code);

#endif
