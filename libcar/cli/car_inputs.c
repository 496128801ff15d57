#include "config.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "libcar/cli/car_inputs.h"
#include "libcar/cli/directory.h"
#include "libcar/cli/message.h"
#include "libcar/cli/output.h"
#include "libcar/repo/car_file.h"
#include "libcar/repo/car_guess.h"

/*
 * An operand is a CAR, a directory or `-`. Standard input may be a CAR, too, or
 * lines: its first bytes tell which. Each CAR, and each input that can't be
 * one, goes to the caller once.
 */

static void
take(struct car_inputs *cars, const struct car_inputs_source *s,
    const struct status *unread)
{
	cars->found++;
	cars->walk(cars, s, unread);
}

/* Open the file carefully: its name is untrusted. */
static void
walk_file(struct car_inputs *cars, struct car_inputs_source *s)
{
	struct status st;

	s->fd = cli_open(s->path, true, &st);
	take(cars, s, s->fd == -1 ? &st : NULL);
	if (s->fd != -1)
		close(s->fd);
}

/* The CAR that a `repo` line names. */
static void
walk_job(struct car_inputs *cars, const struct job *job)
{
	struct car_inputs_source s = { .job = job };
	const struct slice *car = &job->car;
	bool below = cars->base != NULL && (car->len == 0 || car->at[0] != '/');
	struct status st;
	char *path;

	if (asprintf(&path, "%s%s%.*s", below ? cars->base : "",
		below ? "/" : "", (int)car->len, car->at) == -1) {
		status_no_memory(&st);
		cli_output_fatal(cars->out, &st);
	}
	s.path = path;
	walk_file(cars, &s);
	free(path);
}

static void
walk_found(struct car_inputs *cars, const char *path,
    enum cli_directory_found found, struct status *st)
{
	struct car_inputs_source s = { .path = path, .input = path };

	if (found == CLI_DIRECTORY_FAILED)
		cli_output_fatal(cars->out, st);
	if (found == CLI_DIRECTORY_FILE)
		walk_file(cars, &s);
	else if (found == CLI_DIRECTORY_CLOSED)
		take(cars, &s, st);
	else if (!cli_quiet)
		cli_warn("%s: skipped: not a regular file", path);
}

/* The CARs in a directory, such as an archive. */
static void
walk_directory(struct car_inputs *cars, const char *name)
{
	static const char *const endings[] = { ".car", ".car.zst", NULL };
	struct cli_directory dir = { .endings = endings };
	enum cli_directory_found found;
	uint64_t before = cars->found;
	struct status st;

	cars->total = 0; /* nobody knows */
	if (cli_directory_begin(&dir, name, &st) == -1)
		cli_output_fatal(cars->out, &st);
	while ((found = cli_directory_next(&dir, &st)) != CLI_DIRECTORY_END)
		walk_found(cars, dir.path, found, &st);
	if (cars->found == before && !cli_quiet)
		cli_warn("%s: no *.car or *.car.zst files there", name);
	cli_directory_free(&dir);
}

/* A line that isn't what at-ndjson(5) says has no CAR. */
static void
fail_line(struct car_inputs *cars, const struct job *job, struct status *why)
{
	struct car_inputs_source s = { .job = job, .path = "-" };
	char place[32];

	if (status_fatal(why->code))
		cli_output_fatal(cars->out, why);
	snprintf(place, sizeof(place), "line %llu",
	    (unsigned long long)cars->lines);
	status_prefix(why, "%s: ", place);
	s.input = place;
	take(cars, &s, why);
}

/* Is it a host's JSON error in place of a CAR, as in `curl ... | at-carwalk`?
 */
static bool
is_host_error(const struct car_inputs *cars, struct job *job)
{
	return cars->lines == 1 && job->type.at == NULL &&
	    job->did.at == NULL && job_get(job, "error").at != NULL;
}

/* Write the line itself, then the contents of its CAR. An error replaces a line
 * that no program could use. */
static void
walk_line(struct car_inputs *cars, struct job *job, const char *line,
    size_t len)
{
	struct status why;

	if (job_is_for_none(job, line, len, &why)) {
		fail_line(cars, job, &why);
		return;
	}
	if (is_host_error(cars, job)) {
		car_guess((const uint8_t *)line, len, &why);
		fail_line(cars, job, &why);
		return;
	}
	cli_output_copy(cars->out, line, len);
	if (!job_is(job, "repo"))
		return;
	if (job_check(job, &why) == -1)
		fail_line(cars, job, &why);
	else if (job->car.at != NULL)
		walk_job(cars, job);
}

static void
walk_lines(struct car_inputs *cars, struct ndjson_in *in)
{
	struct car_inputs_source s = { .path = "-", .input = "-" };
	struct job job = { .type_wrong = false };
	struct status st;
	const char *line;
	size_t len;
	int n;

	cars->total = 0; /* nobody knows */
	while ((n = ndjson_in_line(in, &line, &len, &st)) != 0) {
		if (n == 1) {
			cars->lines = in->lines;
			walk_line(cars, &job, line, len);
			continue;
		}
		if (st.code != STATUS_TOO_LARGE)
			cli_output_fatal(cars->out, &st);
		status_prefix(&st,
		    "line %llu: ", (unsigned long long)in->lines);
		take(cars, &s, &st);
	}
	job_free(&job);
}

static void
walk_stdin(struct car_inputs *cars)
{
	struct ndjson_in in = { .fd = 0, .out = cars->out };
	struct car_inputs_source s = { .path = "-", .input = "-", .fd = 0 };
	struct status st;

	if (ndjson_in_peek(&in, CAR_FILE_SNIFF_BYTES, &st) == -1)
		cli_output_fatal(cars->out, &st);
	if (ndjson_is(in.buf.data, in.buf.len))
		walk_lines(cars, &in);
	else {
		s.head = in.buf.data;
		s.head_len = in.buf.len;
		take(cars, &s, NULL);
	}
	buf_free(&in.buf);
}

void
car_inputs_walk(struct car_inputs *cars, struct cli_inputs *inputs)
{
	struct car_inputs_source s = { .job = NULL };
	struct status st;
	int got;

	cars->total = inputs->count;
	while ((got = cli_inputs_next(inputs, &st)) != 0) {
		s.path = s.input = inputs->name;
		s.fd = inputs->fd;
		if (got == 1 && s.fd == STDIN_FILENO)
			walk_stdin(cars);
		else if (got == -1 && cli_is_directory(inputs->name))
			walk_directory(cars, inputs->name);
		else
			take(cars, &s, got == -1 ? &st : NULL);
	}
}
