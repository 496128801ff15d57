/* Parallel loops: every turn runs once, at the same time as others, and not
 * after the loop. */
#include "config.h"

#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <string.h>
#include <sys/resource.h>

#include "libcar/base/parallel.h"
#include "t/lib/tap.h"

#define MANY 3000

static unsigned turns[MANY];

static void
count_turn(void *ctx, size_t i)
{
	(void)ctx;
	turns[i]++;
}

/* Run loops of several sizes; return how many turns came too often, or never.
 */
static unsigned
count_wrong(struct parallel *p)
{
	static const size_t sizes[] = { 0, 1, 2, 3, 27, MANY, 1, 5 };
	size_t k, i;
	unsigned wrong = 0;

	for (k = 0; k < sizeof(sizes) / sizeof(sizes[0]); k++) {
		memset(turns, 0, sizeof(turns));
		parallel_run(p, sizes[k], count_turn, NULL);
		for (i = 0; i < MANY; i++)
			wrong += turns[i] != (i < sizes[k]);
	}
	return wrong;
}

static void
test_each(unsigned threads)
{
	struct parallel p = { .threads = threads };

	is_int(count_wrong(&p), 0, "each turn comes once");
	ok((p.pool != NULL) == (parallel_threads(&p) > 1),
	    "one thread needs no other");
	parallel_free(&p);
	ok(p.pool == NULL, "freed");
	is_int(count_wrong(&p), 0, "and used again");
	parallel_free(&p);
}

static void
test_short_loops(void)
{
	struct parallel p = { .threads = 4 };
	unsigned n, wrong = 0;

	memset(turns, 0, sizeof(turns));
	for (n = 0; n < 20000; n++) {
		parallel_run(&p, 3, count_turn, NULL);
		wrong += turns[0] != n + 1 || turns[2] != n + 1;
	}
	is_int(wrong, 0, "many short loops, one after another");
	parallel_free(&p);
}

/* Turns that wait for each other need a thread each. */
static void
meet(void *ctx, size_t i)
{
	(void)i;
	pthread_barrier_wait(ctx);
}

static void
test_together(void)
{
	struct parallel p = { .threads = PARALLEL_MOST + 5 };
	pthread_barrier_t barrier;
	unsigned round;

	is_int(parallel_threads(&p), PARALLEL_MOST, "a limit");
	pthread_barrier_init(&barrier, NULL, PARALLEL_MOST);
	for (round = 0; round < 20; round++)
		parallel_run(&p, PARALLEL_MOST, meet, &barrier);
	ok(true, "that many turns at once");
	parallel_free(&p);
	pthread_barrier_destroy(&barrier);
}

struct signals {
	pthread_t caller;
	pthread_barrier_t barrier;
	atomic_uint open;
};

static void
look_at_signals(void *ctx, size_t i)
{
	struct signals *s = ctx;
	sigset_t set;

	(void)i;
	pthread_barrier_wait(&s->barrier);
	pthread_sigmask(SIG_SETMASK, NULL, &set);
	if (!pthread_equal(pthread_self(), s->caller))
		s->open += !sigismember(&set, SIGINT) ||
		    !sigismember(&set, SIGHUP) || sigismember(&set, SIGBUS);
	else
		s->open += sigismember(&set, SIGINT);
}

static void
test_signals(void)
{
	struct parallel p = { .threads = 3 };
	struct signals s = { .caller = pthread_self() };

	pthread_barrier_init(&s.barrier, NULL, 3);
	parallel_run(&p, 3, look_at_signals, &s);
	is_int(s.open, 0, "the threads block signals, the caller doesn't");
	parallel_free(&p);
	pthread_barrier_destroy(&s.barrier);
}

static void
test_affinity(void)
{
#ifdef HAVE_SCHED_GETAFFINITY
	struct parallel all = { .threads = 0 }, one = all;
	cpu_set_t had, set;
	int cpu = 0;

	sched_getaffinity(0, sizeof(had), &had);
	is_int(parallel_threads(&all),
	    CPU_COUNT(&had) < PARALLEL_MOST ? CPU_COUNT(&had) : PARALLEL_MOST,
	    "as many threads as processors");
	while (!CPU_ISSET(cpu, &had))
		cpu++;
	CPU_ZERO(&set);
	CPU_SET(cpu, &set);
	sched_setaffinity(0, sizeof(set), &set);
	is_int(parallel_threads(&one), 1, "with one processor one thread");
	sched_setaffinity(0, sizeof(had), &had);
#endif
}

/* A sanitizer needs address space itself. */
static void
test_no_threads(void)
{
#ifndef TAP_SANITIZED
	struct parallel p = { .threads = 8 };
	struct rlimit had, none;

	getrlimit(RLIMIT_AS, &had);
	none = had;
	none.rlim_cur = 0;
	setrlimit(RLIMIT_AS, &none);
	is_int(count_wrong(&p), 0, "no thread can start");
	setrlimit(RLIMIT_AS, &had);
	parallel_free(&p);
#endif
}

int
main(void)
{
	test_no_threads();
	test_each(1);
	test_each(2);
	test_each(5);
	test_each(PARALLEL_MOST);
	test_short_loops();
	test_together();
	test_signals();
	test_affinity();
	return done_testing();
}
