#include "config.h"

#include <sys/stat.h>

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "libcar/cli/help_private.h"
#include "libcar/cli/input.h"
#include "libcar/cli/message.h"

/*
 * Open the files that a program reads, one operand after another.
 *
 * A name comes from the command line or, in a `repo` line, from a stream. A
 * name from a stream is untrusted: it must not make the program wait for a FIFO
 * or read a device.
 */

/* Is the file also standard output or error? Then reading it would never end.
 */
static bool
is_output(const struct stat *s)
{
	struct stat out;
	int fd;

	for (fd = 1; fd <= 2; fd++)
		if (S_ISREG(s->st_mode) && fstat(fd, &out) == 0 &&
		    out.st_dev == s->st_dev && out.st_ino == s->st_ino)
			return true;
	return false;
}

/* Would open() fail as well for a new file of that name? */
static bool
stays_closed(int error)
{
	return error == EACCES || error == EPERM || error == ELOOP ||
	    error == ENOTDIR || error == ENAMETOOLONG || error == ENXIO;
}

int
cli_open(const char *path, bool regular, struct status *st)
{
	int fd, flags = O_RDONLY | O_CLOEXEC | (regular ? O_NONBLOCK : 0);
	struct stat s;
	bool final;

	if ((fd = open(path, flags)) == -1 || fstat(fd, &s) == -1) {
		final = stays_closed(errno);
		status_errno(st, "can't open");
		st->code = final ? STATUS_UNUSABLE : STATUS_UNREADABLE;
	} else if (S_ISDIR(s.st_mode))
		status_set(st, STATUS_UNUSABLE, 0, "a directory, want a file");
	else if (regular && !S_ISREG(s.st_mode))
		status_set(st, STATUS_UNUSABLE, 0, "not a regular file");
	else if (is_output(&s))
		status_set(st, STATUS_UNUSABLE, 0, "is also the output");
	else
		return fd;
	if (fd != -1)
		close(fd);
	return -1;
}

static void
need_input(const struct cli *cli)
{
	if (!isatty(STDIN_FILENO))
		return;
	cli_warn("no file, and standard input is a terminal");
	cli_print_usage(cli, stderr);
	cli_try_help();
}

void
cli_inputs_begin(struct cli_inputs *in, const struct cli *cli, char **operands)
{
	static char dash[] = "-", *standard_input[] = { dash, NULL };

	*in = (struct cli_inputs){ .left = operands };
	while (operands[in->count] != NULL)
		in->count++;
	if (in->count > 0)
		return;
	need_input(cli);
	in->left = standard_input;
}

int
cli_inputs_next(struct cli_inputs *in, struct status *st)
{
	if (in->fd > STDERR_FILENO)
		close(in->fd);
	in->fd = STDIN_FILENO;
	if (in->left == NULL || *in->left == NULL)
		return 0;
	in->name = *in->left++;
	if (strcmp(in->name, "-") != 0)
		in->fd = cli_open(in->name, false, st);
	return in->fd == -1 ? -1 : 1;
}
