#include "config.h"

#include <stdio.h>

#include "libcar/serve/account_routes.h"
#include "libcar/serve/blob_routes.h"
#include "libcar/serve/health_routes.h"
#include "libcar/serve/page_routes.h"
#include "libcar/serve/plc_routes.h"
#include "libcar/serve/record_routes.h"
#include "libcar/serve/repo_routes.h"
#include "libcar/serve/routes.h"
#include "libcar/serve/state_routes.h"

/*
 * The families of routes. Some fifty patterns are compared in turn, which costs
 * less than a microsecond, because most differ in the first or second segment.
 */

static const struct serve_family *const families[] = {
	&serve_health_routes,
	&serve_plc_routes,
	&serve_account_routes,
	&serve_repo_routes,
	&serve_record_routes,
	&serve_blob_routes,
	&serve_state_routes,
	&serve_page_routes,
};
#define FAMILIES (sizeof(families) / sizeof(*families))

size_t
serve_routes_count(void)
{
	size_t i, n = 0;

	for (i = 0; i < FAMILIES; i++)
		n += families[i]->count;
	return n;
}

const struct serve_route *
serve_routes_at(size_t number)
{
	size_t i;

	for (i = 0; i < FAMILIES; i++) {
		if (number < families[i]->count)
			return &families[i]->routes[number];
		number -= families[i]->count;
	}
	return NULL;
}

/* Look at one route that fits the path. Routes of a worse pattern don't count,
 * whatever their method is. */
static void
consider(const struct serve_route *route, size_t number, unsigned method,
    const struct serve_route **best, struct serve_found *f)
{
	if (*best != NULL && serve_route_before(*best, route))
		return;
	if (*best == NULL || serve_route_before(route, *best)) {
		*best = route;
		f->route = NULL;
		f->number = serve_routes_count();
		f->allowed = 0;
	}
	f->allowed |= route->methods;
	if ((route->methods & method) != 0) {
		f->route = route;
		f->number = number;
	}
}

void
serve_routes_find(const struct serve_request *r, struct serve_found *f)
{
	unsigned method = r->method == SERVE_HEAD ? SERVE_GET : r->method;
	const struct serve_route *route, *best = NULL;
	size_t i, k, number = 0;

	*f = (struct serve_found){ .number = serve_routes_count() };
	for (i = 0; i < FAMILIES; i++)
		for (k = 0; k < families[i]->count; k++, number++) {
			route = &families[i]->routes[k];
			if (serve_route_fits(route, r))
				consider(route, number, method, &best, f);
		}
}

void
serve_routes_allow(unsigned methods, char out[SERVE_ALLOW_BYTES])
{
	snprintf(out, SERVE_ALLOW_BYTES, "%s%sOPTIONS",
	    methods & SERVE_GET ? "GET, HEAD, " : "",
	    methods & SERVE_POST ? "POST, " : "");
}

enum serve_errors
serve_routes_errors(const struct serve_request *r)
{
	if (r->nsegments > 0 && slice_is(&r->segments[0], "xrpc"))
		return SERVE_ERRORS_XRPC;
	return SERVE_ERRORS_PLC;
}
