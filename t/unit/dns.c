/* Look-ups with servers of its own, a child process on 127.0.0.1. The first
 * label of a name says how the server answers. */
#include "config.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "libcar/base/clock.h"
#include "libcar/net/dns.h"
#include "t/lib/tap.h"

#define SERVERS 8
#define HEADER 12
#define MANY 100
#define CROWD 250

enum { NOERROR, FORMERR, SERVFAIL, NXDOMAIN, NOTIMP, REFUSED };
enum { TYPE_A = 1, TYPE_CNAME = 5, TYPE_TXT = 16 };

struct message {
	uint8_t bytes[65535];
	size_t len;
};

/* The server's side. */

static struct {
	int udp[SERVERS], tcp, stop; /* tcp: at the port of the first */
	unsigned silent, again;      /* number of queries for such names */
	struct message held;
	struct sockaddr_in held_for;
} server;

static void
put(struct message *m, const void *bytes, size_t n)
{
	memcpy(m->bytes + m->len, bytes, n);
	m->len += n;
}

static void
put16(struct message *m, unsigned v)
{
	uint8_t bytes[2] = { v >> 8, v };

	put(m, bytes, 2);
}

/* The head of the record, for the queried name. */
static void
put_record(struct message *m, unsigned type, size_t len)
{
	m->bytes[7]++;
	put16(m, 0xc000 | HEADER);
	put16(m, type);
	put16(m, 1);
	put16(m, 0);
	put16(m, 60);
	put16(m, len);
}

/* Strings of at most chunk bytes each. */
static void
put_txt(struct message *m, const char *text, size_t len, size_t chunk)
{
	size_t chunks = len == 0 ? 1 : (len + chunk - 1) / chunk, n;
	uint8_t head;

	put_record(m, TYPE_TXT, len + chunks);
	do {
		head = n = len < chunk ? len : chunk;
		put(m, &head, 1);
		put(m, text, n);
		text += n;
		len -= n;
	} while (len > 0);
}

static void
put_text(struct message *m, const char *text)
{
	put_txt(m, text, strlen(text), 255);
}

static void
put_filled(struct message *m, size_t len)
{
	char text[10000];

	memset(text, 'x', len);
	put_txt(m, text, len, 255);
}

static void
answer_several(struct message *m, const char *label)
{
	(void)label;
	put_text(m, "v=spf1 -all");
	put_text(m, "did=did:plc:several");
	put_text(m, "");
}

static void
answer_chunked(struct message *m, const char *label)
{
	(void)label;
	put_txt(m, "did=did:plc:chunked", 19, 4);
	put_txt(m, "and=another", 11, 6);
}

static void
answer_long(struct message *m, const char *label)
{
	(void)label;
	put_filled(m, 300);
}

static void
answer_nul(struct message *m, const char *label)
{
	(void)label;
	put_txt(m, "a\0b", 3, 255);
}

/* The alias, and the text of the name that it stands for. */
static void
answer_cname(struct message *m, const char *label)
{
	static const char other[] = "\5other\4test";
	unsigned at;

	put_record(m, TYPE_CNAME, sizeof(other));
	at = m->len;
	put(m, other, sizeof(other));
	if (strcmp(label, "alias") == 0)
		return;
	put_text(m, "did=did:plc:cname");
	m->bytes[at + sizeof(other)] = 0xc0 | at >> 8;
	m->bytes[at + sizeof(other) + 1] = at;
}

static void
answer_mixed(struct message *m, const char *label)
{
	(void)label;
	put_record(m, TYPE_A, 4);
	put(m, "\177\0\0\1", 4);
	put_text(m, "did=did:plc:mixed");
}

/* More than a datagram can hold, and a datagram that has only the heads. */
static void
answer_large(struct message *m, const char *label)
{
	(void)label;
	put_filled(m, DNS_MAX_TEXT_BYTES);
	put_filled(m, DNS_MAX_TEXT_BYTES + 1);
	put_text(m, "did=did:plc:large");
}

