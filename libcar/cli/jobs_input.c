#include "config.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "libcar/cli/jobs_private.h"

#define LINES_AT_ONCE 64 /* between looks at the network */

static void
begin(struct jobs_job *job)
{
	const struct jobs_program *program = job->jobs->program;

	job->jobs->count++;
	if (program->own_bytes > 0 &&
	    (job->own = calloc(1, program->own_bytes)) == NULL)
		jobs_no_memory(job->jobs);
	if (program->start != NULL)
		program->start(job);
	else
		jobs_ask(job);
}

static bool
is_space(char c)
{
	return c == ' ' || c == '\t' || c == '\r';
}

static void
trim(const char **text, size_t *len)
{
	for (; *len > 0 && is_space(**text); (*text)++)
		(*len)--;
	while (*len > 0 && is_space((*text)[*len - 1]))
		(*len)--;
}

static void
lower(char *text)
{
	for (; text != NULL && *text != '\0'; text++)
		if (*text >= 'A' && *text <= 'Z')
			*text += 'a' - 'A';
}

static bool
jobs_is_full(const struct jobs *jobs)
{
	return jobs->count >= JOBS_AHEAD ||
	    jobs->line_bytes >= JOBS_AHEAD_BYTES;
}

/* A name that isn't one at all, as it has a NUL. */
static void
fail_name(struct jobs_job *job)
{
	struct status st;

	status_set(&st, STATUS_BAD_SYNTAX, 0, "line %llu: a name with a NUL",
	    (unsigned long long)job->jobs->in.lines);
	job->jobs->count++;
	jobs_fail(job, &st);
}

/* A bare word, perhaps as people write it: @handle, at://handle. */
static void
take_word(struct jobs *jobs, const char *word, size_t len)
{
	struct jobs_job *job = jobs_add(jobs);
	size_t skip = 0;

	jobs_keep(jobs, &job->input, word, len);
	if (len > 1 && word[0] == '@')
		skip = 1;
	else if (len > 5 && memcmp(word, "at://", 5) == 0)
		skip = 5;
	if (syntax_is_did(word + skip, len - skip))
		jobs_keep(jobs, &job->did, word + skip, len - skip);
	else
		jobs_keep(jobs, &job->handle, word + skip, len - skip);
	lower(job->handle);
	if (memchr(word, '\0', len) != NULL)
		fail_name(job);
	else
		begin(job);
}

/* Is the line a job of this program? */
static bool
is_job(struct jobs *jobs, struct job *job)
{
	if (job_is(job, "repo"))
		return true;
	if (job_is(job, "identity"))
		return !jobs->program->copies_identity;
	if (job_is(job, "error"))
		return jobs->retry && job_has_true(job, "retry") &&
		    job_get(job, "collection").at == NULL;
	return job->type.at == NULL && !job->malformed &&
	    (job->did.at != NULL || job_get(job, "handle").at != NULL);
}

/* What a job calls its account: did, handle or, an error, its input. */
static int
take_name(struct jobs_job *job, struct status *st)
{
	struct jobs *jobs = job->jobs;
	struct slice did = job->job.did, name = did;

	if (did.at == NULL)
		name = job_get(&job->job, "handle");
	if (name.at == NULL && job_is(&job->job, "error")) {
		name = job_get(&job->job, "input");
		if (name.at != NULL)
			jobs_keep(jobs, &job->input, name.at, name.len);
	}
	if (job->job.malformed || name.at == NULL)
		return status_set(st, STATUS_BAD_LINE, 0, "line %llu: %s",
		    (unsigned long long)jobs->in.lines,
		    job->job.malformed ? "did, car or key is wrong" :
					 "neither did nor handle");
	if (did.at != NULL ? !syntax_is_did(did.at, did.len) :
			     memchr(name.at, '\0', name.len) != NULL) {
		jobs_keep(jobs, &job->input, name.at, name.len);
		return status_set(st, STATUS_BAD_SYNTAX, 0,
		    "line %llu: %.*s: neither DID nor handle",
		    (unsigned long long)jobs->in.lines, (int)name.len, name.at);
	}
	jobs_keep(jobs, did.at != NULL ? &job->did : &job->handle, name.at,
	    name.len);
	lower(job->handle);
	return 0;
}

/* Check the fields of a job that names its account. */
static int
take_account(struct jobs_job *job, struct status *st)
{
	struct jobs *jobs = job->jobs;
	struct slice pds = job_get(&job->job, "pds"), key = job->job.key;
	char origin[DIDDOC_ORIGIN_BYTES];

	if (take_name(job, st) == -1)
		return -1;
	if (pds.at != NULL &&
	    diddoc_origin(origin, pds.at, pds.len,
		jobs->http_options.allow_private))
		jobs_keep(jobs, &job->pds, origin, strlen(origin));
	if (key.at != NULL)
		jobs_keep(jobs, &job->key, key.at, key.len);
	return 0;
}

