#include "config.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "libcar/cli/jobs_private.h"

void
jobs_no_memory(struct jobs *jobs)
{
	struct status st;

	status_set(&st, STATUS_SYSTEM, 0, "no memory");
	jobs_fatal(jobs, &st);
}

bool
jobs_keep(struct jobs *jobs, char **to, const char *text, size_t len)
{
	bool same = *to == NULL ?
	    len == 0 :
	    strlen(*to) == len && memcmp(*to, text, len) == 0;

	if (same)
		return false;
	free(*to);
	*to = NULL;
	if (len == 0)
		return true;
	if ((*to = malloc(len + 1)) == NULL)
		jobs_no_memory(jobs);
	memcpy(*to, text, len);
	(*to)[len] = '\0';
	return true;
}

/* The list of jobs and held lines */

struct jobs_job *
jobs_add(struct jobs *jobs)
{
	struct jobs_job *job = calloc(1, sizeof(*job));

	if (job == NULL)
		jobs_no_memory(jobs);
	job->jobs = jobs;
	job->prev = jobs->last;
	*(jobs->last == NULL ? &jobs->first : &jobs->last->next) = job;
	jobs->last = job;
	return job;
}

void
jobs_drop(struct jobs_job *job)
{
	struct jobs *jobs = job->jobs;

	*(job->prev == NULL ? &jobs->first : &job->prev->next) = job->next;
	*(job->next == NULL ? &jobs->last : &job->next->prev) = job->prev;
	jobs->line_bytes -= job->line_bytes;
	if (job->own != NULL && jobs->program->free != NULL)
		jobs->program->free(job);
	job_free(&job->job);
	free(job->own);
	free(job->query);
	free(job->line);
	free(job->input);
	free(job->did);
	free(job->pds);
	free(job->key);
	free(job->handle);
	free(job);
}

void
jobs_copy_line(struct jobs *jobs, const char *line, size_t len)
{
	buf_put(&jobs->out.buf, line, len);
	buf_putc(&jobs->out.buf, '\n');
	jobs_line(jobs);
}

void
jobs_release(struct jobs *jobs)
{
	struct jobs_job *job;

	while ((job = jobs->first) != NULL && job->held) {
		jobs_copy_line(jobs, job->job.line, job->job.len);
		jobs_drop(job);
	}
}

void
jobs_end(struct jobs_job *job)
{
	struct jobs *jobs = job->jobs;

	jobs->done++;
	jobs->count--;
	jobs_drop(job);
	jobs_release(jobs);
	jobs_progress(jobs);
}

/* Results */

void
jobs_result(struct jobs_job *job, struct json_writer *w, const char *type)
{
	struct buf *out = &job->jobs->out.buf;

	*w = (struct json_writer){ out, false };
	job->result = out->len;
	json_write_object(w);
	json_write_member(w, "type", type);
	json_write_member(w, "did", job->did);
}

/* When the state that the job tells was so, if nobody was asked again. */
static struct slice
old_time(struct jobs_job *job)
{
	struct slice none = { NULL, 0 };

	if (job->host_said || job->job.line == NULL ||
	    (job_get_json(&job->job, "active").at == NULL &&
		job_get(&job->job, "status").at == NULL))
		return none;
	return job_get(&job->job, "at");
}

void
jobs_result_end(struct jobs_job *job, struct json_writer *w)
{
	struct slice at = old_time(job);
	char now[JOB_TIME_BYTES];

	if (job->handle != NULL && !job->said_handle)
		json_write_member(w, "handle", job->handle);
	if (job->pds != NULL)
		json_write_member(w, "pds", job->pds);
	if (job->key != NULL)
		json_write_member(w, "key", job->key);
	job_time(now, cli_now());
	json_write_key(w, "at");
	if (at.at != NULL)
		json_write_string(w, at.at, at.len);
	else
		json_write_string(w, now, strlen(now));
	jobs_result_close(job, w);
}

