/*
 * faultyd: an HTTP server of files that makes the faults that rules ask for,
 * for tests of the network programs. It acts as PLC directory, PDS, relay, or
 * the host of a did:web or a handle, with one port of this machine for each
 * host that a test needs. Test scripts start it with t/lib/net.sh.
 *
 *	faultyd [-6] [-a ADDRESS] [-p PORT] [-n PORTS] [-s CERT KEY] [-d DIR]
 *	    [-r RULES] [-l LOG] [-c COUNTS]
 *
 * -n ports (1) of address -a (127.0.0.1), from -p upwards (0: any free ports);
 * -6: the same ports of ::1 too; -s: TLS. When it listens, it prints the ports
 * as one line. It runs until SIGTERM, or until the process that started it has
 * ended. The index of the first port is 0.
 *
 * -d: files. The answer to a request for PATH?QUERY is the first file that
 * exists of
 *	DIR/@INDEX/PATH/VALUES	DIR/@INDEX/PATH		INDEX of the port
 *	DIR/@HOST/PATH/VALUES	DIR/@HOST/PATH		HOST as asked, no port
 *	DIR/PATH/VALUES		DIR/PATH
 * PATH is percent-decoded. VALUES are the decoded values of the query, with "_"
 * for "/", joined by ",": first did and repo, then the others in their order,
 * then cursor; limit is omitted, and so is since, as by a host that ignores it,
 * if there is no file with it. Without a query, VALUES is "index". Examples:
 *	/did:plc:x			did:plc:x
 *	/.well-known/did.json		.well-known/did.json
 *	com.atproto.sync.getRepo?did=D	xrpc/com.atproto.sync.getRepo/D
 *	com.atproto.sync.getRepo?did=D&since=R
 *					xrpc/com.atproto.sync.getRepo/D,R
 *	com.atproto.repo.listRecords?limit=100&repo=D&collection=C&cursor=X
 *					xrpc/com.atproto.repo.listRecords/D,C,X
 *	com.atproto.sync.listRepos	xrpc/com.atproto.sync.listRepos/index
 * Names that end in .json and contents that begin with { or [ are sent as
 * application/json, CARs as application/vnd.ipld.car and chunked, everything
 * else as text/plain. If there is a file NAME.http, it is the whole answer: a
 * line "HTTP/1.1 410 Gone", headers, an empty line, the body; its
 * Content-Length may be wrong. For a missing file the answer is 400
 * RepoNotFound under /xrpc/, and 404 elsewhere.
 *
 * -r: rules. faultyd reads them again when the file changes (or on SIGHUP), and
 * sets all counts to 0. The first rule that applies decides; if none applies,
 * the file is the answer. A rule is a line of words, '' and "" quote, # begins
 * a comment:
 *	INDEX-or-* GLOB WORD...
 * GLOB is compared with path and query, percent-decoded; * matches slashes too.
 * To which requests, of those that match and reached it, does it apply?
 *	after=N		all but the first N
 *	times=N		at most N of them
 *	first=N		to the first N for each path and query
 *	above=N		while more than N are in flight at the port, with this
 *	method=NAME	to those of this method
 * What is the answer? At most one of these; without them, the file:
 *	status=N	a page of HTML, as proxies write them
 *	error=NAME	an XRPC error, status 400
 *	redirect=URL	status 302
 *	body=TEXT	status 200, text/plain
 *	file=NAME	status 200, DIR/NAME
 *	echo		status 200, text/plain: the request's method, path and
 *			query, its headers, an empty line, its body
 *	limit=N/SECONDS	a real limiter: N requests of each port in this time,
 *			429 after that, and RateLimit-* headers always
 * With it:
 *	status=N type=MIME header="NAME: VALUE" (any number of them)
 *	retry-after=V	2, or a date as +2s
 *	ratelimit=LIMIT,REMAINING,RESET		RESET an epoch, or as +2s
 *	chunked, sized	Transfer-Encoding or Content-Length
 * In TEXT, URL and VALUE, %r is how often the rule has applied, %u the path and
 * query as they were sent, %t+2 the epoch in two seconds, %T+2 the same as a
 * date. Which fault does the answer have?
 *	delay=MS	before the answer
 *	drip=N		N bytes of the body a second
 *	cut=N		close after N bytes of the body
 *	reset=N		RST after N bytes of the body
 *	stall=N		nothing more after N bytes of the body
 *	length=N	this Content-Length, whatever the body's length is
 *	endless		the body, then spaces for ever; chunked unless sized
 *	endless=NAME	the body, then DIR/NAME again and again
 * cut, reset and stall come before the end of a chunked body of N bytes.
 * Without an answer:
 *	hang		nothing
 *	reset		RST
 *	garbage=TEXT	TEXT alone, then close
 *	flood		headers for ever
 * The last two are plain text with TLS, too.
 *
 * -l: when a request comes, write a line "EPOCH.MS INDEX STATUS PATH?QUERY
 * USER-AGENT"; STATUS is a number, hang, reset, garbage or flood. -c: on
 * SIGUSR1 and at the end, write JSON to a file that is renamed into place;
 * SIGUSR2 does the same, then sets the counts to 0:
 *	requests connections maxOpen inFlight maxInFlight maxPorts
 *	ports: [{port requests connections open maxOpen inFlight maxInFlight}]
 * max* is the highest number at the same time; maxPorts counts ports with
 * requests in flight. A request is in flight from its arrival until just before
 * the last piece of its answer is written, or until its client has gone: never
 * longer than the client thinks.
 */
#include "config.h"

#include <arpa/inet.h>
#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <fnmatch.h>
#include <inttypes.h>
#include <limits.h>
#include <microhttpd.h>
#include <netinet/in.h>
#include <poll.h>
#include <pthread.h>
#include <search.h>
#include <signal.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "libcar/base/buf.h"

#define NONE UINT64_MAX
#define MAX_PORTS 256
#define MAX_RULES 256
#define MAX_VALUES 16
#define MAX_HEAD_BYTES 65536

