/*
 * mkplc_sign: signatures of operations, also those that a directory must
 * refuse.
 *
 * The same message and key give the same signature, so that a test can make the
 * same lines again. keypair_sign() draws a nonce for P-256.
 */
#ifndef T_TOOL_MKPLC_SIGN_H
#define T_TOOL_MKPLC_SIGN_H

#include <stddef.h>

#include "libcar/repo/keypair.h"

#define MKPLC_SIGNATURE_TEXT 200

/* Sign a message. WHAT is that of mkplc_operation.h, but not `other`. */
void mkplc_sign(char text[MKPLC_SIGNATURE_TEXT], const struct keypair *,
    const void *message, size_t len, const char *what);

#endif
