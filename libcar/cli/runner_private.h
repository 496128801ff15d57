/*
 * runner_private: what the parts of the runner know of each other, each using
 * only those before it: runner_output.c writes and ends the program,
 * task_turn.c says when a job may begin, task.c is the list of jobs and their
 * results, task_plc.c answers `plc` lines, task_from.c answers from a database,
 * task_host.c finds a job's host, runner_host.c reads jobs that are hosts,
 * runner_input.c makes jobs of lines, runner.c is the loop.
 */
#ifndef LIBCAR_CLI_RUNNER_PRIVATE_H
#define LIBCAR_CLI_RUNNER_PRIVATE_H

#include "libcar/cli/runner.h"

void runner_no_memory(struct runner *) __attribute__((noreturn));
void runner_progress(struct runner *);

/* Replace *to by a copy of the string; an empty one becomes NULL. True if the
 * value changed. */
bool runner_keep(struct runner *, char **to, const char *text, size_t len);

/* The list of jobs and held lines. A new one is at its end. */
struct task *task_new(struct runner *);
void task_drop(struct task *);

/* Start a job, now or when it is its turn. */
void task_begin(struct task *);

/* End the job if its account, which is known, is excluded. */
bool task_exclude(struct task *);

/* Start the jobs whose turn has come. */
void task_begin_ready(struct runner *);

/* The job has ended: now the job that waits for it can start. */
void task_give_turn(struct task *);

/* As task_fail(), and name this host; NULL: none. */
void task_fail_at(struct task *, const struct status *, const char *host);

/* Is the `plc` line a job? All are that aren't nullified, and tombstones. */
bool task_plc_is_job(const struct job *);

/* The time of a result, in microseconds since 1970, that says what an operation
 * of this time says. */
uint64_t task_plc_time(int64_t created_ms);

/* End a job that an operation of a PLC directory answers, as of its time. */
void task_end_document(struct task *, const struct diddoc *, uint64_t at);

/* The line of a job that was resolved: what the document says. */
struct stream_identity task_identity(const struct task *);

void runner_copy_line(struct runner *, const char *line, size_t len);

/* Write the held lines whose earlier jobs have all ended. */
void task_release(struct runner *);

/* The text of a line without a comment and white space: its length. */
size_t runner_host_reduce(const char **text, size_t len);

/* Is the operand a host? A file may be named like one without a scheme. */
bool runner_host_is_operand(const char *);

/* Is the line a job of a program whose jobs are hosts? */
bool runner_host_is_job(struct runner *, struct job *);

/* Take the host of a word (task->input) or of a line. -1: STATUS_BAD_SYNTAX,
 * STATUS_BAD_LINE, STATUS_SYSTEM. */
int runner_host_take_word(struct task *, struct status *);
int runner_host_take_job(struct task *, struct status *);

/* Open the next operand: a file, `-`, or an account, which is a job itself. */
void runner_open_input(struct runner *);

/* Take lines that are available now. True if there may be more. */
bool runner_take_lines(struct runner *);

/* Let the loop read more, as long as there is room. */
void runner_watch_input(struct runner *);

#endif
