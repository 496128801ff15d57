#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "libcar/cli/runner_private.h"

/*
 * Run the jobs of one account one after the other, and pass on what a job found
 * to the later ones.
 */

/* May the job start? If not, it waits for an earlier job of its account. */
static bool
has_turn(struct task *task)
{
	struct runner *runner = task->runner;
	struct turns_account *a = task->account;

	if (!runner->program->takes_turns || task->did == NULL || a != NULL)
		return true;
	if ((a = turns_get(&runner->turns, task->did)) == NULL)
		runner_no_memory(runner);
	task->account = a;
	if (a->at == NULL) {
		a->at = task;
		return true;
	}
	*(a->next == NULL ? &a->next : &a->last->behind) = task;
	a->last = task;
	task->waited = true;
	return false;
}

/* The job has ended. The loop starts the next one, not this function: otherwise
 * a thousand jobs that need no host would nest a thousand calls. */
void
task_give_turn(struct task *task)
{
	struct runner *runner = task->runner;
	struct turns_account *a = task->account;
	struct task *next;

	if (a == NULL)
		return;
	task->account = NULL;
	if ((next = a->at = a->next) == NULL) {
		turns_put(&runner->turns, a);
		return;
	}
	a->next = next->behind;
	next->behind = NULL;
	*(runner->ready == NULL ? &runner->ready :
				  &runner->last_ready->behind) = next;
	runner->last_ready = next;
}

void
task_begin(struct task *task)
{
	if (!has_turn(task))
		return;
	if (task->asking)
		task->runner->program->ask(task);
	else
		task->runner->program->start(task);
}

void
task_begin_ready(struct runner *runner)
{
	struct task *task;

	while ((task = runner->ready) != NULL) {
		runner->ready = task->behind;
		task->behind = NULL;
		task_begin(task);
	}
}

static void
remember_host(struct turns_account *a, struct task *task)
{
	struct slice host = slice_of(task->pds), key = slice_of(task->key);

	a->said_at = cli_now();
	runner_keep(task->runner, &a->host, host.at, host.len);
	runner_keep(task->runner, &a->key, key.at, key.len);
	a->looked_up = task->query != NULL;
}

void
task_remember(struct task *task, const char *rev)
{
	struct turns_account *a = task->account;

	if (a == NULL || strlen(rev) != SYNTAX_TID_LEN)
		return;
	memcpy(a->rev, rev, sizeof(a->rev));
	remember_host(a, task);
	task->said_at = a->said_at;
}

void
task_share_host(struct task *task)
{
	if (task->account != NULL && task->query != NULL)
		remember_host(task->account, task);
	task_give_turn(task);
}

/* Is the result of the earlier job recent enough? */
static bool
is_young(const struct runner *runner, const struct turns_account *a)
{
	uint64_t ms = runner->resolve_options.ttl_ms, now = cli_now();

	if (ms > TURNS_MAX_AGE_MS)
		ms = TURNS_MAX_AGE_MS;
	return a->said_at <= now && now - a->said_at < ms * 1000;
}

void
task_take_host(struct task *task)
{
	const struct turns_account *a = task->account;

	if (a == NULL || task->pds != NULL || !a->looked_up ||
	    !is_young(task->runner, a) || a->host == NULL)
		return;
	runner_keep(task->runner, &task->pds, a->host, strlen(a->host));
	if (a->key != NULL)
		runner_keep(task->runner, &task->key, a->key, strlen(a->key));
}

const struct turns_account *
task_recall(struct task *task)
{
	struct turns_account *a = task->account;

	if (a == NULL || a->rev[0] == '\0' || !is_young(task->runner, a))
		return NULL;
	task_take_host(task);
	return task->pds != NULL && a->host != NULL &&
		strcmp(task->pds, a->host) == 0 ?
	    a :
	    NULL;
}
