#include "config.h"

#include <getopt.h>
#include <stdio.h>
#include <string.h>

#include "libcar/cli/network.h"
#include "libcar/plc/diddoc.h"

#define MAX_PARALLEL 1000
#define MAX_RETRIES 100
#define MAX_MS (24 * 3600000)

void
cli_network_defaults(struct http_options *o, const struct cli *cli,
    unsigned parallel, unsigned per_host, unsigned hosts)
{
	static char agent[64];

	snprintf(agent, sizeof(agent), "%s/%s (atpipe)", cli->name,
	    PACKAGE_VERSION);
	*o = (struct http_options){
		.agent = agent,
		.parallel = parallel,
		.per_host = per_host,
		.hosts = hosts,
		.retries = 5,
		.timeout_ms = 600000,
		.stall_ms = 60000,
		.retry_delay_ms = 1000,
		.max_wait_ms = 900000,
	};
}

bool
cli_network_option(struct http_options *o, const struct cli *cli, int option)
{
	switch (option) {
	case NETWORK_JOBS:
		o->parallel = cli_number(cli, optarg, 1, MAX_PARALLEL);
		return true;
	case NETWORK_PER_HOST:
		o->per_host = cli_number(cli, optarg, 1, MAX_PARALLEL);
		return true;
	case NETWORK_HOSTS:
		o->hosts = cli_number(cli, optarg, 1, MAX_PARALLEL);
		return true;
	case NETWORK_TIMEOUT:
		o->timeout_ms = cli_duration(cli, optarg, 1, MAX_MS);
		return true;
	case NETWORK_STALL:
		o->stall_ms = cli_duration(cli, optarg, 1, MAX_MS);
		return true;
	case NETWORK_RETRIES:
		o->retries = cli_number(cli, optarg, 0, MAX_RETRIES);
		return true;
	case NETWORK_RETRY_DELAY:
		o->retry_delay_ms = cli_duration(cli, optarg, 1, MAX_MS);
		return true;
	case NETWORK_MAX_WAIT:
		o->max_wait_ms = cli_duration(cli, optarg, 0, MAX_MS);
		return true;
	case NETWORK_ALLOW_PRIVATE:
		o->allow_private = true;
		return true;
	case NETWORK_PROXY:
		o->proxy = optarg;
		return true;
	}
	return false;
}

const char *
cli_network_origin(const struct http_options *o, const char *text)
{
	static char origin[DIDDOC_ORIGIN_BYTES];

	if (!diddoc_origin(origin, text, strlen(text), true))
		cli_usage("'%s' isn't an origin such as https://host", text);
	if (strncmp(origin, "https:", 6) != 0 && !o->allow_private)
		cli_usage("%s: plain http needs --allow-private", origin);
	return origin;
}
