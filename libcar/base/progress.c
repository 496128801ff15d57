#include "config.h"

#include <stdio.h>
#include <string.h>

#include "libcar/base/progress.h"

/*
 * Each part of the line is made by itself, as text. Then the most important
 * ones are chosen until the room is used up, and joined in their usual order.
 * A rate is an average in which the past counts for less the longer it is ago.
 */

#define SMOOTH_S 10
#define SAMPLE_S 0.05 /* a shorter time is too short for a rate */
#define DAY_S 86400.0
#define NUMBER_BYTES 48
#define PART_BYTES PROGRESS_WAIT_BYTES

/* The parts by importance, if there is no room for all. */
static const enum progress_part importance[PROGRESS_PARTS] = { PROGRESS_DONE,
	PROGRESS_FAILED, PROGRESS_RATE, PROGRESS_LEFT, PROGRESS_LAG,
	PROGRESS_VERIFIED, PROGRESS_UNCHECKED, PROGRESS_BYTES, PROGRESS_NAME,
	PROGRESS_BYTE_RATE, PROGRESS_WAIT, PROGRESS_RECORDS, PROGRESS_WAITING,
	PROGRESS_ELAPSED, PROGRESS_SLOWEST };

/* A line under construction. */
struct line {
	struct progress *state;
	bool steady;
	char parts[PROGRESS_PARTS][PART_BYTES]; /* empty: not shown */
};

void
progress_start(struct progress *m, const char *name, double now)
{
	memset(m, 0, sizeof(*m));
	m->name = name;
	m->started = m->sampled = now;
}

/* Older seconds count for less. */
static void
rate_add(struct progress_rate *r, uint64_t value, double seconds)
{
	double share = seconds / (SMOOTH_S + seconds);

	r->sum += share * ((value - r->last) / seconds - r->sum);
	r->weight += share * (1 - r->weight);
	r->last = value;
}

static double
rate_get(const struct progress_rate *r)
{
	return r->weight > 0 ? r->sum / r->weight : 0;
}

static void
sample(struct progress *m, const struct progress_counts *c, double now)
{
	double seconds = now - m->sampled;

	if (seconds < SAMPLE_S)
		return;
	rate_add(&m->done, c->done, seconds);
	rate_add(&m->bytes, c->bytes, seconds);
	m->sampled = now;
}

/* Three digits, and the unit with its prefix. */
static void
format_number(char out[NUMBER_BYTES], double value, unsigned prefix,
    const char *unit)
{
	static const char *const prefixes[] = { "", "k", "M", "G", "T", "P" };
	int digits;

	while (value >= 999.5 && prefix < 5) {
		value /= 1000;
		prefix++;
	}
	digits = value < 9.995 ? 2 : value < 99.95 ? 1 : 0;
	snprintf(out, NUMBER_BYTES, "%.*f%s%s%s", digits, value,
	    unit[0] == '/' ? "" : " ", prefixes[prefix], unit);
}

static void
format_bytes(char out[NUMBER_BYTES], double bytes, const char *unit)
{
	format_number(out, bytes / 1000, 1, unit);
}

static void
format_time(char out[NUMBER_BYTES], double seconds)
{
	unsigned long s = seconds + 0.5;

	if (s < 60)
		snprintf(out, NUMBER_BYTES, "%lus", s);
	else if (s < 3600)
		snprintf(out, NUMBER_BYTES, "%lum%02lus", s / 60, s % 60);
	else if (s < 86400)
		snprintf(out, NUMBER_BYTES, "%luh%02lum", s / 3600,
		    s / 60 % 60);
	else
		snprintf(out, NUMBER_BYTES, "%lud%02luh", s / 86400,
		    s / 3600 % 24);
}

static void
put(struct line *l, enum progress_part part, const char *number,
    const char *text)
{
	size_t *width = &l->state->width[part], len = strlen(number);

	if (len > *width)
		*width = len;
	snprintf(l->parts[part], PART_BYTES, "%*s%s",
	    l->steady ? (int)*width : 0, number, text);
}

static void
put_count(struct line *l, enum progress_part part, uint64_t n, const char *text)
{
	char number[NUMBER_BYTES];

	snprintf(number, sizeof(number), "%llu", (unsigned long long)n);
	put(l, part, number, text);
}

static void
put_done(struct line *l, const struct progress_counts *c)
{
	size_t *width = &l->state->width[PROGRESS_DONE], most;
	char number[NUMBER_BYTES];

	if (c->total == 0) {
		put_count(l, PROGRESS_DONE, c->done, " done");
		return;
	}
	most = snprintf(number, sizeof(number), "%llu/%llu",
	    (unsigned long long)c->total, (unsigned long long)c->total);
	if (*width < most)
		*width = most;
	snprintf(number, sizeof(number), "%llu/%llu",
	    (unsigned long long)c->done, (unsigned long long)c->total);
	put(l, PROGRESS_DONE, number, " done");
}

