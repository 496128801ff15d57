#include "config.h"

#include <sys/stat.h>

#include <fcntl.h>
#include <unistd.h>

#include "libcar/cli/input.h"
#include "t/lib/tap.h"

/*
 * Operands as inputs. It runs in an empty directory, with standard input from
 * /dev/null.
 */

static const struct cli cli = { .name = "at-x", .operands = "[file ...]" };

static void
make_file(const char *name, const char *text)
{
	int fd = open(name, O_WRONLY | O_CREAT | O_TRUNC, 0666);

	ok(fd != -1 && write(fd, text, strlen(text)) == (ssize_t)strlen(text),
	    "%s is made", name);
	close(fd);
}

/* The next input is this file, and contains this one letter. */
static void
is_file(struct cli_inputs *in, const char *name, char letter)
{
	struct status st;
	char c = '\0';

	is_int(cli_inputs_next(in, &st), 1, "%s is there", name);
	is_str(in->name, name, "its name");
	ok(in->fd > STDERR_FILENO, "it has a descriptor");
	is_int(read(in->fd, &c, 1), 1, "it can be read");
	is_int(c, letter, "what is in it");
}

static void
is_stdin(struct cli_inputs *in)
{
	struct status st;

	is_int(cli_inputs_next(in, &st), 1, "standard input is there");
	is_str(in->name, "-", "its name");
	is_int(in->fd, STDIN_FILENO, "its descriptor");
}

static void
is_end(struct cli_inputs *in)
{
	struct status st;

	is_int(cli_inputs_next(in, &st), 0, "the end");
	is_int(cli_inputs_next(in, &st), 0, "and again");
	ok(fcntl(STDIN_FILENO, F_GETFD) != -1, "standard input stays open");
}

static void
test_operands(void)
{
	char a[] = "a", dash[] = "-", b[] = "b";
	char *operands[] = { a, dash, b, a, NULL };
	struct cli_inputs in;
	int fd;

	cli_inputs_begin(&in, &cli, operands);
	is_int(in.count, 4, "operands");
	is_file(&in, "a", 'A');
	fd = in.fd;
	is_stdin(&in);
	is_int(fcntl(fd, F_GETFD), -1, "the one before is closed");
	is_file(&in, "b", 'B');
	is_file(&in, "a", 'A');
	is_end(&in);
	is_int(fcntl(fd, F_GETFD), -1, "the last one is closed");
}

static void
test_none(void)
{
	char *operands[] = { NULL };
	struct cli_inputs in = { .fd = 0 };
	struct status st;

	is_int(cli_inputs_next(&in, &st), 0, "what is all zero is at its end");
	cli_inputs_begin(&in, &cli, operands);
	is_int(in.count, 0, "no operands");
	is_stdin(&in);
	is_end(&in);
}

static void
test_unreadable(void)
{
	char a[] = "a", gone[] = "gone", dir[] = "dir", empty[] = "";
	char *operands[] = { gone, a, dir, empty, a, NULL };
	struct cli_inputs in;
	struct status st;

	cli_inputs_begin(&in, &cli, operands);
	is_int(cli_inputs_next(&in, &st), -1, "a file that isn't there");
	is_str(in.name, "gone", "its name");
	is_int(st.code, STATUS_UNREADABLE, "its code");
	is_str(st.msg, "can't open: No such file or directory", "why");
	is_file(&in, "a", 'A');
	is_int(cli_inputs_next(&in, &st), -1, "a directory");
	is_str(in.name, "dir", "its name");
	is_int(st.code, STATUS_UNUSABLE, "its code");
	is_str(st.msg, "a directory, want a file", "why");
	is_int(cli_inputs_next(&in, &st), -1, "an empty name");
	is_file(&in, "a", 'A');
	is_end(&in);
}

/* Nobody writes to the FIFO, so opening it would wait for ever. */
static void
test_open(void)
{
	int err = dup(STDERR_FILENO), fd = open("a", O_WRONLY | O_APPEND);
	struct status st;

	is_int(mkfifo("fifo", 0666), 0, "a FIFO");
	is_int(cli_open("fifo", true, &st), -1, "is no regular file");
	is_str(st.msg, "not a regular file", "why");
	is_int(cli_open("/dev/null", true, &st), -1, "neither is a device");
	dup2(fd, STDERR_FILENO);
	close(fd);
	is_int(cli_open("a", false, &st), -1, "standard error isn't read");
	dup2(err, STDERR_FILENO);
	is_str(st.msg, "is also the output", "why");
	fd = cli_open("a", true, &st);
	ok(fd > STDERR_FILENO, "nothing stands against it otherwise");
	close(fd);
	close(err);
}

int
main(void)
{
	make_file("a", "A");
	make_file("b", "B");
	is_int(mkdir("dir", 0777), 0, "a directory");
	test_operands();
	test_none();
	test_unreadable();
	test_open();
	return done_testing();
}
