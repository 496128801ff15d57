/*
 * status: why a call failed.
 *
 * A struct status belongs to the caller and is passed last. A call returns 0
 * or -1 (an iterator 1, 0 or -1); on -1 the status says why. The codes have
 * the names that at-ndjson(5) gives to the errors of the stream.
 *
 * Messages are lower case, without a full stop: what is wrong and, if it
 * helps, have and want.
 */
#ifndef LIBCAR_BASE_STATUS_H
#define LIBCAR_BASE_STATUS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define STATUS_MSG_BYTES 256
#define STATUS_NAME_BYTES 48

enum status_code {
	STATUS_OK,
	STATUS_BAD_CAR,       /* header or framing, an input that is cut */
	STATUS_BAD_BLOCK,     /* bytes that don't have the hash of their CID */
	STATUS_MISSING_BLOCK, /* a link to a block that isn't there */
	STATUS_BAD_COMMIT,
	STATUS_BAD_SIGNATURE,
	STATUS_NO_KEY,     /* a signature was required, no key is known */
	STATUS_WRONG_DID,  /* the commit is of another account */
	STATUS_WRONG_HOST, /* the account is at another host */
	STATUS_BAD_REV,
	STATUS_FUTURE_REV,
	STATUS_OLD_REV, /* of an earlier state than what the archive has */
	STATUS_BAD_TREE,
	STATUS_BAD_RECORD,
	STATUS_BAD_KEY,
	STATUS_INVALID_RECORD, /* not valid by its lexicon */
	STATUS_BAD_FRAME,      /* a message of an event stream */
	STATUS_BAD_OPS,        /* operations that don't give their commit */
	STATUS_UNPROVED,       /* a proof that lacks a block */

	/* An operation of a PLC directory. */
	STATUS_BAD_OPERATION,
	STATUS_BAD_CID,  /* it isn't the operation's */
	STATUS_BAD_DID,  /* it isn't that of the first operation */
	STATUS_BAD_PREV, /* no operation that another one may follow */
	STATUS_AFTER_TOMBSTONE,
	STATUS_BAD_TIME,            /* not after the operation before */
	STATUS_EARLY_NULLIFICATION, /* the same, of one that nullifies */
	STATUS_LATE_NULLIFICATION,  /* more than 72 hours later */
	STATUS_WEAK_NULLIFICATION,  /* by a key of no higher authority */

	STATUS_BAD_LINE,   /* a line that isn't one of at-ndjson(5) */
	STATUS_BAD_SYNTAX, /* an identifier, a key, a JSON text */
	STATUS_TOO_LARGE,
	STATUS_UNREADABLE, /* an input that can't be opened or read */
	STATUS_EXCLUDED,   /* an account that is to be left out */

	/* The same two if no other download can help. */
	STATUS_NOT_CAR,  /* a file of another kind, which no host sends */
	STATUS_UNUSABLE, /* a directory, a file that may not be read */

	/* What a host or a directory answers, and is final for now. */
	STATUS_NOT_FOUND, /* no such DID, handle or repo */
	STATUS_TOMBSTONED,
	STATUS_NO_PDS,       /* the DID document names no host */
	STATUS_WRONG_HANDLE, /* its account says it has another one */
	STATUS_REFUSED,      /* 4xx; `name` has the host's own word */
	STATUS_UNSUPPORTED,  /* a DID method, a call that is switched off */

	/* What goes away by itself. */
	STATUS_RATE_LIMITED,
	STATUS_HOST_ERROR, /* 5xx; `name` may have the host's own word */
	STATUS_TIMEOUT,
	STATUS_DNS, /* a name that can't be looked up */
	STATUS_TLS,
	STATUS_CONNECTION, /* refused, or cut */
	STATUS_OFFLINE,    /* not in the cache, and nobody was to be asked */

	/* What we won't take. */
	STATUS_PRIVATE_ADDRESS,
	STATUS_BAD_ANSWER,

	STATUS_SYSTEM, /* no memory, no disk, a lost write */
	STATUS_AGAIN,  /* as STATUS_SYSTEM, but may work later */
};

struct status {
	enum status_code code;
	uint64_t pos;      /* byte of the input, where one is known */
	uint64_t after_ms; /* not before so long; 0: nothing is known of it */
	bool no_files;     /* too many are open: fewer at a time may do */
	char name[STATUS_NAME_BYTES]; /* the host's own; empty: the code's */
	char msg[STATUS_MSG_BYTES];
};

/* Set code, position and message; always -1, so that it can be returned. */
int status_set(struct status *, enum status_code, uint64_t pos,
    const char *format, ...) __attribute__((format(printf, 4, 5)));

/* Put a place in front of the message; always -1. */
int status_prefix(struct status *, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/* STATUS_SYSTEM with strerror(errno) after the message, and no_files if it is
 * EMFILE or ENFILE; always -1. */
int status_errno(struct status *, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/* STATUS_SYSTEM, "no memory"; always -1. */
int status_no_memory(struct status *);

/* Give the error the host's name for it, if that is one of XRPC: letters and
 * digits, a letter first. */
void status_call(struct status *, const char *name, size_t len);

/* What `error` says in at-ndjson(5): the host's name, or the code's. */
const char *status_error(const struct status *);

/* "BadTree": the code's name in at-ndjson(5). Never NULL. */
const char *status_name(enum status_code);

/* The code of that name; STATUS_OK if there is none. */
enum status_code status_code_of(const char *name);

/* May the same job succeed later, as after another download? */
bool status_retry(enum status_code);

/* How often a program asks again before it gives such a failure as a result. */
enum status_again {
	STATUS_NOT_AGAIN,   /* the same answer would come */
	STATUS_ONCE_AGAIN,  /* what came was damaged, maybe on its way */
	STATUS_OFTEN_AGAIN, /* as often as --retries says */
};
enum status_again status_again(enum status_code);

/* Is it our trouble and not the input's, so that going on makes no sense? */
bool status_fatal(enum status_code);

#endif
