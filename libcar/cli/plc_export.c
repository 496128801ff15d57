#include "config.h"

#include <inttypes.h>

#include "libcar/cli/environment.h"
#include "libcar/cli/message.h"
#include "libcar/cli/network.h"
#include "libcar/cli/output.h"
#include "libcar/cli/plc_export.h"
#include "libcar/cli/progress.h"
#include "libcar/cli/stop.h"
#include "libcar/stream/line.h"
#include "libcar/stream/write.h"

/*
 * Each operation goes to standard output first, then to the archive: so whoever
 * has lost lines in a pipe can read them back from the archive. If a run was
 * killed, the archive may lack what its reader already has; then the next run
 * only completes the archive, up to the cursor of the reader.
 */

#define TURN_MS 200 /* how late a cursor line or a signal may be noticed */

/* Lines */

static void
write_error(struct plc_export *x, uint64_t seq, const struct status *why)
{
	struct stream_error e = {
		.program = slice_of(cli_program),
		.input = slice_of(x->export.origin),
		.host = slice_of(x->export.origin),
		.seq = { .known = seq > 0, .value = (int64_t)seq },
		.at = cli_now(),
	};

	x->failed++;
	if (!cli_quiet)
		cli_warn("%s", why->msg);
	stream_write_error(&x->out->buf, &e, why, NULL);
	cli_output_line(x->out);
}

static bool
has_reader_passed(const struct plc_export *x, uint64_t seq)
{
	return seq <= x->passed;
}

/* The archive */

static void
flush_archive(struct plc_export *x)
{
	struct status st;

	cli_output_flush(x->out);
	if (x->dir != NULL && oplog_flush(&x->archive, &st) == -1)
		cli_fatal(&st);
}

static void
archive(struct plc_export *x, uint64_t seq, const char *line, size_t len)
{
	struct status st;

	if (oplog_put(&x->archive, seq, line, len, &st) == -1)
		cli_output_fatal(x->out, &st);
	if (oplog_is_due(&x->archive))
		flush_archive(x);
}

/* All lines up to here are written. A new archive gets its first operations
 * before the first cursor: otherwise, after a kill, it would begin at the
 * cursor of its reader. */
static void
write_cursor(struct plc_export *x)
{
	if (has_reader_passed(x, x->export.known.last))
		return;
	if (x->is_new)
		flush_archive(x);
	x->is_new = false;
	cli_cursor_write(&x->cursor, x->out, x->export.known.last);
}

/* Continue after the last archived operation. The directory has to have the
 * same one, or it isn't the one that was archived. */
static void
start_at(struct plc_export *x, const struct buf *text)
{
	struct line line = { .type = LINE_UNKNOWN };
	struct export_entry e = { .seq = x->archive.last };
	struct status st;

	if (line_parse(&line, text->data, text->len, &st) == -1 ||
	    line.type != LINE_PLC)
		cli_usage("-d: the last line of %s isn't an operation", x->dir);
	e.line.did = line.did;
	e.line.cid = line.cid;
	export_known_start_at(&x->export.known, &e);
	x->export.overlaps = true;
	line_free(&line);
}

/* Write what the archive has after the cursor. If some of it can't be read, no
 * cursor may follow, so the program ends. */
static void
read_archive(struct plc_export *x)
{
	struct plc_files *f = &x->files;

	f->limit = x->export.limit;
	plc_files_read_directory(f, x->dir);
	x->failed += f->failed;
	x->over = f->failed > 0 || (f->limit > 0 && f->count == f->limit);
	if (f->limit > 0)
		x->export.limit -= f->count;
}

static void
open_archive(struct plc_export *x)
{
	struct oplog *o = &x->archive;
	struct status st;

	if (oplog_open(o, x->dir, &st) == -1)
		cli_fatal(&st);
	if (o->cut > 0 && !cli_quiet)
		cli_warn("%s: cut off %" PRIu64 " bytes of operations that "
			 "were not completely written",
		    x->dir, o->cut);
	x->is_new = o->last == 0;
	if (x->is_new)
		return;
	start_at(x, &o->line);
	x->passed = x->has_cursor ? x->files.after : 0;
	if (!x->has_cursor || x->passed > o->last)
		return;
	read_archive(x);
	if (x->over || x->files.count == 0)
		return;
	cli_cursor_move(&x->cursor, o->last, cli_now());
	write_cursor(x);
}

static bool
is_live(const struct plc_export *x)
{
	return x->tail || x->stream;
}

/* Callbacks of the export */

/* A line for the archive alone. */
static void
archive_only(struct plc_export *x, const struct export_entry *entry)
{
	struct buf *line = &x->unsent;
	struct status st;

	line->len = 0;
	if (stream_write_plc(line, &entry->line, &st) == -1)
		cli_output_fatal(x->out, &st);
	if (line->failed) {
		status_no_memory(&st);
		cli_output_fatal(x->out, &st);
	}
	archive(x, entry->seq, line->data, line->len);
}

