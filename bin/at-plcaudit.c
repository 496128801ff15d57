/* at-plcaudit: verify the operations of a PLC directory. */
#include "config.h"

#include "libcar/cli/audit.h"
#include "libcar/cli/cli.h"
#include "libcar/cli/line_inputs.h"
#include "libcar/cli/origins.h"
#include "libcar/stream/ndjson.h"

/* The options, and the state of the run. */
struct run {
	struct audit audit;
	struct line_inputs lines;
	struct ndjson_out out;
	const char *annotate; /* the list of spam, or empty */
	struct set spam;
	bool summary;
};

static struct run this_run = {
	.audit = { .lines = &this_run.lines },
	.lines = {
		.out = &this_run.out,
		.take = audit_take,
		.flush = audit_flush,
		.ctx = &this_run.audit,
	},
	.out = { .fd = 1 },
};

static const struct cli_option options[] = {
	{ 'j', "jobs", "n", "threads; as many as processors, if not given",
	    CLI_COUNT(&this_run.audit.threads.threads, NULL, 1,
		PARALLEL_MOST) },
	{ 0, "state", "file",
	    "keep the state in this file, and continue from it",
	    CLI_TEXT(&this_run.audit.state_path, NULL) },
	{ 0, "memory", "size",
	    "memory of the state; more goes to a file (256M)",
	    CLI_SIZE(&this_run.audit.memory, NULL, AUDIT_MEMORY_LEAST,
		SIZE_MAX) },
	{ 0, "annotate", "[file]",
	    "note what is unusual; the file lists hosts of spam",
	    CLI_TEXT(&this_run.annotate, NULL), .bare = "" },
	{ 0, "summary", NULL, "print a table on standard error at the end",
	    CLI_FLAG(&this_run.summary) },
	{ 0 },
};

static const struct cli cli = {
	.name = "at-plcaudit",
	.operands = "[file ...]",
	.summary = "Verify the operations of a PLC directory.",
	.options = options,
	.progress = true,
};

static bool
is_spam(const void *ctx, const struct slice *origin)
{
	return set_has(ctx, origin->at, origin->len);
}

static void
read_spam(struct run *run)
{
	struct audit_item_rules *rules = &run->audit.rules;
	struct status st;

	rules->annotate = run->annotate != NULL;
	if (!rules->annotate || *run->annotate == '\0')
		return;
	if (cli_origins_add(&run->spam, run->annotate, &st) == -1)
		cli_usage("--annotate=%s: %s", run->annotate, st.msg);
	rules->spam = (struct plc_notes_spam){ is_spam, &run->spam };
}

static void
finish(struct run *run)
{
	const struct line_inputs *in = &run->lines;

	cli_output_flush(&run->out);
	cli_progress_end(in->done, in->failed, 0, in->bytes);
	audit_finish(&run->audit);
	if (run->summary)
		audit_counts_print(&run->audit.counts,
		    plc_state_count(&run->audit.plc.state));
	audit_free(&run->audit);
	set_free(&run->spam);
	buf_free(&run->out.buf);
}

int
main(int argc, char **argv)
{
	char **operands = cli_begin(&cli, argc, argv);
	struct run *run = &this_run;
	struct cli_inputs inputs;

	read_spam(run);
	cli_inputs_begin(&inputs, &cli, operands);
	audit_begin(&run->audit);
	line_inputs_read(&run->lines, &inputs);
	finish(run);
	return run->lines.failed > 0 ? CLI_FAILED : CLI_DONE;
}
