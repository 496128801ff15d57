/*
 * dnsd: a DNS server for tests, over UDP and TCP. It answers from a zone file,
 * and with NXDOMAIN for names that the file doesn't have.
 *
 * dnsd [-a address] [-p port] [-l log] zone
 *
 * The zone has lines `name type ttl value`; a name may have several:
 *
 *	a.test A 60 127.0.0.1
 *	a.test AAAA 60 ::1
 *	b.test CNAME 60 a.test
 *	_atproto.a.test TXT 60 "did=" "did:web:a.test"
 *	c.test A 0 192.0.2.1 then 127.0.0.1
 *	d.test SERVFAIL
 *
 * `then` separates the values of successive answers; the last one stays. A
 * string of a TXT is a word, or text in quotes in which \DDD is a byte. With
 * FORMERR, SERVFAIL, NXDOMAIN, NOTIMP or REFUSED, every query for the name has
 * this response code; with SILENCE it has no answer. Over UDP, an answer of
 * more than 512 bytes is truncated.
 *
 * It prints `ready ADDRESS PORT`, also after reading the zone again on SIGHUP.
 * The log has a line for each query: udp or tcp, type, name, response code and
 * number of records.
 */
#include "config.h"

#include <sys/socket.h>

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <poll.h>
#include <signal.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

#define HEAD_BYTES 12
#define NAME_BYTES 256
#define UDP_BYTES 512
#define TCP_BYTES 65535
#define MAX_CHAIN 8
#define MAX_CLIENTS 16
#define MAX_RECORDS 4096
#define MAX_VALUES 8

enum {
	TYPE_A = 1,
	TYPE_CNAME = 5,
	TYPE_TXT = 16,
	TYPE_AAAA = 28,
	TYPE_ANSWER = 1000, /* and a response code */
	TYPE_SILENCE = 2000,
};

static const struct {
	const char *name;
	int type;
} types[] = {
	{ "A", TYPE_A },
	{ "AAAA", TYPE_AAAA },
	{ "CNAME", TYPE_CNAME },
	{ "TXT", TYPE_TXT },
	{ "NOERROR", TYPE_ANSWER },
	{ "FORMERR", TYPE_ANSWER + 1 },
	{ "SERVFAIL", TYPE_ANSWER + 2 },
	{ "NXDOMAIN", TYPE_ANSWER + 3 },
	{ "NOTIMP", TYPE_ANSWER + 4 },
	{ "REFUSED", TYPE_ANSWER + 5 },
	{ "SILENCE", TYPE_SILENCE },
};

struct value {
	uint8_t *data;
	size_t len;
};

struct record {
	char name[NAME_BYTES], target[NAME_BYTES];
	int type;
	uint32_t ttl;
	struct value values[MAX_VALUES];
	size_t count, asked;
};

struct reply {
	uint8_t data[TCP_BYTES];
	size_t len;
	unsigned records;
	int code;
	bool silent, full;
};

struct client {
	int fd;
	size_t len;
	uint8_t data[2 + UDP_BYTES];
};

static struct record *zone;
static size_t zone_count;
static struct client clients[MAX_CLIENTS];
static FILE *query_log;
static volatile sig_atomic_t hung_up;

static void __attribute__((noreturn, format(printf, 1, 2)))
die(const char *format, ...)
{
	va_list ap;

	va_start(ap, format);
	fprintf(stderr, "dnsd: ");
	vfprintf(stderr, format, ap);
	fputc('\n', stderr);
	va_end(ap);
	exit(2);
}

static void *
check(void *p)
{
	if (p == NULL)
		die("no memory");
	return p;
}

static const char *
type_name(int type)
{
	static char number[16];
	size_t i;

	for (i = 0; i < sizeof(types) / sizeof(types[0]); i++)
		if (types[i].type == type)
			return types[i].name;
	snprintf(number, sizeof(number), "TYPE%d", type);
	return number;
}

