#include "config.h"

#include "libcar/cli/stop.h"

/*
 * Note SIGTERM and SIGINT for programs that never end by themselves.
 *
 * Without SA_RESTART a read that waits returns, and its caller can look at
 * cli_stop.
 */

volatile sig_atomic_t cli_stop;

static void
on_signal(int sig)
{
	(void)sig;
	cli_stop = 1;
}

void
cli_stop_catch(void)
{
	struct sigaction act = { .sa_handler = on_signal };

	sigaction(SIGTERM, &act, NULL);
	sigaction(SIGINT, &act, NULL);
}
