/* The windows of hosts: which hosts count as slow. */
#include "config.h"

#include "libcar/net/http_host_private.h"
#include "t/lib/tap.h"

/* Begin the next request. The result is its host, or NULL. */
static struct http_host *
begin(struct http_hosts *hosts)
{
	uint64_t wait_ms = UINT64_MAX;
	struct http_request *r = http_host_next(hosts, 0, &wait_ms);

	if (r == NULL)
		return NULL;
	http_host_begin(hosts, r->host);
	return r->host;
}

static struct http_host *
queue(struct http_hosts *hosts, const char *origin, struct http_request *r,
    size_t n)
{
	struct http_host *host = http_host_get(hosts, origin);

	for (; n > 0; n--, r++) {
		r->host = host;
		http_host_append(hosts, host, r);
	}
	return host;
}

/* Slow hosts get two of four places while others wait. A request whose body has
 * arrived takes neither, and ends like any other. */
static void
test_work(void)
{
	struct http_hosts hosts = { .parallel = 4, .per_host = 4, .hosts = 9 };
	struct http_request slows[5] = { { .url = { .len = 0 } } },
			    quicks[5] = { { .url = { .len = 0 } } };
	struct http_host *slow = queue(&hosts, "https://slow", slows, 5),
			 *quick;

	http_host_set_slow(&hosts, slow, true);
	ok(begin(&hosts) == slow && begin(&hosts) == slow, "two are slow");
	quick = queue(&hosts, "https://quick", quicks, 5);
	ok(begin(&hosts) == quick, "a third slow one has to wait");
	http_host_work(&hosts, slow, 1);
	is_int(hosts.slow_active, 1, "a body has come");
	ok(begin(&hosts) == slow, "another slow one may begin");
	is_int(hosts.slow_active, 2, "that makes two");
	http_host_set_slow(&hosts, slow, false);
	is_int(hosts.slow_active, 0, "the host is fast again");
	http_host_set_slow(&hosts, slow, true);
	is_int(hosts.slow_active, 2, "and slow again");
	http_host_work(&hosts, slow, -1);
	http_host_end(&hosts, slow);
	is_int(hosts.slow_active, 2, "the work has ended");
	http_host_end(&hosts, slow);
	http_host_end(&hosts, slow);
	is_int(hosts.slow_active + hosts.slow_busy, 0, "all have ended");
	http_host_free_all(&hosts);
}

int
main(void)
{
	test_work();
	return done_testing();
}