void
jobs_result_close(struct jobs_job *job, struct json_writer *w)
{
	struct status st;

	job_write_rest(w, job->result, &job->job);
	json_write_object_end(w);
	buf_putc(w->out, '\n');
	if (w->out->len - job->result > NDJSON_MAX_LINE) {
		w->out->len = job->result;
		status_set(&st, STATUS_TOO_LARGE, 0,
		    "%s: the job's fields make its result too long", job->did);
		jobs_fail(job, &st);
		return;
	}
	jobs_line(job->jobs);
	jobs_end(job);
}

void
jobs_fail(struct jobs_job *job, const struct status *st)
{
	struct jobs *jobs = job->jobs;
	struct job_error e = {
		.program = jobs->program->cli->name,
		.rev = job->job.line != NULL ? job_get(&job->job, "rev") :
					       (struct slice){ NULL, 0 },
		.status = st,
		.now = cli_now(),
		.job = &job->job,
	};
	size_t start;

	if (status_fatal(st->code))
		jobs_fatal(jobs, st);
	if (job->did != NULL)
		e.did = (struct slice){ job->did, strlen(job->did) };
	if (job->did == NULL || job->handle != NULL)
		e.input = job->input;
	if (!cli_quiet)
		cli_warn("%s", st->msg);
	start = jobs->out.buf.len;
	job_write_error(&jobs->out.buf, &e);
	if (jobs->out.buf.len - start > NDJSON_MAX_LINE) {
		jobs->out.buf.len = start;
		e.job = NULL;
		job_write_error(&jobs->out.buf, &e);
	}
	jobs_line(jobs);
	jobs->failed++;
	jobs_end(job);
}

/* Resolving */

static void
query_done(struct resolve_query *q, struct status *why)
{
	struct jobs_job *job = q->ctx;
	struct jobs *jobs = job->jobs;
	bool had_key;

	if (q->did != NULL)
		jobs_keep(jobs, &job->did, q->did, strlen(q->did));
	if (why == NULL) {
		had_key = job->key != NULL;
		job->changed = jobs_keep(jobs, &job->pds, q->doc.pds,
		    strlen(q->doc.pds));
		job->changed |= jobs_keep(jobs, &job->key, q->doc.key,
				    strlen(q->doc.key)) &&
		    had_key;
	}
	job->query_done(job, why);
}

void
jobs_resolve(struct jobs_job *job, bool fresh, bool check_handle,
    void (*done)(struct jobs_job *, struct status *))
{
	struct resolve_query *q;

	free(job->query);
	if ((q = job->query = calloc(1, sizeof(*q))) == NULL)
		jobs_no_memory(job->jobs);
	q->name = job->did != NULL ? job->did : job->handle;
	if (q->name == NULL)
		q->name = job->input != NULL ? job->input : "";
	q->fresh = fresh;
	q->check_handle = check_handle;
	q->done = query_done;
	q->ctx = job;
	job->query_done = done;
	resolve_start(job->jobs->resolve, q);
}

static void
ask(struct jobs_job *job)
{
	struct status st;

	if (job->pds == NULL) {
		status_set(&st, STATUS_NO_PDS, 0,
		    "%s: its document names no host", job->did);
		jobs_fail(job, &st);
	} else
		job->jobs->program->ask(job);
}

static void
asked(struct jobs_job *job, struct status *why)
{
	if (why != NULL) {
		jobs_fail(job, why);
		return;
	}
	job->resolved = !job->query->cached;
	ask(job);
}

void
jobs_ask(struct jobs_job *job)
{
	if (job->did != NULL && job->pds != NULL)
		ask(job);
	else
		jobs_resolve(job, false, false, asked);
}

/* Was it resolved to another host or key than that which failed? */
static void
asked_again(struct jobs_job *job, struct status *why)
{
	struct status first = job->why;

	job->resolved = job->asked_again = true;
	if (why == NULL && job->changed)
		ask(job);
	else if (why != NULL && !status_retry(why->code))
		jobs_fail(job, why);
	else
		jobs_fail(job, &first);
}

void
jobs_fail_host(struct jobs_job *job, const struct status *st)
{
	if (job->resolved || status_fatal(st->code)) {
		jobs_fail(job, st);
		return;
	}
	job->why = *st;
	job->resolved = true;
	jobs_resolve(job, true, false, asked_again);
}
