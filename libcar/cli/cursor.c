#include "config.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "libcar/base/clock.h"
#include "libcar/cli/cursor.h"
#include "libcar/cli/message.h"
#include "libcar/cli/output.h"
#include "libcar/stream/write.h"

/*
 * Take the cursor after which a program starts, and write the cursors after
 * which the next run can resume.
 */

#define SEQ_BYTES 24 /* a number of 64 bits and its NUL */

void
cli_cursor_begin(struct cli_cursor *c)
{
	c->since_ms = clock_monotonic_ms();
}

int
cli_cursor_take(struct cli_cursor *c, struct job *job, struct status *st)
{
	struct slice cursor = job_get(job, "cursor"),
		     service = job_get(job, "service"),
		     stream = job_get(job, "stream");
	char text[SEQ_BYTES], *end;

	if (!slice_is(&service, c->service) || !slice_is(&stream, c->stream))
		return 0;
	snprintf(text, sizeof(text), "%.*s", (int)cursor.len,
	    cursor.at != NULL ? cursor.at : "");
	errno = 0;
	c->seq = strtoull(text, &end, 10);
	if (text[0] < '0' || text[0] > '9' || *end != '\0' || errno != 0 ||
	    cursor.len >= sizeof(text))
		return status_set(st, STATUS_BAD_LINE, 0,
		    "the cursor isn't a number");
	c->known = true;
	return 0;
}

static bool
is_blank(const char *line, size_t len)
{
	while (len > 0 && memchr(" \t\r", line[len - 1], 3) != NULL)
		len--;
	return len == 0;
}

static int
read_line(int (*take)(void *, struct job *, struct status *), void *arg,
    struct job *job, const char *line, size_t len, struct status *st)
{
	if (is_blank(line, len))
		return 0;
	if (job_parse(job, line, len, st) == -1)
		return -1;
	return job_is(job, "cursor") ? take(arg, job, st) : 0;
}

void
cli_cursor_read(int (*take)(void *, struct job *, struct status *), void *arg)
{
	struct ndjson_in in = { .fd = STDIN_FILENO };
	struct job job = { .type_wrong = false };
	struct status st;
	const char *line;
	size_t len;
	int n;

	while (isatty(in.fd) != 1 &&
	    (n = ndjson_in_line(&in, &line, &len, &st)) != 0)
		if (n == -1 ||
		    read_line(take, arg, &job, line, len, &st) == -1) {
			status_prefix(&st, "standard input, line %llu: ",
			    (unsigned long long)in.lines);
			cli_fatal(&st);
		}
	job_free(&job);
	buf_free(&in.buf);
}

void
cli_cursor_move(struct cli_cursor *c, uint64_t seq, uint64_t at)
{
	c->seq = seq;
	if (at != 0)
		c->at = at;
	cli_cursor_touch(c);
}

void
cli_cursor_touch(struct cli_cursor *c)
{
	c->behind = true;
	c->events++;
}

bool
cli_cursor_due(const struct cli_cursor *c)
{
	return c->events >= CLI_CURSOR_EVENTS ||
	    clock_monotonic_ms() - c->since_ms >= CLI_CURSOR_MS;
}

void
cli_cursor_write(struct cli_cursor *c, struct ndjson_out *out, uint64_t seq)
{
	char text[SEQ_BYTES];
	struct stream_cursor line = {
		.service = slice_of(c->service),
		.stream = slice_of(c->stream),
		.at = c->at,
	};
	struct status st;

	c->events = 0;
	c->since_ms = clock_monotonic_ms();
	if (seq == 0 || !c->behind || c->service == NULL ||
	    c->service[0] == '\0')
		return;
	snprintf(text, sizeof(text), "%" PRIu64, seq);
	line.cursor = slice_of(text);
	if (stream_write_cursor(&out->buf, &line, &st) == -1)
		cli_output_fatal(out, &st);
	cli_output_line(out);
	c->behind = false;
}
