/*
 * serve_params: parameters of an XRPC method, with the forms that its lexicon
 * requires.
 *
 * A parameter that is wrong is answered with 400 InvalidRequest and the message
 * of the reference server. https://atproto.com/specs/xrpc
 */
#ifndef LIBCAR_SERVE_PARAMS_H
#define LIBCAR_SERVE_PARAMS_H

#include <stdbool.h>
#include <stdint.h>

#include "libcar/serve/answer.h"
#include "libcar/serve/request.h"

enum serve_form {
	SERVE_FORM_TEXT,
	SERVE_FORM_DID,
	SERVE_FORM_HANDLE,
	SERVE_FORM_AT_IDENTIFIER, /* a DID or a handle */
	SERVE_FORM_NSID,
	SERVE_FORM_RKEY,
	SERVE_FORM_CID,
	SERVE_FORM_TID,
};

/* A parameter that must be there. False: it isn't, or is wrong, and the answer
 * says so. The value is borrowed from the request. */
bool serve_params_get(const struct serve_request *, struct serve_answer *,
    const char *name, enum serve_form, struct slice *);

/* One that may be missing: then the value is NULL. */
bool serve_params_optional(const struct serve_request *, struct serve_answer *,
    const char *name, enum serve_form, struct slice *);

/* A number from 1 to max; `initial` if it is missing. */
bool serve_params_limit(const struct serve_request *, struct serve_answer *,
    int64_t max, int64_t initial, int *);

/* `true` or `false`; false if it is missing. */
bool serve_params_flag(const struct serve_request *, struct serve_answer *,
    const char *name, bool *);

#endif
