/*
 * A thread draws, and waits for the signals that ask for it. So the state is
 * said at once, whatever the program is waiting for, and no call of its is
 * interrupted.
 */
#include "config.h"

#include <sys/ioctl.h>

#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "libcar/base/progress.h"
#include "libcar/cli/cli_private.h"

#define DRAW_S 0.5 /* between two drawings of the line */
#define LOG_S 10   /* between two lines of a log */
#define DUE_S 0.2
#define COLUMNS 80 /* of a terminal that doesn't say */
#define STACK_BYTES (64 << 10)

/* What a terminal obeys. */
#define ERASE "\033[J" /* to the end of the screen */
#define NO_WRAP "\033[?7l"
#define WRAP "\033[?7h"

bool cli_progress;

/* What the program counted so far. Telling it must cost next to nothing, and
 * not wait for a terminal. */
static struct {
	_Atomic uint64_t done, failed, total, bytes, records;
} counted;

static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;

/* All else, under the lock. */
static struct {
	struct progress meter;
	bool show, tty, ended;
	char line[PROGRESS_LINE_BYTES + 32]; /* as drawn */
	size_t len;
} bar;

/* The line is on the terminal, the cursor at its beginning. */
static volatile sig_atomic_t drawn;

static double
now(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return ts.tv_sec + ts.tv_nsec / 1e9;
}

void
cli_write(const char *text, size_t len)
{
	ssize_t n;

	while (len > 0 && ((n = write(2, text, len)) > 0 || errno == EINTR)) {
		text += n > 0 ? n : 0;
		len -= n > 0 ? n : 0;
	}
}

/* Another job of the shell may have the terminal. */
static bool
in_foreground(void)
{
	pid_t group = tcgetpgrp(2);

	return group == -1 || group == getpgrp();
}

/* A line, over that of the bar. */
static void
write_line(const char *text, size_t len)
{
	static const char start[] = "\r" ERASE;

	/* The prompt of a shell may have taken its place. */
	if (!drawn || !in_foreground()) {
		drawn = false;
		cli_write(text, len);
		return;
	}
	cli_write(start, sizeof(start) - 1);
	cli_write(text, len);
	cli_write(bar.line, bar.len);
}

void
cli_write_line(const char *text, size_t len)
{
	pthread_mutex_lock(&mutex);
	write_line(text, len);
	pthread_mutex_unlock(&mutex);
}

static size_t
format(enum progress_form form, size_t room, char line[PROGRESS_LINE_BYTES])
{
	struct progress_counts c = {
		.done = counted.done,
		.failed = counted.failed,
		.total = counted.total,
		.bytes = counted.bytes,
		.records = counted.records,
	};

	return progress_format(&bar.meter, &c, now(), form, room, line);
}

/* A line of its own: of a log, or as an answer. */
static void
say(enum progress_form form)
{
	char line[PROGRESS_LINE_BYTES + 1];
	size_t len = format(form, PROGRESS_LINE_BYTES, line);

	line[len++] = '\n';
	write_line(line, len);
}

static size_t
columns(void)
{
	struct winsize size = { .ws_col = 0 };

	if (ioctl(2, TIOCGWINSZ, &size) == 0 && size.ws_col > 0)
		return size.ws_col;
	return COLUMNS;
}

/*
 * The line on the terminal, which must not wrap it: the last column stays free,
 * and wrapping is off, as the terminal may already be narrower than it says.
 * The cursor goes back to the beginning, and what is behind the line is erased
 * to the end of the screen: so nothing is left over where a terminal that
 * became narrower has wrapped what was there.
 */
static void
draw(enum progress_form form)
{
	char text[PROGRESS_LINE_BYTES];
	bool last = form == PROGRESS_LAST;

	format(form, columns() - 1, text);
	bar.len = snprintf(bar.line, sizeof(bar.line), "\r%s%s%s%s%c", NO_WRAP,
	    text, ERASE, WRAP, last ? '\n' : '\r');
	cli_write(bar.line, bar.len);
	drawn = !last;
}

/* The thread */

static void
tell(int sig)
{
	pthread_mutex_lock(&mutex);
	if (sig == SIGUSR1 || (!bar.tty && !bar.ended))
		say(PROGRESS_SAID);
	else if (!bar.ended && in_foreground())
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

/* Wait until then at most. A signal, or 0 when it is time. */
static int
wait_until(double then, const sigset_t *set)
{
	double seconds = then - now();
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

static void *
watch(void *unused)
{
	double every = bar.tty ? DRAW_S : LOG_S, next = now() + every;
	sigset_t set;
	int sig;

	(void)unused;
	get_signals(&set);
	for (;;) {
		if (!bar.show)
			sigwait(&set, &sig);
		else if ((sig = wait_until(next, &set)) == 0)
			next = now() + every;
		tell(sig);
	}
	return NULL;
}

/* With all signals blocked: they are for the others. */
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
		cli_warn("no progress: %s", strerror(failed));
}

/* The end of the program is that of the line. */

static void
end_bar(void)
{
	pthread_mutex_lock(&mutex);
	bar.ended = true;
	cli_end_line();
	pthread_mutex_unlock(&mutex);
}

void
cli_end_line(void)
{
	static const char end[] = WRAP "\n";
	struct pollfd p = { .fd = 2, .events = POLLOUT };

	/* A terminal that is stopped must not keep a program from ending. */
	if (drawn && in_foreground() && poll(&p, 1, 0) == 1)
		cli_write(end, sizeof(end) - 1);
	drawn = false;
}

static void
on_death(int sig)
{
	cli_end_line();
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

static bool
is_terminal(void)
{
	return isatty(2) && strcmp(cli_env("TERM", "dumb"), "dumb") != 0;
}

void
cli_progress_begin(const struct cli *cli)
{
	if (!cli->progress) {
		signal(SIGUSR1, SIG_IGN);
		return;
	}
	progress_start(&bar.meter, cli->name, now());
	bar.show = cli_progress && !cli_quiet;
	bar.tty = bar.show && is_terminal();
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
	double at = now();

	if (at - last < DUE_S)
		return false;
	last = at;
	return true;
}

void
cli_progress_hosts(unsigned waiting, const char *slowest, double rate)
{
	struct progress *m = &bar.meter;

	if (pthread_mutex_trylock(&mutex) != 0)
		return;
	m->waiting = waiting;
	snprintf(m->slowest, sizeof(m->slowest), "%s",
	    slowest != NULL ? slowest : "");
	m->slowest_rate = rate;
	pthread_mutex_unlock(&mutex);
}

void
cli_progress_records(uint64_t records)
{
	atomic_store_explicit(&counted.records, records, memory_order_relaxed);
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
