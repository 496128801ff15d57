/*
 * serve_context: what a handler may use besides its request.
 */
#ifndef LIBCAR_SERVE_CONTEXT_H
#define LIBCAR_SERVE_CONTEXT_H

#include <stdint.h>

#include "libcar/db/db.h"
#include "libcar/serve/gate.h"
#include "libcar/serve/traffic.h"

struct serve_recount;

/* What the options say; constant while the server runs. */
struct serve_setup {
	const char *database; /* its name, for db_open_read() */
	const char *archive;  /* directory of CARs, or NULL */
	const char *blobs;    /* directory of blobs, or NULL */
	const char *tmp;      /* directory for temporary files */
	const char *upstream; /* PLC directory that writes go to, or NULL */
	uint64_t lag_ms;      /* a stream that is further behind isn't ready */
	uint64_t query_ms;    /* maximum time of one statement */
	const char *version;  /* of atpipe */
	const char *agent;    /* User-Agent, for upstream */
};

/* Of one request. It belongs to the server, and ends when the handler does. */
struct serve_context {
	const struct serve_setup *setup;
	/* A reader that only this request uses; NULL if the route has no
	 * SERVE_NEEDS_DATABASE. Texts of its rows are borrowed from it. */
	struct db *db;
	struct serve_traffic *traffic;
	struct serve_recount *recount;
	struct serve_gate *repos; /* for who reads a whole repo */
	uint64_t now_us;          /* when the request began, since 1970 */
};

#endif