static void
answer_crowd(struct message *m, const char *label)
{
	int i;

	(void)label;
	for (i = 1; i < CROWD; i++)
		put_text(m, "v=spf1 -all");
	put_text(m, "did=did:plc:crowd");
}

static void
answer_cut(struct message *m, const char *label)
{
	(void)label;
	put_text(m, "did=did:plc:cut");
	m->len -= 5;
}

/* A string that is longer than its record. */
static void
answer_overlong(struct message *m, const char *label)
{
	(void)label;
	put_text(m, "did=did:plc:overlong");
	m->bytes[m->len - 21] = 255;
}

static void
answer_question(struct message *m, const char *label)
{
	(void)label;
	m->bytes[HEADER + 1] ^= 1;
	put_text(m, "did=did:plc:other");
}

static void
answer_id(struct message *m, const char *label)
{
	(void)label;
	m->bytes[0] ^= 1;
	put_text(m, "did=did:plc:other");
}

static void
answer_count(struct message *m, const char *label)
{
	char text[16];

	(void)label;
	snprintf(text, sizeof(text), "%u", server.silent);
	put_text(m, text);
}

static void
answer_rcode(struct message *m, const char *label)
{
	static const char *const names[] = { "nodata", "formerr", "servfail",
		"nxdomain", "notimp", "refused", "yxdomain", "yxrrset",
		"nxrrset", "notauth", "notzone", "dsotype", "code12", "code13",
		"code14", "code15" };
	unsigned i;

	for (i = 0; strcmp(label, names[i]) != 0;)
		i++;
	m->bytes[3] |= i;
}

/* Over TCP, too. */
static void
answer_truncated(struct message *m, const char *label)
{
	(void)label;
	m->bytes[2] |= 2;
	put_text(m, "v=spf1 -all");
}

static void
answer_label(struct message *m, const char *label)
{
	put_text(m, label);
}

static const struct {
	const char *label;
	void (*answer)(struct message *, const char *label);
} zone[] = {
	{ "several", answer_several },
	{ "chunked", answer_chunked },
	{ "long", answer_long },
	{ "nul", answer_nul },
	{ "cname", answer_cname },
	{ "alias", answer_cname },
	{ "mixed", answer_mixed },
	{ "large", answer_large },
	{ "crowd", answer_crowd },
	{ "cut", answer_cut },
	{ "overlong", answer_overlong },
	{ "question", answer_question },
	{ "id", answer_id },
	{ "count", answer_count },
	{ "nodata", answer_rcode },
	{ "formerr", answer_rcode },
	{ "servfail", answer_rcode },
	{ "nxdomain", answer_rcode },
	{ "notimp", answer_rcode },
	{ "refused", answer_rcode },
	{ "yxdomain", answer_rcode },
	{ "nxrrset", answer_rcode },
	{ "notauth", answer_rcode },
	{ "code15", answer_rcode },
	{ "truncated", answer_truncated },
	{ NULL, answer_label },
};

/* Turn the query into an answer. */
static void
answer(struct message *m, const char *label)
{
	size_t i = 0;

	m->len = HEADER;
	while (m->bytes[m->len] != 0)
		m->len += 1 + m->bytes[m->len];
	m->len += 5;
	memset(m->bytes + 6, 0, 6);
	m->bytes[2] |= 0x80;
	m->bytes[3] = 0x80;
	while (zone[i].label != NULL && strcmp(zone[i].label, label) != 0)
		i++;
	zone[i].answer(m, label);
}

static void
truncate_message(struct message *m)
{
	if (m->len <= 512)
		return;
	m->bytes[2] |= 2;
	m->bytes[7] = 0;
	m->len = HEADER;
	while (m->bytes[m->len] != 0)
		m->len += 1 + m->bytes[m->len];
	m->len += 5;
}

static void
get_label(char label[64], const struct message *m)
{
	size_t len = m->bytes[HEADER] & 63;

	memcpy(label, m->bytes + HEADER + 1, len);
	label[len] = '\0';
}

