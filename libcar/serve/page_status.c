#include "config.h"

#include <stdio.h>
#include <string.h>

#include "libcar/serve/html.h"
#include "libcar/serve/page.h"
#include "libcar/serve/page_history_private.h"
#include "libcar/serve/page_status.h"
#include "libcar/stream/rfc3339.h"

/*
 * One box for each question. A box whose answer is empty is left out, so that
 * a mirror of records shows nothing of a PLC directory and the other way round.
 */

/* The head of the page: is it ready, and how old are the counts? */

static void
put_reason(void *arg, enum serve_reason reason, const struct serve_stream *s,
    int64_t ms)
{
	struct buf *out = arg;

	buf_puts(out, "<li>");
	switch (reason) {
	case SERVE_DATABASE:
		buf_puts(out, "The database does not answer");
		break;
	case SERVE_LAG:
		html_put(out, "The stream $s of $s is behind", s->stream,
		    s->service);
		break;
	case SERVE_AUDIT:
		buf_puts(out, "The audit does not go on");
		break;
	}
	if (ms >= 0) {
		buf_puts(out, ": the last ");
		buf_puts(out,
		    reason == SERVE_DATABASE ? "answer" :
			reason == SERVE_LAG  ? "event" :
					       "audited operation");
		buf_puts(out, " was ");
		page_duration(out, ms);
		buf_puts(out, " ago");
	}
	buf_puts(out, ".</li>\n");
}

static void
put_head(struct buf *out, const struct page_status *p)
{
	const struct figures *f = p->state->figures;
	bool ready = serve_state_is_ready(p->state, p->now_ms, p->lag_ms);

	html_put(out,
	    "<h1>Status</h1>\n<p class=\"lead\">"
	    "<span class=\"mark $s\">$s</span><span>",
	    ready ? "good" : "bad", ready ? "Ready" : "Not ready");
	if (f == NULL)
		html_put(out, "Counting for the first time: $n rows so far",
		    p->state->counted);
	else {
		buf_puts(out, "Counted ");
		page_duration(out, p->now_ms - f->ended_ms);
		buf_puts(out, " ago");
	}
	buf_puts(out, "</span><span>Running for ");
	page_duration(out, p->now_ms - p->state->started_ms);
	buf_puts(out, "</span></p>\n");
	if (ready)
		return;
	buf_puts(out, "<ul class=\"reasons\">\n");
	serve_state_reasons(p->state, p->now_ms, p->lag_ms, put_reason, out);
	buf_puts(out, "</ul>\n");
}

/* Tiles */

static void
put_tile(struct buf *out, const char *name, int64_t n)
{
	html_put(out, "<div><dt>$s</dt><dd>$n</dd>", name, n);
}

/* "23.4 %" of a whole, or nothing. */
static void
put_percent(struct buf *out, int64_t part, int64_t whole)
{
	char text[16];
	double percent;

	if (whole <= 0)
		return;
	percent = 100.0 * (double)part / (double)whole;
	if (part > 0 && part < whole && (percent < 0.1 || percent > 99.9))
		snprintf(text, sizeof(text), "%s",
		    percent < 50 ? "< 0.1" : "> 99.9");
	else
		snprintf(text, sizeof(text), "%.*f",
		    part == 0 || part == whole ? 0 : 1, percent);
	html_put(out, "$s %", text);
}

static void
put_tile_share(struct buf *out, const char *name, int64_t n, int64_t whole)
{
	put_tile(out, name, n);
	buf_puts(out, "<dd class=\"note\">");
	put_percent(out, n, whole);
	buf_puts(out, "</dd></div>\n");
}

static void
put_tile_note(struct buf *out, const char *name, int64_t n, const char *note,
    int64_t noted)
{
	put_tile(out, name, n);
	html_put(out, "<dd class=\"note\">$n $s</dd></div>\n", noted, note);
}

