/* Which names of a relay's list are usable, and which lines are made. */
#include "config.h"

#include "libcar/net/host_list.h"
#include "t/lib/offline.h"

#define ALL "https://x.test/xrpc/com.atproto.sync.listHosts?"

static struct buf out;
static struct host_list list;
static bool is_done;
static char message[STATUS_MSG_BYTES];

/* Names */

static void
origin(const char *name, const char *public, const char *private)
{
	char got[DIDDOC_ORIGIN_BYTES];
	bool is;

	is = host_list_origin(got, name, strlen(name), false);
	is_str(is ? got : "", public, "%s", name);
	is = host_list_origin(got, name, strlen(name), true);
	is_str(is ? got : "", private, "%s with allow_private", name);
}

static void
test_names(void)
{
	char longest[HOST_LIST_MAX_NAME + 2];
	char got[DIDDOC_ORIGIN_BYTES];

	origin("pds.test", "https://pds.test", "https://pds.test");
	origin("PDS.Test", "https://pds.test", "https://pds.test");
	origin("pds.test:443", "", "https://pds.test");
	origin("pds.test:8443", "", "https://pds.test:8443");
	origin("10.0.0.1", "", "http://10.0.0.1");
	origin("8.8.8.8", "", "http://8.8.8.8");
	origin("127.0.0.1:80", "", "http://127.0.0.1");
	origin("[::1]", "", "http://[::1]");
	origin("[::1]:8080", "", "http://[::1]:8080");
	origin("localhost", "", "http://localhost");
	origin("localhost:2583", "", "http://localhost:2583");
	origin("pds.local", "", "http://pds.local");
	origin("pds.internal", "", "http://pds.internal");
	origin("", "", "");
	origin("pds.test/", "", "");
	origin("pds.test:99999", "", "");
	origin("pds.test:80/x", "", "");
	origin("user@pds.test", "", "");
	origin("https://pds.test", "", "");
	origin("a b.test", "", "");
	ok(!host_list_origin(got, "a.test\0b", 8, true), "a NUL");
	memset(longest, 'a', sizeof(longest) - 1);
	longest[sizeof(longest) - 1] = '\0';
	origin(longest, "", "");
}

/* Lines */

static void
ready(struct host_list *l)
{
	(void)l;
}

static void
flawed(struct host_list *l, const struct slice *name, const struct status *why)
{
	(void)why;
	buf_puts(l->out, "{flawed ");
	if (name->at != NULL)
		buf_put(l->out, name->at, name->len);
	buf_puts(l->out, "}\n");
}

static void
done(struct host_list *l, const struct status *why)
{
	(void)l;
	is_done = true;
	snprintf(message, sizeof(message), "%s", why == NULL ? "" : why->msg);
}

static void
page(const char *url, const char *body)
{
	ok(!is_done, "goes on");
	is_str(list.request.url.data, url, "asks for %s", url);
	offline_answer(&list.http, &list.request, 200, body);
}

/* The lines, as a letter each: a host is its first one, a cursor is '>', an
 * error '!'. */
static void
gave(const char *want)
{
	char got[64] = "", *p = got;
	size_t i;

	for (i = 0; i + 1 < out.len; i++)
		if (memcmp(&out.data[i], "\"https://", 9) == 0)
			*p++ = out.data[i + 9];
		else if (memcmp(&out.data[i], "\"cursor\",", 9) == 0)
			*p++ = '>';
		else if (memcmp(&out.data[i], "{flawed", 7) == 0)
			*p++ = '!';
	*p = '\0';
	is_str(got, want, "the lines");
}

#define HOST(name) "{\"hostname\":\"" name "\"}"

/* clang-format off */
static const char first[] = "{\"cursor\":\"p\",\"hosts\":["
    HOST("a.test") "," HOST("10.0.0.1") "," HOST("b.test") ",{},"
    HOST("https://c.test") "," HOST("10.0.0.1") "]}";
static const char second[] = "{\"cursor\":\"q\",\"hosts\":["
    HOST("B.test") "," HOST("10.0.0.1") "," HOST("c.test") ","
    HOST("d.test") "," HOST("e.test") "]}";
/* clang-format on */

static void
test_lines(void)
{
	list = (struct host_list){
		.relay = "https://x.test",
		.limit = 4,
		.out = &out,
		.ready = ready,
		.flawed = flawed,
		.done = done,
	};
	host_list_start(&list, offline_open());
	page(ALL "limit=4", first);
	page(ALL "limit=2&cursor=p", second);
	buf_putc(&out, '\n');
	/* The relay's own origin is also in the cursor. */
	gave("ab!!!>xcd");
	ok(is_done, "the limit is the end");
	is_str(message, "", "no failure");
	is_int(list.hosts, 4, "hosts");
	host_list_free(&list);
}

int
main(void)
{
	test_names();
	test_lines();
	buf_free(&out);
	offline_close();
	return done_testing();
}
