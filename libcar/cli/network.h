/*
 * network: the options of all programs that fetch.
 */
#ifndef LIBCAR_CLI_NETWORK_H
#define LIBCAR_CLI_NETWORK_H

#include <stdbool.h>

#include "libcar/cli/cli.h"
#include "libcar/net/http.h"

/* Their places in a program's table of options, which begins with these. */
enum {
	NETWORK_HOSTS,
	NETWORK_STALL,
	NETWORK_RETRIES,
	NETWORK_RETRY_DELAY,
	NETWORK_MAX_WAIT,
	NETWORK_PROXY,
	NETWORK_BRIEF_END, /* so far: names alone in the help */
	NETWORK_JOBS = NETWORK_BRIEF_END,
	NETWORK_PER_HOST,
	NETWORK_TIMEOUT,
	NETWORK_ALLOW_PRIVATE,
	NETWORK_OPTIONS_END
};

/* clang-format off */
#define NETWORK_OPTIONS \
	[NETWORK_JOBS] = { 'j', "jobs", "n", "requests at a time, over all" }, \
	[NETWORK_PER_HOST] = { 0, "per-host", "n", \
	    "requests at a time to one host" }, \
	[NETWORK_HOSTS] = { 0, "hosts", "n", "hosts at a time" }, \
	[NETWORK_TIMEOUT] = { 't', "timeout", "time", \
	    "for one try of a request (10m)" }, \
	[NETWORK_STALL] = { 0, "stall", "time", \
	    "give a try up after so long with nothing (60s)" }, \
	[NETWORK_RETRIES] = { 0, "retries", "n", \
	    "tries more, if that may help (5)" }, \
	[NETWORK_RETRY_DELAY] = { 0, "retry-delay", "time", \
	    "first pause between tries, then doubled (1s)" }, \
	[NETWORK_MAX_WAIT] = { 0, "max-wait", "time", \
	    "wait at most so long for a rate limit (15m)" }, \
	[NETWORK_ALLOW_PRIVATE] = { 0, "allow-private", NULL, \
	    "private addresses and plain http, too" }, \
	[NETWORK_PROXY] = { 0, "proxy", "url", \
	    "go through this proxy; it checks addresses" }
/* clang-format on */

/* The defaults, with these windows. */
void cli_network_defaults(struct http_options *, const struct cli *,
    unsigned parallel, unsigned per_host, unsigned hosts);

/* Take an option (its argument is optarg): false if it isn't one of these. */
bool cli_network_option(struct http_options *, const struct cli *, int option);

/* The origin that -u or a variable of the environment names; ends the program
 * if it is none. Borrowed until the next call. */
const char *cli_network_origin(const struct http_options *, const char *text);

#endif