/* Must the server be silent now? */
static bool
is_silent(const char *label, unsigned which)
{
	if (strcmp(label, "silent") == 0)
		return ++server.silent > 0;
	if (strcmp(label, "again") == 0)
		return server.again++ == 0;
	return strcmp(label, "second") == 0 && which != 1;
}

static void
serve_udp(unsigned which)
{
	static struct message m;
	struct sockaddr_in from;
	socklen_t from_len = sizeof(from);
	char label[64];

	m.len = recvfrom(server.udp[which], m.bytes, sizeof(m.bytes), 0,
	    (struct sockaddr *)&from, &from_len);
	get_label(label, &m);
	if (is_silent(label, which))
		return;
	answer(&m, label);
	truncate_message(&m);
	if (strcmp(label, "grudge") == 0 && which == 0)
		m.bytes[3] |= REFUSED;
	if (strcmp(label, "garbage") == 0)
		m.len = 5;
	if (strcmp(label, "held") == 0) {
		server.held = m;
		server.held_for = from;
		return;
	}
	if (strcmp(label, "release") == 0)
		sendto(server.udp[0], server.held.bytes, server.held.len, 0,
		    (struct sockaddr *)&server.held_for, from_len);
	sendto(server.udp[which], m.bytes, m.len, 0, (struct sockaddr *)&from,
	    from_len);
}

static void
serve_tcp(void)
{
	static struct message m, out;
	int fd = accept(server.tcp, NULL, NULL);
	char label[64];
	ssize_t n;

	m.len = 0;
	while ((m.len < 2 || m.len < 2u + (m.bytes[0] << 8 | m.bytes[1])) &&
	    (n = read(fd, m.bytes + m.len, sizeof(m.bytes) - m.len)) > 0)
		m.len += n;
	m.len -= 2;
	memmove(m.bytes, m.bytes + 2, m.len);
	get_label(label, &m);
	answer(&m, label);
	out.len = 0;
	put16(&out, m.len);
	put(&out, m.bytes, m.len);
	if (write(fd, out.bytes, out.len) != (ssize_t)out.len)
		perror("write");
	close(fd);
}

/* Until the test's end of the pipe is closed. */
static void
serve(void)
{
	struct pollfd fds[SERVERS + 2];
	unsigned i;

	for (i = 0; i < SERVERS; i++)
		fds[i] = (struct pollfd){ server.udp[i], POLLIN, 0 };
	fds[SERVERS] = (struct pollfd){ server.tcp, POLLIN, 0 };
	fds[SERVERS + 1] = (struct pollfd){ server.stop, POLLIN, 0 };
	while (poll(fds, SERVERS + 2, -1) > 0) {
		if (fds[SERVERS + 1].revents != 0)
			_exit(0);
		if (fds[SERVERS].revents != 0)
			serve_tcp();
		for (i = 0; i < SERVERS; i++)
			if (fds[i].revents != 0)
				serve_udp(i);
	}
	_exit(1);
}

/* A socket at a port of 127.0.0.1; 0: any free port. */
static int
bind_socket(int type, in_port_t *port)
{
	struct sockaddr_in in = { .sin_family = AF_INET, .sin_port = *port };
	socklen_t len = sizeof(in);
	int fd = socket(AF_INET, type, 0);

	in.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	if (fd == -1 || bind(fd, (struct sockaddr *)&in, len) == -1) {
		if (fd != -1)
			close(fd);
		return -1;
	}
	getsockname(fd, (struct sockaddr *)&in, &len);
	*port = in.sin_port;
	return fd;
}

static pid_t
start_servers(in_port_t ports[SERVERS], int *stop)
{
	int ends[2], i;
	pid_t pid;

	for (i = 0; i < SERVERS; i++) {
		ports[i] = 0;
		server.udp[i] = bind_socket(SOCK_DGRAM, &ports[i]);
	}
	/* The other protocol's port may be taken. */
	while ((server.tcp = bind_socket(SOCK_STREAM, &ports[0])) == -1) {
		close(server.udp[0]);
		ports[0] = 0;
		server.udp[0] = bind_socket(SOCK_DGRAM, &ports[0]);
	}
	if (listen(server.tcp, 5) == -1 || pipe(ends) == -1 ||
	    (pid = fork()) == -1) {
		printf("Bail out! no server\n");
		exit(2);
	}
	server.stop = ends[0];
	*stop = ends[1];
	if (pid == 0) {
		close(ends[1]);
		serve();
	}
	for (i = 0; i < SERVERS; i++)
		close(server.udp[i]);
	close(server.tcp);
	close(server.stop);
	return pid;
}