static void
put_left(struct line *l, const struct progress_counts *c, double rate)
{
	double left = c->total > c->done ? c->total - c->done : 0;
	char number[NUMBER_BYTES];

	if (left > 0 && left >= rate * 100 * DAY_S)
		put(l, PROGRESS_LEFT, "?", " left");
	else {
		format_time(number, left > 0 ? left / rate : 0);
		put(l, PROGRESS_LEFT, number, " left");
	}
}

static void
put_bytes(struct line *l, uint64_t bytes, double rate)
{
	char number[NUMBER_BYTES];

	format_bytes(number, bytes, "B");
	put(l, PROGRESS_BYTES, number, "");
	format_bytes(number, rate, "B/s");
	put(l, PROGRESS_BYTE_RATE, number, "");
}

void
progress_format_wait(char out[PROGRESS_WAIT_BYTES],
    const struct progress_wait *w, double now)
{
	unsigned long s = w->until > now ? w->until - now + 0.999 : 0;

	if (w->attempt == 0)
		snprintf(out, PROGRESS_WAIT_BYTES,
		    "%s: rate limit, next attempt in %lu s", w->host, s);
	else
		snprintf(out, PROGRESS_WAIT_BYTES,
		    "%s: attempt %u of %u, next in %lu s", w->host, w->attempt,
		    w->of, s);
}

static void
put_hosts(struct line *l, double now)
{
	const struct progress *m = l->state;
	char number[NUMBER_BYTES];

	if (m->waiting > 0 || m->width[PROGRESS_WAITING] > 0)
		put_count(l, PROGRESS_WAITING, m->waiting, " waiting");
	if (m->wait.until > now)
		progress_format_wait(l->parts[PROGRESS_WAIT], &m->wait, now);
	if (m->slowest[0] == '\0')
		return;
	format_bytes(number, m->slowest_rate, "B/s");
	snprintf(l->parts[PROGRESS_SLOWEST], PART_BYTES, "slowest %s %s",
	    m->slowest, number);
}

static void
put_live(struct line *l, const struct progress_counts *c)
{
	char number[NUMBER_BYTES];

	put_count(l, PROGRESS_VERIFIED, c->verified, " verified");
	put_count(l, PROGRESS_UNCHECKED, c->unchecked, " unchecked");
	format_time(number, (double)c->lag);
	put(l, PROGRESS_LAG, number, " behind");
}

static void
put_all(struct line *l, const struct progress_counts *c, double elapsed,
    bool last)
{
	const struct progress *m = l->state;
	double rate = last ? c->done / elapsed : rate_get(&m->done);
	char number[NUMBER_BYTES];

	snprintf(l->parts[PROGRESS_NAME], PART_BYTES, "%s:", m->name);
	put_done(l, c);
	put_count(l, PROGRESS_FAILED, c->failed, " failed");
	if (c->done > 0 || !l->steady) {
		format_number(number, rate, 0, "/s");
		put(l, PROGRESS_RATE, number, "");
	}
	if (!last && c->done > 0 && c->total > 1)
		put_left(l, c, rate);
	if (c->bytes > 0)
		put_bytes(l, c->bytes,
		    last ? c->bytes / elapsed : rate_get(&m->bytes));
	if (c->records > 0)
		put_count(l, PROGRESS_RECORDS, c->records, " records");
	if (c->live)
		put_live(l, c);
	if (!last)
		put_hosts(l, m->started + elapsed);
	format_time(number, elapsed);
	put(l, PROGRESS_ELAPSED, number, " elapsed");
}

static const char *
gap(const char *line, enum progress_part last)
{
	return line[0] == '\0' ? "" : last == PROGRESS_NAME ? " " : ", ";
}

static size_t
join(const struct line *l, size_t room, char out[PROGRESS_LINE_BYTES])
{
	bool chosen[PROGRESS_PARTS] = { false };
	enum progress_part part, last = PROGRESS_NAME;
	size_t i, len, used = 0;

	for (i = 0; i < PROGRESS_PARTS; i++) {
		part = importance[i];
		if ((len = strlen(l->parts[part])) == 0)
			continue;
		len += used == 0 ? 0 : part == PROGRESS_NAME ? 1 : 2;
		if (used + len > room)
			break;
		chosen[part] = true;
		used += len;
	}
	out[0] = '\0';
	for (len = 0, part = 0; part < PROGRESS_PARTS; part++)
		if (chosen[part]) {
			len += snprintf(out + len, PROGRESS_LINE_BYTES - len,
			    "%s%s", gap(out, last), l->parts[part]);
			last = part;
		}
	return len;
}

size_t
progress_format(struct progress *m, const struct progress_counts *c, double now,
    enum progress_form form, size_t room, char out[PROGRESS_LINE_BYTES])
{
	struct line l = { .state = m, .steady = form == PROGRESS_DRAWN };
	double elapsed = now - m->started;

	sample(m, c, now);
	put_all(&l, c, elapsed < 1e-3 ? 1e-3 : elapsed, form == PROGRESS_LAST);
	if (room > PROGRESS_LINE_BYTES - 1)
		room = PROGRESS_LINE_BYTES - 1;
	return join(&l, room, out);
}
