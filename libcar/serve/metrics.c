#include "config.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "libcar/data/syntax.h"
#include "libcar/serve/metrics.h"

/*
 * A family is a head and its samples. What was not counted yet has no samples,
 * because 0 would look like a loss of all accounts.
 */

#define TOTAL "atpipe_http_requests_total"
#define DURATION "atpipe_http_request_duration_seconds"

static void
head(struct buf *out, const char *name, const char *type, const char *help)
{
	buf_puts(out, "# HELP ");
	buf_puts(out, name);
	buf_putc(out, ' ');
	buf_puts(out, help);
	buf_puts(out, "\n# TYPE ");
	buf_puts(out, name);
	buf_putc(out, ' ');
	buf_puts(out, type);
	buf_putc(out, '\n');
}

static void
put_value(struct buf *out, const char *text)
{
	size_t n, len = strlen(text);
	const char *p = text;

	for (; len > 0; p += n, len -= n) {
		n = syntax_utf8_len((const uint8_t *)p, len);
		if (*p == '\n')
			buf_puts(out, "\\n");
		else if (*p == '"' || *p == '\\') {
			buf_putc(out, '\\');
			buf_putc(out, *p);
		} else if (n == 0)
			buf_puts(out, "\xef\xbf\xbd");
		else
			buf_put(out, p, n);
		if (n == 0)
			n = 1;
	}
}

/* Labels, as pairs; the first name that is NULL ends them. */
struct label {
	const char *name, *value;
};

static void
begin(struct buf *out, const char *name, const struct label *l)
{
	const char *before = "{";

	buf_puts(out, name);
	for (; l != NULL && l->name != NULL; l++) {
		buf_puts(out, before);
		before = ",";
		buf_puts(out, l->name);
		buf_puts(out, "=\"");
		put_value(out, l->value);
		buf_putc(out, '"');
	}
	if (*before == ',')
		buf_putc(out, '}');
	buf_putc(out, ' ');
}

static void
sample(struct buf *out, const char *name, const struct label *l, int64_t value)
{
	char digits[32];

	begin(out, name, l);
	snprintf(digits, sizeof(digits), "%" PRId64 "\n", value);
	buf_puts(out, digits);
}

/* A sample in seconds, of so many in each second. */
static void
sample_time(struct buf *out, const char *name, const struct label *l,
    int64_t value, int64_t unit)
{
	char digits[64];
	const char *sign = value < 0 ? "-" : "";
	int width = unit == 1000 ? 3 : 6;

	if (value < 0)
		value = -value;
	begin(out, name, l);
	snprintf(digits, sizeof(digits), "%s%" PRId64 ".%0*" PRId64 "\n", sign,
	    value / unit, width, value % unit);
	buf_puts(out, digits);
}

static void
gauge(struct buf *out, const char *name, const char *help, int64_t value)
{
	head(out, name, "gauge", help);
	sample(out, name, NULL, value);
}

static void
gauge_ms(struct buf *out, const char *name, const char *help, int64_t ms)
{
	head(out, name, "gauge", help);
	sample_time(out, name, NULL, ms, 1000);
}

static void
put_table(struct buf *out, const char *name, const char *label,
    const char *help, const struct figures_table *t)
{
	struct label l[2] = { { label, NULL }, { NULL, NULL } };
	size_t i;

	head(out, name, "gauge", help);
	for (i = 0; i < t->ntop; i++) {
		l[0].value = t->top[i]->named.name;
		sample(out, name, l, t->top[i]->n);
	}
	if (t->others > 0) {
		l[0].value = "";
		sample(out, name, l, t->others);
	}
}

static void
put_accounts(struct buf *out, const struct figures *f)
{
	static const char name[] = "atpipe_accounts";
	struct label l[2] = { { "state", NULL }, { NULL, NULL } };
	int i;

	head(out, name, "gauge", "Accounts by the state of their import.");
	for (i = 0; i < DB_CENSUS_STATES; i++) {
		l[0].value = db_census_states[i];
		sample(out, name, l, f->states[i]);
	}
	gauge(out, "atpipe_accounts_synced",
	    "Accounts that are complete, also with live commits.", f->synced);
	put_table(out, "atpipe_accounts_unsynced", "reason",
	    "Accounts that are not synced, by reason.", &f->missing);
	put_table(out, "atpipe_accounts_hidden", "status",
	    "Accounts whose records are hidden, by status.", &f->hidden);
	put_table(out, "atpipe_accounts_failed", "error",
	    "Accounts whose last job failed, by error.", &f->failures);
	gauge(out, "atpipe_accounts_retryable",
	    "Failed accounts whose job may succeed later.", f->retry);
}

static void
put_records(struct buf *out, const struct figures *f)
{
	gauge(out, "atpipe_records",
	    "Records of the latest snapshots, without live events.",
	    f->records);
	gauge(out, "atpipe_records_bad",
	    "Records of these snapshots that could not be loaded.",
	    f->bad_records);
	put_table(out, "atpipe_record_errors", "error",
	    "Errors of single records, by error.", &f->record_errors);
}

