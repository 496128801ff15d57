/*
 * rawhttp: a client of HTTP that sends what it likes, for tests of servers.
 *
 *	rawhttp [-6] [-d MS] [-t MS] PORT
 *
 * sends standard input to a port of 127.0.0.1, with -6 of ::1, and prints what
 * comes until the server closes the connection; then the exit status is 0. If
 * nothing comes for -t MS (5000), it is 1. With -d it waits so long after each
 * byte, and prints at the end for how many milliseconds the server let it.
 *
 *	rawhttp -n N PORT
 *
 * opens N connections, sends standard input on each, prints on how many it
 * could, and holds them until it is killed.
 */
#include "config.h"

#include <sys/resource.h>
#include <sys/socket.h>

#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "libcar/base/clock.h"

static char input[1 << 20];
static size_t input_len;
static int port, six;

static int
dial(void)
{
	struct sockaddr_in v4 = { .sin_family = AF_INET,
		.sin_port = htons((uint16_t)port),
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	struct sockaddr_in6 v6 = { .sin6_family = AF_INET6,
		.sin6_port = htons((uint16_t)port),
		.sin6_addr = IN6ADDR_LOOPBACK_INIT };
	int fd = socket(six ? AF_INET6 : AF_INET, SOCK_STREAM, 0), rc;

	rc = six ? connect(fd, (struct sockaddr *)&v6, sizeof(v6)) :
		   connect(fd, (struct sockaddr *)&v4, sizeof(v4));
	if (rc == 0)
		return fd;
	if (fd != -1)
		close(fd);
	return -1;
}

/* Print what comes within ms: 1, 0 at the end, -1 if nothing comes. */
static int
receive(int fd, int ms)
{
	struct pollfd p = { .fd = fd, .events = POLLIN };
	char bytes[65536];
	ssize_t n;

	if (poll(&p, 1, ms) <= 0)
		return -1;
	n = read(fd, bytes, sizeof(bytes));
	if (n <= 0)
		return 0;
	fwrite(bytes, 1, (size_t)n, stdout);
	return 1;
}

/* False: the server has closed the connection. */
static int
send_slowly(int fd, int delay)
{
	size_t i;

	for (i = 0; i < input_len; i++)
		if (write(fd, input + i, 1) != 1 || receive(fd, delay) == 0)
			return 0;
	return 1;
}

static int
talk(int delay, int wait)
{
	uint64_t began = clock_monotonic_ms();
	int fd = dial(), got = 1;

	if (fd == -1) {
		perror("connect");
		return 2;
	}
	if (delay > 0)
		got = send_slowly(fd, delay);
	else if (write(fd, input, input_len) != (ssize_t)input_len)
		got = 0;
	while (got == 1)
		got = receive(fd, wait);
	if (delay > 0)
		printf("%llu\n",
		    (unsigned long long)(clock_monotonic_ms() - began));
	return got == 0 ? 0 : 1;
}

static int
hold(int n)
{
	struct rlimit files = { 0 };
	int i, fd, open = 0;

	getrlimit(RLIMIT_NOFILE, &files);
	files.rlim_cur = files.rlim_max;
	setrlimit(RLIMIT_NOFILE, &files);
	for (i = 0; i < n; i++)
		if ((fd = dial()) != -1 &&
		    write(fd, input, input_len) == (ssize_t)input_len)
			open++;
	printf("%d\n", open);
	fflush(stdout);
	pause();
	return 0;
}

int
main(int argc, char **argv)
{
	int c, delay = 0, wait = 5000, n = 0;

	signal(SIGPIPE, SIG_IGN);
	while ((c = getopt(argc, argv, "6d:t:n:")) != -1)
		switch (c) {
		case '6':
			six = 1;
			break;
		case 'd':
			delay = atoi(optarg);
			break;
		case 't':
			wait = atoi(optarg);
			break;
		case 'n':
			n = atoi(optarg);
			break;
		default:
			return 2;
		}
	if (optind != argc - 1)
		return 2;
	port = atoi(argv[optind]);
	input_len = fread(input, 1, sizeof(input), stdin);
	return n > 0 ? hold(n) : talk(delay, wait);
}
