/*
 * chart: small charts as inline SVG.
 *
 * A chart has no text but its label, which says what it shows, for those who
 * can't see it. Colours come from the page's style: the classes `line`, `area`
 * and `bar`. Charts stretch to the width of their place.
 */
#ifndef LIBCAR_SERVE_CHART_H
#define LIBCAR_SERVE_CHART_H

#include "libcar/base/buf.h"

#define CHART_POINTS 256

/* Points of a line: x is a time in ms, y isn't negative. */
struct chart {
	struct chart_point {
		int64_t x;
		double y;
	} points[CHART_POINTS];
	size_t n;
	double greatest;
};

/* Add a point, later than the ones before. */
void chart_add(struct chart *, int64_t x, double y);

/* A line from one time to another; without points, an empty frame. */
void chart_line(struct buf *, const struct chart *, int64_t from, int64_t to,
    const char *label);

/* A bar for each number; title() appends what a bar is, as text. */
void chart_bars(struct buf *, const int64_t *values, size_t n,
    const char *label, void (*title)(struct buf *, const void *arg, size_t i),
    const void *arg);

/* One bar in parts; each has the class `part` and its number, from 0. */
void chart_parts(struct buf *, const int64_t *values, size_t n,
    const char *label);

/* A bar that is part/whole of its place wide. It is for the eye alone: the
 * number stands beside it. */
void chart_share(struct buf *, int64_t part, int64_t whole);

#endif
