#include "config.h"

#include <stdio.h>
#include <string.h>

#include "libcar/serve/html.h"
#include "libcar/serve/page.h"
#include "libcar/serve/page_history_private.h"

/*
 * Rates are differences of two points that follow each other. Where a count
 * fell, or the streams are others, there is no rate.
 */

#define HOUR_MS 3600000

/* A rate per second. */
static void
add_rate(struct chart *c, int64_t from_ms, int64_t to_ms, int64_t from,
    int64_t to)
{
	if (to_ms > from_ms && to >= from)
		chart_add(c, to_ms,
		    (double)(to - from) * 1000 / (double)(to_ms - from_ms));
}

static void
add_lag(struct chart *c, const struct serve_point *a,
    const struct serve_point *b)
{
	(void)a;
	if (b->lag_ms >= 0)
		chart_add(c, b->ms, (double)b->lag_ms / 1000);
}

static void
add_events(struct chart *c, const struct serve_point *a,
    const struct serve_point *b)
{
	if (a->streams == b->streams && b->streams > 0)
		add_rate(c, a->ms, b->ms, a->events, b->events);
}

static void
add_requests(struct chart *c, const struct serve_point *a,
    const struct serve_point *b)
{
	add_rate(c, a->ms, b->ms, a->requests, b->requests);
}

static void
add_records(struct chart *c, const struct serve_point *a,
    const struct serve_point *b)
{
	if (a->counted_ms > 0)
		add_rate(c, a->counted_ms, b->counted_ms, a->records,
		    b->records);
}

static void
add_accounts(struct chart *c, const struct serve_point *a,
    const struct serve_point *b)
{
	if (a->counted_ms > 0)
		add_rate(c, a->counted_ms, b->counted_ms, a->accounts,
		    b->accounts);
}

/* A rate, or a number of seconds. */
static void
format(char *out, size_t room, double y, bool is_time)
{
	struct buf b = { 0 };
	size_t n;

	if (!is_time) {
		snprintf(out, room, "%.*f/s",
		    y <= 0      ? 0 :
			y < 1   ? 2 :
			y < 100 ? 1 :
				  0,
		    y);
		return;
	}
	page_duration(&b, (int64_t)(y * 1000));
	n = b.len < room - 1 ? b.len : room - 1;
	if (n > 0)
		memcpy(out, b.data, n);
	out[n] = '\0';
	buf_free(&b);
}

static void
put_figure(struct buf *out, const struct chart *c, const char *what,
    bool is_time, int64_t from, int64_t to)
{
	char now[32], most[32], label[160];

	format(now, sizeof(now), c->points[c->n - 1].y, is_time);
	format(most, sizeof(most), c->greatest, is_time);
	snprintf(label, sizeof(label), "%s: now %s, at most %s", what, now,
	    most);
	html_put(out,
	    "<figure><figcaption><span>$s</span><b>$s</b></figcaption>", what,
	    now);
	if (c->greatest > 0)
		chart_line(out, c, from, to, label);
	buf_puts(out, "</figure>\n");
}

struct series {
	const char *what;
	bool is_time;
	void (*add)(struct chart *, const struct serve_point *,
	    const struct serve_point *);
};

static void
put_series(struct buf *out, const struct serve_history *h, size_t first,
    int64_t to, const struct series *s)
{
	struct chart c = { .n = 0 };
	size_t i;

	for (i = first + 1; i < h->n; i++)
		s->add(&c, &h->points[i - 1], &h->points[i]);
	if (c.n > 0)
		put_figure(out, &c, s->what, s->is_time, h->points[first].ms,
		    to);
}

void
page_history(struct buf *out, const struct serve_history *h, int64_t now_ms)
{
	static const struct series all[] = {
		{ "Behind", true, add_lag },
		{ "Events per second", false, add_events },
		{ "Records loaded per second", false, add_records },
		{ "Accounts loaded per second", false, add_accounts },
		{ "Requests per second", false, add_requests },
	};
	size_t i, first = 0;

	while (first < h->n && h->points[first].ms < now_ms - HOUR_MS)
		first++;
	if (first + 1 >= h->n)
		return;
	page_box(out, "The last hour");
	for (i = 0; i < sizeof(all) / sizeof(all[0]); i++)
		put_series(out, h, first, now_ms, &all[i]);
	buf_puts(out, "<div class=\"ends\"><span>");
	page_duration(out, now_ms - h->points[first].ms);
	buf_puts(out, " ago</span><span>now</span></div>\n");
	page_box_end(out);
}