/* An object that names no account, or is none. */
static void
fail_unnamed(struct jobs_job *job, const struct status *st)
{
	struct jobs *jobs = job->jobs;
	char place[32];

	snprintf(place, sizeof(place), "line %llu",
	    (unsigned long long)jobs->in.lines);
	if (job->input == NULL)
		jobs_keep(jobs, &job->input, place, strlen(place));
	jobs->count++;
	jobs_fail(job, st);
}

static void
take_object(struct jobs *jobs, const char *line, size_t len)
{
	struct jobs_job *job = jobs_add(jobs);
	struct status st;

	jobs_keep(jobs, &job->line, line, len);
	job->line_bytes = len;
	jobs->line_bytes += len;
	if (job_parse(&job->job, job->line, len, &st) == -1) {
		status_prefix(&st,
		    "line %llu: ", (unsigned long long)jobs->in.lines);
		job->job.line = NULL; /* it has no fields to copy */
		fail_unnamed(job, &st);
		return;
	}
	if (is_job(jobs, &job->job)) {
		if (job_is(&job->job, "identity"))
			jobs_copy_line(jobs, line, len);
		if (take_account(job, &st) == 0) {
			begin(job);
			return;
		}
		fail_unnamed(job, &st);
		return;
	}
	job->held = job_is(&job->job, "cursor");
	buf_free(&job->job.scratch);
	if (!job->held) {
		jobs_copy_line(jobs, line, len);
		jobs_drop(job);
	}
	jobs_release(jobs);
}

static void
take_line(struct jobs *jobs, const char *line, size_t len)
{
	const char *text = line;
	size_t text_len = len;

	if (text_len >= 3 && memcmp(text, "\xef\xbb\xbf", 3) == 0) {
		text += 3; /* a byte order mark */
		text_len -= 3;
	}
	trim(&text, &text_len);
	if (text_len == 0)
		return;
	if (text[0] == '{')
		take_object(jobs, text, line + len - text);
	else
		take_word(jobs, text, text_len);
}

/* A line that is too long is a job that failed. */
static void
fail_line(struct jobs *jobs, const struct status *st)
{
	struct jobs_job *job;

	if (st->code != STATUS_TOO_LARGE)
		jobs_fatal(jobs, st);
	job = jobs_add(jobs);
	jobs->count++;
	jobs_keep(jobs, &job->input, "-", 1);
	jobs_fail(job, st);
}

bool
jobs_take_lines(struct jobs *jobs)
{
	struct status st;
	const char *line;
	size_t len;
	int i, n;

	for (i = 0; i < LINES_AT_ONCE && !jobs_is_full(jobs); i++) {
		if (!ndjson_in_ready(&jobs->in))
			return false;
		n = ndjson_in_line(&jobs->in, &line, &len, &st);
		if (n == 1)
			take_line(jobs, line, len);
		else if (n == -1)
			fail_line(jobs, &st);
		else {
			if (jobs->in.fd > 2)
				close(jobs->in.fd);
			buf_free(&jobs->in.buf);
			jobs->in_open = false;
			return false;
		}
	}
	return !jobs_is_full(jobs);
}

void
jobs_open_input(struct jobs *jobs, const char *path)
{
	struct jobs_job *job;
	struct status st;
	int fd = 0;

	if (strncmp(path, "did:", 4) == 0) {
		take_word(jobs, path, strlen(path));
		return;
	}
	if (strcmp(path, "-") != 0 && (fd = cli_open(path, false, &st)) == -1) {
		status_prefix(&st, "%s: ", path);
		if (syntax_is_handle(path, strlen(path)))
			status_set(&st, STATUS_UNREADABLE, 0,
			    "%s: no such file; handles are lines of input",
			    path);
		job = jobs_add(jobs);
		jobs->count++;
		jobs_keep(jobs, &job->input, path, strlen(path));
		jobs_fail(job, &st);
		return;
	}
	jobs->in = (struct ndjson_in){ .fd = fd, .out = &jobs->out };
	jobs->in_open = true;
}

size_t
jobs_input_fds(void *ctx, struct pollfd *fds)
{
	struct jobs *jobs = ctx;

	if (!jobs->in_open || jobs_is_full(jobs) || ndjson_in_ready(&jobs->in))
		return 0;
	*fds = (struct pollfd){ jobs->in.fd, POLLIN, 0 };
	return 1;
}

void
jobs_read_input(void *ctx, const struct pollfd *fds, size_t n)
{
	struct jobs *jobs = ctx;
	struct status st;

	if (n == 1 && fds->revents != 0 && ndjson_in_fill(&jobs->in, &st) == -1)
		jobs_fatal(jobs, &st);
}
