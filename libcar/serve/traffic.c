#include "config.h"

#include <stdatomic.h>
#include <stdlib.h>

#include "libcar/serve/traffic.h"

/*
 * Counters that threads add to without a lock. A reader may see a request in
 * one counter and not yet in another, which no figure of a page depends on.
 */

const uint32_t serve_traffic_bounds[SERVE_LATENCIES - 1] = { 100, 250, 500,
	1000, 2500, 5000, 10000, 25000, 50000, 100000, 500000, 1000000,
	5000000 };

#define STATUSES (SERVE_STATUS_LAST - SERVE_STATUS_FIRST + 1)

struct counts {
	atomic_uint_fast64_t micros;
	atomic_uint_fast64_t latencies[SERVE_LATENCIES];
	atomic_uint_fast64_t statuses[STATUSES];
};

struct serve_traffic {
	atomic_uint_fast64_t open;
	const char *const *names;
	size_t count; /* without "none" */
	struct counts routes[];
};

struct serve_traffic *
serve_traffic_make(const char *const *names, size_t count)
{
	struct serve_traffic *t;

	t = calloc(1, sizeof(*t) + (count + 1) * sizeof(*t->routes));
	if (t == NULL)
		return NULL;
	t->names = names;
	t->count = count;
	return t;
}

void
serve_traffic_free(struct serve_traffic *t)
{
	free(t);
}

static void
add(atomic_uint_fast64_t *counter, uint64_t n)
{
	atomic_fetch_add_explicit(counter, n, memory_order_relaxed);
}

static uint64_t
get(const atomic_uint_fast64_t *counter)
{
	return atomic_load_explicit(counter, memory_order_relaxed);
}

void
serve_traffic_begin(struct serve_traffic *t)
{
	add(&t->open, 1);
}

void
serve_traffic_end(struct serve_traffic *t, size_t route, unsigned status,
    uint64_t micros)
{
	struct counts *c = &t->routes[route < t->count ? route : t->count];
	size_t i = 0;

	while (i < SERVE_LATENCIES - 1 && micros > serve_traffic_bounds[i])
		i++;
	add(&c->latencies[i], 1);
	add(&c->micros, micros);
	if (status >= SERVE_STATUS_FIRST && status <= SERVE_STATUS_LAST)
		add(&c->statuses[status - SERVE_STATUS_FIRST], 1);
	add(&t->open, (uint64_t)-1);
}

uint64_t
serve_traffic_open(const struct serve_traffic *t)
{
	return get(&t->open);
}

size_t
serve_traffic_routes(const struct serve_traffic *t)
{
	return t->count + 1;
}

void
serve_traffic_get(const struct serve_traffic *t, size_t route,
    struct serve_traffic_sum *sum)
{
	const struct counts *c = &t->routes[route];
	size_t i;

	*sum = (struct serve_traffic_sum){ 0 };
	sum->name = route < t->count ? t->names[route] : "none";
	sum->micros = get(&c->micros);
	for (i = 0; i < SERVE_LATENCIES; i++) {
		sum->latencies[i] = get(&c->latencies[i]);
		sum->requests += sum->latencies[i];
	}
}

uint64_t
serve_traffic_status(const struct serve_traffic *t, size_t route,
    unsigned status)
{
	return get(&t->routes[route].statuses[status - SERVE_STATUS_FIRST]);
}