static void
put_operations(struct buf *out, const struct figures *f)
{
	if (f->operations == 0)
		return;
	gauge(out, "atpipe_plc_dids", "DIDs with operations.", f->dids);
	gauge(out, "atpipe_plc_operations",
	    "Operations of a PLC directory that are not nullified.",
	    f->operations);
	gauge(out, "atpipe_plc_operations_audited",
	    "Those of them that were audited.", f->audited);
	gauge_ms(out, "atpipe_plc_newest_timestamp_seconds",
	    "When the newest operation was created.", f->newest_ms);
	gauge_ms(out, "atpipe_plc_newest_audited_timestamp_seconds",
	    "When the newest audited operation was created.",
	    f->newest_audited_ms);
}

static void
put_figures(struct buf *out, const struct serve_state *s)
{
	const struct figures *f = s->figures;

	if (f == NULL)
		return;
	put_accounts(out, f);
	put_records(out, f);
	put_operations(out, f);
	gauge_ms(out, "atpipe_counted_timestamp_seconds",
	    "When accounts, records and operations were counted.", f->ended_ms);
	gauge_ms(out, "atpipe_counted_duration_seconds",
	    "How long the counting took, without its pauses.", s->figures_ms);
}

/* One family of all streams. */
static void
put_streams(struct buf *out, const struct serve_metrics *m, const char *name,
    const char *help,
    void (*put)(struct buf *, const char *, const struct label *,
	const struct serve_stream *, int64_t now_ms))
{
	const struct serve_streams *streams = &m->state->streams;
	struct label l[3] = { { "service", NULL }, { "stream", NULL },
		{ NULL, NULL } };
	size_t i;

	if (streams->n == 0)
		return;
	head(out, name, "gauge", help);
	for (i = 0; i < streams->n; i++) {
		l[0].value = streams->all[i].service;
		l[1].value = streams->all[i].stream;
		put(out, name, l, &streams->all[i], m->now_ms);
	}
}

static void
put_lag(struct buf *out, const char *name, const struct label *l,
    const struct serve_stream *s, int64_t now_ms)
{
	int64_t ms = serve_state_lag_ms(s, now_ms);

	if (ms >= 0)
		sample_time(out, name, l, ms, 1000);
}

static void
put_cursor(struct buf *out, const char *name, const struct label *l,
    const struct serve_stream *s, int64_t now_ms)
{
	int64_t number;

	(void)now_ms;
	if (serve_state_cursor(s, &number))
		sample(out, name, l, number);
}

static void
put_statuses(struct buf *out, const struct serve_traffic *t, size_t route,
    const char *name)
{
	char code[8];
	struct label l[3] = { { "route", name }, { "status", code },
		{ NULL, NULL } };
	unsigned status;
	uint64_t n;

	for (status = SERVE_STATUS_FIRST; status <= SERVE_STATUS_LAST;
	     status++) {
		n = serve_traffic_status(t, route, status);
		if (n == 0)
			continue;
		snprintf(code, sizeof(code), "%u", status);
		sample(out, TOTAL, l, (int64_t)n);
	}
}

/* The buckets of a histogram are sums: each has what the ones before have. */
static void
put_latencies(struct buf *out, const struct serve_traffic_sum *sum)
{
	char bound[32] = "+Inf";
	struct label l[3] = { { "route", sum->name }, { "le", bound },
		{ NULL, NULL } };
	uint64_t n = 0;
	size_t i;

	if (sum->requests == 0)
		return;
	for (i = 0; i < SERVE_LATENCIES; i++) {
		n += sum->latencies[i];
		if (i < SERVE_LATENCIES - 1)
			snprintf(bound, sizeof(bound), "%g",
			    serve_traffic_bounds[i] / 1e6);
		else
			strcpy(bound, "+Inf");
		sample(out, DURATION "_bucket", l, (int64_t)n);
	}
	l[1].name = NULL;
	sample_time(out, DURATION "_sum", l, (int64_t)sum->micros, 1000000);
	sample(out, DURATION "_count", l, (int64_t)n);
}

static void
put_traffic(struct buf *out, const struct serve_traffic *t)
{
	struct serve_traffic_sum sum;
	size_t i;

	head(out, TOTAL, "counter", "Requests, by route and status.");
	for (i = 0; i < serve_traffic_routes(t); i++) {
		serve_traffic_get(t, i, &sum);
		put_statuses(out, t, i, sum.name);
	}
	head(out, DURATION, "histogram",
	    "Time from a request to its answer, by route.");
	for (i = 0; i < serve_traffic_routes(t); i++) {
		serve_traffic_get(t, i, &sum);
		put_latencies(out, &sum);
	}
	gauge(out, "atpipe_http_requests_open",
	    "Requests that are not answered yet.",
	    (int64_t)serve_traffic_open(t));
}

void
serve_metrics_write(struct buf *out, const struct serve_metrics *m)
{
	const struct label version[] = { { "version", m->version },
		{ NULL, NULL } };

	head(out, "atpipe_build_info", "gauge", "The version of at-serve.");
	sample(out, "atpipe_build_info", version, 1);
	gauge_ms(out, "process_start_time_seconds", "When the server started.",
	    m->state->started_ms);
	gauge(out, "atpipe_ready", "1 if /ready says 200, otherwise 0.",
	    serve_state_is_ready(m->state, m->now_ms, m->lag_ms));
	put_figures(out, m->state);
	put_streams(out, m, "atpipe_stream_lag_seconds",
	    "Age of the last event of a stream.", put_lag);
	put_streams(out, m, "atpipe_stream_cursor",
	    "The cursor of a stream that numbers its events.", put_cursor);
	put_traffic(out, m->traffic);
}
