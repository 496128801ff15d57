/*
 * serve_metrics: the state of the server as text for Prometheus.
 * https://prometheus.io/docs/instrumenting/exposition_formats/
 *
 * Values of labels are escaped, whatever an account, a host or an error says,
 * and each family has a bounded number of them. This module only writes: no
 * clock, no database.
 */
#ifndef LIBCAR_SERVE_METRICS_H
#define LIBCAR_SERVE_METRICS_H

#include "libcar/base/buf.h"
#include "libcar/serve/state.h"
#include "libcar/serve/traffic.h"

#define SERVE_METRICS_TYPE "text/plain; version=0.0.4; charset=utf-8"

struct serve_metrics {
	const struct serve_state *state;
	const struct serve_traffic *traffic;
	const char *version;
	int64_t now_ms, lag_ms; /* the time; the greatest lag that is ready */
};

void serve_metrics_write(struct buf *, const struct serve_metrics *);

#endif
