#include "config.h"

/* c-ares 1.28 deprecates ares_query() and the parser of TXT answers, but older
 * versions, for example in Debian 12, have nothing else. */
#define CARES_NO_DEPRECATED

#include <ares.h>
#include <arpa/nameser.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "libcar/base/buf.h"
#include "libcar/base/clock.h"
#include "libcar/net/dns.h"

/*
 * c-ares would send all look-ups at once, so it gets at most DNS_WINDOW at a
 * time; the others wait in a queue. Names with silent servers must not delay
 * other names: a look-up that has taken DNS_SLOW_MS no longer counts, up to
 * DNS_MAX_SLOW in all. Each look-up has its own deadline, because c-ares only
 * limits the time of each server and each try.
 */

/* If a server is silent, c-ares asks again after a share of the time, and then
 * waits twice as long. */
#define TRIES 2
#define SHARES 3

/* c-ares owns it: the only callback frees it. It stays in the list until done
 * is called, which a deadline may do before c-ares gives up. */
struct query {
	struct dns *dns;
	struct query *prev, *next;
	uint64_t deadline; /* in milliseconds */
	bool slow;
	void (
	    *done)(void *ctx, const struct dns_answer *, const struct status *);
	void *ctx;
	char name[];
};

struct dns {
	ares_channel channel;
	struct loop *loop;
	struct loop_timer timer; /* for c-ares, and for the first deadline */
	unsigned timeout_ms;
	struct query *first, *last; /* by deadline, the earliest first */
	struct query *young;        /* the first that isn't slow */
	struct query *waiting, **waiting_end;
	unsigned asked, slow;
};

static int
set_error(struct status *st, const char *what, int error)
{
	return status_set(st, STATUS_SYSTEM, 0, "%s: %s", what,
	    ares_strerror(error));
}

int
dns_servers(struct dns *dns, const char *servers, struct status *st)
{
	int error = ares_set_servers_ports_csv(dns->channel, servers);

	if (error == ARES_SUCCESS)
		return 0;
	return status_set(st, STATUS_SYSTEM, 0, "DNS servers %s: %s", servers,
	    ares_strerror(error));
}

static void
append(struct query *q)
{
	struct dns *dns = q->dns;

	q->prev = dns->last;
	*(dns->last != NULL ? &dns->last->next : &dns->first) = q;
	dns->last = q;
	if (dns->young == NULL)
		dns->young = q;
}

static void
unlink_query(struct query *q)
{
	struct dns *dns = q->dns;

	if (dns->young == q)
		dns->young = q->next;
	*(q->prev != NULL ? &q->prev->next : &dns->first) = q->next;
	*(q->next != NULL ? &q->next->prev : &dns->last) = q->prev;
	q->prev = q->next = NULL;
}

/* Call done, unless it was called before. */
static void
finish(struct query *q, const struct dns_answer *answer,
    const struct status *st)
{
	void (*done)(void *, const struct dns_answer *,
	    const struct status *) = q->done;

	if (done == NULL)
		return;
	unlink_query(q);
	q->done = NULL;
	done(q->ctx, answer, st);
}

static void
finish_timeout(struct query *q)
{
	struct status st = { .code = STATUS_OK };

	status_set(&st, STATUS_TIMEOUT, 0, "DNS: TXT of %s: no answer in %u ms",
	    q->name, q->dns->timeout_ms);
	finish(q, NULL, &st);
}

static void
finish_error(struct query *q, const char *why)
{
	struct status st = { .code = STATUS_OK };

	status_set(&st, STATUS_DNS, 0, "DNS: TXT of %s: %s", q->name, why);
	finish(q, NULL, &st);
}

/* Append the strings of a record; return the next record. */
static const struct ares_txt_ext *
take_record(struct buf *out, const struct ares_txt_ext *txt)
{
	do {
		buf_put(out, txt->txt, txt->length);
		txt = txt->next;
	} while (txt != NULL && !txt->record_start);
	return txt;
}

static size_t
count_records(const struct ares_txt_ext *txt)
{
	size_t n = 0;

	for (; txt != NULL; txt = txt->next)
		n += txt->record_start != 0;
	return n;
}

