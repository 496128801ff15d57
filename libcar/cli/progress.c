#include "config.h"

#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "libcar/base/clock.h"
#include "libcar/base/progress.h"
#include "libcar/cli/message.h"
#include "libcar/cli/progress.h"
#include "libcar/cli/terminal_private.h"

/*
 * A thread draws the line, and waits for the signals that ask for it. So the
 * answer comes at once, whatever the program is waiting for, and no call of the
 * program is interrupted. The program only stores numbers, which costs next to
 * nothing and never waits for a terminal.
 */

#define DRAW_S 0.5 /* between two drawings of the line */
#define LOG_S 10   /* between two lines of a log */
#define DUE_S 0.2
#define STACK_BYTES (64 << 10)

bool cli_progress;

/* What the program counted so far. */
static struct {
	_Atomic uint64_t done, failed, total, bytes, records;
	_Atomic bool live;
	_Atomic uint64_t verified, unchecked, lag;
} counted;

static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;

/* Everything else, under the lock. */
static struct {
	struct progress said;
	bool show, tty, ended;
} bar;

static size_t
format(enum progress_form form, size_t room, char line[PROGRESS_LINE_BYTES])
{
	struct progress_counts c = {
		.done = counted.done,
		.failed = counted.failed,
		.total = counted.total,
		.bytes = counted.bytes,
		.records = counted.records,
		.live = counted.live,
		.verified = counted.verified,
		.unchecked = counted.unchecked,
		.lag = counted.lag,
	};

	return progress_format(&bar.said, &c, clock_monotonic(), form, room,
	    line);
}

/* Print a separate line: of a log, or as the answer to SIGUSR1. */
static void
say(enum progress_form form)
{
	char line[PROGRESS_LINE_BYTES + 1];
	size_t len = format(form, PROGRESS_LINE_BYTES, line);

	line[len++] = '\n';
	terminal_write_line(line, len);
}

static void
draw(enum progress_form form)
{
	char line[PROGRESS_LINE_BYTES];

	/* Keep the last column free: a cursor after it may wrap. */
	format(form, terminal_columns() - 1, line);
	terminal_draw(line, form == PROGRESS_LAST);
}

/* The thread */

static void
tell(int sig)
{
	pthread_mutex_lock(&mutex);
	if (sig == SIGUSR1 || (!bar.tty && !bar.ended))
		say(PROGRESS_SAID);
	else if (!bar.ended && terminal_is_ours())
		draw(PROGRESS_DRAWN);
	pthread_mutex_unlock(&mutex);
}

static void
get_signals(sigset_t *set)
{
	sigemptyset(set);
	sigaddset(set, SIGUSR1);
	if (bar.tty)
		sigaddset(set, SIGWINCH);
}

/* Wait for a signal until this time. Returns the signal, or 0. */
#ifdef HAVE_SIGTIMEDWAIT
static int
wait_until(double then, const sigset_t *set)
{
	double seconds = then - clock_monotonic();
	struct timespec ts = { .tv_sec = 0 };
	int sig;

	if (seconds > 0) {
		ts.tv_sec = seconds;
		ts.tv_nsec = (seconds - ts.tv_sec) * 1e9;
	}
	while ((sig = sigtimedwait(set, NULL, &ts)) == -1 && errno == EINTR)
		;
	return sig == -1 ? 0 : sig;
}
#else
static int
wait_until(double then, const sigset_t *set)
{
	const struct timespec pause = { .tv_nsec = 20000000 };
	sigset_t pending;
	int sig;

	for (; clock_monotonic() < then; nanosleep(&pause, NULL)) {
		sigpending(&pending);
		if (sigismember(&pending, SIGUSR1) != 1 &&
		    (!bar.tty || sigismember(&pending, SIGWINCH) != 1))
			continue;
		sigwait(set, &sig);
		return sig;
	}
	return 0;
}
#endif

static void *
watch(void *unused)
{
	double every = bar.tty ? DRAW_S : LOG_S,
	       next = clock_monotonic() + every;
	sigset_t set;
	int sig;

	(void)unused;
	get_signals(&set);
	for (;;) {
		if (!bar.show)
			sigwait(&set, &sig);
		else if ((sig = wait_until(next, &set)) == 0)
			next = clock_monotonic() + every;
		tell(sig);
	}
	return NULL;
}