static int
find_type(const char *name)
{
	size_t i;

	for (i = 0; i < sizeof(types) / sizeof(types[0]); i++)
		if (strcmp(types[i].name, name) == 0)
			return types[i].type;
	return -1;
}

/* Read a word, or text in quotes with \DDD, from *p to out. The result is the
 * number of bytes, or -1 at the end. */
static int
take_word(const char **p, char *out, size_t cap)
{
	size_t n = 0;
	unsigned byte;
	int len;
	bool quoted;

	*p += strspn(*p, " \t");
	if (**p == '\0' || **p == '#')
		return -1;
	quoted = **p == '"';
	for (*p += quoted; **p != '\0' && n + 1 < cap; (*p)++) {
		if (quoted ? **p == '"' : **p == ' ' || **p == '\t')
			break;
		if (quoted && **p == '\\' && (*p)[1] != '\0' &&
		    sscanf(++*p, "%3u%n", &byte, &len) == 1) {
			out[n++] = byte;
			*p += len - 1;
		} else
			out[n++] = **p;
	}
	*p += quoted && **p == '"';
	out[n] = '\0';
	return n;
}

/* Write labels, each after its length, and the root. */
static size_t
write_name(uint8_t *out, const char *name)
{
	size_t n = 0, len;

	while (*name != '\0' && strcmp(name, ".") != 0) {
		len = strcspn(name, ".");
		if (len == 0 || len > 63 || n + len + 2 > NAME_BYTES)
			die("bad name '%s'", name);
		out[n++] = len;
		memcpy(out + n, name, len);
		n += len;
		name += len + (name[len] == '.');
	}
	out[n++] = 0;
	return n;
}

static void
add_data(struct value *v, const void *data, size_t len)
{
	v->data = check(realloc(v->data, v->len + len));
	memcpy(v->data + v->len, data, len);
	v->len += len;
}

static void
add_word(struct record *r, const char *word, int len)
{
	struct value *v = &r->values[r->count - 1];
	uint8_t data[NAME_BYTES];
	size_t n = 4;

	if (r->type == TYPE_TXT) {
		if (len > 255)
			die("more than 255 bytes in a string");
		data[0] = len;
		memcpy(data + 1, word, len);
		n = 1 + len;
	} else if (r->type == TYPE_CNAME) {
		n = write_name(data, word);
		memcpy(r->target, word, len + 1);
	} else if (inet_pton(r->type == TYPE_A ? AF_INET : AF_INET6, word,
		       data) != 1)
		die("bad address '%s'", word);
	else if (r->type == TYPE_AAAA)
		n = 16;
	add_data(v, data, n);
}

static void
read_values(struct record *r, const char *p)
{
	char word[2 * NAME_BYTES];
	int len;

	r->count = 1;
	while ((len = take_word(&p, word, sizeof(word))) != -1) {
		if (strcmp(word, "then") != 0)
			add_word(r, word, len);
		else if (r->count++ == MAX_VALUES)
			die("more than %d answers", MAX_VALUES);
	}
	if (r->values[r->count - 1].len == 0)
		die("'%s' has no value", r->name);
}

static void
read_record(const char *p)
{
	struct record *r = &zone[zone_count];
	char word[NAME_BYTES];

	memset(r, 0, sizeof(*r));
	if (take_word(&p, r->name, sizeof(r->name)) == -1)
		return;
	if (take_word(&p, word, sizeof(word)) == -1 ||
	    (r->type = find_type(word)) == -1)
		die("'%s' has no type", r->name);
	if (r->type < TYPE_ANSWER) {
		if (take_word(&p, word, sizeof(word)) == -1)
			die("'%s' has no TTL", r->name);
		r->ttl = strtoul(word, NULL, 10);
		read_values(r, p);
	}
	zone_count++;
}