/* The test's side. */

static in_port_t ports[SERVERS];
static struct loop *loop;

struct result {
	unsigned calls;
	size_t count, len[CROWD];
	char text[CROWD][DNS_MAX_TEXT_BYTES + 1];
	bool failed;
	struct status st;
};

static void
done(void *ctx, const struct dns_answer *got, const struct status *st)
{
	struct result *r = ctx;
	size_t i;

	r->calls++;
	r->failed = got == NULL;
	if (st != NULL)
		r->st = *st;
	r->count = got != NULL ? got->count : 0;
	for (i = 0; i < r->count; i++) {
		r->len[i] = got->len[i];
		memcpy(r->text[i], got->text[i], got->len[i] + 1);
	}
}

static struct dns *
open_dns(unsigned timeout_ms, unsigned servers)
{
	struct status st = { .code = STATUS_OK };
	struct dns *dns = dns_open(loop, timeout_ms, &st);
	char csv[SERVERS * 24] = "";
	size_t n = 0, i;

	for (i = 0; i < servers; i++)
		n += snprintf(csv + n, sizeof(csv) - n, "%s127.0.0.1:%u",
		    i > 0 ? "," : "", ntohs(ports[i]));
	if (dns == NULL || dns_servers(dns, csv, &st) == -1) {
		printf("Bail out! %s\n", st.msg);
		exit(2);
	}
	return dns;
}

/* One turn of the loop. */
static void
turn(int most_ms)
{
	struct status st;

	if (loop_once(loop, most_ms, &st) == -1) {
		printf("Bail out! %s\n", st.msg);
		exit(2);
	}
}

/* How many milliseconds does the loop wait? */
static uint64_t
time_turn(int most_ms)
{
	uint64_t start = clock_monotonic_ms();

	turn(most_ms);
	return clock_monotonic_ms() - start;
}

/* The result is borrowed until the next one. */
static struct result *
look_up(struct dns *dns, const char *name)
{
	static struct result r;

	memset(&r, 0, sizeof(r));
	dns_txt(dns, name, done, &r);
	while (r.calls == 0)
		turn(1000);
	is_int(r.calls, 1, "%s: done is called once", name);
	return &r;
}

static void
has_none(struct dns *dns, const char *name)
{
	struct result *r = look_up(dns, name);

	ok(!r->failed, "%s is no error", name);
	is_int(r->count, 0, "but no text");
}

static struct result *
has(struct dns *dns, const char *name, size_t count)
{
	struct result *r = look_up(dns, name);

	ok(!r->failed, "%s is answered", name);
	is_int(r->count, count, "by so many texts");
	return r;
}

static void
has_one(struct dns *dns, const char *name, const char *want)
{
	struct result *r = has(dns, name, 1);

	is_mem(r->text[0], r->len[0], want, strlen(want), "namely %s", want);
	is_str(r->text[0], want, "with a NUL behind");
}

static void
fails(struct dns *dns, const char *name, enum status_code want)
{
	struct result *r = look_up(dns, name);

	ok(r->failed, "%s fails", name);
	is_str(status_name(r->st.code), status_name(want), "%s", r->st.msg);
	ok(strstr(r->st.msg, name) != NULL, "and names it");
}

/* After garbage, old versions of c-ares go on waiting, new ones don't. */
static void
fails_somehow(struct dns *dns, const char *name)
{
	struct result *r = look_up(dns, name);

	ok(r->failed && status_retry(r->st.code), "%s fails: %s", name,
	    r->st.msg);
}

