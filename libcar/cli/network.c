#include "config.h"

#include <sys/resource.h>

#include <stdio.h>
#include <string.h>

#include "libcar/cli/environment.h"
#include "libcar/cli/message.h"
#include "libcar/cli/network.h"
#include "libcar/cli/progress.h"
#include "libcar/plc/diddoc.h"

/*
 * Apply the options of programs that use the network.
 *
 * The options themselves are in the header, because each program has them in
 * its own table. An origin is checked when all options are read, because
 * --allow-private may come last.
 */

/* Open files of the program itself, and of each request: sockets, a file, and
 * those that a DNS look-up needs. */
#define OWN_FILES 32
#define REQUEST_FILES 5

/* A single word such as `relay` is more often a mistake than a host. */
static bool
is_bare_host(const char *text)
{
	return strstr(text, "://") == NULL &&
	    (strpbrk(text, ".:") != NULL || strcmp(text, "localhost") == 0);
}

bool
cli_network_read_origin(char origin[DIDDOC_ORIGIN_BYTES], const char *text)
{
	char url[DIDDOC_ORIGIN_BYTES + 1];

	if (!is_bare_host(text))
		return diddoc_origin(origin, text, strlen(text), true);
	if (strlen(text) >= sizeof(url) - sizeof("https://"))
		return false;
	snprintf(url, sizeof(url), "https://%s", text);
	return diddoc_origin(origin, url, strlen(url), true);
}

/* The host as people write it: without its scheme and that scheme's port. */
static void
show_wait(const struct http_wait *w)
{
	const char *host = strstr(w->origin, "//") + 2;
	const char *port = w->origin[4] == 's' ? ":443" : ":80";
	char text[DIDDOC_ORIGIN_BYTES];
	size_t len;

	snprintf(text, sizeof(text), "%s", host);
	len = strlen(text);
	if (len > strlen(port) && strcmp(text + len - strlen(port), port) == 0)
		text[len - strlen(port)] = '\0';
	cli_progress_wait(text, w->attempt, w->of, w->ms);
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
		.waits = show_wait,
	};
}

/* How many files may be open? As many as these, if we may raise the limit. */
static rlim_t
allow_files(rlim_t wanted)
{
	struct rlimit r;

	if (getrlimit(RLIMIT_NOFILE, &r) == -1)
		return wanted;
	if (r.rlim_cur < wanted && r.rlim_cur < r.rlim_max) {
		r.rlim_cur = r.rlim_max < wanted ? r.rlim_max : wanted;
		setrlimit(RLIMIT_NOFILE, &r);
		getrlimit(RLIMIT_NOFILE, &r);
	}
	return r.rlim_cur;
}

void
cli_network_fit(struct http_options *o)
{
	rlim_t wanted = OWN_FILES + (rlim_t)REQUEST_FILES * o->parallel;
	rlim_t files = allow_files(wanted);

	if (files >= wanted)
		return;
	o->parallel = files < OWN_FILES + REQUEST_FILES ?
	    1 :
	    (unsigned)(files - OWN_FILES) / REQUEST_FILES;
	o->idle = o->parallel;
	if (cli_verbose)
		cli_warn("%u requests at a time: only %llu files may be open",
		    o->parallel, (unsigned long long)files);
}

char *
cli_network_origin(char origin[DIDDOC_ORIGIN_BYTES],
    const struct http_options *o, const char *option, const char *variable,
    const char *text)
{
	if (variable != NULL && text == cli_env(variable, NULL))
		option = variable;
	if (!cli_network_read_origin(origin, text))
		cli_usage("%s: '%s' isn't an origin such as https://host",
		    option, text);
	if (strncmp(origin, "https:", 6) != 0 && !o->allow_private)
		cli_usage("%s: plain http needs --allow-private", origin);
	return origin;
}