/* Put the texts into bytes, each with a NUL after it. */
static void
collect(struct dns_answer *answer, struct buf *bytes,
    const struct ares_txt_ext *txt)
{
	const char *p;
	size_t start, i;

	while (txt != NULL) {
		start = bytes->len;
		txt = take_record(bytes, txt);
		if (bytes->len - start > DNS_MAX_TEXT_BYTES) {
			bytes->len = start;
			continue;
		}
		answer->len[answer->count++] = bytes->len - start;
		buf_putc(bytes, '\0');
	}
	p = bytes->data;
	for (i = 0; i < answer->count && !bytes->failed; i++) {
		answer->text[i] = p;
		p += answer->len[i] + 1;
	}
}

static void
finish_texts(struct query *q, const struct ares_txt_ext *txt)
{
	size_t n = count_records(txt) + 1;
	struct dns_answer answer = { .text = calloc(n, sizeof(char *)),
		.len = calloc(n, sizeof(size_t)) };
	struct buf bytes = { .failed = false };

	bytes.failed = answer.text == NULL || answer.len == NULL;
	if (!bytes.failed)
		collect(&answer, &bytes, txt);
	if (bytes.failed)
		finish_error(q, "no memory");
	else
		finish(q, &answer, NULL);
	free(answer.text);
	free(answer.len);
	buf_free(&bytes);
}

/* c-ares treats unknown response codes as success, and an answer without
 * records as one that says so. It repeats a truncated UDP answer over TCP, but
 * a TCP answer may be truncated, too. */
static bool
is_answer(const unsigned char *reply, int len)
{
	return len >= NS_HFIXEDSZ && (reply[2] & 2) == 0 &&
	    (reply[3] & 15) == ns_r_noerror;
}

static void
finish_reply(struct query *q, const unsigned char *reply, int len)
{
	struct ares_txt_ext *txt = NULL;
	int error;

	if (!is_answer(reply, len)) {
		finish_error(q, "the answer is truncated, or an error");
		return;
	}
	error = ares_parse_txt_reply_ext(reply, len, &txt);
	if (error == ARES_SUCCESS || error == ARES_ENODATA)
		finish_texts(q, txt);
	else
		finish_error(q, ares_strerror(error));
	ares_free_data(txt);
}

static void
on_reply(void *arg, int error, int timeouts, unsigned char *reply, int len)
{
	struct query *q = arg;

	(void)timeouts;
	q->dns->asked--;
	q->dns->slow -= q->slow;
	switch (error) {
	case ARES_SUCCESS:
		finish_reply(q, reply, len);
		break;
	case ARES_ENOTFOUND:
	case ARES_ENODATA:
	case ARES_EBADNAME: /* such a name can't exist either */
		finish_texts(q, NULL);
		break;
	case ARES_EDESTRUCTION:
		break;
	case ARES_ETIMEOUT:
		finish_timeout(q);
		break;
	case ARES_ECONNREFUSED: /* also if all servers said SERVFAIL */
		finish_error(q, "every server refuses, fails or isn't there");
		break;
	default:
		finish_error(q, ares_strerror(error));
	}
	free(q);
}

/* Callbacks of the loop */

static uint64_t
slow_at(const struct query *q)
{
	return q->deadline - q->dns->timeout_ms + DNS_SLOW_MS;
}

static void
mark_slow(struct dns *dns, uint64_t now)
{
	struct query *q;

	while ((q = dns->young) != NULL && slow_at(q) <= now) {
		q->slow = true;
		dns->slow++;
		dns->young = q->next;
	}
}

static uint64_t
until(uint64_t at, uint64_t left)
{
	uint64_t now = clock_monotonic_ms(), ms = at > now ? at - now : 0;

	return ms < left ? ms : left;
}

/* Set the timer to the earliest of: the time c-ares wants, a deadline, and the
 * time at which a waiting look-up may get room. */
static void
set_timer(struct dns *dns)
{
	struct timeval tv, *next = ares_timeout(dns->channel, NULL, &tv);
	uint64_t left = UINT64_MAX;

	if (next != NULL)
		left = (uint64_t)tv.tv_sec * 1000 +
		    ((uint64_t)tv.tv_usec + 999) / 1000;
	if (dns->first != NULL)
		left = until(dns->first->deadline, left);
	if (dns->waiting != NULL && dns->young != NULL)
		left = until(slow_at(dns->young), left);
	if (left == UINT64_MAX)
		loop_timer_cancel(&dns->timer);
	else
		loop_timer_set(dns->loop, &dns->timer, left);
}

