#include "config.h"

#include <stdio.h>
#include <string.h>

#include "libcar/cli/environment.h"
#include "libcar/cli/message.h"
#include "libcar/cli/network.h"
#include "libcar/plc/diddoc.h"

/*
 * The options themselves are in the header, because each program has them in
 * its own table. An origin is checked when all options are read, because
 * --allow-private may come last.
 */

/* A single word such as `relay` is more often a mistake than a host. */
static bool
is_bare_host(const char *text)
{
	return strstr(text, "://") == NULL &&
	    (strpbrk(text, ".:") != NULL || strcmp(text, "localhost") == 0);
}

static bool
read_origin(char origin[DIDDOC_ORIGIN_BYTES], const char *text)
{
	char url[DIDDOC_ORIGIN_BYTES + 1];

	if (!is_bare_host(text))
		return diddoc_origin(origin, text, strlen(text), true);
	if (strlen(text) >= sizeof(url) - sizeof("https://"))
		return false;
	snprintf(url, sizeof(url), "https://%s", text);
	return diddoc_origin(origin, url, strlen(url), true);
}

void
cli_network_init(struct http_options *o, const struct cli *cli,
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
	};
}

const char *
cli_network_origin(const struct http_options *o, const char *variable,
    const char *text)
{
	static char origin[DIDDOC_ORIGIN_BYTES];

	if (!read_origin(origin, text))
		cli_usage("%s: '%s' isn't an origin such as https://host",
		    text == cli_env(variable, NULL) ? variable : "-u", text);
	if (strncmp(origin, "https:", 6) != 0 && !o->allow_private)
		cli_usage("%s: plain http needs --allow-private", origin);
	return origin;
}
