#include "config.h"

#include <pthread.h>
#include <stdbool.h>
#include <stdlib.h>

#include "libcar/base/handoff.h"
#include "libcar/base/threads.h"

/*
 * One mutex protects everything. `run` is set while there is a job. Each side
 * waits for its own condition.
 */

struct handoff_thread {
	pthread_mutex_t mutex;
	pthread_cond_t begun, ended;
	void (*run)(void *ctx); /* NULL: no job */
	void *ctx;
	bool closing;
	pthread_t thread;
};

/* In the thread */

static void
do_job(struct handoff_thread *t)
{
	pthread_mutex_unlock(&t->mutex);
	t->run(t->ctx);
	pthread_mutex_lock(&t->mutex);
	t->run = NULL;
	pthread_cond_signal(&t->ended);
}

static void *
work(void *ctx)
{
	struct handoff_thread *t = ctx;

	pthread_mutex_lock(&t->mutex);
	while (!t->closing)
		if (t->run != NULL)
			do_job(t);
		else
			pthread_cond_wait(&t->begun, &t->mutex);
	pthread_mutex_unlock(&t->mutex);
	return NULL;
}

/* In the caller's thread */

static void
release(struct handoff_thread *t)
{
	pthread_cond_destroy(&t->ended);
	pthread_cond_destroy(&t->begun);
	pthread_mutex_destroy(&t->mutex);
	free(t);
}

/* NULL: there is no memory, or no thread. */
static struct handoff_thread *
open_thread(void)
{
	struct handoff_thread *t = calloc(1, sizeof(*t));
	int error; /* ignored: the caller does the jobs */

	if (t == NULL)
		return NULL;
	pthread_mutex_init(&t->mutex, NULL);
	pthread_cond_init(&t->begun, NULL);
	pthread_cond_init(&t->ended, NULL);
	if (threads_start(&t->thread, 1, work, t, &error) == 1)
		return t;
	release(t);
	return NULL;
}

/* The mutex is locked. */
static void
wait_for_end(struct handoff_thread *t)
{
	while (t->run != NULL)
		pthread_cond_wait(&t->ended, &t->mutex);
}

void
handoff_begin(struct handoff *h, void (*run)(void *ctx), void *ctx)
{
	struct handoff_thread *t = h->thread;

	if (t == NULL)
		t = h->thread = open_thread();
	if (t == NULL) {
		run(ctx);
		return;
	}
	pthread_mutex_lock(&t->mutex);
	wait_for_end(t);
	t->run = run;
	t->ctx = ctx;
	pthread_cond_signal(&t->begun);
	pthread_mutex_unlock(&t->mutex);
}

void
handoff_wait(struct handoff *h)
{
	struct handoff_thread *t = h->thread;

	if (t == NULL)
		return;
	pthread_mutex_lock(&t->mutex);
	wait_for_end(t);
	pthread_mutex_unlock(&t->mutex);
}

void
handoff_free(struct handoff *h)
{
	struct handoff_thread *t = h->thread;

	h->thread = NULL;
	if (t == NULL)
		return;
	pthread_mutex_lock(&t->mutex);
	wait_for_end(t);
	t->closing = true;
	pthread_cond_signal(&t->begun);
	pthread_mutex_unlock(&t->mutex);
	pthread_join(t->thread, NULL);
	release(t);
}
