/*
 * serve_traffic: how many requests each route answered, how, and how fast.
 *
 * The server counts every request, in any thread; /metrics and the status page
 * read the counts. What fits no route is counted for the route number
 * `count`, whose name is "none".
 */
#ifndef LIBCAR_SERVE_TRAFFIC_H
#define LIBCAR_SERVE_TRAFFIC_H

#include <stddef.h>
#include <stdint.h>

#include "libcar/base/status.h"

/* Upper bounds of the latencies that are counted, in microseconds; the last
 * count is of all that took longer. */
#define SERVE_LATENCIES 14
extern const uint32_t serve_traffic_bounds[SERVE_LATENCIES - 1];

#define SERVE_STATUS_FIRST 100
#define SERVE_STATUS_LAST 599

struct serve_traffic;

/* Counts of one route since the start. A latency is counted in the first bound
 * that it doesn't exceed, not in the later ones. */
struct serve_traffic_sum {
	const char *name;
	uint64_t requests, micros;
	uint64_t latencies[SERVE_LATENCIES];
};

/* Names are borrowed. NULL: no memory. */
struct serve_traffic *serve_traffic_make(const char *const *names,
    size_t count);
void serve_traffic_free(struct serve_traffic *);

/* A request begins; it ends, with this route, status and time. */
void serve_traffic_begin(struct serve_traffic *);
void serve_traffic_end(struct serve_traffic *, size_t route, unsigned status,
    uint64_t micros);

/* How many requests are under way. */
uint64_t serve_traffic_open(const struct serve_traffic *);

/* How many routes there are, with "none". */
size_t serve_traffic_routes(const struct serve_traffic *);
void serve_traffic_get(const struct serve_traffic *, size_t route,
    struct serve_traffic_sum *);
/* How often the route answered with this status. */
uint64_t serve_traffic_status(const struct serve_traffic *, size_t route,
    unsigned status);

#endif
