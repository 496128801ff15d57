#include "config.h"

#include <signal.h>

#include "libcar/base/threads.h"

/*
 * A new thread inherits the signal mask of the thread that starts it, so the
 * mask is changed around the start: no signal can reach a thread in between.
 */

#define STACK_BYTES (1 << 20)

/* A thread handles its own faults: see on_sigbus(). */
static void
block_signals(sigset_t *old)
{
	sigset_t all;

	sigfillset(&all);
	sigdelset(&all, SIGBUS);
	sigdelset(&all, SIGSEGV);
	pthread_sigmask(SIG_SETMASK, &all, old);
}

unsigned
threads_start(pthread_t *threads, unsigned wanted, void *(*work)(void *ctx),
    void *ctx, int *error)
{
	pthread_attr_t attr;
	sigset_t old;
	unsigned n = 0;

	pthread_attr_init(&attr);
	pthread_attr_setstacksize(&attr, STACK_BYTES);
	block_signals(&old);
	while (n < wanted &&
	    (*error = pthread_create(&threads[n], &attr, work, ctx)) == 0)
		n++;
	pthread_sigmask(SIG_SETMASK, &old, NULL);
	pthread_attr_destroy(&attr);
	return n;
}
