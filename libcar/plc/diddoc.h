/*
 * diddoc: what a DID document says about an account.
 * https://atproto.com/specs/did#did-documents
 *
 * handle: the first `at://` of alsoKnownAs that is a valid handle, in lower
 * case, if it may be used (syntax_is_usable_handle). key: the first valid
 * verification method `#atproto` (relative or absolute id) whose controller
 * is the DID, of type Multikey, or one of the two legacy types. pds: the first
 * service `#atproto_pds` of type AtprotoPersonalDataServer, if its endpoint is
 * an origin: https, host and perhaps port, and nothing after them.
 *
 * An invalid value counts as missing, and a document without key, handle or
 * host is a good answer. If a member's name comes several times, the last one
 * counts, as in other readers.
 */
#ifndef LIBCAR_PLC_DIDDOC_H
#define LIBCAR_PLC_DIDDOC_H

#include <stdbool.h>
#include <stddef.h>

#include "libcar/base/status.h"
#include "libcar/data/syntax.h"
#include "libcar/repo/key.h"

#define DIDDOC_MAX_BYTES (256 << 10)
/* `https://`, a host of 253, `:` and a port of 5, a NUL */
#define DIDDOC_ORIGIN_BYTES 272

/* Texts end in a NUL. They are empty if the document has none. */
struct diddoc {
	char handle[SYNTAX_HANDLE_MAX + 1];
	char pds[DIDDOC_ORIGIN_BYTES];
	char key[KEY_MAX_TEXT]; /* a did:key */
};

/* Read the document of this DID. allow_http: the host's origin may be plain
 * http. -1: STATUS_BAD_ANSWER (not a JSON object, another `id`, larger than
 * DIDDOC_MAX_BYTES). */
int diddoc_parse(struct diddoc *, const char *did, size_t did_len,
    const char *json, size_t len, bool allow_http, struct status *);

/* Is the text `at://` and a valid handle? If the handle may be used, write it
 * to out, in lower case; otherwise out stays as it was. */
bool diddoc_handle(char out[SYNTAX_HANDLE_MAX + 1], const char *text,
    size_t len);

/*
 * Is the text an origin: `https://` (with allow_http also `http://`), a host
 * name, an IPv4 or a bracketed IPv6 address, and perhaps a port, with at most
 * one `/` after it? Write it to out: scheme and host in lower case, without
 * that `/` and without the scheme's own port. If the text isn't an origin, out
 * stays as it was.
 */
bool diddoc_origin(char out[DIDDOC_ORIGIN_BYTES], const char *text, size_t len,
    bool allow_http);

#endif
