/*
 * http_answer: what the header of an answer says about waiting.
 *
 * Retry-After (seconds or a date, RFC 9110 10.2.3) and RateLimit-Remaining,
 * -Reset (epoch seconds as the reference PDS sends them, or seconds from now
 * as the IETF's draft has them). Both are read alike: a number below 10^9 is
 * seconds from now, one below 10^11 an epoch in seconds, a larger one an epoch
 * in milli-, micro- or nanoseconds; a date is a date; what is negative or
 * anything else isn't said. Epoch times and dates are taken by the host's own
 * clock, if it sends its Date.
 */
#ifndef LIBCAR_NET_HTTP_ANSWER_PRIVATE_H
#define LIBCAR_NET_HTTP_ANSWER_PRIVATE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <sys/types.h>

#define HTTP_ANSWER_VALUE 64 /* bytes of a field's value, and a NUL */

struct http_answer {
	size_t bytes;                 /* of the header so far */
	char date[HTTP_ANSWER_VALUE]; /* empty: missing */
	/* Epoch seconds, or seconds; -1: missing. */
	int64_t retry_after, retry_date, remaining, reset;
};

/* A new answer begins. */
void http_answer_begin(struct http_answer *);

/* One line of its header, as it came. */
void http_answer_line(struct http_answer *, const char *line, size_t len);

/* How long to leave the host alone, in milliseconds, at most a week. `limited`:
 * it refused this request because of its rate. -1: not given. */
int64_t http_answer_wait_ms(const struct http_answer *, bool limited,
    uint64_t now_ms);

#endif