/* Start the thread with all signals blocked: other threads handle them. */
static void
start_thread(void)
{
	pthread_attr_t attr;
	sigset_t all, old;
	pthread_t thread;
	int failed;

	pthread_attr_init(&attr);
	pthread_attr_setstacksize(&attr, STACK_BYTES);
	pthread_attr_setdetachstate(&attr, PTHREAD_CREATE_DETACHED);
	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &old);
	failed = pthread_create(&thread, &attr, watch, NULL);
	pthread_sigmask(SIG_SETMASK, &old, NULL);
	pthread_attr_destroy(&attr);
	if (failed != 0 && bar.show)
		cli_warn("can't show progress: %s", strerror(failed));
}

/* At exit, finish the line. */

static void
end_bar(void)
{
	pthread_mutex_lock(&mutex);
	bar.ended = true;
	terminal_end_line();
	pthread_mutex_unlock(&mutex);
}

static void
on_death(int sig)
{
	terminal_end_line();
	signal(sig, SIG_DFL);
	raise(sig);
}

static void
end_with_program(void)
{
	static const int deaths[] = { SIGHUP, SIGINT, SIGQUIT, SIGPIPE,
		SIGTERM };
	struct sigaction was;
	size_t i;

	atexit(end_bar);
	for (i = 0; i < sizeof(deaths) / sizeof(deaths[0]); i++)
		if (sigaction(deaths[i], NULL, &was) == 0 &&
		    was.sa_handler == SIG_DFL)
			signal(deaths[i], on_death);
}

void
cli_progress_prepare(void)
{
	sigset_t set;

	get_signals(&set);
	pthread_sigmask(SIG_BLOCK, &set, NULL);
}

void
cli_progress_begin(bool has_progress)
{
	if (!has_progress) {
		signal(SIGUSR1, SIG_IGN);
		return;
	}
	progress_start(&bar.said, cli_program, clock_monotonic());
	bar.show = cli_progress && !cli_quiet;
	bar.tty = bar.show && terminal_can_draw();
	bar.ended = !bar.show;
	if (bar.tty)
		end_with_program();
	cli_progress_prepare();
	start_thread();
}

/* What the program tells */

bool
cli_progress_due(void)
{
	static double last;
	double at = clock_monotonic();

	if (at - last < DUE_S)
		return false;
	last = at;
	return true;
}

void
cli_progress_hosts(unsigned waiting, const char *slowest, double rate)
{
	struct progress *m = &bar.said;

	if (pthread_mutex_trylock(&mutex) != 0)
		return;
	m->waiting = waiting;
	snprintf(m->slowest, sizeof(m->slowest), "%s",
	    slowest != NULL ? slowest : "");
	m->slowest_rate = rate;
	pthread_mutex_unlock(&mutex);
}

void
cli_progress_wait(const char *host, unsigned attempt, unsigned of, uint64_t ms)
{
	double now = clock_monotonic();
	struct progress_wait wait = { .attempt = attempt,
		.of = of,
		.until = now + ms / 1000.0 };
	char text[PROGRESS_WAIT_BYTES];

	snprintf(wait.host, sizeof(wait.host), "%s", host);
	if (cli_verbose) {
		progress_format_wait(text, &wait, now);
		cli_warn("%s", text);
	}
	if (pthread_mutex_trylock(&mutex) != 0)
		return;
	bar.said.wait = wait;
	pthread_mutex_unlock(&mutex);
}

void
cli_progress_records(uint64_t records)
{
	atomic_store_explicit(&counted.records, records, memory_order_relaxed);
}

void
cli_progress_live(uint64_t verified, uint64_t unchecked, uint64_t lag)
{
	atomic_store_explicit(&counted.verified, verified,
	    memory_order_relaxed);
	atomic_store_explicit(&counted.unchecked, unchecked,
	    memory_order_relaxed);
	atomic_store_explicit(&counted.lag, lag, memory_order_relaxed);
	atomic_store_explicit(&counted.live, true, memory_order_relaxed);
}

void
cli_progress_update(uint64_t done, uint64_t failed, uint64_t total,
    uint64_t bytes)
{
	atomic_store_explicit(&counted.done, done, memory_order_relaxed);
	atomic_store_explicit(&counted.failed, failed, memory_order_relaxed);
	atomic_store_explicit(&counted.total, total, memory_order_relaxed);
	atomic_store_explicit(&counted.bytes, bytes, memory_order_relaxed);
}

void
cli_progress_end(uint64_t done, uint64_t failed, uint64_t total, uint64_t bytes)
{
	cli_progress_update(done, failed, total, bytes);
	pthread_mutex_lock(&mutex);
	if (!bar.ended && bar.tty)
		draw(PROGRESS_LAST);
	else if (!bar.ended)
		say(PROGRESS_LAST);
	bar.ended = true;
	pthread_mutex_unlock(&mutex);
}
