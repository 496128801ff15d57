/*
 * dns: look-ups of TXT records, many at a time.
 *
 * By c-ares, with the servers of resolv.conf(5), on a loop (loop.h).
 */
#ifndef LIBCAR_NET_DNS_H
#define LIBCAR_NET_DNS_H

#include <stddef.h>

#include "libcar/base/status.h"
#include "libcar/net/loop.h"

#define DNS_WINDOW 50     /* look-ups at a time; others wait for their turn */
#define DNS_SLOW_MS 1000  /* one that takes longer isn't counted there */
#define DNS_MAX_SLOW 1000 /* look-ups at a time, with those that are slow */
#define DNS_MAX_TEXT_BYTES 4096 /* of one of them; longer ones are left out */

struct dns;

/* One record's character strings, put together, are one text. All records of an
 * answer are looked at: one has at most 64 KiB. */
struct dns_answer {
	const char **text; /* with a NUL behind, may hold others */
	size_t *len;
	size_t count;
};

/* timeout_ms: for one look-up, with the tries at all servers. The loop stays
 * its caller's. NULL: STATUS_SYSTEM. */
struct dns *dns_open(struct loop *, unsigned timeout_ms, struct status *);

/* Ask these, "127.0.0.1:5353,[::1]:5353", and not those of resolv.conf; before
 * the first look-up. For tests. -1: STATUS_SYSTEM. */
int dns_servers(struct dns *, const char *servers, struct status *);

/*
 * Begin to look up the TXT records of a name. done is called once, perhaps
 * before this returns: with the answer (no text at all where the name or such
 * records don't exist) and status NULL, or with answer NULL and status of
 * STATUS_DNS or STATUS_TIMEOUT. Only a server that says so tells that there is
 * no record: any other response code, and an answer that is truncated over TCP,
 * too, is STATUS_DNS. Both are borrowed until it returns.
 */
void dns_txt(struct dns *, const char *name,
    void (*done)(void *ctx, const struct dns_answer *, const struct status *),
    void *ctx);

/* Look-ups that run end without a call of done. Before loop_close(). */
void dns_close(struct dns *);

#endif