static void
test_texts(struct dns *dns)
{
	struct result *r;

	has_one(dns, "one.test", "one");
	has_one(dns, "_atproto.one.test", "_atproto");
	r = has(dns, "several.test", 3);
	is_str(r->text[0], "v=spf1 -all", "the first");
	is_str(r->text[1], "did=did:plc:several", "the second");
	is_int(r->len[2], 0, "and the last is empty");
	r = has(dns, "chunked.test", 2);
	is_str(r->text[0], "did=did:plc:chunked", "strings are put together");
	is_str(r->text[1], "and=another", "record by record");
	r = has(dns, "long.test", 1);
	is_int(r->len[0], 300, "a text of more than one string");
	r = has(dns, "nul.test", 1);
	is_mem(r->text[0], r->len[0], "a\0b", 3, "a text with a NUL");
	has_one(dns, "cname.test", "did=did:plc:cname");
	has_one(dns, "mixed.test", "did=did:plc:mixed");
}

static void
test_tcp(struct dns *dns)
{
	struct result *r = has(dns, "large.test", 2);

	is_int(r->len[0], DNS_MAX_TEXT_BYTES, "the longest text");
	is_str(r->text[1], "did=did:plc:large",
	    "and another, without one that is too long");
	r = has(dns, "crowd.test", CROWD);
	is_str(r->text[CROWD - 1], "did=did:plc:crowd", "the last of many");
}

static void
test_none(struct dns *dns)
{
	char name[300];

	has_none(dns, "nxdomain.test");
	has_none(dns, "nodata.test");
	has_none(dns, "alias.test");
	has_none(dns, "a..test");
	memset(name, 'a', sizeof(name));
	name[64] = '\0';
	has_none(dns, name);
	memset(name, '.', sizeof(name));
	for (size_t i = 0; i < sizeof(name); i += 2)
		name[i] = 'a';
	name[sizeof(name) - 1] = '\0';
	has_none(dns, name);
}

static void
test_errors(void)
{
	struct dns *dns = open_dns(60000, 1);
	struct status st = { .code = STATUS_OK };
	in_port_t nobody = 0;
	char csv[24];

	fails(dns, "servfail.test", STATUS_DNS);
	fails(dns, "refused.test", STATUS_DNS);
	fails(dns, "notimp.test", STATUS_DNS);
	fails(dns, "formerr.test", STATUS_DNS);
	fails(dns, "yxdomain.test", STATUS_DNS);
	fails(dns, "nxrrset.test", STATUS_DNS);
	fails(dns, "notauth.test", STATUS_DNS);
	fails(dns, "code15.test", STATUS_DNS);
	fails(dns, "truncated.test", STATUS_DNS);
	fails(dns, "cut.test", STATUS_DNS);
	fails(dns, "overlong.test", STATUS_DNS);
	has_one(dns, "one.test", "one");
	dns_close(dns);

	close(bind_socket(SOCK_DGRAM, &nobody));
	snprintf(csv, sizeof(csv), "127.0.0.1:%u", ntohs(nobody));
	dns = open_dns(60000, 1);
	is_int(dns_servers(dns, csv, &st), 0, "a server that isn't there");
	fails(dns, "one.test", STATUS_DNS);
	is_int(dns_servers(dns, "nonsense", &st), -1, "no server: %s", st.msg);
	dns_close(dns);
}

static unsigned
count_silent(void)
{
	struct dns *dns = open_dns(60000, 1);
	unsigned count = atoi(look_up(dns, "count.test")->text[0]);

	dns_close(dns);
	return count;
}

/* A silent server is asked again; other look-ups proceed; and it ends even if
 * the time is too short for all look-ups. */
