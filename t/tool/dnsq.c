/*
 * dnsq: ask a DNS server, and print its answer as the C library reads it.
 *
 * dnsq [-t] [-w milliseconds] address port type name
 *
 * The first line is the response code, with `truncated` if the answer is. A
 * line for each record follows. -t asks over TCP. If no answer comes within
 * 1000 ms, or the time of -w, dnsq prints `silence` and exits 1.
 */
#include "config.h"

#include <sys/socket.h>
#include <sys/types.h>

#include <arpa/inet.h>
#include <arpa/nameser.h>
#include <netinet/in.h>
#include <poll.h>
#include <resolv.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static void __attribute__((noreturn)) die(const char *what)
{
	fprintf(stderr, "dnsq: %s\n", what);
	exit(2);
}

static int
connect_to(bool tcp, const char *address, unsigned port)
{
	struct sockaddr_in in = { .sin_family = AF_INET };
	struct sockaddr_in6 in6 = { .sin6_family = AF_INET6 };
	bool six = inet_pton(AF_INET6, address, &in6.sin6_addr) == 1;
	int fd = socket(six ? AF_INET6 : AF_INET,
	    tcp ? SOCK_STREAM : SOCK_DGRAM, 0);

	in.sin_port = in6.sin6_port = htons(port);
	if (!six && inet_pton(AF_INET, address, &in.sin_addr) != 1)
		die("bad address");
	if (connect(fd, six ? (void *)&in6 : (void *)&in,
		six ? sizeof(in6) : sizeof(in)) == -1)
		die("can't connect");
	return fd;
}

static size_t
receive(int fd, unsigned char *p, size_t len, bool whole, int wait)
{
	struct pollfd pollfd = { .fd = fd, .events = POLLIN };
	size_t got = 0;
	ssize_t n;

	do {
		if (poll(&pollfd, 1, wait) != 1 ||
		    (n = recv(fd, p + got, len - got, 0)) <= 0) {
			printf("silence\n");
			exit(1);
		}
		got += n;
	} while (whole && got < len);
	return got;
}

static size_t
ask(int fd, bool tcp, int wait, unsigned char *p, size_t len, size_t cap)
{
	unsigned char head[2] = { len >> 8, len };

	if ((tcp && send(fd, head, 2, 0) != 2) ||
	    send(fd, p, len, 0) != (ssize_t)len)
		die("can't send");
	if (!tcp)
		return receive(fd, p, cap, false, wait);
	receive(fd, head, 2, true, wait);
	return receive(fd, p, head[0] << 8 | head[1], true, wait);
}

static void
print_strings(const unsigned char *p, size_t len)
{
	size_t i, n;

	while (len > 0) {
		n = p[0] < len ? p[0] : len - 1;
		printf(" \"");
		for (i = 1; i <= n; i++)
			if (p[i] < ' ' || p[i] > '~')
				printf("\\%03u", p[i]);
			else
				putchar(p[i]);
		putchar('"');
		p += 1 + n;
		len -= 1 + n;
	}
}

static void
print_record(const ns_msg *msg, const ns_rr *rr)
{
	char text[NS_MAXDNAME] = "";
	int type = ns_rr_type(*rr);

	printf("%s %u %d", ns_rr_name(*rr), (unsigned)ns_rr_ttl(*rr), type);
	if (type == ns_t_txt)
		print_strings(ns_rr_rdata(*rr), ns_rr_rdlen(*rr));
	else if (type == ns_t_cname)
		dn_expand(ns_msg_base(*msg), ns_msg_end(*msg), ns_rr_rdata(*rr),
		    text, sizeof(text));
	else if (ns_rr_rdlen(*rr) == (type == ns_t_a ? 4 : 16))
		inet_ntop(type == ns_t_a ? AF_INET : AF_INET6, ns_rr_rdata(*rr),
		    text, sizeof(text));
	printf("%s%s\n", type == ns_t_txt ? "" : " ", text);
}

static void
print_reply(const unsigned char *p, size_t len)
{
	static const char *const codes[] = { "NOERROR", "FORMERR", "SERVFAIL",
		"NXDOMAIN", "NOTIMP", "REFUSED" };
	ns_msg msg;
	ns_rr rr;
	int i;

	if (ns_initparse(p, len, &msg) == -1)
		die("the answer isn't right");
	i = ns_msg_getflag(msg, ns_f_rcode);
	printf("%s%s\n", i < 6 ? codes[i] : "?",
	    ns_msg_getflag(msg, ns_f_tc) ? " truncated" : "");
	for (i = 0; i < ns_msg_count(msg, ns_s_an); i++) {
		if (ns_parserr(&msg, ns_s_an, i, &rr) == -1)
			die("a record isn't right");
		print_record(&msg, &rr);
	}
}

static int
type_of(const char *name)
{
	if (strcmp(name, "A") == 0)
		return ns_t_a;
	if (strcmp(name, "AAAA") == 0)
		return ns_t_aaaa;
	if (strcmp(name, "CNAME") == 0)
		return ns_t_cname;
	return strcmp(name, "TXT") == 0 ? ns_t_txt : atoi(name);
}

int
main(int argc, char **argv)
{
	static unsigned char packet[65535];
	int c, len, fd, wait = 1000;
	bool tcp = false;

	while ((c = getopt(argc, argv, "tw:")) != -1) {
		if (c == 't')
			tcp = true;
		else
			wait = atoi(optarg);
	}
	argv += optind;
	if (argc - optind != 4)
		die("usage: dnsq [-t] [-w milliseconds] address port type "
		    "name");
	len = res_mkquery(ns_o_query, argv[3], ns_c_in, type_of(argv[2]), NULL,
	    0, NULL, packet, sizeof(packet));
	if (len == -1)
		die("bad name");
	fd = connect_to(tcp, argv[0], atoi(argv[1]));
	print_reply(packet, ask(fd, tcp, wait, packet, len, sizeof(packet)));
	return 0;
}