static void
put_lag_tile(struct buf *out, const struct page_status *p)
{
	const struct serve_streams *s = &p->state->streams;
	int64_t ms, worst = -1;
	size_t i;

	for (i = 0; i < s->n; i++) {
		ms = serve_state_lag_ms(&s->all[i], p->now_ms);
		if (ms > worst)
			worst = ms;
	}
	if (worst == -1)
		return;
	buf_puts(out, "<div><dt>Behind</dt><dd>");
	page_duration(out, worst);
	html_put(out, "</dd><dd class=\"note\">of $n $s</dd></div>\n",
	    (int64_t)s->n, s->n == 1 ? "stream" : "streams");
}

static void
put_tiles(struct buf *out, const struct page_status *p)
{
	const struct figures *f = p->state->figures;

	buf_puts(out, "<dl class=\"tiles\">\n");
	if (f->accounts > 0 || f->operations == 0) {
		put_tile_note(out, "Accounts", f->accounts, "hidden",
		    f->hidden.total);
		put_tile_share(out, "Synced", f->synced, f->accounts);
		put_tile_share(out, "Not synced", f->accounts - f->synced,
		    f->accounts);
		put_tile_share(out, "Failed", f->states[DB_CENSUS_FAILED],
		    f->accounts);
		put_tile_note(out, "Records", f->records, "bad",
		    f->bad_records);
	}
	if (f->operations > 0) {
		put_tile_note(out, "DIDs", f->dids, "operations",
		    f->operations);
		put_tile_share(out, "Audited", f->audited, f->operations);
	}
	put_lag_tile(out, p);
	buf_puts(out, "</dl>\n");
}

/* Boxes of counts */

static const char *const state_texts[DB_CENSUS_STATES] = {
	[DB_CENSUS_COMPLETED] = "Loaded",
	[DB_CENSUS_IN_PROGRESS] = "In progress",
	[DB_CENSUS_PENDING] = "Not loaded yet",
	[DB_CENSUS_GONE] = "Gone: deleted or taken down",
	[DB_CENSUS_FAILED] = "Failed",
};

static void
put_states(struct buf *out, const struct figures *f)
{
	static const char *const columns[] = { "State", "#Accounts", "#Share",
		NULL };
	int64_t i;

	page_box(out, "Import");
	chart_parts(out, f->states, DB_CENSUS_STATES,
	    "Accounts by state; the table below has the numbers");
	page_table(out, "Accounts by the state of their import", columns);
	for (i = 0; i < DB_CENSUS_STATES; i++) {
		html_put(out,
		    "<tr><th scope=\"row\"><span class=\"key part$i\"></span>"
		    "$s</th><td class=\"n\">$n</td><td class=\"n soft\">",
		    i, state_texts[i], f->states[i]);
		put_percent(out, f->states[i], f->accounts);
		buf_puts(out, "</td></tr>\n");
	}
	page_table_end(out);
	if (f->retry > 0)
		html_put(out,
		    "<p class=\"soft\">A retry may help $n of those that "
		    "failed.</p>",
		    f->retry);
	page_box_end(out);
}

/* A class of the cell says whether its text may break within a word. */
static void
put_name(struct buf *out, const struct named *name, const char *class)
{
	const struct slice text = { name->name, name->len };
	const char *reason = page_reason(&text);

	html_put(out, "<tr><th scope=\"row\" class=\"$s\"><bdi>", class);
	page_origin(out, &text);
	buf_puts(out, "</bdi>");
	if (reason != NULL)
		html_put(out, "<span class=\"under\">$s</span>", reason);
	buf_puts(out, "</th>");
}

static void
put_others(struct buf *out, const struct figures_table *t)
{
	if (t->others > 0)
		html_put(out,
		    "<tr><th scope=\"row\" class=\"soft\">others</th>"
		    "<td class=\"n\">$n</td><td></td></tr>\n",
		    t->others);
}

