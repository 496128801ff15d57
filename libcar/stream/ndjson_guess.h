/*
 * ndjson_guess: say what an input is if it can't be lines, and what to do with
 * it.
 *
 * Without it, a CAR that somebody gives to at-load would give a bad line for
 * each LF that it happens to contain.
 */
#ifndef LIBCAR_STREAM_NDJSON_GUESS_H
#define LIBCAR_STREAM_NDJSON_GUESS_H

#include <stddef.h>

/* Recognise a file of another kind by its first bytes: the text for a message,
 * such as "a CAR; run at-carwalk on it first". NULL: not recognised. */
const char *ndjson_guess(const char *head, size_t len);

#endif
