/*
 * network: the options of all programs that fetch.
 */
#ifndef LIBCAR_CLI_NETWORK_H
#define LIBCAR_CLI_NETWORK_H

#include "libcar/cli/table.h"
#include "libcar/net/http.h"
#include "libcar/plc/diddoc.h"

#define CLI_NETWORK_PARALLEL 1000 /* maximum of concurrent requests */
#define CLI_NETWORK_RETRIES 100
#define CLI_NETWORK_MS (24 * 3600000)

/* Entries of a program's table, which fill these http_options. The defaults of
 * the windows are the program's. */
/* clang-format off */
#define CLI_NETWORK_OPTIONS(options) \
	CLI_NETWORK_WINDOWS(options, CLI_SHARED, CLI_RARE), \
	CLI_NETWORK_REQUESTS(options)
#define CLI_NETWORK_WINDOWS(options, shared, rare) \
	{ 0, "hosts", "n", "maximum number of concurrent hosts", \
	    CLI_COUNT(&(options).hosts, NULL, 1, CLI_NETWORK_PARALLEL), \
	    .group = (rare) }, \
	{ 'j', "jobs", "n", "maximum number of concurrent requests", \
	    CLI_COUNT(&(options).parallel, NULL, 1, CLI_NETWORK_PARALLEL), \
	    .group = (shared) }, \
	{ 0, "per-host", "n", "maximum number for one host", \
	    CLI_COUNT(&(options).per_host, NULL, 1, CLI_NETWORK_PARALLEL), \
	    .group = (shared) }
#define CLI_NETWORK_REQUESTS(options) \
	{ 0, "stall", "time", \
	    "abort an attempt that is this long below 64 bytes/s", \
	    CLI_TIME(&(options).stall_ms, "60s", 1000, CLI_NETWORK_MS), \
	    .group = CLI_RARE }, \
	{ 0, "retries", "n", "maximum number of retries", \
	    CLI_COUNT(&(options).retries, "5", 0, CLI_NETWORK_RETRIES), \
	    .group = CLI_RARE }, \
	{ 0, "retry-delay", "time", \
	    "pause before the first retry, then doubled", \
	    CLI_TIME(&(options).retry_delay_ms, "1s", 1, CLI_NETWORK_MS), \
	    .group = CLI_RARE }, \
	{ 0, "max-wait", "time", \
	    "maximum wait for rate limits", \
	    CLI_TIME(&(options).max_wait_ms, "15m", 0, CLI_NETWORK_MS), \
	    .group = CLI_RARE }, \
	{ 0, "proxy", "url", "send all requests through this proxy", \
	    CLI_TEXT(&(options).proxy, NULL), .group = CLI_RARE }, \
	{ 't', "timeout", "time", "maximum duration of one attempt", \
	    CLI_TIME(&(options).timeout_ms, "10m", 100, CLI_NETWORK_MS), \
	    .group = CLI_SHARED }, \
	{ 0, "allow-private", NULL, \
	    "also use private addresses and plain http", \
	    CLI_FLAG(&(options).allow_private), .group = CLI_SHARED }
/* clang-format on */

/* Set what no option sets, the User-Agent, and the windows. */
void cli_network_init(struct http_options *, const struct cli *,
    unsigned parallel, unsigned per_host, unsigned hosts);

/* After the options are read: limit concurrent requests by the number of open
 * files that the system allows, with a warning if -v is given. */
void cli_network_fit(struct http_options *);

/* Read the origin that this option or, without it, this environment variable
 * (NULL: none) names. A host without a scheme means https. Ends the program if
 * the text isn't an origin. Returns the buffer. */
char *cli_network_origin(char origin[DIDDOC_ORIGIN_BYTES],
    const struct http_options *, const char *option, const char *variable,
    const char *text);

/* The origin that people write, with or without https. False: it isn't one. */
bool cli_network_read_origin(char origin[DIDDOC_ORIGIN_BYTES],
    const char *text);

#endif