static void
free_zone(void)
{
	size_t i, j;

	for (i = 0; i < zone_count; i++)
		for (j = 0; j < zone[i].count; j++)
			free(zone[i].values[j].data);
	zone_count = 0;
}

static void
read_zone(const char *path)
{
	char *line = NULL;
	size_t cap = 0;
	FILE *f;

	free_zone();
	if ((f = fopen(path, "r")) == NULL)
		die("%s: %s", path, strerror(errno));
	while (getline(&line, &cap, f) != -1) {
		if (zone_count == MAX_RECORDS)
			die("%s: too many records", path);
		line[strcspn(line, "\n")] = '\0';
		read_record(line);
	}
	free(line);
	fclose(f);
}

static void
put(struct reply *r, const void *data, size_t len)
{
	if (len > sizeof(r->data) - r->len) {
		r->full = true;
		return;
	}
	memcpy(r->data + r->len, data, len);
	r->len += len;
}

static void
put16(struct reply *r, unsigned n)
{
	uint8_t data[] = { n >> 8, n };

	put(r, data, sizeof(data));
}

static void
put_record(struct reply *r, struct record *record)
{
	size_t turn = record->asked < record->count ? record->asked++ :
						      record->count - 1;
	struct value *v = &record->values[turn];
	uint8_t name[NAME_BYTES];

	put(r, name, write_name(name, record->name));
	put16(r, record->type);
	put16(r, 1);
	put16(r, record->ttl >> 16);
	put16(r, record->ttl);
	put16(r, v->len);
	put(r, v->data, v->len);
	r->records++;
}

/* The name that a CNAME leads to, if any. */
static const char *
put_name(struct reply *r, const char *name, int type)
{
	const char *next = NULL;
	bool known = false;
	size_t i;

	for (i = 0; i < zone_count; i++) {
		if (strcasecmp(zone[i].name, name) != 0)
			continue;
		known = true;
		if (zone[i].type == TYPE_SILENCE)
			r->silent = true;
		else if (zone[i].type >= TYPE_ANSWER)
			r->code = zone[i].type - TYPE_ANSWER;
		else if (zone[i].type == type || zone[i].type == TYPE_CNAME)
			put_record(r, &zone[i]);
		if (zone[i].type == TYPE_CNAME && type != TYPE_CNAME)
			next = zone[i].target;
	}
	if (!known)
		r->code = 3;
	return next;
}

/* Read a name without pointers, as in a question. The result is its bytes, or 0
 * if it is invalid. */
static size_t
read_name(const uint8_t *p, size_t len, char out[NAME_BYTES])
{
	size_t at = 0, n = 0;

	while (at < len && p[at] != 0 && p[at] < 64) {
		if (at + 1 + p[at] >= len || at + 1 + p[at] >= NAME_BYTES - 1)
			return 0;
		if (n > 0)
			out[n++] = '.';
		memcpy(out + n, p + at + 1, p[at]);
		n += p[at];
		at += 1 + p[at];
	}
	out[n] = '\0';
	return at < len && p[at] == 0 ? at + 1 : 0;
}

static void
put_answer(struct reply *r, const char *name, int type)
{
	size_t i;

	for (i = 0; name != NULL && i < MAX_CHAIN; i++)
		name = put_name(r, name, type);
}

static void
put_header(struct reply *r, const uint8_t *query, bool truncated)
{
	uint8_t head[HEAD_BYTES] = { query[0], query[1] };

	head[2] = 0x84 | (truncated ? 2 : 0) | (query[2] & 1);
	head[3] = 0x80 | r->code;
	head[5] = 1;
	head[6] = truncated ? 0 : r->records >> 8;
	head[7] = truncated ? 0 : r->records;
	memcpy(r->data, head, sizeof(head));
}

static void
log_query(const struct reply *r, bool tcp, int type, const char *name)
{
	if (query_log == NULL)
		return;
	fprintf(query_log, "%s %s %s %s %u\n", tcp ? "tcp" : "udp",
	    type_name(type), name,
	    type_name(r->silent ? TYPE_SILENCE : TYPE_ANSWER + r->code),
	    r->records);
	fflush(query_log);
}

