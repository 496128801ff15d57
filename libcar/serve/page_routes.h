/*
 * serve_page_routes: the pages for people: /, /search and /account/{name}.
 */
#ifndef LIBCAR_SERVE_PAGE_ROUTES_H
#define LIBCAR_SERVE_PAGE_ROUTES_H

#include "libcar/serve/route.h"

extern const struct serve_family serve_page_routes;

#endif
