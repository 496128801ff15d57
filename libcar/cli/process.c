#include "config.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <unistd.h>

#include "libcar/cli/message.h"
#include "libcar/cli/process_private.h"
#include "libcar/cli/terminal_private.h"

/*
 * Set how signals end the program.
 *
 * SIGPIPE ends a program quietly, even if its parent ignores the signal,
 * because programs run in pipelines. SIGBUS prints a message: a mapped file
 * that became shorter causes it.
 */

static void
on_sigbus(int sig)
{
	static const char text[] =
	    ": an input file became shorter while it was read\n";

	(void)sig;
	terminal_end_line();
	terminal_write(cli_program, strlen(cli_program));
	terminal_write(text, sizeof(text) - 1);
	_exit(CLI_FATAL);
}

/* The descriptor of a closed standard stream must not become that of a socket
 * or a database: reads from the stream and writes to it have to fail. */
static void
keep_closed(void)
{
	int fd, flags[] = { O_WRONLY, O_RDONLY, O_WRONLY };

	for (fd = 0; fd < 3; fd++)
		if (fcntl(fd, F_GETFD) == -1 && errno == EBADF)
			open("/dev/null", flags[fd]);
}

void
cli_process_begin(void)
{
	keep_closed();
	signal(SIGPIPE, SIG_DFL);
	signal(SIGBUS, on_sigbus);
}