/* Send nothing if the answer is empty. */
static void
make_reply(struct reply *r, const uint8_t *query, size_t len, bool tcp)
{
	char name[NAME_BYTES];
	size_t n, end;
	int type;

	memset(r, 0, sizeof(*r));
	if (len < HEAD_BYTES + 5 || query[2] & 0x80 ||
	    (n = read_name(query + HEAD_BYTES, len - HEAD_BYTES - 4, name)) ==
		0)
		return;
	end = HEAD_BYTES + n + 4;
	type = query[end - 4] << 8 | query[end - 3];
	put(r, query, end);
	put_answer(r, name, type);
	if (r->full)
		die("an answer for '%s' is too long", name);
	log_query(r, tcp, type, name);
	put_header(r, query, !tcp && r->len > UDP_BYTES);
	if (!tcp && r->len > UDP_BYTES)
		r->len = end;
	if (r->silent)
		r->len = 0;
}

static void
serve_udp(int fd)
{
	static struct reply reply;
	struct sockaddr_storage from;
	socklen_t from_len = sizeof(from);
	uint8_t query[UDP_BYTES];
	ssize_t n;

	n = recvfrom(fd, query, sizeof(query), 0, (struct sockaddr *)&from,
	    &from_len);
	if (n <= 0)
		return;
	make_reply(&reply, query, n, false);
	if (reply.len > 0)
		sendto(fd, reply.data, reply.len, 0, (struct sockaddr *)&from,
		    from_len);
}

static void
drop(struct client *c)
{
	close(c->fd);
	c->fd = -1;
}

static bool
send_all(int fd, const uint8_t *p, size_t len)
{
	ssize_t n;

	for (; len > 0; p += n, len -= n)
		if ((n = send(fd, p, len, MSG_NOSIGNAL)) <= 0)
			return false;
	return true;
}

static void
serve_client(struct client *c)
{
	static struct reply reply;
	uint8_t head[2];
	size_t want;
	ssize_t n;

	n = recv(c->fd, c->data + c->len, sizeof(c->data) - c->len, 0);
	if (n <= 0) {
		drop(c);
		return;
	}
	c->len += n;
	while (c->len >= 2 &&
	    c->len >= (want = 2 + (c->data[0] << 8 | c->data[1]))) {
		make_reply(&reply, c->data + 2, want - 2, true);
		head[0] = reply.len >> 8;
		head[1] = reply.len;
		if (reply.len > 0 &&
		    (!send_all(c->fd, head, 2) ||
			!send_all(c->fd, reply.data, reply.len)))
			break;
		c->len -= want;
		memmove(c->data, c->data + want, c->len);
	}
	if (c->len == sizeof(c->data))
		drop(c);
}

static void
serve_tcp(int fd)
{
	int client = accept(fd, NULL, NULL);
	size_t i;

	if (client == -1)
		return;
	for (i = 0; i < MAX_CLIENTS; i++)
		if (clients[i].fd == -1) {
			clients[i].fd = client;
			clients[i].len = 0;
			return;
		}
	close(client);
}

static socklen_t
make_address(struct sockaddr_storage *ss, const char *address, unsigned port)
{
	struct sockaddr_in *in = (struct sockaddr_in *)ss;
	struct sockaddr_in6 *in6 = (struct sockaddr_in6 *)ss;

	memset(ss, 0, sizeof(*ss));
	if (inet_pton(AF_INET, address, &in->sin_addr) == 1) {
		in->sin_family = AF_INET;
		in->sin_port = htons(port);
		return sizeof(*in);
	}
	if (inet_pton(AF_INET6, address, &in6->sin6_addr) != 1)
		die("bad address '%s'", address);
	in6->sin6_family = AF_INET6;
	in6->sin6_port = htons(port);
	return sizeof(*in6);
}