struct port {
	unsigned number;
	struct MHD_Daemon *daemon[2];
	unsigned long requests, connections, open, max_open;
	unsigned long in_flight, max_in_flight;
};

struct fault {
	uint64_t delay, drip, cut, reset, stall, length;
	bool chunked, sized, endless;
};

struct window {
	time_t end;
	uint64_t requests;
};

struct rule {
	char *port, *glob;
	uint64_t after, times, first, above;
	uint64_t status, limit, seconds;
	char *error, *redirect, *body, *file, *type, *fill, *method;
	struct buf headers; /* lines */
	struct fault fault;
	bool hang, reset, flood, echo;
	char *garbage;
	uint64_t seen, applied;
	void *targets; /* a tree of struct target */
	struct window windows[MAX_PORTS];
};

struct target {
	uint64_t seen;
	char *text;
};

/* One request and its answer, owned by its connection's thread. */
struct request {
	struct port *port;
	struct MHD_Connection *connection;
	char *target, *decoded; /* path and query */
	const char *method, *host;
	struct buf content; /* its body */
	int socket;
	bool begun, in_flight;
	const char *instead; /* of an answer */
	unsigned status;
	const char *type;
	struct buf headers, text; /* the body, or if there is a file: */
	int file, fill;
	uint64_t at, size, fill_size;
	struct fault fault;
};

static struct {
	const char *address, *dir, *rules, *log, *counts;
	char *cert, *key;
	unsigned ports, first;
	bool v6;
} o = { .address = "127.0.0.1", .ports = 1 };

/* The lock protects all of these. */
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static struct port ports[MAX_PORTS], total;
static unsigned long busy, max_busy;
static struct buf rules_text;
static struct rule rules[MAX_RULES];
static size_t rules_count;
static struct stat rules_stat;
static FILE *log_file;

static uint64_t
now_ms(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_REALTIME, &ts);
	return ts.tv_sec * (uint64_t)1000 + ts.tv_nsec / 1000000;
}

static void
raise_to(unsigned long *max, unsigned long n)
{
	if (*max < n)
		*max = n;
}

