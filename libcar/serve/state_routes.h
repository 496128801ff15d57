/*
 * serve_state_routes: /ready, /health and /metrics: the state of the server,
 * for programs that watch it.
 */
#ifndef LIBCAR_SERVE_STATE_ROUTES_H
#define LIBCAR_SERVE_STATE_ROUTES_H

#include "libcar/serve/route.h"

extern const struct serve_family serve_state_routes;

#endif
