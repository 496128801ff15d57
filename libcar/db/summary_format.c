#include "config.h"

#include <stdio.h>
#include <string.h>

#include "libcar/db/plc.h"
#include "libcar/db/summary.h"
#include "libcar/db/summary_format.h"

/*
 * Format the table of at-status --summary: a column of names and a column of
 * numbers.
 */

#define NAME_WIDTH 34
#define NUMBER_WIDTH 14

/* Append a row with any name, and a number. */
static void
put_row(struct buf *out, int indent, const struct slice *name, int64_t n)
{
	char text[NAME_WIDTH + NUMBER_WIDTH + 1], digits[32];
	int len = snprintf(digits, sizeof(digits), "%lld", (long long)n);
	char *p = text + sizeof(text);
	int i;

	memset(text, ' ', sizeof(text));
	for (i = 0; indent + i < NAME_WIDTH && i < (int)name->len; i++)
		text[indent + i] = name->at[i] > ' ' && name->at[i] <= '~' ?
		    name->at[i] :
		    ' ';
	*--p = '\n';
	for (i = 0; i < len; i++) {
		if (i > 0 && i % 3 == 0 && digits[len - 1 - i] != '-')
			*--p = ',';
		*--p = digits[len - 1 - i];
	}
	buf_put(out, text, sizeof(text));
}

static void
put_count(struct buf *out, int indent, const char *name, int64_t n)
{
	const struct slice t = { name, strlen(name) };

	put_row(out, indent, &t, n);
}

/* The rows of a total; returns the rest. */
struct rest {
	struct buf *out;
	int64_t n;
};

static int
put_name(void *arg, const struct slice *name, int64_t n, struct status *st)
{
	struct rest *rest = arg;

	(void)st;
	put_row(rest->out, 2, name, n);
	rest->n -= n;
	return 0;
}

static int
put_names(struct db *db, struct buf *out, const char *title, int64_t n,
    int (*names)(struct db *,
	int (*)(void *, const struct slice *, int64_t, struct status *), void *,
	struct status *),
    struct status *st)
{
	struct rest rest = { out, n };

	put_count(out, 0, title, n);
	if (names(db, put_name, &rest, st) == -1)
		return -1;
	if (rest.n > 0)
		put_count(out, 2, "...", rest.n);
	return 0;
}

/* Only if an event stream is followed. */
static int
put_live(struct db *db, struct buf *out, const struct db_summary *s,
    struct status *st)
{
	struct rest rest = { out, 0 };

	if (s->streams == 0)
		return 0;
	put_count(out, 0, "synced accounts", s->whole);
	if (put_names(db, out, "unsynced accounts", s->missing, db_unsynced,
		st) == -1)
		return -1;
	put_count(out, 0, "streams, and seconds behind", s->streams);
	return db_lags(db, put_name, &rest, st);
}

/* Only if there are operations of a PLC directory. */
static int
put_operations(struct db *db, struct buf *out, struct status *st)
{
	struct db_plc_counts n = { 0 };

	if (db_plc_count(db, &n, st) == -1)
		return -1;
	if (n.operations == 0)
		return 0;
	put_count(out, 0, "operations", n.operations);
	put_count(out, 2, "audited", n.audited);
	put_count(out, 2, "not audited", n.unaudited);
	put_count(out, 2, "nullified", n.nullified);
	return 0;
}

int
db_summary_format(struct db *db, struct buf *out, struct status *st)
{
	struct db_summary s;

	if (db_summary(db, &s, st) == -1)
		return -1;
	put_count(out, 0, "accounts", s.accounts);
	put_count(out, 2, "completed", s.completed);
	put_count(out, 2, "in_progress", s.in_progress);
	put_count(out, 2, "pending", s.pending);
	put_count(out, 2, "gone", s.gone);
	put_count(out, 2, "failed", s.failed);
	put_count(out, 4, "can be retried", s.retry);
	put_count(out, 4, "can be retried now", s.retry_due);
	put_count(out, 0, "records", s.synced + s.errors);
	put_count(out, 2, "synced", s.synced);
	put_count(out, 2, "failed", s.errors);
	if (put_names(db, out, "hidden accounts", s.hidden, db_hidden, st) ==
	    -1)
		return -1;
	if (put_names(db, out, "failures", s.failed, db_failures, st) == -1)
		return -1;
	if (put_live(db, out, &s, st) == -1)
		return -1;
	return put_operations(db, out, st);
}
