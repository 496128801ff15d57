#include "config.h"

#include "libcar/data/json.h"
#include "libcar/serve/health_routes.h"

/*
 * /_health of a PLC directory and /xrpc/_health of a PDS: the version.
 */

static void
health(struct serve_context *c, const struct serve_request *r,
    struct serve_answer *a)
{
	struct json_writer w = { .out = &a->body };

	struct status st;

	(void)r;
	if (db_ping(c->db, &st) == -1) {
		serve_answer_failed(a, &st);
		return;
	}
	a->type = SERVE_JSON;
	a->cache = "no-store";
	json_write_object(&w);
	json_write_member(&w, "version", c->setup->version);
	json_write_object_end(&w);
}

static const struct serve_route routes[] = {
	{ "/_health", SERVE_GET, health, "health", SERVE_NEEDS_DATABASE,
	    SERVE_ERRORS_PLC },
	{ "/xrpc/_health", SERVE_GET, health, "xrpc.health",
	    SERVE_NEEDS_DATABASE, SERVE_ERRORS_XRPC },
};

const struct serve_family serve_health_routes = SERVE_FAMILY(routes);
