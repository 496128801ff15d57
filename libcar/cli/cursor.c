#include "config.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "libcar/base/clock.h"
#include "libcar/cli/cursor.h"
#include "libcar/cli/message.h"
#include "libcar/cli/output.h"
#include "libcar/stream/job.h"
#include "libcar/stream/write.h"

/*
 * Read the cursor with which a program starts, and write the cursors with which
 * the next run can resume.
 */

#define SEQ_BYTES 24 /* a number of 64 bits and its NUL */

void
cli_cursor_begin(struct cli_cursor *c)
{
	c->since_ms = clock_monotonic_ms();
}

static void
take_line(struct cli_cursor *c, struct job *job)
{
	struct slice cursor = job_get(job, "cursor"),
		     service = job_get(job, "service"),
		     stream = job_get(job, "stream");
	char text[SEQ_BYTES];

	if (!job_is(job, "cursor") || !slice_is(&service, c->service) ||
	    !slice_is(&stream, c->stream) || cursor.len >= sizeof(text))
		return;
	memcpy(text, cursor.at, cursor.len);
	text[cursor.len] = '\0';
	c->seq = strtoull(text, NULL, 10);
}

void
cli_cursor_read(struct cli_cursor *c)
{
	struct ndjson_in in = { .fd = STDIN_FILENO };
	struct job job = { .type_wrong = false };
	struct status st;
	const char *line;
	size_t len;
	int n;

	while (isatty(in.fd) != 1 &&
	    (n = ndjson_in_line(&in, &line, &len, &st)) != 0) {
		if (n == -1 || job_parse(&job, line, len, &st) == -1)
			cli_fatal(&st);
		take_line(c, &job);
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
	c->events++;
}

void
cli_cursor_touch(struct cli_cursor *c)
{
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

	if (seq == 0 || c->events == 0 || c->service == NULL ||
	    c->service[0] == '\0')
		return;
	snprintf(text, sizeof(text), "%" PRIu64, seq);
	line.cursor = slice_of(text);
	if (stream_write_cursor(&out->buf, &line, &st) == -1)
		cli_output_fatal(out, &st);
	cli_output_line(out);
	c->events = 0;
	c->since_ms = clock_monotonic_ms();
}