static void
test_timeouts(void)
{
	struct dns *dns = open_dns(300, 1);
	unsigned count;

	fails(dns, "silent.test", STATUS_TIMEOUT);
	fails_somehow(dns, "garbage.test");
	fails(dns, "question.test", STATUS_TIMEOUT);
	fails(dns, "id.test", STATUS_TIMEOUT);
	dns_close(dns);
	dns = open_dns(6000, 1);
	has_one(dns, "again.test", "again");
	dns_close(dns);
	dns = open_dns(6000, 2);
	has_one(dns, "second.test", "second");
	has_one(dns, "grudge.test", "grudge");
	dns_close(dns);
	count = count_silent();
	dns = open_dns(300, SERVERS);
	fails(dns, "silent.test", STATUS_TIMEOUT);
	count = count_silent() - count;
	ok(count > 0 && count < SERVERS, "%u of %d servers were asked", count,
	    SERVERS);
	dns_close(dns);
}

/* The answer comes after the look-up was given up. */
static void
test_late(void)
{
	struct dns *dns = open_dns(1500, SERVERS);
	struct result *late = calloc(1, sizeof(*late));

	dns_txt(dns, "held.test", done, late);
	while (late->calls == 0)
		turn(1000);
	is_int(late->st.code, STATUS_TIMEOUT, "%s", late->st.msg);
	has_one(dns, "release.test", "release");
	is_int(late->calls, 1, "an answer that comes late comes for nobody");
	dns_close(dns);
	is_int(late->calls, 1, "nor is done called at the end");
	free(late);
}

static void
count_calls(void *ctx, const struct dns_answer *got, const struct status *st)
{
	unsigned *calls = ctx;

	(void)got;
	(void)st;
	++*calls;
}

static void
test_close(void)
{
	struct dns *dns = open_dns(1500, 1);
	unsigned calls = 0;

	ok(time_turn(30) >= 30, "nothing to wait for without look-ups");
	dns_txt(dns, "silent.test", count_calls, &calls);
	ok(time_turn(60000) < 60000, "a time to wait for with one");
	dns_txt(dns, "one.test", count_calls, &calls);
	is_int(calls, 0, "no answer yet");
	dns_close(dns);
	is_int(calls, 0, "dns_close() calls nobody");
	ok(time_turn(1600) >= 1600, "and leaves nothing to wait for");
	is_int(calls, 0, "nor is anybody called later");
	dns_close(NULL);
}

struct many {
	struct dns *dns;
	unsigned calls, wrong;
	bool *end;
	char name[32];
};

/* Each callback starts another look-up of the same name, and then ends it. */
static void
next_of_many(void *ctx, const struct dns_answer *got, const struct status *st)
{
	struct many *m = ctx;
	size_t n = strcspn(m->name, ".");

	m->wrong += st != NULL || got->count != 1 || got->len[0] != n ||
	    memcmp(got->text[0], m->name, n) != 0;
	if (++m->calls == 1)
		dns_txt(m->dns, m->name, next_of_many, m);
}

static void
test_many(void)
{
	static struct many many[MANY];
	struct dns *dns = open_dns(60000, 1);
	unsigned calls = 0, wrong = 0;
	size_t i;

	for (i = 0; i < MANY; i++) {
		many[i].dns = dns;
		snprintf(many[i].name, sizeof(many[i].name), "n%zu.test", i);
		dns_txt(dns, many[i].name, next_of_many, &many[i]);
	}
	while (calls < 2 * MANY) {
		turn(1000);
		for (calls = wrong = i = 0; i < MANY; i++) {
			calls += many[i].calls;
			wrong += many[i].wrong;
		}
	}
	is_int(calls, 2 * MANY, "look-ups at once, and from within done");
	is_int(wrong, 0, "each has its own answer");
	dns_close(dns);
}

int
main(void)
{
	int stop, status = -1;
	pid_t pid = start_servers(ports, &stop);
	struct status st;
	struct dns *dns;

	alarm(120);
	if ((loop = loop_open(&st)) == NULL)
		return 2;
	dns = open_dns(60000, 1);
	test_texts(dns);
	test_tcp(dns);
	test_none(dns);
	dns_close(dns);
	test_errors();
	test_timeouts();
	test_late();
	test_close();
	test_many();
	loop_close(loop);
	close(stop);
	waitpid(pid, &status, 0);
	is_int(status, 0, "the servers end well");
	return done_testing();
}
