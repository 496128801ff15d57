/*
 * serve_health_routes: the server and its database answer.
 */
#ifndef LIBCAR_SERVE_HEALTH_ROUTES_H
#define LIBCAR_SERVE_HEALTH_ROUTES_H

#include "libcar/serve/route.h"

extern const struct serve_family serve_health_routes;

#endif