static bool
has_room(const struct dns *dns)
{
	return dns->asked - dns->slow < DNS_WINDOW && dns->asked < DNS_MAX_SLOW;
}

/* Send waiting look-ups while there is room; the time of each starts here. */
static void
ask_waiting(struct dns *dns)
{
	struct query *q;

	mark_slow(dns, clock_monotonic_ms());
	while (has_room(dns) && (q = dns->waiting) != NULL) {
		dns->waiting = q->next;
		if (q->next == NULL)
			dns->waiting_end = &dns->waiting;
		q->next = NULL;
		q->deadline = clock_monotonic_ms() + dns->timeout_ms;
		append(q);
		dns->asked++;
		ares_query(dns->channel, q->name, ns_c_in, ns_t_txt, on_reply,
		    q);
	}
	set_timer(dns);
}

static void
process(struct dns *dns, ares_socket_t readable, ares_socket_t writable)
{
	uint64_t now;

	ares_process_fd(dns->channel, readable, writable);
	now = clock_monotonic_ms();
	while (dns->first != NULL && dns->first->deadline <= now)
		finish_timeout(dns->first);
	ask_waiting(dns);
}

static void
on_ready(void *ctx, int fd, unsigned events)
{
	process(ctx, events & LOOP_READ ? fd : ARES_SOCKET_BAD,
	    events & LOOP_WRITE ? fd : ARES_SOCKET_BAD);
}

static void
on_due(void *ctx)
{
	process(ctx, ARES_SOCKET_BAD, ARES_SOCKET_BAD);
}

/* c-ares opened or closes a socket, or changed what it waits for. */
static void
set_socket(void *ctx, ares_socket_t fd, int readable, int writable)
{
	struct dns *dns = ctx;

	loop_watch(dns->loop, fd,
	    (readable ? LOOP_READ : 0) | (writable ? LOOP_WRITE : 0), on_ready,
	    dns);
}

struct dns *
dns_open(struct loop *loop, unsigned timeout_ms, struct status *st)
{
	struct ares_options options = { .tries = TRIES };
	struct dns *dns;
	int error;

	if ((error = ares_library_init(ARES_LIB_INIT_ALL)) != ARES_SUCCESS) {
		set_error(st, "c-ares can't be used", error);
		return NULL;
	}
	options.timeout = timeout_ms / SHARES + 1;
	options.sock_state_cb = set_socket;
	options.sock_state_cb_data = dns = calloc(1, sizeof(*dns));
	if (dns == NULL)
		error = ARES_ENOMEM;
	else
		error = ares_init_options(&dns->channel, &options,
		    ARES_OPT_TIMEOUTMS | ARES_OPT_TRIES |
			ARES_OPT_SOCK_STATE_CB);
	if (error != ARES_SUCCESS) {
		set_error(st, "DNS can't be asked", error);
		free(dns);
		ares_library_cleanup();
		return NULL;
	}
	dns->loop = loop;
	dns->timer = (struct loop_timer){ .due = on_due, .ctx = dns };
	dns->timeout_ms = timeout_ms;
	dns->waiting_end = &dns->waiting;
	return dns;
}

void
dns_txt(struct dns *dns, const char *name,
    void (*done)(void *ctx, const struct dns_answer *, const struct status *),
    void *ctx)
{
	size_t n = strlen(name) + 1;
	struct query *q = calloc(1, sizeof(*q) + n);
	struct status st = { .code = STATUS_OK };

	if (q == NULL) {
		status_set(&st, STATUS_DNS, 0, "DNS: TXT of %s: no memory",
		    name);
		done(ctx, NULL, &st);
		return;
	}
	q->dns = dns;
	q->done = done;
	q->ctx = ctx;
	memcpy(q->name, name, n);
	*dns->waiting_end = q;
	dns->waiting_end = &q->next;
	ask_waiting(dns);
}

void
dns_close(struct dns *dns)
{
	struct query *q;

	if (dns == NULL)
		return;
	ares_destroy(dns->channel);
	loop_timer_cancel(&dns->timer);
	while ((q = dns->waiting) != NULL) {
		dns->waiting = q->next;
		free(q);
	}
	free(dns);
	ares_library_cleanup();
}
