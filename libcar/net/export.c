#include "config.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "libcar/base/array.h"
#include "libcar/base/clock.h"
#include "libcar/net/export.h"
#include "libcar/net/xrpc.h"

/*
 * got_page() reads the lines of an answer, sorts them if they don't ascend, and
 * compares each with what came before. Faults are counted for each kind, so a
 * hostile page gives at most EXPORT_FAULTS reports. ask_next() decides from the
 * counts what follows.
 */

#define SAY_WAIT_MS 1000

bool
export_is_full(const struct export *e)
{
	return e->limit > 0 && e->count >= e->limit;
}

static const char *
url(const struct export *e)
{
	return e->request.url.data != NULL ? e->request.url.data : e->origin;
}

/* Faults */

static int
set_changed(const struct export_entry *entry, struct status *st)
{
	const struct stream_plc *line = &entry->line;

	return status_set(st, STATUS_BAD_ANSWER, 0,
	    "seq %" PRIu64 " was another operation before; now it is %.*s %.*s",
	    entry->seq, (int)line->did.len, line->did.at, (int)line->cid.len,
	    line->cid.at);
}

/* Count a fault. Returns the status to set for the first of its kind, or NULL.
 */
static struct status *
first_fault(struct export *e, enum export_fault fault, uint64_t seq)
{
	if (e->faults[fault].count++ > 0)
		return NULL;
	e->faults[fault].seq = seq;
	return &e->faults[fault].why;
}

static void
note_fault(struct export *e, enum export_fault fault, uint64_t seq,
    const char *what)
{
	struct status *st = first_fault(e, fault, seq);

	if (st != NULL)
		status_set(st, STATUS_BAD_ANSWER, 0, "seq %" PRIu64 " %s", seq,
		    what);
}

static void
note_late(struct export *e, uint64_t seq, uint64_t last)
{
	struct status *st = first_fault(e, EXPORT_LATE, seq);

	if (st != NULL)
		status_set(st, STATUS_BAD_ANSWER, 0,
		    "seq %" PRIu64 " comes after seq %" PRIu64, seq, last);
}

static void
note_changed(struct export *e, const struct export_entry *entry)
{
	struct status *st = first_fault(e, EXPORT_CHANGED, entry->seq);

	if (st != NULL)
		set_changed(entry, st);
}

static void
note_flawed(struct export *e, uint64_t seq, const struct status *why)
{
	struct status *st = first_fault(e, EXPORT_FLAWED, seq);

	if (st == NULL)
		return;
	*st = *why;
	status_prefix(st, "seq %" PRIu64 ": ", seq);
}

static void
report_faults(struct export *e)
{
	struct status st;
	size_t i;

	for (i = 0; i < EXPORT_FAULTS; i++) {
		if (e->faults[i].count == 0)
			continue;
		if (e->faults[i].count == 1)
			status_set(&st, STATUS_BAD_ANSWER, 0, "%s: %s", url(e),
			    e->faults[i].why.msg);
		else
			status_set(&st, STATUS_BAD_ANSWER, 0,
			    "%s: %s (and %" PRIu64 " more)", url(e),
			    e->faults[i].why.msg, e->faults[i].count - 1);
		e->faults[i].count = 0;
		e->fault(e, e->faults[i].seq, &st);
	}
}

/* Operations */

static void
give(struct export *e, const struct export_entry *entry)
{
	e->count++;
	e->fresh++;
	e->entry(e, entry);
}

static void
judge(struct export *e, const struct export_entry *entry)
{
	uint64_t last = e->known.last;

	switch (export_known_take(&e->known, entry)) {
	case EXPORT_KNOWN_NEW:
		give(e, entry);
		break;
	case EXPORT_KNOWN_LATE:
		note_late(e, entry->seq, last);
		give(e, entry);
		break;
	case EXPORT_KNOWN_AGAIN:
		note_fault(e, EXPORT_AGAIN, entry->seq, "came before");
		break;
	case EXPORT_KNOWN_BEFORE:
		note_fault(e, EXPORT_BEFORE, entry->seq,
		    "is before the place that was asked for");
		break;
	case EXPORT_KNOWN_CHANGED:
		note_changed(e, entry);
		break;
	}
}

/* Pages */

/* Read the next line of a page. Returns its length with the LF; 0 at the end.
 */
