/* at-plcexport: copy the operations of a PLC directory. */
#include "config.h"

#include "libcar/cli/cli.h"
#include "libcar/cli/network.h"
#include "libcar/cli/plc_export.h"
#include "libcar/cli/plc_files.h"
#include "libcar/net/resolve.h"
#include "libcar/stream/fields.h"
#include "libcar/stream/ndjson.h"

#define PLC_VARIABLE "ATPIPE_PLC_URL"

/*
 * The program either reads files of operations back, or copies the export of a
 * directory. cli/plc_files and cli/plc_export do this.
 */

struct run {
	const char *url, *cursor; /* -u, --cursor */
	struct plc_export export;
	struct ndjson_out out;
};

static struct run this_run = {
	.export = {
		.files = { .out = &this_run.out },
		.out = &this_run.out,
	},
	.out = { .fd = 1 },
};

static const struct cli_option options[] = {
	{ 'u', "url", "url", "PLC directory",
	    CLI_TEXT(&this_run.url, RESOLVE_PLC), .variable = PLC_VARIABLE },
	{ 'd', "directory", "dir", "keep the operations in this archive",
	    CLI_TEXT(&this_run.export.dir, NULL) },
	{ 0, "cursor", "seq", "start after this sequence number",
	    CLI_TEXT(&this_run.cursor, NULL) },
	{ 0, "tail", NULL, "continue with new operations, every 2 seconds",
	    CLI_FLAG(&this_run.export.tail) },
	{ 0, "stream", NULL, "continue with new operations, by a WebSocket",
	    CLI_FLAG(&this_run.export.stream) },
	{ 'n', "limit", "n", "stop after this number of operations",
	    CLI_NUMBER(&this_run.export.export.limit, NULL, 1, INT64_MAX) },
	{ 0, "requests", "n", "maximum number of requests in 5 minutes",
	    CLI_COUNT(&this_run.export.export.pace.most, "500", 1, PACE_MAX) },
	CLI_NETWORK_REQUESTS(this_run.export.http),
	{ 0 },
};

static const struct cli cli = {
	.name = "at-plcexport",
	.operands = "[file ...]",
	.summary = "Copy the operations of a PLC directory.",
	.options = options,
	.progress = true,
	.network = true,
};

/* An empty cursor means the first operation. */
static uint64_t
read_cursor(const char *text)
{
	uint64_t seq = 0;
	struct cli_option number = { CLI_NUMBER(&seq, NULL, 0,
	    FIELDS_COUNT_MAX) };
	struct status st;

	if (text != NULL && text[0] != '\0' &&
	    cli_value_set(&number, text, &st) == -1)
		cli_usage("--cursor: %s", st.msg);
	return seq;
}

static char **
read_options(struct run *run, int argc, char **argv)
{
	static char origin[DIDDOC_ORIGIN_BYTES];
	struct plc_export *x = &run->export;
	char **operands = cli_begin(&cli, argc, argv);

	x->files.after = read_cursor(run->cursor);
	x->has_cursor = run->cursor != NULL;
	if (*operands != NULL && x->dir != NULL)
		cli_usage("-d is for an export; give files alone to read them");
	if (*operands != NULL && (x->tail || x->stream))
		cli_usage("files don't grow; --tail and --stream are for a"
			  " directory");
	x->export.origin = cli_network_origin(origin, &x->http, "-u",
	    PLC_VARIABLE, run->url);
	return operands;
}

static void
read_files(struct plc_export *x, char **operands)
{
	struct plc_files *f = &x->files;

	f->limit = x->export.limit;
	plc_files_read(f, &cli, operands);
	x->failed = f->failed;
	cli_progress_end(f->count, f->failed, f->limit, f->bytes);
}

int
main(int argc, char **argv)
{
	struct run *run = &this_run;
	char **operands;

	cli_network_init(&run->export.http, &cli, 1, 1, 1);
	operands = read_options(run, argc, argv);
	if (*operands != NULL)
		read_files(&run->export, operands);
	else
		plc_export_run(&run->export);
	plc_export_free(&run->export);
	buf_free(&run->out.buf);
	return run->export.failed > 0 ? CLI_FAILED : CLI_DONE;
}