static void print(struct buf *b, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

static void
print(struct buf *b, const char *format, ...)
{
	va_list ap;
	char *text;

	va_start(ap, format);
	if (vasprintf(&text, format, ap) == -1)
		err(2, "memory");
	va_end(ap);
	buf_puts(b, text);
	free(text);
}

static char *
copy(const char *text)
{
	char *s = strdup(text);

	if (s == NULL)
		err(2, "memory");
	return s;
}

/* Decode in place. What isn't %HH stays. */
static char *
decode(char *text)
{
	char *to = text, *from = text, hex[3] = "", *end;

	for (; *from != '\0'; from++, to++) {
		*to = *from;
		if (*from != '%' || from[1] == '\0')
			continue;
		memcpy(hex, from + 1, 2);
		*to = strtoul(hex, &end, 16);
		if (end == hex + 2 && *to != '\0')
			from += 2;
		else
			*to = '%';
	}
	*to = '\0';
	return text;
}

/* Counting */

static void
enter(struct request *r)
{
	struct port *p = r->port;

	r->in_flight = true;
	p->requests++;
	total.requests++;
	raise_to(&p->max_in_flight, ++p->in_flight);
	raise_to(&total.max_in_flight, ++total.in_flight);
	if (p->in_flight == 1)
		raise_to(&max_busy, ++busy);
}

static void
leave(struct request *r)
{
	pthread_mutex_lock(&lock);
	if (r->in_flight) {
		r->in_flight = false;
		total.in_flight--;
		if (--r->port->in_flight == 0)
			busy--;
	}
	pthread_mutex_unlock(&lock);
}

static void
on_connection(void *cls, struct MHD_Connection *c, void **context,
    enum MHD_ConnectionNotificationCode code)
{
	struct port *p = cls;

	(void)c;
	(void)context;
	pthread_mutex_lock(&lock);
	if (code == MHD_CONNECTION_NOTIFY_STARTED) {
		p->connections++;
		total.connections++;
		raise_to(&p->max_open, ++p->open);
		raise_to(&total.max_open, ++total.open);
	} else {
		p->open--;
		total.open--;
	}
	pthread_mutex_unlock(&lock);
}

/* Start again from 0, except for what is in flight or open. */
static void
forget_counts(void)
{
	struct port *p;

	pthread_mutex_lock(&lock);
	for (p = ports; p <= ports + o.ports; p++) {
		struct port *x = p < ports + o.ports ? p : &total;

		x->requests = x->connections = 0;
		x->max_open = x->open;
		x->max_in_flight = x->in_flight;
	}
	max_busy = busy;
	pthread_mutex_unlock(&lock);
}

static void
write_counts(void)
{
	struct port *p;
	char aside[PATH_MAX];
	FILE *f;

	if (o.counts == NULL)
		return;
	snprintf(aside, sizeof(aside), "%s.new", o.counts);
	if ((f = fopen(aside, "w")) == NULL)
		err(2, "%s", aside);
	pthread_mutex_lock(&lock);
	fprintf(f,
	    "{\"requests\":%lu,\"connections\":%lu,\"maxOpen\":%lu,"
	    "\"inFlight\":%lu,\"maxInFlight\":%lu,\"maxPorts\":%lu,"
	    "\"ports\":[",
	    total.requests, total.connections, total.max_open, total.in_flight,
	    total.max_in_flight, max_busy);
	for (p = ports; p < ports + o.ports; p++)
		fprintf(f,
		    "%s\n{\"port\":%u,\"requests\":%lu,\"connections\":%lu,"
		    "\"open\":%lu,\"maxOpen\":%lu,\"inFlight\":%lu,"
		    "\"maxInFlight\":%lu}",
		    p == ports ? "" : ",", p->number, p->requests,
		    p->connections, p->open, p->max_open, p->in_flight,
		    p->max_in_flight);
	pthread_mutex_unlock(&lock);
	fprintf(f, "]}\n");
	if (fclose(f) != 0 || rename(aside, o.counts) == -1)
		err(2, "%s", o.counts);
}

/* Rules */

/* The next word of a line, without its quotes, which are removed in place. NULL
 * at the end. */
static char *
next_word(char **at)
{
	char *from = *at + strspn(*at, " \t"), *word = from, *to = from, quote;

	if (*from == '\0' || *from == '#')
		return NULL;
	for (quote = '\0'; *from != '\0'; from++)
		if (*from == quote)
			quote = '\0';
		else if (quote == '\0' && (*from == '"' || *from == '\''))
			quote = *from;
		else if (quote == '\0' && (*from == ' ' || *from == '\t'))
			break;
		else
			*to++ = *from;
	*at = from + (*from != '\0');
	*to = '\0';
	return word;
}

enum kind { FLAG, NUMBER, TEXT };

static const struct word {
	const char *name;
	enum kind kind;
	size_t at;
} words[] = {
	{ "above", NUMBER, offsetof(struct rule, above) },
	{ "after", NUMBER, offsetof(struct rule, after) },
	{ "body", TEXT, offsetof(struct rule, body) },
	{ "chunked", FLAG, offsetof(struct rule, fault.chunked) },
	{ "cut", NUMBER, offsetof(struct rule, fault.cut) },
	{ "delay", NUMBER, offsetof(struct rule, fault.delay) },
	{ "drip", NUMBER, offsetof(struct rule, fault.drip) },
	{ "echo", FLAG, offsetof(struct rule, echo) },
	{ "endless", FLAG, offsetof(struct rule, fault.endless) },
	{ "endless", TEXT, offsetof(struct rule, fill) },
	{ "error", TEXT, offsetof(struct rule, error) },
	{ "file", TEXT, offsetof(struct rule, file) },
	{ "first", NUMBER, offsetof(struct rule, first) },
	{ "flood", FLAG, offsetof(struct rule, flood) },
	{ "garbage", TEXT, offsetof(struct rule, garbage) },
	{ "hang", FLAG, offsetof(struct rule, hang) },
	{ "length", NUMBER, offsetof(struct rule, fault.length) },
	{ "method", TEXT, offsetof(struct rule, method) },
	{ "redirect", TEXT, offsetof(struct rule, redirect) },
	{ "reset", FLAG, offsetof(struct rule, reset) },
	{ "reset", NUMBER, offsetof(struct rule, fault.reset) },
	{ "sized", FLAG, offsetof(struct rule, fault.sized) },
	{ "stall", NUMBER, offsetof(struct rule, fault.stall) },
	{ "status", NUMBER, offsetof(struct rule, status) },
	{ "times", NUMBER, offsetof(struct rule, times) },
	{ "type", TEXT, offsetof(struct rule, type) },
	{ NULL, FLAG, 0 },
};

static bool
is_number(const char *s)
{
	return *s != '\0' && s[strspn(s, "0123456789")] == '\0';
}

/* Append a header. Write a time such as +2s in the form that expand() knows. */
static void
put_header(struct buf *b, const char *name, const char *value, char letter)
{
	if (*value == '+' && value[strlen(value) - 1] == 's')
		print(b, "%s: %%%c%.*s\n", name, letter, (int)strlen(value) - 1,
		    value);
	else
		print(b, "%s: %s\n", name, value);
}

/* Words with a meaning beyond their value. */
static bool
special_word(struct rule *r, const char *name, char *value)
{
	char *remaining, *reset;

	if (strcmp(name, "header") == 0)
		print(&r->headers, "%s\n", value);
	else if (strcmp(name, "retry-after") == 0)
		put_header(&r->headers, "Retry-After", value, 'T');
	else if (strcmp(name, "limit") == 0)
		return sscanf(value, "%" SCNu64 "/%" SCNu64, &r->limit,
			   &r->seconds) == 2 &&
		    r->seconds > 0;
	else if (strcmp(name, "ratelimit") == 0) {
		if ((remaining = strchr(value, ',')) == NULL ||
		    (reset = strchr(remaining + 1, ',')) == NULL)
			return false;
		*remaining++ = *reset++ = '\0';
		put_header(&r->headers, "RateLimit-Limit", value, 't');
		put_header(&r->headers, "RateLimit-Remaining", remaining, 't');
		put_header(&r->headers, "RateLimit-Reset", reset, 't');
	} else
		return false;
	return true;
}

static bool
add_word(struct rule *r, char *text)
{
	char *value = strchr(text, '='), *field;
	const struct word *w;

	if (value != NULL)
		*value++ = '\0';
	for (w = words; w->name != NULL; w++) {
		field = (char *)r + w->at;
		if (strcmp(w->name, text) != 0 ||
		    (w->kind == FLAG) != (value == NULL))
			continue;
		if (w->kind == NUMBER && !is_number(value))
			return false;
		if (w->kind == FLAG)
			*(bool *)(void *)field = true;
		else if (w->kind == NUMBER)
			*(uint64_t *)(void *)field = strtoull(value, NULL, 10);
		else
			*(char **)(void *)field = value;
		return true;
	}
	return value != NULL && special_word(r, text, value);
}

static void
add_rule(char *line)
{
	struct rule *r = &rules[rules_count];
	char *word = next_word(&line);

	if (word == NULL)
		return;
	if (rules_count == MAX_RULES)
		errx(2, "%s: more than %d rules", o.rules, MAX_RULES);
	memset(r, 0, sizeof(*r));
	r->fault.cut = r->fault.stall = r->fault.reset = NONE;
	r->fault.length = r->times = r->first = NONE;
	r->port = word;
	r->glob = next_word(&line);
	if (r->glob == NULL || (strcmp(word, "*") != 0 && !is_number(word)))
		errx(2, "%s: '%s' isn't a port and a path", o.rules, word);
	while ((word = next_word(&line)) != NULL)
		if (!add_word(r, word))
			errx(2, "%s: no such word as '%s'", o.rules, word);
	buf_putc(&r->headers, '\0');
	rules_count++;
}

static void
free_target(void *node)
{
	struct target *t = node;

	free(t->text);
	free(t);
}

static void
forget_rules(void)
{
	while (rules_count > 0) {
		rules_count--;
		buf_free(&rules[rules_count].headers);
		tdestroy(rules[rules_count].targets, free_target);
	}
	rules_text.len = 0;
}

static bool
same_stat(const struct stat *a, const struct stat *b)
{
	return a->st_ino == b->st_ino && a->st_size == b->st_size &&
	    a->st_mtim.tv_sec == b->st_mtim.tv_sec &&
	    a->st_mtim.tv_nsec == b->st_mtim.tv_nsec;
}

/* A wrong rule is a fault of the test. End the server, so that somebody
 * notices. */
static void
read_rules(bool again)
{
	char *line, *end;
	struct stat st;
	size_t n;
	FILE *f;

	if (o.rules == NULL)
		return;
	if (stat(o.rules, &st) == -1 || (f = fopen(o.rules, "r")) == NULL)
		err(2, "%s", o.rules);
	if (again || !same_stat(&st, &rules_stat)) {
		rules_stat = st;
		forget_rules();
		if (buf_reserve(&rules_text, st.st_size + 1) == NULL)
			err(2, "memory");
		n = fread(rules_text.data, 1, st.st_size, f);
		rules_text.data[n] = '\0';
		for (line = rules_text.data; line != NULL; line = end) {
			if ((end = strchr(line, '\n')) != NULL)
				*end++ = '\0';
			add_rule(line);
		}
	}
	fclose(f);
}

static int
by_text(const void *a, const void *b)
{
	return strcmp(((const struct target *)a)->text,
	    ((const struct target *)b)->text);
}

static uint64_t
seen_before(struct rule *rule, char *text)
{
	struct target want = { 0, text }, *t, **found;

	found = tfind(&want, &rule->targets, by_text);
	if (found != NULL)
		return ++(*found)->seen;
	if ((t = calloc(1, sizeof(*t))) == NULL)
		err(2, "memory");
	t->text = copy(text);
	if (tsearch(t, &rule->targets, by_text) == NULL)
		err(2, "memory");
	return 0;
}

static bool
applies(struct rule *rule, struct request *r)
{
	if (strcmp(rule->port, "*") != 0 &&
	    strtoul(rule->port, NULL, 10) != (unsigned long)(r->port - ports))
		return false;
	if (fnmatch(rule->glob, r->decoded, 0) != 0)
		return false;
	if (r->port->in_flight <= rule->above)
		return false;
	if (rule->method != NULL && strcmp(rule->method, r->method) != 0)
		return false;
	if (rule->seen++ < rule->after || rule->applied >= rule->times)
		return false;
	if (rule->first != NONE && seen_before(rule, r->target) >= rule->first)
		return false;
	rule->applied++;
	return true;
}

static struct rule *
find_rule(struct request *r)
{
	size_t i;

	for (i = 0; i < rules_count; i++)
		if (applies(&rules[i], r))
			return &rules[i];
	return NULL;
}

/* Answers from files */

/* Open r's file, or one relative to another descriptor. False if it isn't a
 * regular file. */
static bool
open_file(const char *path, int *fd, uint64_t *size)
{
	struct stat st;

	if ((*fd = open(path, O_RDONLY | O_CLOEXEC)) == -1)
		return false;
	if (fstat(*fd, &st) == 0 && S_ISREG(st.st_mode)) {
		*size = st.st_size;
		return true;
	}
	close(*fd);
	*fd = -1;
	return false;
}

static bool
ends_in(const char *text, const char *end)
{
	size_t n = strlen(text), m = strlen(end);

	return n >= m && strcmp(text + n - m, end) == 0;
}

static const char *
type_of(struct request *r, const char *path)
{
	char head[32];
	ssize_t n = pread(r->file, head, sizeof(head), 0);

	if (n > 0 && memmem(head, n, "eroots", 6) != NULL)
		return "application/vnd.ipld.car";
	if (ends_in(path, ".json") || (n > 0 && (*head == '{' || *head == '[')))
		return "application/json";
	return "text/plain";
}

static void
put_line(struct request *r, char *line)
{
	if (strncasecmp(line, "Content-Length:", 15) == 0)
		r->fault.length = strtoull(line + 15, NULL, 10);
	else if (strncasecmp(line, "Content-Type:", 13) == 0)
		r->type = NULL;
	if (strncasecmp(line, "Content-Length:", 15) != 0)
		print(&r->headers, "%s\n", line);
}

/* Read the head of a .http file. After that, the body begins at r->at. */
static void
read_head(struct request *r)
{
	char head[MAX_HEAD_BYTES + 1], *line, *end, *code;
	ssize_t n = pread(r->file, head, MAX_HEAD_BYTES, 0);

	head[n > 0 ? n : 0] = '\0';
	code = strncmp(head, "HTTP/", 5) == 0 ? strchr(head, ' ') : head;
	r->status = code == NULL ? 0 : strtoul(code, NULL, 10);
	for (line = head; (end = strchr(line, '\n')) != NULL; line = end + 1) {
		*end = '\0';
		if (end > line && end[-1] == '\r')
			end[-1] = '\0';
		if (*line == '\0')
			break;
		if (line != head)
			put_line(r, line);
	}
	if (end == NULL || r->status < 200 || r->status > 999)
		errx(2, "%s: its .http file isn't an answer", r->target);
	r->at = end + 1 - head;
	r->size -= r->at;
}

static bool
try_file(struct request *r, const char *prefix, const char *path,
    const char *values)
{
	char name[PATH_MAX];
	int n;

	n = snprintf(name, sizeof(name), "%s%s%s%s%s.http", o.dir, prefix, path,
	    *values == '\0' ? "" : "/", values);
	if (n < 0 || (size_t)n >= sizeof(name))
		return false;
	r->status = MHD_HTTP_OK;
	if (open_file(name, &r->file, &r->size)) {
		r->type = "text/plain";
		read_head(r);
		return true;
	}
	name[n - 5] = '\0';
	if (!open_file(name, &r->file, &r->size))
		return false;
	r->type = type_of(r, name);
	if (ends_in(r->type, ".car") && !r->fault.sized)
		r->fault.chunked = true;
	return true;
}

/* 0: before the others, 1, 2: after them, 3: not at all */
static int
rank(const char *name, bool since)
{
	if (strcmp(name, "since") == 0 && !since)
		return 3;
	if (strcmp(name, "did") == 0 || strcmp(name, "repo") == 0)
		return 0;
	if (strcmp(name, "limit") == 0)
		return 3;
	return strcmp(name, "cursor") == 0 ? 2 : 1;
}

static void
join_values(struct buf *out, const char *of, bool since)
{
	char *query = copy(of), *names[MAX_VALUES], *values[MAX_VALUES], *p,
	     *save = NULL;
	size_t n = 0, i;
	int pass;

	for (p = strtok_r(query, "&", &save); p != NULL && n < MAX_VALUES;
	     p = strtok_r(NULL, "&", &save)) {
		names[n] = p;
		if ((values[n] = strchr(p, '=')) == NULL)
			continue;
		*values[n]++ = '\0';
		decode(values[n]);
		while ((p = strchr(values[n], '/')) != NULL)
			*p = '_';
		n++;
	}
	for (pass = 0; pass < 3; pass++)
		for (i = 0; i < n; i++)
			if (rank(names[i], since) == pass)
				print(out, "%s%s", out->len > 0 ? "," : "",
				    values[i]);
	buf_puts(out, out->len > 0 ? "" : "index");
	buf_putc(out, '\0');
	free(query);
}

static bool
find_of(struct request *r, char *path, const char *query, bool since)
{
	struct buf values = { .len = 0 };
	char index[32], host[300] = "";
	bool found;

	join_values(&values, query, since);
	snprintf(index, sizeof(index), "/@%u", (unsigned)(r->port - ports));
	if (r->host != NULL && strchr(r->host, '/') == NULL)
		snprintf(host, sizeof(host), "/@%.*s",
		    (int)strcspn(r->host, ":"), r->host);
	found = strstr(r->decoded, "..") == NULL && *path == '/' &&
	    (try_file(r, index, path, values.data) ||
		try_file(r, index, path, "") ||
		try_file(r, host, path, values.data) ||
		try_file(r, host, path, "") ||
		try_file(r, "", path, values.data) ||
		try_file(r, "", path, ""));
	buf_free(&values);
	return found;
}

static bool
find_file(struct request *r)
{
	char *path = copy(r->target), *query;
	bool found;

	if ((query = strchr(path, '?')) != NULL)
		*query++ = '\0';
	else
		query = path + strlen(path);
	decode(path);
	found = find_of(r, path, query, true) || find_of(r, path, query, false);
	free(path);
	return found;
}

static void
xrpc_error(struct request *r, const char *name)
{
	r->type = "application/json";
	print(&r->text, "{\"error\":\"%s\",\"message\":\"faultyd: %s\"}", name,
	    name);
}

static void
answer_file(struct request *r)
{
	if (o.dir != NULL && find_file(r))
		return;
	if (strncmp(r->target, "/xrpc/", 6) == 0) {
		r->status = MHD_HTTP_BAD_REQUEST;
		xrpc_error(r, "RepoNotFound");
	} else {
		r->status = MHD_HTTP_NOT_FOUND;
		r->type = "application/json";
		buf_puts(&r->text, "{\"message\":\"not found\"}");
	}
}

/* Answers from rules */

static void
put_time(struct buf *out, char **at)
{
	bool date = (*at)[1] == 'T';
	time_t when = time(NULL) + strtol(*at + 2, at, 10);
	char text[40];
	struct tm tm;

	if (date)
		strftime(text, sizeof(text), "%a, %d %b %Y %H:%M:%S GMT",
		    gmtime_r(&when, &tm));
	else
		snprintf(text, sizeof(text), "%lld", (long long)when);
	buf_puts(out, text);
}

static void
expand(struct buf *out, char *p, const struct rule *rule, struct request *r)
{
	while (*p != '\0')
		if (*p == '%' && (p[1] == 't' || p[1] == 'T'))
			put_time(out, &p);
		else if (*p == '%' && p[1] == 'r') {
			print(out, "%" PRIu64, rule->applied);
			p += 2;
		} else if (*p == '%' && p[1] == 'u') {
			buf_puts(out, r->target);
			p += 2;
		} else
			buf_putc(out, *p++);
}

static void
open_named(const char *name, int *fd, uint64_t *size)
{
	char path[PATH_MAX];

	snprintf(path, sizeof(path), "%s/%s", o.dir, name);
	if (!open_file(path, fd, size))
		errx(2, "%s: a rule names it, and it is no file", path);
}

/* True below the limit: the answer is the file then. */
static bool
answer_limit(struct rule *rule, struct request *r)
{
	struct window *w = &rule->windows[r->port - ports];
	bool within;

	if (w->end <= time(NULL)) {
		w->end = time(NULL) + rule->seconds;
		w->requests = 0;
	}
	within = w->requests < rule->limit;
	w->requests += within;
	print(&r->headers,
	    "RateLimit-Limit: %" PRIu64 "\nRateLimit-Remaining: %" PRIu64
	    "\nRateLimit-Reset: %lld\nRateLimit-Policy: %" PRIu64 ";w=%" PRIu64
	    "\n",
	    rule->limit, rule->limit - w->requests, (long long)w->end,
	    rule->limit, rule->seconds);
	if (within)
		return true;
	r->status = MHD_HTTP_TOO_MANY_REQUESTS;
	xrpc_error(r, "RateLimitExceeded");
	return false;
}

static void
answer_page(struct rule *rule, struct request *r)
{
	if (rule->redirect != NULL) {
		r->status = MHD_HTTP_FOUND;
		buf_puts(&r->headers, "Location: ");
		expand(&r->headers, rule->redirect, rule, r);
		buf_putc(&r->headers, '\n');
	}
	r->type = "text/html";
	print(&r->text, "<html><body><h1>%u</h1></body></html>\n",
	    (unsigned)(rule->status > 0 ? rule->status : r->status));
}

static enum MHD_Result
echo_header(void *cls, enum MHD_ValueKind kind, const char *name,
    const char *value)
{
	struct request *r = cls;

	(void)kind;
	print(&r->text, "%s: %s\n", name, value != NULL ? value : "");
	return MHD_YES;
}

static void
answer_echo(struct request *r)
{
	r->type = "text/plain";
	print(&r->text, "%s %s\n", r->method, r->target);
	MHD_get_connection_values(r->connection, MHD_HEADER_KIND, echo_header,
	    r);
	buf_putc(&r->text, '\n');
	buf_put(&r->text, r->content.data, r->content.len);
}

static void
answer_rule(struct rule *rule, struct request *r)
{
	r->status = MHD_HTTP_OK;
	if (rule->error != NULL) {
		r->status = MHD_HTTP_BAD_REQUEST;
		xrpc_error(r, rule->error);
	} else if (rule->body != NULL) {
		r->type = "text/plain";
		expand(&r->text, rule->body, rule, r);
	} else if (rule->file != NULL) {
		open_named(rule->file, &r->file, &r->size);
		r->type = type_of(r, rule->file);
	} else if (rule->echo)
		answer_echo(r);
	else if (rule->limit > 0) {
		if (answer_limit(rule, r))
			answer_file(r);
	} else if (rule->status > 0 || rule->redirect != NULL)
		answer_page(rule, r);
	else
		answer_file(r);
	if (rule->status > 0)
		r->status = rule->status;
	if (rule->type != NULL)
		r->type = rule->type;
	expand(&r->headers, rule->headers.data, rule, r);
	if (rule->fill != NULL)
		open_named(rule->fill, &r->fill, &r->fill_size);
}

/* Sending */

/* Wait this long, -1 for ever. Has the client gone? */
static bool
wait_gone(struct request *r, int ms)
{
	struct pollfd p = { r->socket, POLLRDHUP, 0 };

	return poll(&p, 1, ms) > 0;
}

/* Make close(2) send an RST instead of a FIN. */
static void
send_reset(struct request *r)
{
	struct sockaddr none = { .sa_family = AF_UNSPEC };

	connect(r->socket, &none, sizeof(none));
}

static bool
send_raw(struct request *r, const char *text, size_t len)
{
	struct pollfd p = { r->socket, POLLOUT, 0 };
	ssize_t n;

	while (len > 0) {
		if ((n = send(r->socket, text, len, MSG_NOSIGNAL)) > 0) {
			text += n;
			len -= n;
		} else if (n == -1 && errno != EAGAIN && errno != EINTR)
			return false;
		else
			poll(&p, 1, -1);
	}
	return true;
}

static uint64_t
least(uint64_t a, uint64_t b)
{
	return a < b ? a : b;
}

static ssize_t
copy_body(struct request *r, uint64_t pos, char *out, size_t n)
{
	if (pos >= r->size && r->fill_size > 0) {
		pos = (pos - r->size) % r->fill_size;
		return pread(r->fill, out, least(n, r->fill_size - pos), pos);
	}
	if (pos >= r->size) {
		memset(out, ' ', n);
		return n;
	}
	n = least(n, r->size - pos);
	if (r->file != -1)
		return pread(r->file, out, n, r->at + pos);
	memcpy(out, r->text.data + pos, n);
	return n;
}

/* The end of the body, or of the part that is sent. */
static ssize_t
end_body(struct request *r, uint64_t pos, bool whole)
{
	const struct fault *f = &r->fault;

	if (pos == f->stall) {
		wait_gone(r, -1);
		return MHD_CONTENT_READER_END_WITH_ERROR;
	}
	leave(r);
	if (pos == f->reset)
		send_reset(r);
	return whole && pos != f->reset && pos != f->cut ?
	    MHD_CONTENT_READER_END_OF_STREAM :
	    MHD_CONTENT_READER_END_WITH_ERROR;
}

static ssize_t
on_body(void *cls, uint64_t pos, char *out, size_t max)
{
	struct request *r = cls;
	const struct fault *f = &r->fault;
	uint64_t end = f->endless ? NONE : r->size, stop, n = max;
	ssize_t got;

	stop = least(least(end, f->cut), least(f->reset, f->stall));
	if (pos >= stop)
		return end_body(r, pos, stop == end);
	n = least(n, stop - pos);
	if (f->drip > 0) {
		n = least(n, f->drip / 20 + 1);
		if (wait_gone(r, 1000 * n / f->drip))
			return MHD_CONTENT_READER_END_WITH_ERROR;
	}
	if ((got = copy_body(r, pos, out, n)) <= 0)
		return MHD_CONTENT_READER_END_WITH_ERROR;
	if (pos + got == stop && stop != f->stall)
		leave(r);
	return got;
}

static void
add_headers(struct request *r, struct MHD_Response *response)
{
	char *line, *end, *value;

	buf_putc(&r->headers, '\0');
	for (line = r->headers.data; *line != '\0'; line = end + 1) {
		end = strchr(line, '\n');
		*end = '\0';
		if ((value = strchr(line, ':')) == NULL)
			errx(2, "'%s' is no header", line);
		*value++ = '\0';
		value += strspn(value, " ");
		if (!MHD_add_response_header(response, line, value))
			errx(2, "header %s can't be '%s'", line, value);
	}
	if (r->type != NULL)
		MHD_add_response_header(response, "Content-Type", r->type);
}

static uint64_t
declared_size(const struct request *r)
{
	const struct fault *f = &r->fault;

	if (f->length != NONE)
		return f->length < r->size ? MHD_SIZE_UNKNOWN : f->length;
	if (f->endless && f->sized)
		return INT64_MAX;
	return f->chunked || f->endless ? MHD_SIZE_UNKNOWN : r->size;
}

/* Send more body than Content-Length says. */
static void
understate(struct request *r, struct MHD_Response *response)
{
	print(&r->headers, "Content-Length: %" PRIu64 "\n", r->fault.length);
	MHD_set_response_options(response,
	    MHD_RF_INSANITY_HEADER_CONTENT_LENGTH |
		MHD_RF_HTTP_VERSION_1_0_ONLY,
	    MHD_RO_END);
}

static enum MHD_Result
queue(struct request *r, struct MHD_Connection *c)
{
	uint64_t size = declared_size(r);
	struct MHD_Response *response;
	enum MHD_Result rc;

	response = MHD_create_response_from_callback(size, 32768, on_body, r,
	    NULL);
	if (response == NULL)
		errx(2, "memory");
	if (r->fault.length < r->size)
		understate(r, response);
	add_headers(r, response);
	if (size == 0)
		leave(r);
	rc = MHD_queue_response(c, r->status, response);
	MHD_destroy_response(response);
	return rc;
}

static void
flood(struct request *r)
{
	static const char head[] = "HTTP/1.1 200 OK\r\n";
	char line[64];
	uint64_t i;
	int n;

	if (!send_raw(r, head, sizeof(head) - 1))
		return;
	for (i = 0;; i++) {
		n = snprintf(line, sizeof(line), "X-Flood-%" PRIu64 ": %s\r\n",
		    i, "abcdefghijklmnopqrstuvwxyz");
		if (!send_raw(r, line, n))
			return;
	}
}

static void
send_instead(struct request *r, const char *garbage)
{
	if (strcmp(r->instead, "hang") == 0)
		wait_gone(r, -1);
	else if (strcmp(r->instead, "flood") == 0)
		flood(r);
	else if (strcmp(r->instead, "garbage") == 0)
		send_raw(r, garbage, strlen(garbage));
	leave(r);
	if (strcmp(r->instead, "reset") == 0)
		send_reset(r);
}

/* Requests */

static void
write_log(struct request *r, const char *agent)
{
	uint64_t ms = now_ms();
	char status[16];

	if (log_file == NULL)
		return;
	snprintf(status, sizeof(status), "%u", r->status);
	fprintf(log_file, "%" PRIu64 ".%03u %u %s %s %s\n", ms / 1000,
	    (unsigned)(ms % 1000), (unsigned)(r->port - ports),
	    r->instead != NULL ? r->instead : status, r->target,
	    agent != NULL ? agent : "-");
	fflush(log_file);
}

/* Choose the answer, under the lock. */
static void
decide(struct request *r)
{
	struct rule *rule;

	enter(r);
	read_rules(false);
	if ((rule = find_rule(r)) == NULL) {
		answer_file(r);
		return;
	}
	r->fault = rule->fault;
	r->fault.endless |= rule->fill != NULL;
	r->instead = rule->hang ? "hang" :
	    rule->reset         ? "reset" :
	    rule->flood         ? "flood" :
	    rule->garbage       ? "garbage" :
				  NULL;
	if (rule->garbage != NULL)
		buf_puts(&r->text, rule->garbage);
	if (r->instead == NULL)
		answer_rule(rule, r);
}

static enum MHD_Result
on_request(void *cls, struct MHD_Connection *c, const char *url,
    const char *method, const char *version, const char *upload,
    size_t *upload_len, void **context)
{
	struct request *r = *context;
	const char *agent;

	(void)cls, (void)url, (void)version;
	if (!r->begun || *upload_len > 0) {
		r->begun = true;
		buf_put(&r->content, upload, *upload_len);
		*upload_len = 0;
		return MHD_YES;
	}
	r->connection = c;
	r->method = method;
	agent = MHD_lookup_connection_value(c, MHD_HEADER_KIND, "User-Agent");
	r->host = MHD_lookup_connection_value(c, MHD_HEADER_KIND, "Host");
	pthread_mutex_lock(&lock);
	decide(r);
	write_log(r, agent);
	pthread_mutex_unlock(&lock);
	if (r->file == -1)
		r->size = r->text.len;
	if (r->fault.delay > 0 && wait_gone(r, r->fault.delay))
		return MHD_NO;
	if (r->instead == NULL)
		return queue(r, c);
	buf_putc(&r->text, '\0');
	send_instead(r, r->text.data);
	return MHD_NO;
}

/* Only here, MHD gives path and query as they were sent. */
static void *
on_target(void *cls, const char *target, struct MHD_Connection *c)
{
	const union MHD_ConnectionInfo *info;
	struct request *r = calloc(1, sizeof(*r));

	if (r == NULL)
		err(2, "memory");
	info = MHD_get_connection_info(c, MHD_CONNECTION_INFO_CONNECTION_FD);
	r->socket = info->connect_fd;
	r->port = cls;
	r->target = copy(target);
	r->decoded = decode(copy(target));
	r->file = r->fill = -1;
	r->fault.cut = r->fault.reset = r->fault.stall = NONE;
	r->fault.length = NONE;
	return r;
}

static void
on_completed(void *cls, struct MHD_Connection *c, void **context,
    enum MHD_RequestTerminationCode code)
{
	struct request *r = *context;

	(void)cls, (void)c, (void)code;
	if (r == NULL)
		return;
	leave(r);
	if (r->file != -1)
		close(r->file);
	if (r->fill != -1)
		close(r->fill);
	buf_free(&r->headers);
	buf_free(&r->text);
	buf_free(&r->content);
	free(r->target);
	free(r->decoded);
	free(r);
	*context = NULL;
}

/* Starting */

static char *
read_whole(const char *path)
{
	struct buf b = { .len = 0 };
	int fd = open(path, O_RDONLY);
	ssize_t n;

	while (fd != -1 && buf_reserve(&b, 65537) != NULL &&
	    (n = read(fd, b.data + b.len, 65536)) > 0)
		b.len += n;
	if (b.len == 0)
		errx(2, "%s: can't read it", path);
	b.data[b.len] = '\0';
	close(fd);
	return b.data;
}

static struct MHD_Daemon *
listen_at(struct port *p, const char *address, unsigned number)
{
	struct sockaddr_in a4 = { .sin_family = AF_INET,
		.sin_port = htons(number) };
	struct sockaddr_in6 a6 = { .sin6_family = AF_INET6,
		.sin6_port = htons(number) };
	bool v6 = strchr(address, ':') != NULL;
	unsigned flags = MHD_USE_THREAD_PER_CONNECTION |
	    MHD_USE_POLL_INTERNAL_THREAD | (v6 ? MHD_USE_IPv6 : 0) |
	    (o.cert != NULL ? MHD_USE_TLS : 0);
	struct MHD_OptionItem tls[] = {
		{ MHD_OPTION_HTTPS_MEM_CERT, 0, o.cert },
		{ MHD_OPTION_HTTPS_MEM_KEY, 0, o.key },
		{ MHD_OPTION_END, 0, NULL },
	};

	if (inet_pton(v6 ? AF_INET6 : AF_INET, address,
		v6 ? (void *)&a6.sin6_addr : (void *)&a4.sin_addr) != 1)
		errx(2, "%s: no address", address);
	return MHD_start_daemon(flags, 0, NULL, NULL, on_request, p,
	    MHD_OPTION_SOCK_ADDR, v6 ? (void *)&a6 : (void *)&a4,
	    MHD_OPTION_CONNECTION_LIMIT, 16384u, MHD_OPTION_THREAD_STACK_SIZE,
	    (size_t)1 << 18, MHD_OPTION_URI_LOG_CALLBACK, on_target, p,
	    MHD_OPTION_NOTIFY_CONNECTION, on_connection, p,
	    MHD_OPTION_NOTIFY_COMPLETED, on_completed, NULL, MHD_OPTION_ARRAY,
	    o.cert != NULL ? tls : tls + 2, MHD_OPTION_END);
}

/* With -6, try another port if this one is taken. */
static void
start(struct port *p)
{
	unsigned number = o.first == 0 ? 0 : o.first + (p - ports), tries;

	for (tries = 0; tries < 50; tries++) {
		p->daemon[0] = listen_at(p, o.address, number);
		if (p->daemon[0] == NULL)
			break;
		p->number = MHD_get_daemon_info(p->daemon[0],
		    MHD_DAEMON_INFO_BIND_PORT)
				->port;
		if (!o.v6 || (p->daemon[1] = listen_at(p, "::1", p->number)))
			return;
		MHD_stop_daemon(p->daemon[0]);
	}
	err(2, "can't listen at %s port %u", o.address, number);
}

static void
usage(void)
{
	errx(2, "see the top of faultyd.c");
}

static void
options(int argc, char **argv)
{
	int c;

	while ((c = getopt(argc, argv, "6a:c:d:l:n:p:r:s:")) != -1)
		switch (c) {
		case '6':
			o.v6 = true;
			break;
		case 'a':
			o.address = optarg;
			break;
		case 'c':
			o.counts = optarg;
			break;
		case 'd':
			o.dir = optarg;
			break;
		case 'l':
			o.log = optarg;
			break;
		case 'n':
			o.ports = strtoul(optarg, NULL, 10);
			break;
		case 'p':
			o.first = strtoul(optarg, NULL, 10);
			break;
		case 'r':
			o.rules = optarg;
			break;
		case 's':
			if (optind == argc)
				usage();
			o.cert = read_whole(optarg);
			o.key = read_whole(argv[optind++]);
			break;
		default:
			usage();
		}
	if (optind != argc || o.ports == 0 || o.ports > MAX_PORTS)
		usage();
}

static void
serve(const sigset_t *signals)
{
	int sig;

	for (;;) {
		if (sigwait(signals, &sig) != 0)
			continue;
		if (sig == SIGHUP) {
			pthread_mutex_lock(&lock);
			read_rules(true);
			pthread_mutex_unlock(&lock);
			continue;
		}
		write_counts();
		if (sig == SIGUSR2)
			forget_counts();
		else if (sig != SIGUSR1)
			return;
	}
}

int
main(int argc, char **argv)
{
	struct rlimit files;
	sigset_t signals;
	unsigned i;

	options(argc, argv);
	sigemptyset(&signals);
	sigaddset(&signals, SIGHUP);
	sigaddset(&signals, SIGINT);
	sigaddset(&signals, SIGTERM);
	sigaddset(&signals, SIGUSR1);
	sigaddset(&signals, SIGUSR2);
	pthread_sigmask(SIG_BLOCK, &signals, NULL);
	signal(SIGPIPE, SIG_IGN);
	prctl(PR_SET_PDEATHSIG, SIGTERM);
	if (getrlimit(RLIMIT_NOFILE, &files) == 0) {
		files.rlim_cur = files.rlim_max;
		setrlimit(RLIMIT_NOFILE, &files);
	}
	if (o.log != NULL && (log_file = fopen(o.log, "a")) == NULL)
		err(2, "%s", o.log);
	read_rules(true);
	for (i = 0; i < o.ports; i++)
		start(&ports[i]);
	for (i = 0; i < o.ports; i++)
		printf("%s%u", i > 0 ? " " : "", ports[i].number);
	printf("\n");
	fflush(stdout);
	serve(&signals);
	/* Threads may hang for ever, so don't call MHD_stop_daemon(). */
	_exit(0);
}
