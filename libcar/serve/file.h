/*
 * serve_file: a file as the body of an answer.
 */
#ifndef LIBCAR_SERVE_FILE_H
#define LIBCAR_SERVE_FILE_H

#include "libcar/serve/answer.h"

/* Open a regular file, whose path is not of a request, as the source of the
 * answer: 1; 0: it isn't there, or isn't a regular file; -1: STATUS_SYSTEM. */
int serve_file_open(struct serve_answer *, const char *path, struct status *);

#endif
