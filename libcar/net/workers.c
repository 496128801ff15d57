#include "config.h"

#include <errno.h>
#include <pthread.h>
#include <semaphore.h>
#include <stdlib.h>
#include <unistd.h>

#include <openssl/crypto.h>

#include "libcar/base/threads.h"
#include "libcar/net/workers.h"

/*
 * One mutex protects three queues: waiting small jobs, waiting large jobs, and
 * jobs that have run. The first job that has run wakes the loop's thread, which
 * takes all of them.
 */

struct queue {
	struct workers_job *first, *last;
};

struct workers {
	pthread_mutex_t mutex;
	sem_t more; /* posted once for each thread that is to wake */
	struct queue small, large, ran;
	unsigned large_running, idle; /* idle: not woken yet */
	bool closing;
	/* Of the loop's thread alone. */
	struct queue done;    /* taken from ran */
	unsigned small_begun; /* and not done */
	struct loop_waker waker;
	unsigned count;
	pthread_t threads[WORKERS_MOST];
};

static void
put(struct queue *q, struct workers_job *job)
{
	job->next = NULL;
	*(q->first == NULL ? &q->first : &q->last->next) = job;
	q->last = job;
}

static struct workers_job *
take(struct queue *q)
{
	struct workers_job *job = q->first;

	if (job != NULL)
		q->first = job->next;
	return job;
}

/* In a worker */

/* Large jobs first, or a stream of small ones would delay them for ever. Small
 * ones have the other half of the threads. */
static struct workers_job *
take_next(struct workers *w)
{
	struct workers_job *job = NULL;

	if (w->large_running < (w->count + 1) / 2)
		job = take(&w->large);
	return job != NULL ? job : take(&w->small);
}

/* A condition variable would do, but glibc's pthread_cond_signal() may wait
 * until the threads that it woke before have run; sem_post() never waits. */
static void
sleep_until_woken(struct workers *w)
{
	w->idle++;
	pthread_mutex_unlock(&w->mutex);
	while (sem_wait(&w->more) == -1 && errno == EINTR)
		;
	pthread_mutex_lock(&w->mutex);
}

static struct workers_job *
wait_for_job(struct workers *w)
{
	struct workers_job *job = NULL;

	while (!w->closing && (job = take_next(w)) == NULL)
		sleep_until_woken(w);
	return job;
}

static void
run_job(struct workers *w, struct workers_job *job)
{
	bool large = job->large, first;

	w->large_running += large;
	pthread_mutex_unlock(&w->mutex);
	job->run(job);
	pthread_mutex_lock(&w->mutex);
	w->large_running -= large;
	first = w->ran.first == NULL;
	put(&w->ran, job);
	if (first) {
		/* The loop's thread needs the lock as soon as it is awake. */
		pthread_mutex_unlock(&w->mutex);
		loop_wake(&w->waker);
		pthread_mutex_lock(&w->mutex);
	}
}

static void *
work(void *ctx)
{
	struct workers *w = ctx;
	struct workers_job *job;

	pthread_mutex_lock(&w->mutex);
	while ((job = wait_for_job(w)) != NULL)
		run_job(w, job);
	pthread_mutex_unlock(&w->mutex);
	return NULL;
}

/* In the loop's thread */

static struct workers_job *
take_ran(struct workers *w)
{
	struct workers_job *job;

	if (w->done.first == NULL) {
		pthread_mutex_lock(&w->mutex);
		w->done = w->ran;
		w->ran.first = NULL;
		pthread_mutex_unlock(&w->mutex);
	}
	job = take(&w->done);
	w->small_begun -= job != NULL && !job->large;
	return job;
}

/* Take them one by one, because done may end the program, and workers_finish()
 * then calls done for the others. */
static void
tell_done(void *ctx)
{
	struct workers_job *job;

	while ((job = take_ran(ctx)) != NULL)
		job->done(job);
}

void
workers_begin(struct workers *w, struct workers_job *job)
{
	bool wake;

	w->small_begun += !job->large;
	pthread_mutex_lock(&w->mutex);
	put(job->large ? &w->large : &w->small, job);
	wake = w->idle > 0;
	w->idle -= wake;
	pthread_mutex_unlock(&w->mutex);
	if (wake)
		sem_post(&w->more);
}

bool
workers_are_busy(const struct workers *w)
{
	return w->small_begun >= WORKERS_AHEAD;
}

static unsigned
wanted_threads(void)
{
	long n = 2 * sysconf(_SC_NPROCESSORS_ONLN);

	if (n < WORKERS_LEAST)
		return WORKERS_LEAST;
	return n > WORKERS_MOST ? WORKERS_MOST : (unsigned)n;
}

/* Start as many as the system allows, but at least one. */
static int
start_threads(struct workers *w, struct status *st)
{
	unsigned wanted = wanted_threads();
	int error = 0;

	pthread_mutex_lock(&w->mutex); /* for count */
	w->count = threads_start(w->threads, wanted, work, w, &error);
	pthread_mutex_unlock(&w->mutex);
	if (w->count > 0)
		return 0;
	errno = error;
	return status_errno(st, "can't start a thread");
}

/* After a fatal error the program calls exit(3) while workers may be hashing,
 * so libcrypto mustn't clean up at exit. */
static void
keep_libcrypto(void)
{
	OPENSSL_init_crypto(OPENSSL_INIT_NO_ATEXIT, NULL);
}

struct workers *
workers_open(struct loop *loop, struct status *st)
{
	struct workers *w = calloc(1, sizeof(*w));

	if (w == NULL) {
		status_no_memory(st);
		return NULL;
	}
	keep_libcrypto();
	pthread_mutex_init(&w->mutex, NULL);
	sem_init(&w->more, 0, 0);
	if (loop_waker_open(&w->waker, loop, tell_done, w, st) == 0 &&
	    start_threads(w, st) == 0)
		return w;
	workers_close(w);
	return NULL;
}

/* Only the loop's thread writes `closing`. */
bool
workers_are_finished(const struct workers *w)
{
	return w->closing;
}

static void
join(struct workers *w)
{
	unsigned i;

	pthread_mutex_lock(&w->mutex);
	w->closing = true;
	pthread_mutex_unlock(&w->mutex);
	for (i = 0; i < w->count; i++)
		sem_post(&w->more);
	while (w->count > 0)
		pthread_join(w->threads[--w->count], NULL);
}

void
workers_finish(struct workers *w)
{
	join(w);
	tell_done(w);
}

void
workers_close(struct workers *w)
{
	if (w == NULL)
		return;
	join(w);
	loop_waker_close(&w->waker);
	sem_destroy(&w->more);
	pthread_mutex_destroy(&w->mutex);
	free(w);
}