static size_t
next_line(const char *text, size_t len, struct slice *line)
{
	const char *lf = memchr(text, '\n', len);
	size_t n = lf != NULL ? (size_t)(lf - text) : len;

	*line = slice_make(text, n);
	while (line->len > 0 && memchr(" \t\r", text[line->len - 1], 3) != NULL)
		line->len--;
	return lf != NULL ? n + 1 : n;
}

/* It was reported, and counts only as a place. */
static bool
is_flawed(const struct export_entry *entry)
{
	return entry->line.operation.at == NULL;
}

static int
add_line(struct export *e, const struct slice *line, struct status *st)
{
	struct export_entry *entry;
	struct status why;

	if (line->len == 0)
		return 0;
	if (!ARRAY_GROW(e->entries, e->lines, e->room))
		return status_no_memory(st);
	entry = &e->entries[e->lines];
	switch (export_entry_read(entry, line->at, line->len, &why)) {
	case EXPORT_ENTRY_BROKEN:
		e->broken = why;
		return 0;
	case EXPORT_ENTRY_FLAWED:
		note_flawed(e, entry->seq, &why);
		entry->line.operation = (struct slice){ NULL, 0 };
		break;
	case EXPORT_ENTRY_GOOD:
		break;
	}
	e->lines++;
	return 0;
}

static int
read_page(struct export *e, struct status *st)
{
	const char *text = e->request.body.data;
	size_t at = 0, len = e->request.body.len;
	struct slice line;

	e->lines = 0;
	e->broken.code = STATUS_OK;
	while (at < len && e->broken.code == STATUS_OK &&
	    e->lines < EXPORT_MAX_LINES) {
		at += next_line(text + at, len - at, &line);
		if (add_line(e, &line, st) == -1)
			return -1;
	}
	return 0;
}

static int
compare(const void *left, const void *right)
{
	const struct export_entry *a = left, *b = right;

	if (a->seq != b->seq)
		return a->seq < b->seq ? -1 : 1;
	return a->text.at < b->text.at ? -1 : a->text.at > b->text.at;
}

static void
sort_page(struct export *e)
{
	size_t i;

	for (i = 1; i < e->lines; i++)
		if (e->entries[i].seq < e->entries[i - 1].seq)
			break;
	if (i >= e->lines)
		return;
	note_fault(e, EXPORT_UNSORTED, e->entries[i].seq,
	    "comes after a higher one");
	qsort(e->entries, e->lines, sizeof(*e->entries), compare);
}

/* The page has to have the last known operation. If it is cut before that, the
 * next page has to. 0, or -1: it has another one, so this isn't the same
 * directory. */
static int
check_overlap(struct export *e, struct status *st)
{
	uint64_t seq = e->known.last;
	struct export_entry *at;
	size_t i = 0;

	if (!e->overlaps)
		return 0;
	while (i < e->lines && e->entries[i].seq < seq)
		i++;
	if (i == e->lines && e->broken.code != STATUS_OK)
		return 0;
	e->overlaps = false;
	at = i < e->lines ? &e->entries[i] : NULL;
	if (at == NULL || at->seq != seq || is_flawed(at)) {
		note_fault(e, EXPORT_MISSING, seq,
		    "is the last known operation, and is missing");
		return 0;
	}
	if (export_known_take(&e->known, at) == EXPORT_KNOWN_AGAIN) {
		at->text.at = NULL;
		return 0;
	}
	set_changed(at, st);
	return status_prefix(st, "%s: ", url(e));
}

/* A flawed operation was reported; what follows it comes next. */
static void
pass_over(struct export *e, const struct export_entry *entry)
{
	if (entry->seq > e->known.last)
		e->known.last = entry->seq;
}

static int
take_page(struct export *e, struct status *st)
{
	struct export_entry *at;
	size_t i;

	if (read_page(e, st) == -1)
		return -1;
	sort_page(e);
	if (check_overlap(e, st) == -1)
		return -1;
	e->fresh = 0;
	for (i = 0; i < e->lines && !export_is_full(e); i++) {
		at = &e->entries[i];
		if (is_flawed(at))
			pass_over(e, at);
		else if (at->text.at != NULL)
			judge(e, at);
	}
	return 0;
}

/* Requests */

