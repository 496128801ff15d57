#include "config.h"

#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>

#include <errno.h>
#include <fcntl.h>
#include <netdb.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "libcar/net/address.h"
#include "libcar/serve/listen.h"

/*
 * Addresses are taken apart here, because a colon is also a part of IPv6
 * addresses; getaddrinfo() then reads the parts.
 */

#define BACKLOG 1024
#define HOST_BYTES 256
#define PORT_BYTES 6

/* Close the socket and report errno. */
static int
fail(int fd, const char *what, struct status *st)
{
	int saved = errno;

	if (fd != -1)
		close(fd);
	errno = saved;
	status_errno(st, "can't listen on %s", what);
	if (saved == EADDRINUSE)
		st->code = STATUS_AGAIN;
	return -1;
}

static int
prepare(int fd)
{
	int flags = fcntl(fd, F_GETFL);

	if (flags == -1 || fcntl(fd, F_SETFL, flags | O_NONBLOCK) == -1)
		return -1;
	return listen(fd, BACKLOG);
}

/* Split an address at its last colon. */
static int
split(const char *text, char host[HOST_BYTES], char port[PORT_BYTES],
    struct status *st)
{
	const char *colon = strrchr(text, ':');
	size_t n = colon != NULL ? (size_t)(colon - text) : 0;
	size_t digits = colon != NULL ? strspn(colon + 1, "0123456789") : 0;

	if (n == 0 || n >= HOST_BYTES || digits == 0 || digits >= PORT_BYTES ||
	    colon[1 + digits] != '\0')
		goto bad;
	strcpy(port, colon + 1);
	if (text[0] == '[') {
		if (n < 3 || text[n - 1] != ']')
			goto bad;
		text++;
		n -= 2;
	} else if (memchr(text, ':', n) != NULL)
		goto bad;
	memcpy(host, text, n);
	host[n] = '\0';
	return 0;
bad:
	return status_set(st, STATUS_BAD_SYNTAX, 0,
	    "'%s' is not an address such as 127.0.0.1:2580 or [::1]:2580",
	    text);
}

static int
listen_at(const struct addrinfo *at, const char *name, int *fd,
    struct status *st)
{
	int one = 1, zero = 0;

	*fd = socket(at->ai_family, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (*fd == -1)
		return fail(-1, name, st);
	setsockopt(*fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof(one));
	if (at->ai_family == AF_INET6)
		setsockopt(*fd, IPPROTO_IPV6, IPV6_V6ONLY, &zero, sizeof(zero));
	if (bind(*fd, at->ai_addr, at->ai_addrlen) == -1 || prepare(*fd) == -1)
		return fail(*fd, name, st);
	return 0;
}

int
serve_listen_tcp(const char *address, int *fd, struct status *st)
{
	const struct addrinfo want = { .ai_flags = AI_PASSIVE,
		.ai_socktype = SOCK_STREAM };
	char host[HOST_BYTES], port[PORT_BYTES];
	struct addrinfo *found;
	int rc;

	if (split(address, host, port, st) == -1)
		return -1;
	if (strtoul(port, NULL, 10) > 65535)
		return status_set(st, STATUS_BAD_SYNTAX, 0,
		    "'%s' has no valid port", address);
	rc = getaddrinfo(host, port, &want, &found);
	if (rc != 0)
		return status_set(st, STATUS_BAD_SYNTAX, 0, "'%s': %s", address,
		    gai_strerror(rc));
	rc = listen_at(found, address, fd, st);
	freeaddrinfo(found);
	return rc;
}

/* Remove the socket of a server that has ended. */
static void
remove_stale(const struct sockaddr_un *at)
{
	struct stat sb;
	int fd;

	if (lstat(at->sun_path, &sb) == -1 || !S_ISSOCK(sb.st_mode))
		return;
	fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (fd == -1)
		return;
	if (connect(fd, (const struct sockaddr *)at, sizeof(*at)) == -1 &&
	    errno == ECONNREFUSED)
		unlink(at->sun_path);
	close(fd);
}

int
serve_listen_unix(const char *path, int *fd, struct status *st)
{
	struct sockaddr_un at = { .sun_family = AF_UNIX };

	if (path[0] == '\0' || strlen(path) >= sizeof(at.sun_path))
		return status_set(st, STATUS_BAD_SYNTAX, 0,
		    "'%s': the path of a socket has 1 to %zu bytes", path,
		    sizeof(at.sun_path) - 1);
	strcpy(at.sun_path, path);
	remove_stale(&at);
	*fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (*fd == -1)
		return fail(-1, path, st);
	if (bind(*fd, (struct sockaddr *)&at, sizeof(at)) == -1 ||
	    prepare(*fd) == -1)
		return fail(*fd, path, st);
	return 0;
}

void
serve_listen_url(int fd, struct buf *out)
{
	union {
		struct sockaddr any;
		struct sockaddr_in v4;
		struct sockaddr_in6 v6;
		struct sockaddr_un local;
	} at = { 0 };
	socklen_t len = sizeof(at);
	char host[ADDRESS_MAX_TEXT], text[ADDRESS_MAX_TEXT + 32];
	bool six;

	if (getsockname(fd, &at.any, &len) == -1)
		return;
	if (at.any.sa_family == AF_UNIX) {
		buf_puts(out, "unix:");
		buf_puts(out, at.local.sun_path);
		return;
	}
	address_format(host, &at.any, len);
	six = at.any.sa_family == AF_INET6;
	snprintf(text, sizeof(text), "http://%s%s%s:%u", six ? "[" : "", host,
	    six ? "]" : "", ntohs(six ? at.v6.sin6_port : at.v4.sin_port));
	buf_puts(out, text);
}
