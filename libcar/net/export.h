/*
 * export: the operations of a PLC directory, page by page.
 * https://web.plc.directory/spec/v0.1/did-plc
 *
 * GET /export?count=N&after=SEQ answers with one operation a line, ascending by
 * seq (export_entry.h). Pages by time aren't used, because they lose operations
 * that have the same time at the edge of a page. The list is read to its end
 * when a page is empty, or when two pages in a row are short: one alone may
 * have been cut. Then the caller decides whether to ask again later.
 *
 * Every operation is given once, also if the directory repeats itself or goes
 * back; each such fault is reported. A page that is cut inside a line counts up
 * to there, and the next request continues. EXPORT_MAX_STALE pages in a row
 * that bring nothing new end the export.
 *
 * By default at most EXPORT_REQUESTS requests begin in five minutes (pace.h),
 * unless the directory's answers say themselves how many are left.
 */
#ifndef LIBCAR_NET_EXPORT_H
#define LIBCAR_NET_EXPORT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "libcar/base/buf.h"
#include "libcar/base/status.h"
#include "libcar/net/export_entry.h"
#include "libcar/net/export_known.h"
#include "libcar/net/http.h"
#include "libcar/net/pace.h"

#define EXPORT_PAGE 1000             /* operations */
#define EXPORT_MAX_LINES 10000       /* read of a page; the rest comes next */
#define EXPORT_MAX_ANSWER (16 << 20) /* bytes */
#define EXPORT_MAX_STALE 5
#define EXPORT_REQUESTS 500 /* in PACE_MS */
#define EXPORT_PATH "/export"

/* What an answer or a message may have wrong; one report for each. */
enum export_fault {
	EXPORT_UNSORTED, /* a page that doesn't ascend */
	EXPORT_MISSING,  /* the last known operation isn't there */
	EXPORT_AGAIN,    /* an operation that came before */
	EXPORT_LATE,     /* one after others with a higher seq; it is given */
	EXPORT_BEFORE,   /* one at or before the start */
	EXPORT_CHANGED,  /* the seq was of another operation */
	EXPORT_FLAWED,   /* a field is wrong */
	EXPORT_FAULTS
};

/* All zero, except the caller's fields and `known`, before it starts. The
 * caller doesn't move it until done or http_close(). */
struct export
{
	/* The caller's; everything is borrowed. */
	const char *origin; /* of the directory */
	uint64_t limit;     /* maximum of operations; 0: none */
	uint64_t pause_ms;  /* after a page that brought nothing new */
	struct pace pace;
	/* An operation, in the order of seq. */
	void (*entry)(struct export *, const struct export_entry *);
	/* The directory contradicts itself; seq of the first such operation.
	 * The export continues. */
	void (*fault)(struct export *, uint64_t seq, const struct status *);
	/* All operations of a page, of which this many are new, were given; the
	 * next page is asked for. */
	void (*page)(struct export *, uint64_t fresh);
	/* The list is read to its end. The caller may call export_next(). */
	void (*up_to_date)(struct export *);
	/* The end; why is NULL at the limit. After a failure the caller may
	 * call export_next(). */
	void (*done)(struct export *, const struct status *why);
	/* A request waits for so long because of `pace`; may be NULL. */
	void (*waits)(struct export *, uint64_t ms);
	void *ctx;

	/* The caller starts it; after that, the last seq is known.last. */
	struct export_known known;
	bool overlaps; /* first ask for known.last again, and compare */

	uint64_t count; /* operations given so far */

	/* Private to export. */
	struct http *http;
	struct http_request request;
	struct {
		uint64_t count, seq; /* how often; of the first */
		struct status why;
	} faults[EXPORT_FAULTS];
	struct export_entry *entries; /* of the page */
	size_t lines, room;
	uint64_t asked, fresh; /* of the page */
	unsigned shorts, stale;
	struct status broken; /* where a page was cut, or OK */
};

/* Begin after known.last. Only the loop calls back. */
void export_start(struct export *, struct http *);

/* Ask for the next page, not before this many milliseconds. */
void export_next(struct export *, uint64_t after_ms);

/* Take an operation that came in another way, such as a message of a stream;
 * entry or fault is called. -1: STATUS_BAD_ANSWER, it isn't one. */
int export_take(struct export *, const char *text, size_t len, struct status *);

bool export_is_full(const struct export *); /* at the limit */

/* After done, or after http_close(). */
void export_free(struct export *);

#endif
