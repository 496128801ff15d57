#include "config.h"

#include <pthread.h>
#include <sched.h>
#include <stdbool.h>
#include <stdlib.h>
#include <unistd.h>

#include "libcar/base/parallel.h"
#include "libcar/base/threads.h"

/*
 * One mutex protects the loop that runs now. Every thread, also the caller's,
 * takes the next turn until none is left. The thread that ends the last one
 * wakes the caller.
 *
 * The caller waits for all turns, so no turn runs while the program exits.
 */

#define MAX_PROCESSORS 8192 /* of Linux */

struct parallel_pool {
	pthread_mutex_t mutex;
	pthread_cond_t more, ended;
	void (*turn)(void *ctx, size_t i);
	void *ctx;
	size_t next, n; /* turns that have begun, of how many */
	size_t left;    /* turns that haven't ended */
	bool closing;
	unsigned count;
	pthread_t threads[PARALLEL_MOST - 1];
};

/* In every thread */

static void
take_turn(struct parallel_pool *pool)
{
	size_t i = pool->next++;

	pthread_mutex_unlock(&pool->mutex);
	pool->turn(pool->ctx, i);
	pthread_mutex_lock(&pool->mutex);
	if (--pool->left == 0)
		pthread_cond_signal(&pool->ended);
}

static void *
work(void *ctx)
{
	struct parallel_pool *pool = ctx;

	pthread_mutex_lock(&pool->mutex);
	while (!pool->closing)
		if (pool->next < pool->n)
			take_turn(pool);
		else
			pthread_cond_wait(&pool->more, &pool->mutex);
	pthread_mutex_unlock(&pool->mutex);
	return NULL;
}

/* In the caller's thread */

static unsigned
count_processors(void)
{
	long n = 0;
#ifdef HAVE_SCHED_GETAFFINITY
	cpu_set_t mask[MAX_PROCESSORS / CPU_SETSIZE];

	if (sched_getaffinity(0, sizeof(mask), mask) == 0)
		n = CPU_COUNT_S(sizeof(mask), mask);
#endif
	if (n < 1)
		n = sysconf(_SC_NPROCESSORS_ONLN);
	return n < 1 ? 1 : n > PARALLEL_MOST ? PARALLEL_MOST : (unsigned)n;
}

unsigned
parallel_threads(struct parallel *p)
{
	if (p->threads == 0)
		p->threads = count_processors();
	return p->threads < PARALLEL_MOST ? p->threads : PARALLEL_MOST;
}

/* NULL without memory. */
static struct parallel_pool *
open_pool(unsigned threads)
{
	struct parallel_pool *pool = calloc(1, sizeof(*pool));
	int error; /* ignored: fewer threads do */

	if (pool == NULL)
		return NULL;
	pthread_mutex_init(&pool->mutex, NULL);
	pthread_cond_init(&pool->more, NULL);
	pthread_cond_init(&pool->ended, NULL);
	pool->count = threads_start(pool->threads, threads, work, pool, &error);
	return pool;
}

static void
run_together(struct parallel_pool *pool, size_t n,
    void (*turn)(void *ctx, size_t i), void *ctx)
{
	pthread_mutex_lock(&pool->mutex);
	pool->turn = turn;
	pool->ctx = ctx;
	pool->next = 0;
	pool->n = pool->left = n;
	pthread_cond_broadcast(&pool->more);
	while (pool->next < n)
		take_turn(pool);
	while (pool->left > 0)
		pthread_cond_wait(&pool->ended, &pool->mutex);
	pthread_mutex_unlock(&pool->mutex);
}

void
parallel_run(struct parallel *p, size_t n, void (*turn)(void *ctx, size_t i),
    void *ctx)
{
	size_t i;

	if (n > 1 && p->pool == NULL && parallel_threads(p) > 1)
		p->pool = open_pool(parallel_threads(p) - 1);
	if (n > 1 && p->pool != NULL)
		run_together(p->pool, n, turn, ctx);
	else
		for (i = 0; i < n; i++)
			turn(ctx, i);
}

void
parallel_free(struct parallel *p)
{
	struct parallel_pool *pool = p->pool;

	p->pool = NULL;
	if (pool == NULL)
		return;
	pthread_mutex_lock(&pool->mutex);
	pool->closing = true;
	pthread_cond_broadcast(&pool->more);
	pthread_mutex_unlock(&pool->mutex);
	while (pool->count > 0)
		pthread_join(pool->threads[--pool->count], NULL);
	pthread_cond_destroy(&pool->ended);
	pthread_cond_destroy(&pool->more);
	pthread_mutex_destroy(&pool->mutex);
	free(pool);
}
