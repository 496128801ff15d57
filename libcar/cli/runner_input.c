#include "config.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "libcar/cli/runner_private.h"
#include "libcar/data/mention.h"

/*
 * Turn each line of input into a task: a job, a line that waits for the jobs
 * before it, or a job that failed because the line is wrong. Copy all other
 * lines immediately.
 */

#define LINES_AT_ONCE 64 /* between looks at the network */

static void
begin(struct task *task)
{
	const struct runner_program *program = task->runner->program;

	task->runner->count++;
	if (program->own_bytes > 0 &&
	    (task->own = calloc(1, program->own_bytes)) == NULL)
		runner_no_memory(task->runner);
	if (!task_exclude(task))
		task_begin(task);
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
runner_is_full(const struct runner *runner)
{
	if (runner->workers != NULL && workers_are_busy(runner->workers))
		return true;
	return runner->count >= RUNNER_AHEAD ||
	    runner->line_bytes >= RUNNER_AHEAD_BYTES;
}

/* Fail a name that contains a NUL. */
static void
fail_name(struct task *task)
{
	struct status st;

	status_set(&st, STATUS_BAD_SYNTAX, 0, "line %llu: a name with a NUL",
	    (unsigned long long)task->runner->in.lines);
	task->runner->count++;
	task_fail(task, &st);
}

/* A line or an operand that isn't an object: an account as people write it. */
static void
take_word(struct runner *runner, const char *word, size_t len)
{
	struct task *task;
	char *name = NULL;
	size_t n;

	runner_keep(runner, &name, word, len);
	if ((n = mention_reduce(name, len)) == 0) {
		free(name);
		return;
	}
	task = task_new(runner);
	runner_keep(runner, &task->input, word, len);
	len = n;
	if (syntax_is_did(name, len))
		runner_keep(runner, &task->did, name, len);
	else
		runner_keep(runner, &task->handle, name, len);
	lower(task->handle);
	if (memchr(name, '\0', len) != NULL)
		fail_name(task);
	else
		begin(task);
	free(name);
}

/* A line or an operand that is a host as people write it. */
static void
take_host(struct runner *runner, const char *word, size_t len)
{
	struct task *task;
	struct status st;

	if ((len = runner_host_reduce(&word, len)) == 0)
		return;
	task = task_new(runner);
	runner_keep(runner, &task->input, word, len);
	if (memchr(word, '\0', len) != NULL)
		fail_name(task);
	else if (runner_host_take_word(task, &st) == 0)
		begin(task);
	else {
		runner->count++;
		task_fail(task, &st);
	}
}

/* An error with a `cid` is about one blob or operation, not about an account.
 */
bool
runner_is_job(struct runner *runner, struct job *job)
{
	if (job_is(job, "repo"))
		return true;
	if (job_is(job, "identity"))
		return !runner->program->copies_identity;
	if (job_is(job, "plc"))
		return runner->program->takes_plc && task_plc_is_job(job);
	if (job_is(job, "error"))
		return runner->retry && job_has_true(job, "retry") &&
		    job_get(job, "collection").at == NULL &&
		    job_get(job, "cid").at == NULL;
	return job->type_wrong || job_is_bare(job);
}

/* Is the line a job of this program? */
static bool
is_job(struct runner *runner, struct job *job)
{
	const struct runner_program *program = runner->program;

	if (program->is_job != NULL)
		return program->is_job(runner, job);
	return program->takes_hosts ? runner_host_is_job(runner, job) :
				      runner_is_job(runner, job);
}

/* How a job names its account: did, handle or, in an error, input. */
static struct slice
find_name(struct task *task)
{
	struct job *job = &task->job;
	struct slice name = job->did;

	if (name.at == NULL)
		name = job_get(job, "handle");
	if (name.at != NULL || !job_is(job, "error"))
		return name;
	name = job_get(job, "input");
	if (name.at != NULL)
		runner_keep(task->runner, &task->input, name.at, name.len);
	return name;
}

static int
take_name(struct task *task, struct status *st)
{
	struct slice name = find_name(task);
	bool is_did = task->job.did.at != NULL;

	if (name.at == NULL)
		return status_set(st, STATUS_BAD_LINE, 0,
		    "neither did nor handle");
	if (is_did ? !syntax_is_did(name.at, name.len) :
		     memchr(name.at, '\0', name.len) != NULL) {
		runner_keep(task->runner, &task->input, name.at, name.len);
		return status_set(st, STATUS_BAD_SYNTAX, 0,
		    "%.*s: neither DID nor handle", (int)name.len, name.at);
	}
	runner_keep(task->runner, is_did ? &task->did : &task->handle, name.at,
	    name.len);
	if (task->handle != NULL) /* a failed job's `input` is what was typed */
		task->handle[mention_reduce(task->handle,
		    strlen(task->handle))] = '\0';
	lower(task->handle);
	return 0;
}

/* The host, unless it needs --allow-private. */
static int
take_pds(struct task *task, struct status *st)
{
	struct runner *runner = task->runner;
	struct slice pds = job_get(&task->job, "pds");
	char origin[DIDDOC_ORIGIN_BYTES];

	if (pds.at == NULL)
		return 0;
	if (!diddoc_origin(origin, pds.at, pds.len, true))
		return status_set(st, STATUS_BAD_LINE, 0,
		    "pds is not an origin of http or https: %.*s", (int)pds.len,
		    pds.at);
	if (diddoc_origin(origin, pds.at, pds.len,
		runner->http_options.allow_private))
		runner_keep(runner, &task->pds, origin, strlen(origin));
	return 0;
}

/* Check the fields of a job, and take the name of its account. */
static int
take_account(struct task *task, struct status *st)
{
	struct slice did = task->job.did, key;
	bool named = did.at != NULL && syntax_is_did(did.at, did.len);

	/* The result names the account even if the job is wrong. */
	if (named)
		runner_keep(task->runner, &task->did, did.at, did.len);
	if (job_check(&task->job, st) == -1) {
		if (did.at != NULL && !named)
			runner_keep(task->runner, &task->input, did.at,
			    did.len);
		return -1;
	}
	if (take_pds(task, st) == -1 || take_name(task, st) == -1)
		return -1;
	key = task->job.key;
	runner_keep(task->runner, &task->key, key.at, key.len);
	return 0;
}

/* Fail a job that is wrong, names no account, or isn't an object. */
static void
fail_unnamed(struct task *task, struct status *st)
{
	struct runner *runner = task->runner;
	char place[32];

	snprintf(place, sizeof(place), "line %llu",
	    (unsigned long long)runner->in.lines);
	status_prefix(st, "%s: ", place);
	if (task->input == NULL)
		runner_keep(runner, &task->input, place, strlen(place));
	runner->count++;
	task_fail(task, st);
}

static bool
is_excluded(const struct task *task)
{
	const struct slice *did = &task->job.did;

	return did->at != NULL &&
	    excluded_has(&task->runner->excluded, did->at, did->len);
}

static void
take_job(struct task *task)
{
	bool is_host = task->runner->program->takes_hosts;
	bool is_copied = job_is(&task->job, "identity") ||
	    job_is(&task->job, "plc") ||
	    (job_is(&task->job, "record") &&
		task->runner->program->copies_records);
	struct status st;

	if (is_copied && !is_excluded(task))
		runner_copy_line(task->runner, task->line, task->line_bytes);
	if ((is_host ? runner_host_take_job : take_account)(task, &st) == 0)
		begin(task);
	else
		fail_unnamed(task, &st);
}

/* Copy a line that isn't a job, unless its account is excluded. A cursor waits
 * until all jobs before it have their results, unless it is of something else.
 */
static void
pass_on(struct task *task)
{
	struct runner *runner = task->runner;
	bool apart = runner->program->see != NULL &&
	    runner->program->see(runner, &task->job);

	task->held = !apart && !is_excluded(task) &&
	    job_is(&task->job, "cursor");
	buf_free(&task->job.object.scratch);
	if (!task->held) {
		if (!is_excluded(task))
			runner_copy_line(runner, task->line, task->line_bytes);
		task_drop(task);
	}
	task_release(runner);
}

static void
take_object(struct runner *runner, const char *line, size_t len)
{
	struct task *task = task_new(runner);
	struct status st;

	runner_keep(runner, &task->line, line, len);
	task->line_bytes = len;
	runner->line_bytes += len;
	if (job_parse(&task->job, task->line, len, &st) == -1)
		fail_unnamed(task, &st);
	else if (is_job(runner, &task->job))
		take_job(task);
	else
		pass_on(task);
}

static void
take_line(struct runner *runner, const char *line, size_t len)
{
	const char *text = line;
	size_t text_len = len, n;

	/* Usually a byte order mark. */
	while (text_len > 0 &&
	    (n = mention_invisible_len((const uint8_t *)text, text_len)) > 0) {
		text += n;
		text_len -= n;
	}
	trim(&text, &text_len);
	if (text_len == 0)
		return;
	if (text[0] == '{')
		take_object(runner, text, line + len - text);
	else if (runner->program->takes_hosts)
		take_host(runner, text, text_len);
	else
		take_word(runner, text, text_len);
}

/* An operand that can't be read counts as a failed job. */
static void
fail_operand(struct runner *runner, const char *name, struct status *st)
{
	struct task *task = task_new(runner);

	status_prefix(st, "%s: ", name);
	runner->count++;
	runner_keep(runner, &task->input, name, strlen(name));
	task_fail(task, st);
}

/* So does a line that is too long. */
static void
fail_line(struct runner *runner, struct status *st)
{
	struct task *task;

	if (st->code == STATUS_UNUSABLE) {
		fail_operand(runner, runner->inputs.name, st);
		return;
	}
	if (st->code != STATUS_TOO_LARGE)
		runner_fatal(runner, st);
	task = task_new(runner);
	runner->count++;
	runner_keep(runner, &task->input, "-", 1);
	task_fail(task, st);
}

static void
end_input(struct runner *runner)
{
	loop_watch(runner->loop, runner->in.fd, 0, NULL, NULL);
	buf_free(&runner->in.buf);
	runner->in_open = false;
}

bool
runner_take_lines(struct runner *runner)
{
	struct status st;
	const char *line;
	size_t len;
	int i, n;

	for (i = 0; i < LINES_AT_ONCE && !runner_is_full(runner); i++) {
		if (!ndjson_in_ready(&runner->in))
			return false;
		n = ndjson_in_line(&runner->in, &line, &len, &st);
		if (n == 0) {
			end_input(runner);
			return false;
		}
		if (n == 1)
			take_line(runner, line, len);
		else
			fail_line(runner, &st);
	}
	return !runner_is_full(runner);
}

/* Is the operand an account? A file may be named like a handle, but not like
 * the other forms. */
static bool
is_account(struct runner *runner, const char *operand)
{
	char *name = NULL;
	bool is;

	if (mention_is_explicit(operand))
		return true;
	if (*operand == '\0' || access(operand, F_OK) == 0)
		return false;
	runner_keep(runner, &name, operand, strlen(operand));
	is = syntax_is_at_identifier(name, mention_reduce(name, strlen(name)));
	free(name);
	return is;
}

/* Take an operand that is a job itself. */
static bool
take_operand(struct runner *runner, const char *operand)
{
	bool hosts = runner->program->takes_hosts;

	if (!(hosts ? runner_host_is_operand(operand) :
		      is_account(runner, operand)))
		return false;
	(hosts ? take_host : take_word)(runner, operand, strlen(operand));
	return true;
}

void
runner_open_input(struct runner *runner)
{
	struct cli_inputs *inputs = &runner->inputs;
	struct status st;

	if (take_operand(runner, *inputs->left)) {
		inputs->left++;
		return;
	}
	if (cli_inputs_next(inputs, &st) == -1) {
		fail_operand(runner, inputs->name, &st);
		return;
	}
	runner->in = (struct ndjson_in){
		.fd = inputs->fd,
		.out = &runner->out,
	};
	runner->in_open = true;
}

static void
read_input(void *ctx, int fd, unsigned events)
{
	struct runner *runner = ctx;
	struct status st;

	(void)fd;
	(void)events;
	if (ndjson_in_fill(&runner->in, &st) == -1)
		runner_fatal(runner, &st);
}

void
runner_watch_input(struct runner *runner)
{
	bool room = !runner_is_full(runner) && !ndjson_in_ready(&runner->in);

	loop_watch(runner->loop, runner->in.fd, room ? LOOP_READ : 0,
	    read_input, runner);
}
