/*
 * net: what the programs that fetch have in common on their command line.
 *
 */
#ifndef LIBCAR_CLI_NET_H
#define LIBCAR_CLI_NET_H

#include <stdbool.h>

#include "libcar/cli/cli.h"
#include "libcar/net/http.h"

/* Their places in a program's table of options, which begins with these. */
enum {
	NET_HOSTS,
	NET_STALL,
	NET_RETRIES,
	NET_RETRY_DELAY,
	NET_MAX_WAIT,
	NET_PROXY,
	NET_BRIEF_END, /* so far: names alone in the help */
	NET_JOBS = NET_BRIEF_END,
	NET_PER_HOST,
	NET_TIMEOUT,
	NET_ALLOW_PRIVATE,
	NET_OPTIONS_END
};

/* clang-format off */
#define NET_OPTIONS \
	[NET_JOBS] = { 'j', "jobs", "n", "requests at a time, over all" }, \
	[NET_PER_HOST] = { 0, "per-host", "n", \
	    "requests at a time to one host" }, \
	[NET_HOSTS] = { 0, "hosts", "n", "hosts at a time" }, \
	[NET_TIMEOUT] = { 't', "timeout", "time", \
	    "for one try of a request (10m)" }, \
	[NET_STALL] = { 0, "stall", "time", \
	    "give a try up after so long with nothing (60s)" }, \
	[NET_RETRIES] = { 0, "retries", "n", \
	    "tries more, if that may help (5)" }, \
	[NET_RETRY_DELAY] = { 0, "retry-delay", "time", \
	    "first pause between tries, then doubled (1s)" }, \
	[NET_MAX_WAIT] = { 0, "max-wait", "time", \
	    "wait at most so long for a rate limit (15m)" }, \
	[NET_ALLOW_PRIVATE] = { 0, "allow-private", NULL, \
	    "private addresses and plain http, too" }, \
	[NET_PROXY] = { 0, "proxy", "url", \
	    "go through this proxy; it checks addresses" }
/* clang-format on */

/* The defaults, with these windows. */
void net_defaults(struct http_options *, const struct cli *, unsigned parallel,
    unsigned per_host, unsigned hosts);

/* Take an option (its argument is optarg): false if it isn't one of these. */
bool net_option(struct http_options *, const struct cli *, int option);

/* The origin that -u or a variable of the environment names; ends the program
 * if it is none. Borrowed until the next call. */
const char *net_origin(const struct http_options *, const char *text);

#endif
