#include "config.h"

#include <stdio.h>

#include "libcar/cli/environment.h"
#include "libcar/cli/line_inputs.h"
#include "libcar/cli/message.h"
#include "libcar/cli/output.h"
#include "libcar/cli/progress.h"
#include "libcar/stream/job.h"
#include "libcar/stream/write.h"

/*
 * A line is lent to the caller from the read buffer. A failure is reported
 * twice: as a message on standard error, and as an error line in the output, so
 * that the next program of the pipeline sees it too.
 */

/* The error line in place of what can't be copied. */
static void
write_error(struct line_inputs *in, const char *input, const struct status *why)
{
	struct stream_error e = {
		.program = slice_of(cli_program),
		.input = slice_of(input),
		.at = cli_now(),
	};

	stream_write_error(&in->out->buf, &e, why, NULL);
	cli_output_line(in->out);
}

static void
flush(struct line_inputs *in)
{
	if (in->flush != NULL)
		in->flush(in);
}

/* text: NULL if the line is too large to be read. */
void
line_inputs_bad_line(struct line_inputs *in, uint64_t line, const char *text,
    size_t len, struct status *why)
{
	char place[32];

	in->failed++;
	if (!cli_quiet)
		cli_warn("%s: line %llu: %s", in->input,
		    (unsigned long long)line, why->msg);
	if (text != NULL && !job_is_object(text, len)) {
		cli_output_copy(in->out, text, len);
		return;
	}
	snprintf(place, sizeof(place), "line %llu", (unsigned long long)line);
	status_prefix(why, "%s: ", place);
	write_error(in, text != NULL ? place : in->input, why);
}

static void
bad_line(struct line_inputs *in, const char *text, size_t len,
    struct status *why)
{
	flush(in);
	line_inputs_bad_line(in, in->line, text, len, why);
}

/* The next line, as ndjson_in_line(). */
static int
next_line(struct line_inputs *in, struct ndjson_in *lines, const char **text,
    size_t *len, struct status *st)
{
	if (!ndjson_in_ready(lines))
		flush(in);
	return ndjson_in_line(lines, text, len, st);
}

static int
read_lines(struct line_inputs *in, struct ndjson_in *lines, struct status *st)
{
	const char *text;
	size_t len;
	int n;

	while ((n = next_line(in, lines, &text, &len, st)) != 0) {
		in->line = lines->lines;
		if (n == -1 && st->code != STATUS_TOO_LARGE)
			return -1;
		if (n == -1)
			bad_line(in, NULL, 0, st);
		else if (in->take(in, text, len, st) == -1) {
			if (st->code != STATUS_BAD_LINE)
				cli_output_fatal(in->out, st);
			bad_line(in, text, len, st);
		}
		in->bytes += len;
		cli_progress_update(++in->done, in->failed, 0, in->bytes);
	}
	return 0;
}

static void
fail_input(struct line_inputs *in, const struct status *why)
{
	if (status_fatal(why->code))
		cli_output_fatal(in->out, why);
	if (!cli_quiet)
		cli_warn("%s: %s", in->input, why->msg);
	in->failed++;
	write_error(in, in->input, why);
}

void
line_inputs_read(struct line_inputs *in, struct cli_inputs *inputs)
{
	struct ndjson_in lines;
	struct status st;
	int got;

	while ((got = cli_inputs_next(inputs, &st)) != 0) {
		lines = (struct ndjson_in){ .fd = inputs->fd, .out = in->out };
		in->input = inputs->name;
		if (got == -1 || read_lines(in, &lines, &st) == -1) {
			flush(in);
			fail_input(in, &st);
		}
		flush(in);
		buf_free(&lines.buf);
	}
}