static int
check(struct http_request *r, struct status *st)
{
	return xrpc_judge(r, st);
}

/* Each attempt counts as a request, also one that http repeats by itself. */
static int
begin(struct http_request *r, struct status *st)
{
	struct export *e = r->ctx;

	return pace_note(&e->pace, clock_monotonic_ms(), st);
}

static int
fail_stale(const struct export *e, struct status *st)
{
	if (e->broken.code != STATUS_OK) {
		*st = e->broken;
		return status_prefix(st, "%s: ", url(e));
	}
	return status_set(st, STATUS_BAD_ANSWER, 0,
	    "%s: %d pages brought nothing new", url(e), EXPORT_MAX_STALE);
}

/* After a page from `last` on. */
static void
ask_next(struct export *e, uint64_t last)
{
	bool cut = e->broken.code != STATUS_OK;
	bool ended = !cut && e->lines == 0;
	struct status st;

	e->shorts = cut || e->lines >= e->asked ? 0 : e->shorts + 1;
	e->stale = ended || e->known.last > last ? 0 : e->stale + 1;
	if (export_is_full(e))
		e->done(e, NULL);
	else if (ended || (e->shorts > 1 && e->stale == 0)) {
		e->shorts = 0;
		e->up_to_date(e);
	} else if (e->stale >= EXPORT_MAX_STALE) {
		e->stale = 0;
		fail_stale(e, &st);
		e->done(e, &st);
	} else
		export_next(e, e->stale * e->pause_ms);
}

static void
got_page(struct http_request *r, struct status *why)
{
	struct export *e = r->ctx;
	uint64_t last = e->known.last;
	bool overlapped = e->overlaps;
	struct status st;

	if (why != NULL) {
		e->done(e, why);
		return;
	}
	if (take_page(e, &st) == -1) {
		e->done(e, &st);
		return;
	}
	report_faults(e);
	e->page(e, e->fresh);
	/* Only the operation that was asked for again: nothing follows it. */
	if (overlapped && e->known.last == last && e->broken.code == STATUS_OK)
		e->lines = 0;
	ask_next(e, last);
}

static uint64_t
wait_ms(struct export *e, uint64_t after_ms)
{
	uint64_t ms = 0;

	if (!e->request.says_rate)
		ms = pace_wait_ms(&e->pace, clock_monotonic_ms());
	if (ms >= SAY_WAIT_MS && ms > after_ms && e->waits != NULL)
		e->waits(e, ms);
	return ms > after_ms ? ms : after_ms;
}

void
export_next(struct export *e, uint64_t after_ms)
{
	uint64_t after = e->known.last - e->overlaps;
	uint64_t left = e->limit - e->count + e->overlaps;
	struct buf where = { .len = 0 };
	char query[80];

	e->asked = e->limit > 0 && left < EXPORT_PAGE ? left : EXPORT_PAGE;
	snprintf(query, sizeof(query), "?count=%" PRIu64 "&after=%" PRIu64,
	    e->asked, after);
	buf_puts(&where, e->origin);
	buf_puts(&where, EXPORT_PATH);
	buf_put(&where, query, strlen(query) + 1);
	http_start_after(e->http, &e->request, where.failed ? NULL : where.data,
	    wait_ms(e, after_ms));
	buf_free(&where);
}

void
export_start(struct export *e, struct http *http)
{
	e->http = http;
	e->request.max_bytes = EXPORT_MAX_ANSWER;
	e->request.check = check;
	e->request.restart = begin;
	e->request.done = got_page;
	e->request.ctx = e;
	export_next(e, 0);
}

int
export_take(struct export *e, const char *text, size_t len, struct status *st)
{
	struct export_entry entry;
	struct status why;

	switch (export_entry_read(&entry, text, len, &why)) {
	case EXPORT_ENTRY_BROKEN:
		*st = why;
		return -1;
	case EXPORT_ENTRY_FLAWED:
		note_flawed(e, entry.seq, &why);
		pass_over(e, &entry);
		break;
	case EXPORT_ENTRY_GOOD:
		judge(e, &entry);
		break;
	}
	report_faults(e);
	return 0;
}

void
export_free(struct export *e)
{
	http_free(&e->request);
	pace_free(&e->pace);
	free(e->entries);
	e->entries = NULL;
	e->lines = e->room = 0;
}