/* A table of names, numbers and bars. */
static void
put_names(struct buf *out, const char *heading, const char *column,
    const char *number, const struct figures_table *t)
{
	const char *const columns[] = { column, number, "", NULL };
	size_t i;

	if (t->total == 0)
		return;
	page_box(out, heading);
	page_table(out, heading, columns);
	for (i = 0; i < t->ntop; i++) {
		put_name(out, &t->top[i]->named, "any");
		html_put(out, "<td class=\"n\">$n</td><td class=\"w\">",
		    t->top[i]->n);
		chart_share(out, t->top[i]->n, t->top[0]->n);
		buf_puts(out, "</td></tr>\n");
	}
	put_others(out, t);
	page_table_end(out);
	page_box_end(out);
}

static void
put_example(struct buf *out, const struct figures_example *e)
{
	const struct slice did = { e->did, e->did_len },
			   message = { e->message, e->message_len };

	buf_puts(out, "<div class=\"any\">");
	page_account_link(out, &did);
	html_put(out, " <bdi class=\"soft\">");
	html_clip(out, &message, 160);
	buf_puts(out, "</bdi></div>");
}

static void
put_failures(struct buf *out, const struct figures *f)
{
	static const char *const columns[] = { "Error", "#Accounts", "Examples",
		NULL };
	const struct figures_table *t = &f->failures;
	size_t i, k;

	if (t->total == 0)
		return;
	page_box(out, "Failures");
	page_table(out, "Failed accounts by error, with examples", columns);
	for (i = 0; i < t->ntop; i++) {
		put_name(out, &t->top[i]->named, "word");
		html_put(out, "<td class=\"n\">$n</td><td>", t->top[i]->n);
		for (k = 0; k < t->top[i]->nexamples; k++)
			put_example(out, &t->top[i]->examples[k]);
		buf_puts(out, "</td></tr>\n");
	}
	put_others(out, t);
	page_table_end(out);
	page_box_end(out);
}

static void
put_hosts(struct buf *out, const struct figures_table *t,
    const struct figures_table *hosts, const char *heading, bool failing)
{
	static const char *const columns[] = { "Host", "#Accounts", "#Failed",
		"#Share", NULL };
	const struct figures_name *h;
	size_t i;

	if (t->ntop == 0)
		return;
	page_box(out, heading);
	page_table(out, heading, columns);
	for (i = 0; i < t->ntop; i++) {
		h = t->top[i];
		put_name(out, &h->named, "any");
		html_put(out,
		    "<td class=\"n\">$n</td><td class=\"n\">$n</td>"
		    "<td class=\"n soft\">",
		    h->n, h->failed);
		put_percent(out, h->failed, h->n);
		buf_puts(out, "</td></tr>\n");
	}
	page_table_end(out);
	if (hosts->names.count > t->ntop)
		html_put(out, "<p class=\"soft\">The first $n of $n$s$s.</p>",
		    (int64_t)t->ntop, (int64_t)hosts->names.count,
		    hosts->names.count == FIGURES_MAX_NAMES ? " or more" : "",
		    failing ? " hosts, by failed accounts" :
			      " hosts, by accounts");
	page_box_end(out);
}

/* Does t show a host that `hosts` doesn't show? */
static bool
shows_more(const struct figures_table *t, const struct figures_table *hosts)
{
	size_t i, k;

	for (i = 0; i < t->ntop; i++) {
		for (k = 0; k < hosts->ntop; k++)
			if (t->top[i] == hosts->top[k])
				break;
		if (k == hosts->ntop)
			return true;
	}
	return false;
}

/* Streams */

static void
put_stream(struct buf *out, const struct serve_stream *s,
    const struct page_status *p)
{
	const struct slice service = slice_of(s->service);
	int64_t ms = serve_state_lag_ms(s, p->now_ms);

	buf_puts(out, "<tr><th scope=\"row\"><bdi>");
	page_origin(out, &service);
	html_put(out,
	    "</bdi><bdi class=\"under\">$s</bdi></th>"
	    "<td class=\"n code\">$s</td><td class=\"n\">",
	    s->stream, s->cursor);
	if (ms > p->lag_ms)
		buf_puts(out, "<span class=\"mark bad\">");
	if (ms >= 0)
		page_duration(out, ms);
	if (ms >= 0)
		buf_puts(out, " ago");
	if (ms > p->lag_ms)
		buf_puts(out, "</span>");
	buf_puts(out, "</td></tr>\n");
}