static void
take_entry(struct export *e, const struct export_entry *entry)
{
	struct plc_export *x = e->ctx;
	struct buf *out = &x->out->buf;
	size_t start = out->len;
	struct status st;

	if (has_reader_passed(x, entry->seq)) {
		archive_only(x, entry);
		return;
	}
	if (stream_write_plc(out, &entry->line, &st) == -1)
		cli_output_fatal(x->out, &st);
	cli_cursor_move(&x->cursor, entry->seq, cli_now());
	if (x->dir != NULL && !out->failed)
		archive(x, entry->seq, out->data + start, out->len - start);
	cli_output_line(x->out);
}

static void
take_fault(struct export *e, uint64_t seq, const struct status *why)
{
	write_error(e->ctx, seq, why);
}

static void
end_page(struct export *e, uint64_t fresh)
{
	if (fresh > 0)
		write_cursor(e->ctx);
}

static void
up_to_date(struct export *e)
{
	struct plc_export *x = e->ctx;

	if (is_live(x))
		export_live_wait(&x->live);
	else
		x->over = true;
}

static void
done(struct export *e, const struct status *why)
{
	struct plc_export *x = e->ctx;

	if (why != NULL && status_fatal(why->code))
		cli_output_fatal(x->out, why);
	if (why != NULL && is_live(x) && export_live_failed(&x->live, why))
		return;
	if (why != NULL)
		write_error(x, 0, why);
	x->over = true;
}

static void
waits(struct export *e, uint64_t ms)
{
	cli_progress_wait(e->origin, 0, 0, ms);
}

/* Callbacks of its live part */

static void
opened(struct export_live *l)
{
	if (cli_verbose)
		cli_warn("%s%s: connected", l->export->origin,
		    EXPORT_LIVE_PATH);
}

static void
lost(struct export_live *l, const struct status *why, uint64_t pause_ms)
{
	(void)l;
	if (cli_quiet)
		return;
	if (pause_ms == 0)
		cli_warn("%s; continuing with %s", why->msg, EXPORT_PATH);
	else
		cli_warn("%s; next attempt in %.1f s", why->msg,
		    (double)pause_ms / 1000);
}

static void
broken(struct export_live *l, const struct status *why)
{
	write_error(l->ctx, 0, why);
}

static void
full(struct export_live *l)
{
	struct plc_export *x = l->ctx;

	x->over = true;
}

/* The loop */

static void
start_live(struct plc_export *x, struct loop *loop)
{
	x->live = (struct export_live){
		.export = &x->export,
		.loop = loop,
		.stream = x->stream,
		.websocket = { .agent = x->http.agent,
		    .allow_private = x->http.allow_private,
		    .proxy = x->http.proxy },
		.opened = opened,
		.lost = lost,
		.broken = broken,
		.full = full,
		.ctx = x,
	};
	if (is_live(x))
		cli_stop_catch();
}

static void
start(struct plc_export *x, struct http *http)
{
	struct export *e = &x->export;

	e->entry = take_entry;
	e->fault = take_fault;
	e->page = end_page;
	e->up_to_date = up_to_date;
	e->done = done;
	e->waits = waits;
	e->ctx = x;
	e->pause_ms = x->http.retry_delay_ms;
	export_start(e, http);
}

static void
turn(struct plc_export *x, struct loop *loop)
{
	struct status st;

	cli_output_flush(x->out);
	if (x->dir != NULL && oplog_is_due(&x->archive))
		flush_archive(x);
	if (loop_once(loop, TURN_MS, &st) == -1)
		cli_output_fatal(x->out, &st);
	if (cli_cursor_due(&x->cursor))
		write_cursor(x);
	cli_progress_update(x->export.count, x->failed, x->export.limit, 0);
}

static void
run_loop(struct plc_export *x)
{
	struct http *http = NULL;
	struct loop *loop;
	struct status st;

	cli_network_fit(&x->http);
	if ((loop = loop_open(&st)) == NULL ||
	    (http = http_open(loop, &x->http, &st)) == NULL)
		cli_fatal(&st);
	start_live(x, loop);
	start(x, http);
	while (!x->over && cli_stop == 0)
		turn(x, loop);
	write_cursor(x);
	export_live_free(&x->live);
	http_close(http);
	loop_close(loop);
}

/* Where to start */

static int
take_cursor(void *arg, struct job *job, struct status *st)
{
	return cli_cursor_take(arg, job, st);
}

static void
find_start(struct plc_export *x)
{
	if (x->has_cursor)
		return;
	cli_cursor_read(take_cursor, &x->cursor);
	x->has_cursor = x->cursor.known;
	if (x->has_cursor)
		x->files.after = x->cursor.seq;
}

void
plc_export_run(struct plc_export *x)
{
	x->cursor.service = x->export.origin;
	x->cursor.stream = EXPORT_PATH;
	cli_cursor_begin(&x->cursor);
	find_start(x);
	export_known_start(&x->export.known, x->files.after);
	if (x->dir != NULL)
		open_archive(x);
	if (!x->over)
		run_loop(x);
	flush_archive(x);
	cli_progress_end(x->files.count + x->export.count, x->failed,
	    x->export.limit, 0);
}

void
plc_export_free(struct plc_export *x)
{
	buf_free(&x->unsent);
	export_free(&x->export);
	oplog_close(&x->archive);
	plc_files_free(&x->files);
}
