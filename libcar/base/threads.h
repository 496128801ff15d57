/*
 * threads: start threads that leave signals to the main thread.
 */
#ifndef LIBCAR_BASE_THREADS_H
#define LIBCAR_BASE_THREADS_H

#include <pthread.h>

/* Start up to `wanted` threads that run work(ctx), and return how many. If not
 * all could start, *error is the reason, an errno. The threads block all
 * signals but those of their own faults. */
unsigned threads_start(pthread_t *, unsigned wanted, void *(*work)(void *ctx),
    void *ctx, int *error);

#endif
