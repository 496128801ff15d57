#include "config.h"

#include <stdio.h>

#include "libcar/serve/chart.h"
#include "libcar/serve/html.h"

/*
 * Coordinates are integers in a frame of WIDTH x HEIGHT that the browser
 * stretches; strokes keep their width.
 */

#define WIDTH 1000
#define HEIGHT 100
#define GAP 4 /* between bars */

void
chart_add(struct chart *c, int64_t x, double y)
{
	if (c->n == CHART_POINTS)
		return;
	c->points[c->n++] = (struct chart_point){ x, y };
	if (y > c->greatest)
		c->greatest = y;
}

static void
begin(struct buf *out, const char *class, const char *label)
{
	html_put(out,
	    "<svg class=\"$s\" viewBox=\"0 0 $i $i\" "
	    "preserveAspectRatio=\"none\" ",
	    class, (int64_t)WIDTH, (int64_t)HEIGHT);
	if (label != NULL)
		html_put(out, "role=\"img\" aria-label=\"$s\">", label);
	else
		html_put(out, "aria-hidden=\"true\">");
}

static int64_t
across(int64_t x, int64_t from, int64_t to)
{
	if (x < from)
		x = from;
	return to > from ? (x - from) * WIDTH / (to - from) : 0;
}

/* A line of 0 lies at the bottom, the greatest value near the top. */
static int64_t
height(double y, double greatest)
{
	return greatest > 0 ? (int64_t)(y / greatest * (HEIGHT - 8)) : 0;
}

static void
put_points(struct buf *out, const struct chart *c, int64_t from, int64_t to)
{
	const struct chart_point *p;
	size_t i;

	for (i = 0; i < c->n; i++) {
		p = &c->points[i];
		html_put(out, " $i,$i", across(p->x, from, to),
		    HEIGHT - 2 - height(p->y, c->greatest));
	}
}

void
chart_line(struct buf *out, const struct chart *c, int64_t from, int64_t to,
    const char *label)
{
	begin(out, "chart", label);
	if (c->n > 0) {
		html_put(out, "<polygon class=\"area\" points=\"$i,$i",
		    across(c->points[0].x, from, to), (int64_t)HEIGHT);
		put_points(out, c, from, to);
		html_put(out, " $i,$i\"/>",
		    across(c->points[c->n - 1].x, from, to), (int64_t)HEIGHT);
		html_put(out, "<polyline class=\"line\" points=\"");
		put_points(out, c, from, to);
		html_put(out, "\"/>");
	}
	html_put(out, "</svg>");
}

/* Even the smallest number that isn't 0 can be seen. */
static int64_t
scale(int64_t value, int64_t greatest, int64_t full)
{
	int64_t n;

	if (value <= 0 || greatest <= 0)
		return 0;
	n = (int64_t)((double)value / (double)greatest * (double)full);
	return n > 0 ? n : 1;
}

static void
rect(struct buf *out, int64_t x, int64_t width, int64_t tall)
{
	html_put(out, "x=\"$i\" y=\"$i\" width=\"$i\" height=\"$i\"", x,
	    HEIGHT - tall, width, tall);
}

void
chart_bars(struct buf *out, const int64_t *values, size_t n, const char *label,
    void (*title)(struct buf *, const void *, size_t), const void *arg)
{
	int64_t greatest = 0, step = WIDTH / (int64_t)(n > 0 ? n : 1);
	size_t i;

	for (i = 0; i < n; i++)
		if (values[i] > greatest)
			greatest = values[i];
	begin(out, "chart", label);
	for (i = 0; i < n; i++) {
		html_put(out, "<rect class=\"bar\" ");
		rect(out, (int64_t)i * step, step - GAP,
		    scale(values[i], greatest, HEIGHT));
		html_put(out, "><title>");
		title(out, arg, i);
		html_put(out, "</title></rect>");
	}
	html_put(out, "</svg>");
}

void
chart_parts(struct buf *out, const int64_t *values, size_t n, const char *label)
{
	int64_t whole = 0, at = 0, wide;
	size_t i;

	for (i = 0; i < n; i++)
		whole += values[i];
	begin(out, "parts", label);
	for (i = 0; i < n; i++) {
		wide = scale(values[i], whole, WIDTH);
		if (wide == 0)
			continue;
		html_put(out, "<rect class=\"part part$i\" ", (int64_t)i);
		rect(out, at, wide, HEIGHT);
		html_put(out, "/>");
		at += wide;
	}
	html_put(out, "</svg>");
}

void
chart_share(struct buf *out, int64_t part, int64_t whole)
{
	begin(out, "share", NULL);
	html_put(out, "<rect class=\"bar\" ");
	rect(out, 0, scale(part, whole, WIDTH), HEIGHT);
	html_put(out, "/></svg>");
}
