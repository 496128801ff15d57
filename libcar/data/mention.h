/*
 * mention: an account as people write it.
 *
 * A person copies an account from a page, a profile or a list: a DID, a handle
 * with or without `@`, an at:// URI, the address of a profile page
 * (https://bsky.app/profile/alice.test/post/3k), with white space around it and
 * a comment after it. Copied text may contain characters that nobody sees: byte
 * order marks, zero-width characters, and marks of the direction of writing.
 */
#ifndef LIBCAR_DATA_MENTION_H
#define LIBCAR_DATA_MENTION_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Reduce the text to the DID or handle in it, in place. Returns its new length:
 * 0 if the text contains nothing but white space or a comment. A comment begins
 * with `#` at the start of the text or after white space. A text that
 * names no account stays as it is, for the caller's message. */
size_t mention_reduce(char *text, size_t len);

/* Is a text of this form always an account, never a file: a DID, `@`, a URI? */
bool mention_is_explicit(const char *text);

/* Bytes of the invisible character at p, 0 if it is another one. len > 0.
 * Invisible are format characters that change how a text looks without being
 * seen: zero-width ones, and those of the direction of writing. */
size_t mention_invisible_len(const uint8_t *p, size_t len);

#endif
