/* Which pages a list of repos requests, and which lines it makes of them. */
#include "config.h"

#include "libcar/net/repo_list.h"
#include "t/lib/offline.h"

#define ALL "https://x.test/xrpc/com.atproto.sync.listRepos?"
#define SOME "https://x.test/xrpc/com.atproto.sync.listReposByCollection?"

static struct buf out;
static struct filter filter;
static unsigned pages, flaws;
static bool is_done;
static char message[STATUS_MSG_BYTES];

static void
ready(struct repo_list *l)
{
	(void)l;
	pages++;
}

static void
flawed(struct repo_list *l, const struct status *why)
{
	flaws++;
	snprintf(message, sizeof(message), "%s", why->msg);
	buf_puts(l->out, "flawed\n");
}

static void
done(struct repo_list *l, const struct status *why)
{
	(void)l;
	is_done = true;
	snprintf(message, sizeof(message), "%s", why == NULL ? "" : why->msg);
}

static void
start(struct repo_list *l, uint64_t limit)
{
	l->host = "https://x.test";
	l->collections = &filter;
	l->limit = limit;
	l->out = &out;
	l->ready = ready;
	l->flawed = flawed;
	l->done = done;
	out.len = 0;
	pages = flaws = 0;
	is_done = false;
	repo_list_start(l, offline_open());
}

static void
page(struct repo_list *l, const char *url, const char *body)
{
	ok(!is_done, "goes on");
	is_str(l->request.url.data, url, "asks for %s", url);
	offline_answer(&l->http, &l->request, 200, body);
}

/* The lines, as one letter each: a repo is the last letter of its DID, a cursor
 * is '>'. */
static void
gave(const char *want, const char *name)
{
	char got[64] = "", *p = got;
	size_t i;

	for (i = 0; i + 1 < out.len; i++)
		if (memcmp(&out.data[i], "\"did:plc:", 9) == 0)
			*p++ = out.data[i + 9];
		else if (memcmp(&out.data[i], "\"cursor\",", 9) == 0)
			*p++ = '>';
		else if (memcmp(&out.data[i], "flawed", 6) == 0)
			*p++ = '!';
	*p = '\0';
	is_str(got, want, "%s: its lines", name);
}

#define REPO(letter) "{\"did\":\"did:plc:" letter "\"}"

static void
test_all(void)
{
	struct repo_list l = { .host = NULL };

	start(&l, 0);
	page(&l, ALL "limit=1000",
	    "{\"cursor\":\"p\",\"repos\":[" REPO("a") "," REPO("b") "]}");
	gave("ab>", "a page");
	page(&l, ALL "limit=1000&cursor=p",
	    "{\"repos\":[" REPO("b") ",{\"did\":5}," REPO("c") "]}");
	gave("ab>c!", "the last one");
	ok(is_done, "that was all");
	is_str(message, "", "no failure");
	is_int(pages, 2, "pages");
	is_int(flaws, 1, "pages with entries that are no repos");
	is_int(l.repos, 3, "repos");
	repo_list_free(&l);
}

static void
test_limit(void)
{
	struct repo_list l = { .host = NULL };

	start(&l, 2);
	page(&l, ALL "limit=2", "{\"cursor\":\"p\",\"repos\":[" REPO("a") "]}");
	page(&l, ALL "limit=1&cursor=p",
	    "{\"cursor\":\"q\",\"repos\":[" REPO("b") "," REPO("c") "]}");
	gave("a>b", "a page that is cut has no cursor");
	ok(is_done, "the limit is the end");
	repo_list_free(&l);

	start(&l, 1);
	page(&l, ALL "limit=1", "{\"cursor\":\"p\",\"repos\":[" REPO("a") "]}");
	gave("a>", "a page that just reaches it has one");
	ok(is_done, "the limit is the end");
	repo_list_free(&l);
}

static void
test_collections(void)
{
	struct repo_list l = { .host = NULL };
	struct status st;

	filter_add(&filter, "a.b.one", &st);
	filter_add(&filter, "a.b.two", &st);
	start(&l, 0);
	page(&l, SOME "collection=a.b.one&limit=2000",
	    "{\"cursor\":\"p\",\"repos\":[" REPO("a") "]}");
	page(&l, SOME "collection=a.b.one&limit=2000&cursor=p",
	    "{\"repos\":[]}");
	page(&l, SOME "collection=a.b.two&limit=2000",
	    "{\"repos\":[" REPO("b") "," REPO("a") "]}");
	gave("a>b", "a repo of both comes once");
	ok(is_done, "the last collection is the end");
	filter_free(&filter);
	repo_list_free(&l);
}

static const char *
from(struct repo_list *l, const char *method, const char *collection)
{
	(void)l;
	if (collection == NULL)
		return strstr(method, "listRepos") != NULL ? "p" : NULL;
	return strcmp(collection, "a.b.two") == 0 ? "q" : NULL;
}

/* Each listing begins at its own cursor. */
static void
test_from(void)
{
	struct repo_list l = { .from = from };
	struct status st;

	start(&l, 0);
	page(&l, ALL "limit=1000&cursor=p",
	    "{\"cursor\":\"p\",\"repos\":[" REPO("a") "]}");
	gave("a", "what a failed page had is given without its cursor");
	ok(is_done, "a failure is the end");
	is_str(message, ALL "limit=1000&cursor=p: the cursor stays the same",
	    "its message");
	repo_list_free(&l);

	filter_add(&filter, "a.b.one", &st);
	filter_add(&filter, "a.b.two", &st);
	l.from = from;
	start(&l, 0);
	page(&l, SOME "collection=a.b.one&limit=2000",
	    "{\"repos\":[" REPO("a") "]}");
	page(&l, SOME "collection=a.b.two&limit=2000&cursor=q",
	    "{\"repos\":[" REPO("b") "]}");
	gave("ab", "the second one begins later");
	ok(is_done, "the end");
	filter_free(&filter);
	repo_list_free(&l);
}

/* Two lists have nothing in common. */
static void
test_two(void)
{
	struct repo_list a = { .host = NULL }, b = { .host = NULL };

	start(&a, 0);
	page(&a, ALL "limit=1000",
	    "{\"cursor\":\"p\",\"repos\":[" REPO("a") "]}");
	start(&b, 0);
	page(&b, ALL "limit=1000", "{\"repos\":[" REPO("a") "]}");
	gave("a", "the other has its own repos");
	is_int(b.repos, 1, "and counts them");
	is_done = false;
	page(&a, ALL "limit=1000&cursor=p", "{\"repos\":[" REPO("b") "]}");
	is_int(a.repos, 2, "the first one goes on");
	repo_list_free(&a);
	repo_list_free(&b);
}

int
main(void)
{
	test_all();
	test_limit();
	test_collections();
	test_from();
	test_two();
	buf_free(&out);
	offline_close();
	return done_testing();
}
