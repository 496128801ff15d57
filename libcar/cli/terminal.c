#include "config.h"

#include <sys/ioctl.h>

#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "libcar/cli/environment.h"
#include "libcar/cli/terminal_private.h"

/*
 * The status line must not wrap: wrapping is off while it is drawn, because the
 * terminal may already be narrower than it says. Then the cursor goes back to
 * the beginning, and everything behind the line is erased to the end of the
 * screen. So nothing is left over when a terminal that became narrower has
 * wrapped what was there.
 */

#define COLUMNS 80 /* if the terminal's width isn't known */

/* Control sequences. */
#define ERASE "\033[J" /* to the end of the screen */
#define NO_WRAP "\033[?7l"
#define WRAP "\033[?7h"

/* The status line as it was drawn, under the lock. */
static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
static char status_line[TERMINAL_LINE_BYTES + 32];
static size_t status_len;

/* It is on the terminal, the cursor at its beginning. */
static volatile sig_atomic_t drawn;

bool
terminal_can_draw(void)
{
	return isatty(2) && strcmp(cli_env("TERM", "dumb"), "dumb") != 0;
}

bool
terminal_is_ours(void)
{
	pid_t group = tcgetpgrp(2);

	return group == -1 || group == getpgrp();
}

size_t
terminal_columns(void)
{
	struct winsize size = { .ws_col = 0 };

	if (ioctl(2, TIOCGWINSZ, &size) == 0 && size.ws_col > 0)
		return size.ws_col;
	return COLUMNS;
}

void
terminal_write(const char *text, size_t len)
{
	ssize_t n;

	while (len > 0 && ((n = write(2, text, len)) > 0 || errno == EINTR)) {
		text += n > 0 ? n : 0;
		len -= n > 0 ? n : 0;
	}
}

void
terminal_write_line(const char *text, size_t len)
{
	static const char start[] = "\r" ERASE;

	pthread_mutex_lock(&mutex);
	/* A shell may have overwritten the line with its prompt. */
	if (drawn && !terminal_is_ours())
		drawn = false;
	if (drawn)
		terminal_write(start, sizeof(start) - 1);
	terminal_write(text, len);
	if (drawn)
		terminal_write(status_line, status_len);
	pthread_mutex_unlock(&mutex);
}

void
terminal_draw(const char *line, bool last)
{
	pthread_mutex_lock(&mutex);
	status_len = snprintf(status_line, sizeof(status_line), "\r%s%s%s%s%c",
	    NO_WRAP, line, ERASE, WRAP, last ? '\n' : '\r');
	terminal_write(status_line, status_len);
	drawn = !last;
	pthread_mutex_unlock(&mutex);
}

void
terminal_end_line(void)
{
	static const char end[] = WRAP "\n";
	struct pollfd p = { .fd = 2, .events = POLLOUT };

	/* A terminal that is stopped must not keep a program from ending. */
	if (drawn && terminal_is_ours() && poll(&p, 1, 0) == 1)
		terminal_write(end, sizeof(end) - 1);
	drawn = false;
}
