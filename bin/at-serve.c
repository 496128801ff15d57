/* at-serve: answer HTTP requests from a database of at-load and an archive. */
#include "config.h"

#include <sys/resource.h>

#include <dirent.h>
#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "libcar/base/clock.h"
#include "libcar/base/parallel.h"
#include "libcar/cli/cli.h"
#include "libcar/cli/environment.h"
#include "libcar/cli/network.h"
#include "libcar/cli/stop.h"
#include "libcar/serve/listen.h"
#include "libcar/serve/server.h"

/*
 * libcar/serve answers the requests, in threads; this file reads the options,
 * says where the server listens, and waits for a signal.
 */

#define ADDRESS "127.0.0.1:2580"
#define OTHER_FILES 64
#define FILES_OF_THREAD 8 /* of the database and the archive */
#define REPORT_MS 1000
#define REPORTS 10    /* in this time */
#define STOP_MS 10000 /* for the requests that are under way */

struct run {
	const char *listen, *path, *upstream; /* --listen, --unix, ... */
	char origin[DIDDOC_ORIGIN_BYTES];     /* of upstream */
	uint64_t lag_ms, query_ms, idle_ms;
	struct serve_setup setup;
	struct serve_limits limits;
};

static struct run this_run = { .setup = { .version = PACKAGE_VERSION,
				   .agent = "at-serve/" PACKAGE_VERSION
					    " (atpipe)" } };

static const struct cli_option options[] = {
	{ 0, "listen", "address:port", "listen here (" ADDRESS ")",
	    CLI_TEXT(&this_run.listen, NULL) },
	{ 0, "unix", "path", "listen on this socket instead",
	    CLI_TEXT(&this_run.path, NULL) },
	{ 0, "archive", "dir", "directory of CARs, of at-fetchrepo",
	    CLI_TEXT(&this_run.setup.archive, NULL) },
	{ 0, "blobs", "dir", "directory of blobs, of at-fetchblob",
	    CLI_TEXT(&this_run.setup.blobs, NULL) },
	{ 0, "upstream", "url", "pass operations on to this PLC directory",
	    CLI_TEXT(&this_run.upstream, NULL) },
	{ 0, "lag", "time", "maximum age of a stream's last event",
	    CLI_TIME(&this_run.lag_ms, "5m", 1000, 365 * 86400000ULL) },
	{ 'j', "jobs", "n", "threads; as many as processors, if not given",
	    CLI_COUNT(&this_run.limits.threads, NULL, 1, 256) },
	{ 't', "timeout", "time", "maximum time for a request to come",
	    CLI_TIME(&this_run.idle_ms, "30s", 1000, 3600000) },
	{ 0, "query-timeout", "time", "maximum time of a query",
	    CLI_TIME(&this_run.query_ms, "10s", 1, 3600000) },
	{ 0, "connections", "n", "maximum number of connections",
	    CLI_COUNT(&this_run.limits.connections, "4096", 1, 65536) },
	{ 0, "per-client", "n", "maximum number from one address",
	    CLI_COUNT(&this_run.limits.per_client, "256", 1, 65536) },
	{ 0 },
};

static const struct cli cli = {
	.name = "at-serve",
	.operands = "database",
	.summary = "Answer HTTP requests from a database and an archive.",
	.options = options,
};

/* A mistyped name would look like a directory without files. */
static void
check_directory(const char *path)
{
	struct status st;
	DIR *d;

	if (path == NULL)
		return;
	d = opendir(path);
	if (d == NULL) {
		status_set(&st, STATUS_SYSTEM, 0, "%s: %s", path,
		    strerror(errno));
		cli_fatal(&st);
	}
	closedir(d);
}

