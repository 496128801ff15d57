#include "config.h"

#include <stdio.h>
#include <string.h>

#include "libcar/cli/message.h"
#include "libcar/cli/network.h"
#include "libcar/plc/diddoc.h"

/*
 * The options themselves are in the header, because each program has them in
 * its own table. An origin is checked when all options are read, because
 * --allow-private may come last.
 */

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
cli_network_origin(const struct http_options *o, const char *text)
{
	static char origin[DIDDOC_ORIGIN_BYTES];

	if (!diddoc_origin(origin, text, strlen(text), true))
		cli_usage("'%s' isn't an origin such as https://host", text);
	if (strncmp(origin, "https:", 6) != 0 && !o->allow_private)
		cli_usage("%s: plain http needs --allow-private", origin);
	return origin;
}
