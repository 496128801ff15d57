/*
 * ahead: signatures that are verified in threads before they are needed.
 *
 * The caller guesses which signatures it will need, and has all of them
 * verified. Later it asks for exactly the key, the hash and the signature that
 * it finds in a message. What isn't known here must be verified then, so a
 * wrong guess only costs time. Memory is fixed.
 */
#ifndef LIBCAR_STREAM_AHEAD_H
#define LIBCAR_STREAM_AHEAD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "libcar/base/parallel.h"
#include "libcar/repo/key.h"

#define AHEAD_MOST 64 /* signatures: more than one read usually brings */

struct ahead_guess {
	struct key key;
	struct key_prepared ready;
	uint8_t hash[32], signature[KEY_SIGNATURE_BYTES];
	bool valid;
};

/* All zero is empty. */
struct ahead {
	struct parallel parallel; /* its field `threads` is the caller's */

	/* The module's own. */
	struct ahead_guess guesses[AHEAD_MOST];
	size_t count;
};

/* Is there more than one thread? With one, verifying ahead gains nothing. */
bool ahead_helps(struct ahead *);

/* Forget what is known. */
void ahead_clear(struct ahead *);

bool ahead_is_full(const struct ahead *);

/* Add a signature of this hash, and the key's prepared form. Not if it is full.
 * A key of P-256 is ignored, because its prepared form can't be copied. */
void ahead_add(struct ahead *, const struct key *, const struct key_prepared *,
    const uint8_t hash[32], const uint8_t signature[KEY_SIGNATURE_BYTES]);

/* Verify all that were added. */
void ahead_verify(struct ahead *);

/* Is this known as the key's signature? */
bool ahead_has(const struct ahead *, const struct key *, const uint8_t hash[32],
    const uint8_t signature[KEY_SIGNATURE_BYTES]);

void ahead_free(struct ahead *);

#endif
