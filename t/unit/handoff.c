/* Jobs that another thread does: in order, while the caller goes on. */
#include "config.h"

#include <pthread.h>
#include <signal.h>
#include <stdbool.h>
#include <sys/resource.h>

#include "libcar/base/handoff.h"
#include "t/lib/tap.h"

struct count {
	unsigned jobs, wrong;
	unsigned want; /* jobs before this one */
};

static void
count_job(void *ctx)
{
	struct count *c = ctx;

	c->wrong += c->jobs++ != c->want;
}

static void
test_order(void)
{
	struct handoff h = { NULL };
	struct count c = { 0 };
	unsigned i;

	handoff_wait(&h);
	ok(h.thread == NULL, "without a job there is no thread");
	for (i = 0; i < 20000; i++) {
		handoff_wait(&h);
		c.want = i;
		handoff_begin(&h, count_job, &c);
	}
	handoff_free(&h);
	is_int(c.jobs, 20000, "freeing waits for the last job");
	is_int(c.wrong, 0, "the jobs come one after another");
	ok(h.thread == NULL, "freed");
	c.want = c.jobs;
	handoff_begin(&h, count_job, &c);
	handoff_begin(&h, count_job, &c);
	handoff_wait(&h);
	is_int(c.jobs, 20002, "used again, and a job waits for the one before");
	handoff_free(&h);
	handoff_free(&h);
}

struct meeting {
	pthread_barrier_t barrier;
	pthread_t thread;
	sigset_t blocked;
};

static void
meet(void *ctx)
{
	struct meeting *m = ctx;

	m->thread = pthread_self();
	pthread_sigmask(SIG_SETMASK, NULL, &m->blocked);
	pthread_barrier_wait(&m->barrier);
}

static void
test_together(void)
{
	struct handoff h = { NULL };
	struct meeting m;
	sigset_t ours;

	pthread_barrier_init(&m.barrier, NULL, 2);
	handoff_begin(&h, meet, &m);
	pthread_barrier_wait(&m.barrier);
	handoff_wait(&h);
	ok(!pthread_equal(m.thread, pthread_self()), "another thread does it");
	pthread_sigmask(SIG_SETMASK, NULL, &ours);
	ok(sigismember(&m.blocked, SIGINT) && sigismember(&m.blocked, SIGHUP) &&
		!sigismember(&m.blocked, SIGBUS) && !sigismember(&ours, SIGINT),
	    "which blocks signals, the caller doesn't");
	handoff_free(&h);
	pthread_barrier_destroy(&m.barrier);
}

#ifndef TAP_SANITIZED
static void
note_thread(void *ctx)
{
	*(pthread_t *)ctx = pthread_self();
}

#endif

/* A sanitizer needs address space itself. */
static void
test_no_thread(void)
{
#ifndef TAP_SANITIZED
	struct handoff h = { NULL };
	struct rlimit had, none;
	pthread_t thread;

	getrlimit(RLIMIT_AS, &had);
	none = had;
	none.rlim_cur = 0;
	setrlimit(RLIMIT_AS, &none);
	handoff_begin(&h, note_thread, &thread);
	setrlimit(RLIMIT_AS, &had);
	ok(pthread_equal(thread, pthread_self()),
	    "no thread can start: the caller does the job");
	handoff_wait(&h);
	handoff_free(&h);
#endif
}

int
main(void)
{
	test_no_thread();
	test_order();
	test_together();
	return done_testing();
}
