/*
 * dns: concurrent look-ups of TXT records.
 *
 * It uses c-ares, with the servers of resolv.conf(5), on a loop (loop.h).
 */
#ifndef LIBCAR_NET_DNS_H
#define LIBCAR_NET_DNS_H

#include <stddef.h>

#include "libcar/base/status.h"
#include "libcar/net/loop.h"

#define DNS_WINDOW 50           /* concurrent look-ups; others wait */
#define DNS_SLOW_MS 1000        /* slower look-ups don't count there */
#define DNS_MAX_SLOW 1000       /* concurrent look-ups, including slow ones */
#define DNS_MAX_TEXT_BYTES 4096 /* of a text; longer ones are skipped */

struct dns;

/* A text is one record's character strings, joined. All records of an answer
 * are checked; an answer has at most 64 KiB. */
struct dns_answer {
	const char **text; /* each ends in a NUL, and may contain NULs */
	size_t *len;
	size_t count;
};

/* timeout_ms: for one look-up, with the tries at all servers. The caller keeps
 * the loop. NULL: STATUS_SYSTEM. */
struct dns *dns_open(struct loop *, unsigned timeout_ms, struct status *);

/* Use these servers, "127.0.0.1:5353,[::1]:5353", instead of resolv.conf's.
 * Call before the first look-up. For tests. -1: STATUS_SYSTEM. */
int dns_servers(struct dns *, const char *servers, struct status *);

/*
 * Begin to look up the TXT records of a name. done is called once, perhaps
 * before this returns: with the answer (without texts if the name or its TXT
 * records don't exist) and status NULL, or with answer NULL and status
 * STATUS_DNS or STATUS_TIMEOUT. A record is missing only if a server says so:
 * any other response code, and an answer that is truncated over TCP, is
 * STATUS_DNS. Answer and status are borrowed until done returns.
 */
void dns_txt(struct dns *, const char *name,
    void (*done)(void *ctx, const struct dns_answer *, const struct status *),
    void *ctx);

/* End pending look-ups without calling done. Call before loop_close(). */
void dns_close(struct dns *);

#endif