static void
read_options(struct run *r, int argc, char **argv)
{
	struct parallel processors = { 0 };
	char **operands = cli_begin(&cli, argc, argv);

	if (operands[0] == NULL)
		cli_usage("no database is named");
	if (operands[1] != NULL)
		cli_usage("want one database");
	if (r->path != NULL && r->listen != NULL)
		cli_usage("--unix and --listen exclude each other");
	if (r->upstream != NULL) {
		if (!cli_network_read_origin(r->origin, r->upstream))
			cli_usage("--upstream: '%s' isn't an origin such as "
				  "https://host",
			    r->upstream);
		r->setup.upstream = r->origin;
	}
	check_directory(r->setup.archive);
	check_directory(r->setup.blobs);
	if (r->limits.threads == 0)
		r->limits.threads = parallel_threads(&processors);
	r->setup.database = operands[0];
	r->setup.tmp = cli_tmpdir();
	r->setup.lag_ms = r->lag_ms;
	r->setup.query_ms = r->query_ms;
	r->limits.idle_ms = r->idle_ms;
}

/* Allow as many open files as the connections and the database need; if the
 * system doesn't, allow fewer connections. */
static void
fit_files(struct run *r)
{
	struct serve_limits *l = &r->limits;
	rlim_t other = OTHER_FILES + FILES_OF_THREAD * l->threads;
	struct rlimit now;

	if (getrlimit(RLIMIT_NOFILE, &now) == -1 ||
	    now.rlim_cur == RLIM_INFINITY ||
	    now.rlim_cur >= l->connections + other)
		return;
	now.rlim_cur = l->connections + other;
	if (now.rlim_max != RLIM_INFINITY && now.rlim_cur > now.rlim_max)
		now.rlim_cur = now.rlim_max;
	setrlimit(RLIMIT_NOFILE, &now);
	if (now.rlim_cur >= l->connections + other)
		return;
	l->connections = now.rlim_cur > 2 * other ? now.rlim_cur - other :
						    other / 2;
	if (cli_verbose)
		cli_warn("the limit of open files allows %u connections",
		    l->connections);
}

/* Called in any thread. While the database is away, each request is the same
 * failure: it has one message a second. */
static void
report(const struct status *st)
{
	static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
	static uint64_t since_ms;
	static unsigned count;
	static char last[sizeof(st->msg)];
	uint64_t now = clock_monotonic_ms();

	if (cli_quiet)
		return;
	pthread_mutex_lock(&lock);
	if (count == 0 || now - since_ms >= REPORT_MS) {
		since_ms = now;
		count = 0;
		last[0] = '\0';
	}
	if (count < REPORTS && strcmp(last, st->msg) != 0) {
		count++;
		snprintf(last, sizeof(last), "%s", st->msg);
		cli_warn("%s", st->msg);
	}
	pthread_mutex_unlock(&lock);
}

/* Who starts the server, for example with port 0, reads from this line that it
 * is ready, and where. */
static void
announce(int fd, struct status *st)
{
	struct ndjson_out out = { .fd = STDOUT_FILENO };

	serve_listen_url(fd, &out.buf);
	buf_putc(&out.buf, '\n');
	if (ndjson_out_flush(&out, st) == -1)
		cli_fatal(st);
	buf_free(&out.buf);
}

/* A signal may come between the test of cli_stop and a wait, so wait only for a
 * short time. */
static void
wait_for_signal(void)
{
	while (!cli_stop)
		clock_sleep_ms(100);
}

int
main(int argc, char **argv)
{
	struct run *r = &this_run;
	struct serve_server *server;
	struct status st;
	int fd;

	read_options(r, argc, argv);
	fit_files(r);
	signal(SIGPIPE, SIG_IGN);
	cli_stop_catch();
	if ((r->path != NULL ?
		    serve_listen_unix(r->path, &fd, &st) :
		    serve_listen_tcp(r->listen != NULL ? r->listen : ADDRESS,
			&fd, &st)) == -1)
		cli_fatal(&st);
	if (serve_server_start(&server, fd, &r->setup, &r->limits, report,
		&st) == -1)
		cli_fatal(&st);
	announce(fd, &st);
	wait_for_signal();
	/* First, because as soon as the socket is closed, it may be that of the
	 * next server. */
	if (r->path != NULL)
		unlink(r->path);
	serve_server_stop(server, STOP_MS);
	return CLI_DONE;
}
