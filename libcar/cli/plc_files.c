#include "config.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "libcar/cli/directory.h"
#include "libcar/cli/environment.h"
#include "libcar/cli/input.h"
#include "libcar/cli/message.h"
#include "libcar/cli/output.h"
#include "libcar/cli/plc_files.h"
#include "libcar/cli/progress.h"
#include "libcar/store/frame_file.h"
#include "libcar/store/oplog.h"
#include "libcar/stream/write.h"

/*
 * Lines are borrowed from the reader of the file and copied as they are. The
 * name of an archive's file says where it begins, so the file before it is
 * opened only if it may have lines that are wanted.
 */

static bool
is_full(const struct plc_files *f)
{
	return f->limit > 0 && f->count >= f->limit;
}

static void
fail(struct plc_files *f, const char *path, const struct status *why)
{
	struct stream_error e = {
		.program = slice_of(cli_program),
		.input = slice_of(path),
		.at = cli_now(),
	};

	if (status_fatal(why->code))
		cli_output_fatal(f->out, why);
	f->failed++;
	if (!cli_quiet)
		cli_warn("%s: %s", path, why->msg);
	stream_write_error(&f->out->buf, &e, why, NULL);
	cli_output_line(f->out);
}

static void
take_line(struct plc_files *f, const char *path, const char *text, size_t len)
{
	struct status st;

	f->bytes += len;
	if (len > 0 && text[len - 1] == '\n')
		len--;
	if (line_parse(&f->line, text, len, &st) == -1) {
		fail(f, path, &st);
		return;
	}
	if (f->line.type == LINE_BLANK ||
	    (f->line.type == LINE_PLC && f->after > 0 && f->line.seq >= 0 &&
		(uint64_t)f->line.seq <= f->after))
		return;
	f->count += f->line.type == LINE_PLC;
	cli_output_copy(f->out, text, len);
}

static void
read_file(struct plc_files *f, const char *path, int fd)
{
	struct frame_file file = { .fd = fd, .out = f->out, .lines = true };
	struct status st;
	const void *bytes;
	size_t len;
	int got = 0;

	while (!is_full(f) &&
	    (got = frame_file_next(&file, &bytes, &len, &st)) == 1) {
		take_line(f, path, bytes, len);
		cli_progress_update(f->count, f->failed, f->limit, f->bytes);
	}
	if (got == -1)
		fail(f, path, &st);
	frame_file_free(&file);
}

/* Directories */

static void
read_path(struct plc_files *f, const char *path)
{
	struct status st;
	int fd;

	if (is_full(f))
		return;
	if ((fd = cli_open(path, true, &st)) == -1) {
		fail(f, path, &st);
		return;
	}
	read_file(f, path, fd);
	close(fd);
}

/* The number in the name of an archive's file; 0 for other files. */
static uint64_t
first_seq(const char *path)
{
	const char *name = strrchr(path, '/');

	return strtoull(name != NULL ? name + 1 : path, NULL, 10);
}

static void
out_of_memory(void)
{
	struct status st;

	status_no_memory(&st);
	cli_fatal(&st);
}

static void
read_found(struct plc_files *f, struct cli_directory *d, struct status *st)
{
	enum cli_directory_found found;
	char *held = NULL;
	uint64_t first;

	while ((found = cli_directory_next(d, st)) > CLI_DIRECTORY_END) {
		if (found != CLI_DIRECTORY_FILE) {
			fail(f, d->path, st);
			continue;
		}
		first = first_seq(d->path);
		if (held != NULL && (first == 0 || first > f->after + 1))
			read_path(f, held);
		free(held);
		if ((held = strdup(d->path)) == NULL)
			out_of_memory();
	}
	if (held != NULL)
		read_path(f, held);
	free(held);
	if (found == CLI_DIRECTORY_FAILED)
		cli_output_fatal(f->out, st);
}

void
plc_files_read_directory(struct plc_files *f, const char *dir)
{
	static const char *const endings[] = { OPLOG_ENDING, NULL };
	struct cli_directory d = { .endings = endings, .max_depth = 1 };
	struct status st;

	status_set(&st, STATUS_UNUSABLE, 0, "not a regular file");
	if (cli_directory_begin(&d, dir, &st) == -1)
		cli_output_fatal(f->out, &st);
	read_found(f, &d, &st);
	cli_directory_free(&d);
}

/* Operands */

void
plc_files_read(struct plc_files *f, const struct cli *cli, char **operands)
{
	struct cli_inputs inputs;
	struct status st;
	int got;

	cli_inputs_begin(&inputs, cli, operands);
	while (!is_full(f)) {
		if (inputs.left != NULL && *inputs.left != NULL &&
		    cli_is_directory(*inputs.left))
			plc_files_read_directory(f, *inputs.left++);
		else if ((got = cli_inputs_next(&inputs, &st)) == 1)
			read_file(f, inputs.name, inputs.fd);
		else if (got == -1)
			fail(f, inputs.name, &st);
		else
			break;
	}
	cli_output_flush(f->out);
}

void
plc_files_free(struct plc_files *f)
{
	line_free(&f->line);
}
