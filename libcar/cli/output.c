#include "config.h"

#include "libcar/cli/message.h"
#include "libcar/cli/output.h"

/*
 * What a program has written before it fails is still true, so it reaches its
 * reader first. A write that is lost itself can only be reported.
 */

void
cli_output_line(struct ndjson_out *out)
{
	struct status st;

	if (ndjson_out_line(out, &st) == -1)
		cli_fatal(&st);
}

void
cli_output_copy(struct ndjson_out *out, const char *line, size_t len)
{
	buf_put(&out->buf, line, len);
	buf_putc(&out->buf, '\n');
	cli_output_line(out);
}

void
cli_output_flush(struct ndjson_out *out)
{
	struct status st;

	if (ndjson_out_flush(out, &st) == -1)
		cli_fatal(&st);
}

void
cli_output_fatal(struct ndjson_out *out, const struct status *why)
{
	struct status ignored;

	ndjson_out_flush(out, &ignored);
	cli_fatal(why);
}