static void
put_streams(struct buf *out, const struct page_status *p)
{
	static const char *const columns[] = { "Stream", "#Cursor",
		"#Last event", NULL };
	size_t i;

	if (p->state->streams.n == 0)
		return;
	page_box(out, "Streams");
	page_table(out, "Streams, and how far they are", columns);
	for (i = 0; i < p->state->streams.n; i++)
		put_stream(out, &p->state->streams.all[i], p);
	page_table_end(out);
	page_box_end(out);
}

/* Days */

struct days {
	const int64_t *values;
	int64_t now_ms;
	const char *what;
};

static void
put_date(struct buf *out, int64_t ms)
{
	char at[RFC3339_BYTES];
	struct slice date = { at, 10 };

	rfc3339_format(at, (uint64_t)ms * 1000);
	html_text(out, &date);
}

static void
put_day_title(struct buf *out, const void *arg, size_t i)
{
	const struct days *d = arg;

	put_date(out,
	    d->now_ms - (int64_t)(FIGURES_DAYS - 1 - i) * FIGURES_DAY_MS);
	html_put(out, ": $n $s", d->values[i], d->what);
}

static void
put_days(struct buf *out, const char *heading, const struct days *d)
{
	int64_t sum = 0;
	char label[160];
	int i;

	for (i = 0; i < FIGURES_DAYS; i++)
		sum += d->values[i];
	if (sum == 0)
		return;
	snprintf(label, sizeof(label),
	    "%s, the last 30 days: %lld in all, %lld today", heading,
	    (long long)sum, (long long)d->values[FIGURES_DAYS - 1]);
	page_box(out, heading);
	html_put(out,
	    "<figure><figcaption><span>30 days</span><span><b>$n</b> today"
	    "</span></figcaption>",
	    d->values[FIGURES_DAYS - 1]);
	chart_bars(out, d->values, FIGURES_DAYS, label, put_day_title, d);
	buf_puts(out, "<div class=\"ends\"><span>");
	put_date(out, d->now_ms - (FIGURES_DAYS - 1) * FIGURES_DAY_MS);
	buf_puts(out, "</span><span>today</span></div></figure>\n");
	page_box_end(out);
}

/* The page */

static void
put_boxes(struct buf *out, const struct figures *f, const struct page_status *p)
{
	struct days loaded = { f->loaded, f->began_ms, "accounts" },
		    created = { f->created, f->began_ms, "operations" };

	if (f->accounts > 0)
		put_states(out, f);
	put_streams(out, p);
	page_history(out, &p->state->history, p->now_ms);
	put_names(out, "Not synced", "Reason", "#Accounts", &f->missing);
	put_days(out, "Accounts by day of their last load", &loaded);
	put_days(out, "Operations by day", &created);
	put_failures(out, f);
	put_hosts(out, &f->hosts, &f->hosts, "Hosts", false);
	if (shows_more(&f->failing, &f->hosts))
		put_hosts(out, &f->failing, &f->hosts, "Hosts with failures",
		    true);
	put_names(out, "Hidden accounts", "Status", "#Accounts", &f->hidden);
	put_names(out, "Errors of records", "Error", "#Records",
	    &f->record_errors);
}

void
page_status(struct serve_answer *a, const struct page_status *p)
{
	static const struct figures none; /* while it is counted first */
	const struct page page = { .title = "Status", .refreshes = true };
	const struct figures *f = p->state->figures;
	struct buf *out = &a->body;

	page_begin(a, &page);
	put_head(out, p);
	if (f != NULL) {
		put_tiles(out, p);
		if (f->accounts == 0 && f->operations == 0)
			buf_puts(out,
			    "<p>The database has no accounts yet. at-load "
			    "adds them; this page shows them as they "
			    "come.</p>\n");
	}
	buf_puts(out, "<div class=\"columns\">\n");
	put_boxes(out, f != NULL ? f : &none, p);
	buf_puts(out, "</div>\n");
	page_end(a, p->version);
}