static int
bind_to(int kind, const char *address, unsigned port)
{
	struct sockaddr_storage ss;
	socklen_t len = make_address(&ss, address, port);
	int fd = socket(ss.ss_family, kind, 0), yes = 1;

	if (fd == -1)
		die("no socket: %s", strerror(errno));
	fcntl(fd, F_SETFD, FD_CLOEXEC);
	setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof(yes));
	if (bind(fd, (struct sockaddr *)&ss, len) == 0 &&
	    (kind == SOCK_DGRAM || listen(fd, MAX_CLIENTS) == 0))
		return fd;
	close(fd);
	return -1;
}

static unsigned
port_of(int fd)
{
	struct sockaddr_storage ss;
	socklen_t len = sizeof(ss);

	/* sin_port and sin6_port are at the same offset. */
	getsockname(fd, (struct sockaddr *)&ss, &len);
	return ntohs(((struct sockaddr_in *)&ss)->sin_port);
}

/* UDP and TCP use the same port. For port 0, find one that is free in both. */
static unsigned
open_sockets(const char *address, unsigned port, int fds[2])
{
	unsigned tries = port == 0 ? 100 : 1, got;

	while (tries-- > 0) {
		if ((fds[0] = bind_to(SOCK_DGRAM, address, port)) == -1)
			continue;
		got = port_of(fds[0]);
		if ((fds[1] = bind_to(SOCK_STREAM, address, got)) != -1)
			return got;
		close(fds[0]);
	}
	die("can't listen on %s port %u: %s", address, port, strerror(errno));
}

static void
serve(const int fds[2], const sigset_t *mask)
{
	struct pollfd polls[2 + MAX_CLIENTS];
	size_t i;

	for (i = 0; i < 2 + MAX_CLIENTS; i++) {
		polls[i].fd = i < 2 ? fds[i] : clients[i - 2].fd;
		polls[i].events = POLLIN;
		polls[i].revents = 0;
	}
	if (ppoll(polls, 2 + MAX_CLIENTS, NULL, mask) <= 0)
		return;
	if (polls[0].revents != 0)
		serve_udp(fds[0]);
	if (polls[1].revents != 0)
		serve_tcp(fds[1]);
	for (i = 0; i < MAX_CLIENTS; i++)
		if (polls[2 + i].revents != 0)
			serve_client(&clients[i]);
}

static void
on_hangup(int sig)
{
	hung_up = sig;
}

static void
run(const char *path, const char *address, unsigned port)
{
	sigset_t hangup, mask;
	int fds[2];

	sigemptyset(&hangup);
	sigaddset(&hangup, SIGHUP);
	sigprocmask(SIG_BLOCK, &hangup, &mask);
	sigdelset(&mask, SIGHUP);
	signal(SIGHUP, on_hangup);
	port = open_sockets(address, port, fds);
	for (hung_up = 1;;) {
		if (hung_up) {
			hung_up = 0;
			read_zone(path);
			printf("ready %s %u\n", address, port);
			fflush(stdout);
		}
		serve(fds, &mask);
	}
}

int
main(int argc, char **argv)
{
	const char *address = "127.0.0.1";
	unsigned port = 53;
	size_t i;
	int c;

	while ((c = getopt(argc, argv, "a:l:p:")) != -1) {
		if (c == 'a')
			address = optarg;
		else if (c == 'p')
			port = strtoul(optarg, NULL, 10);
		else if (c != 'l' || (query_log = fopen(optarg, "a")) == NULL)
			die("bad option");
	}
	if (optind + 1 != argc)
		die("usage: dnsd [-a address] [-p port] [-l log] zone");
	zone = check(calloc(MAX_RECORDS, sizeof(*zone)));
	for (i = 0; i < MAX_CLIENTS; i++)
		clients[i].fd = -1;
	run(argv[optind], address, port);
}
