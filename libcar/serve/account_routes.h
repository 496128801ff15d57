/*
 * serve_account_routes: identities: /info, /autocomplete,
 * com.atproto.identity.resolveHandle, resolveDid and resolveIdentity.
 */
#ifndef LIBCAR_SERVE_ACCOUNT_ROUTES_H
#define LIBCAR_SERVE_ACCOUNT_ROUTES_H

#include "libcar/serve/route.h"

extern const struct serve_family serve_account_routes;

#endif
