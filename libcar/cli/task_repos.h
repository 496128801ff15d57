/*
 * task_repos: a job of at-listrepos: the repos that a host lists.
 *
 * With jobs, each job has one result: a `host` line, or an `error` if the list
 * isn't complete. The only list of a run without jobs (`single`) has none, so
 * each of its flaws is an error line.
 *
 * `own` of the task is a struct task_repos, and `ctx` of its runner is the
 * struct task_repos_options.
 */
#ifndef LIBCAR_CLI_TASK_REPOS_H
#define LIBCAR_CLI_TASK_REPOS_H

#include <stdbool.h>
#include <stdint.h>

#include "libcar/base/status.h"
#include "libcar/cli/places.h"
#include "libcar/cli/task.h"
#include "libcar/net/repo_list.h"
#include "libcar/stream/filter.h"

struct task_repos_options {
	struct filter collections;
	uint64_t limit;     /* repos of a host; 0: all */
	bool single;        /* no jobs, only one service */
	const char *resume; /* the cursor of the only list, or NULL */
	struct places places;
	bool too_many; /* cursors: some were ignored */
};

struct task_repos {
	struct repo_list list;
	bool flawed;
	struct status flaw; /* the first one */
};

/* The functions of a struct runner_program. */
void task_repos_start(struct task *);
bool task_repos_see(struct runner *, struct job *);
void task_repos_free(struct task *);

#endif
