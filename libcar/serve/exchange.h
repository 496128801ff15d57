/*
 * serve_exchange: one request and its answer.
 */
#ifndef LIBCAR_SERVE_EXCHANGE_H
#define LIBCAR_SERVE_EXCHANGE_H

#include <microhttpd.h>
#include <stdbool.h>
#include <stddef.h>

#include "libcar/serve/context.h"
#include "libcar/serve/readers.h"
#include "libcar/serve/request.h"
#include "libcar/serve/upstream.h"

/* What all exchanges share. */
struct serve_exchange {
	const struct serve_setup *setup;
	struct serve_readers *readers;
	struct serve_traffic *traffic;
	struct serve_recount *recount;
	struct serve_gate *repos;
	void (*report)(const struct status *);
};

/* What became of it. */
struct serve_done {
	bool too_large; /* set by the caller: the body was */
	bool ambiguous; /* and this: its length is given in two ways */
	size_t route;   /* its number */
	unsigned status;
	double at;    /* when the answer was ready, by clock_monotonic() */
	bool pass_on; /* no answer is queued: pass the request on */
};

/* Parse the target into the request, whose method, headers and body are set,
 * find its route, and queue the answer. MHD_NO: close the connection. */
enum MHD_Result serve_exchange(const struct serve_exchange *,
    struct MHD_Connection *, struct serve_request *, const char *target,
    size_t len, struct serve_done *);

/* Queue what the directory answered to which the request was passed on. */
enum MHD_Result serve_exchange_passed(const struct serve_exchange *,
    struct MHD_Connection *, struct serve_upstream_job *, struct serve_done *);

#endif
