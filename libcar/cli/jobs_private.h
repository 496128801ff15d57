/*
 * jobs_own: what the parts of jobs know of each other: jobs.c the loop,
 * jobs_input.c lines to jobs, jobs_job.c a job's life.
 */
#ifndef LIBCAR_CLI_JOBS_PRIVATE_H
#define LIBCAR_CLI_JOBS_PRIVATE_H

#include "libcar/cli/jobs.h"

void jobs_no_memory(struct jobs *) __attribute__((noreturn));
void jobs_progress(struct jobs *);

/* A string's copy in *to, in place of what was there; an empty one is NULL.
 * True if that was another. */
bool jobs_keep(struct jobs *, char **to, const char *text, size_t len);

/* The list of jobs and held lines. A new one is at its end. */
struct jobs_job *jobs_add(struct jobs *);
void jobs_drop(struct jobs_job *);

void jobs_copy_line(struct jobs *, const char *line, size_t len);

/* Write held lines that have nothing before them any more. */
void jobs_release(struct jobs *);

/* Read this operand: a file, `-`, or a DID, which is a job at once. */
void jobs_open_input(struct jobs *, const char *operand);

/* Take lines that are at hand. True if there may be more. */
bool jobs_take_lines(struct jobs *);

/* Input as http's watch; ctx is the jobs. */
size_t jobs_input_fds(void *ctx, struct pollfd *);
void jobs_read_input(void *ctx, const struct pollfd *, size_t n);

#endif
