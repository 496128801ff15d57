#include "config.h"

#include "libcar/cli/input.h"
#include "libcar/cli/message.h"
#include "libcar/cli/recorded.h"
#include "libcar/cli/stop.h"
#include "libcar/store/frame_file.h"
#include "libcar/stream/live_ahead.h"

/*
 * Read frames from files. A file that is broken ends there, and the next one
 * follows. The frames that one read brings have their signatures verified in
 * threads, before they are taken one after another.
 */

static bool
is_blank(const struct frame_file *file, const char *line, size_t len)
{
	return file->lines && len == 1 && line[0] == '\n';
}

/* Before the first frame of what has been read, look at all of these frames.
 * `until` counts the frames until the next look. */
static void
look_ahead(struct cli_events *e, const struct frame_file *file,
    const void *bytes, size_t len, size_t *until)
{
	if (e->live.ahead == NULL)
		return;
	if (*until == 0)
		*until = live_ahead_look(&e->live, bytes,
		    len + frame_file_more(file));
	--*until;
}

static void
read_file(struct cli_events *e, const char *path, int fd)
{
	struct cli_service *s = &e->services.items[0];
	struct frame_file file = { .fd = fd,
		.out = &e->out,
		.stop = &cli_stop,
		.lines = e->live.is_jetstream };
	struct status st;
	const void *bytes;
	size_t len, until = 0;
	int got = 0;

	while (!cli_events_over(e) &&
	    (got = frame_file_next(&file, &bytes, &len, &st)) == 1) {
		look_ahead(e, &file, bytes, len, &until);
		if (!is_blank(&file, bytes, len))
			cli_events_take(e, s, path, bytes, len);
	}
	if (got == -1)
		cli_events_fail(e, s, path, &st);
	frame_file_free(&file);
}

static void
read_input(struct cli_events *e, const char *path, int fd)
{
	struct cli_service *s = &e->services.items[0];
	struct status st;

	if (e->record_path == NULL || !recording_is(&e->record, fd)) {
		read_file(e, path, fd);
		return;
	}
	status_set(&st, STATUS_UNUSABLE, 0, "is the file that --record writes");
	cli_events_fail(e, s, path, &st);
}

static void
read_inputs(struct cli_events *e, const struct cli *cli, char **operands)
{
	struct cli_inputs inputs;
	struct status st;
	int got;

	cli_inputs_begin(&inputs, cli, operands);
	while (
	    !cli_events_over(e) && (got = cli_inputs_next(&inputs, &st)) != 0)
		if (got == 1)
			read_input(e, inputs.name, inputs.fd);
		else
			cli_events_fail(e, &e->services.items[0], inputs.name,
			    &st);
}

/* Without keys there is nothing to verify, and frames would be parsed twice
 * for nothing. */
static bool
has_keys(const struct cli_events *e)
{
	const struct keyring *keys = e->lookups.signers.keys;

	return keys != NULL && (keys->has_any || keys->identities > 0);
}

void
cli_recorded_read(struct cli_events *e, const struct cli *cli, char **operands)
{
	struct ahead ahead = { .count = 0 };

	if (e->services.count > 1)
		cli_usage("files are of one service; give -u once");
	cli_stop_catch();
	if (!e->live.is_jetstream && has_keys(e) && ahead_helps(&ahead))
		e->live.ahead = &ahead;
	read_inputs(e, cli, operands);
	e->live.ahead = NULL;
	ahead_free(&ahead);
	cli_events_end(e);
}
