/*
 * u-ndjson: in an empty directory, processes write lines of 100 bytes and of 1
 * MiB to one pipe, FIFO, socket or file. All lines arrive whole, and those of
 * one writer in order.
 */
#include "config.h"

#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include <fcntl.h>
#include <unistd.h>

#include "libcar/stream/ndjson.h"
#include "t/lib/tap.h"

#define WRITERS 8
#define LINES 200 /* by each process */
#define SHORT 100
#define LONG (1 << 20)

/* A line, without its LF, that no other line begins or ends like. */
static size_t
make_line(char *line, unsigned writer, unsigned n)
{
	size_t len = n % 40 == writer ? LONG : SHORT;
	int head = sprintf(line, "%u %u ", writer, n);

	memset(line + head, 'a' + (3 * writer + n) % 26, len - head);
	return len;
}

/* Some lines are written immediately, others when there are enough of them. */
static int
write_lines(int fd, unsigned writer)
{
	static char line[LONG];
	struct ndjson_out out = { .fd = fd };
	struct status st;
	unsigned n;

	for (n = 0; n < LINES; n++) {
		buf_put(&out.buf, line, make_line(line, writer, n));
		buf_putc(&out.buf, '\n');
		if ((n % 3 == 0 ? ndjson_out_flush(&out, &st) :
				  ndjson_out_line(&out, &st)) == -1)
			return 1;
	}
	return ndjson_out_flush(&out, &st) == -1;
}

/* path: each process opens it itself. */
static void
start_writers(int fd, const char *path)
{
	unsigned writer;

	fflush(stdout);
	for (writer = 0; writer < WRITERS; writer++)
		if (fork() == 0) {
			if (path != NULL)
				fd = open(path, O_WRONLY | O_APPEND);
			_exit(fd == -1 ? 1 : write_lines(fd, writer));
		}
}

static bool
wait_writers(void)
{
	unsigned i;
	int status, failed = 0;

	for (i = 0; i < WRITERS; i++)
		failed |= wait(&status) == -1 || status != 0;
	return !failed;
}

static bool
is_next(const char *line, size_t len, unsigned *next)
{
	static char want[LONG];
	unsigned writer;

	if (sscanf(line, "%u ", &writer) != 1 || writer >= WRITERS ||
	    next[writer] >= LINES)
		return false;
	return make_line(want, writer, next[writer]++) == len &&
	    memcmp(line, want, len) == 0;
}

static void
check_lines(int fd, const char *kind)
{
	struct ndjson_in in = { .fd = fd };
	unsigned next[WRITERS] = { 0 }, lines = 0, broken = 0;
	const char *line;
	struct status st;
	size_t len;
	int n;

	while ((n = ndjson_in_line(&in, &line, &len, &st)) == 1) {
		lines++;
		broken += !is_next(line, len, next);
	}
	is_int(n, 0, "%s: it can be read", kind);
	is_int(broken, 0, "%s: no line is cut", kind);
	is_int(lines, WRITERS * LINES, "%s: no line is lost", kind);
	buf_free(&in.buf);
	close(fd);
}

/* The reader reads while the others write. */
static void
test_stream(int in, int out, const char *path, const char *kind)
{
	start_writers(out, path);
	close(out);
	check_lines(in, kind);
	ok(wait_writers(), "%s: no write failed", kind);
}

static void
test_file(const char *name, bool by_name, const char *kind)
{
	int fd = open(name, O_WRONLY | O_CREAT, 0600);

	start_writers(fd, by_name ? name : NULL);
	ok(wait_writers(), "%s: no write failed", kind);
	check_lines(open(name, O_RDONLY), kind);
	close(fd);
}

static void
test_failure(void)
{
	struct ndjson_out out = { .fd = open("/dev/null", O_RDONLY) };
	struct status st;

	buf_puts(&out.buf, "{}\n");
	is_int(ndjson_out_flush(&out, &st), -1, "a lost write is told");
	is_str(st.msg, "can't write: Bad file descriptor", "and why");
	close(out.fd);
	out.fd = open("append", O_RDONLY);
	out.looked = false;
	buf_puts(&out.buf, "{}\n");
	is_int(ndjson_out_flush(&out, &st), -1, "also where it can't lock");
	close(out.fd);
	buf_free(&out.buf);
}

int
main(void)
{
	int fd[2];

	if (pipe(fd) == -1)
		return 2;
	test_stream(fd[0], fd[1], NULL, "pipe");
	if (socketpair(AF_UNIX, SOCK_STREAM, 0, fd) == -1)
		return 2;
	test_stream(fd[0], fd[1], NULL, "socket");
	if (mkfifo("fifo", 0600) == -1 ||
	    (fd[0] = open("fifo", O_RDONLY | O_NONBLOCK)) == -1 ||
	    (fd[1] = open("fifo", O_WRONLY)) == -1 ||
	    fcntl(fd[0], F_SETFL, 0) == -1)
		return 2;
	test_stream(fd[0], fd[1], "fifo", "FIFO");
	test_file("shared", false, "file");
	test_file("append", true, "file that each appends to");
	test_failure();
	return done_testing();
}
