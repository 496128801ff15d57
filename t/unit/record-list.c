/* Which calls a listing of records makes, and which lines it makes of the
 * answers. */
#include "config.h"

#include "libcar/net/record_list.h"
#include "t/lib/offline.h"

#define CID "bafyreicelctyn3rrhtidwzwqgs6t34sdax2togklj6mmxceaag7o5uwiua"
#define DID "did:plc:aaaaaaaaaaaaaaaaaaaaaaaa"
#define REV "3kaaaaaaaaa22"

#define HOST "https://x.test/xrpc/"
#define LATEST HOST "com.atproto.sync.getLatestCommit?did=" DID
#define DESCRIBE HOST "com.atproto.repo.describeRepo?repo=" DID
#define LIST HOST "com.atproto.repo.listRecords?repo=" DID "&collection="

#define COMMIT "{\"cid\":\"" CID "\",\"rev\":\"" REV "\"}"

/* The empty object and its CID. */
#define RECORD(nsid, rkey) \
	"{\"uri\":\"at://" DID "/" nsid "/" rkey "\",\"cid\":" \
	"\"bafyreigbtj4x7ip5legnfznufuopl4sg4knzc2cof6duas4b3q2fy6swua\"," \
	"\"value\":{}}"

static struct record_list l;
static struct filter filter;
static struct buf out;
static unsigned times;
static bool is_done;
static char message[STATUS_MSG_BYTES];

static void
ready(struct record_list *it)
{
	(void)it;
	times++;
}

static void
flawed(struct record_list *it, const struct status *why)
{
	ok(it == &l && why->msg[0] != '\0', "a collection failed");
}

static void
done(struct record_list *it, struct status *why)
{
	(void)it;
	is_done = true;
	snprintf(message, sizeof(message), "%s", why == NULL ? "" : why->msg);
}

static int
start(const struct stream_cursor *from, struct status *st)
{
	l.program = "at-test";
	l.did = DID;
	l.host = "https://x.test";
	l.filter = &filter;
	l.page = 100;
	l.out = &out;
	l.ready = ready;
	l.flawed = flawed;
	l.done = done;
	out.len = 0;
	times = 0;
	is_done = false;
	return record_list_start(&l, offline_open(), from, st);
}

static void
answer(const char *url, const char *body)
{
	ok(!is_done, "goes on");
	is_str(l.request.url.data, url, "asks for %s", url);
	offline_answer(&l.http, &l.request, 200, body);
}

/* The types of the lines: Repo, record, cursor ('>'), end, error ('!').
 * t/3500-listrecords.t tests whole lines. */
static void
gave(const char *want, const char *name)
{
	static const char *const types[] = { "Rrepo\"", "rrecord\"",
		">cursor\"", "eend\"", "!error\"" };
	char got[64] = "", *p = got;
	size_t i, j;

	for (i = 0; i + 20 < out.len; i++)
		for (j = 0; j < 5; j++)
			if (memcmp(&out.data[i], "{\"type\":\"", 9) == 0 &&
			    memcmp(&out.data[i + 9], types[j] + 1,
				strlen(types[j] + 1)) == 0)
				*p++ = types[j][0];
	*p = '\0';
	is_str(got, want, "%s: its lines", name);
}

static void
test_described(void)
{
	struct status st;

	is_int(start(NULL, &st), 0, "all collections");
	answer(LATEST, COMMIT);
	gave("R", "the commit");
	answer(DESCRIBE, "{\"collections\":[\"a.b.two\",\"a.b.one\"]}");
	answer(LIST "a.b.one&limit=100",
	    "{\"cursor\":\"k\",\"records\":[" RECORD("a.b.one", "k") "]}");
	gave("Rr>", "a page and its cursor");
	answer(LIST "a.b.one&limit=100&cursor=k", "{\"records\":[]}");
	answer(LIST "a.b.two&limit=100",
	    "{\"records\":[" RECORD("a.b.two", "k") "]}");
	gave("Rr>re", "all");
	ok(is_done, "the last collection is the end");
	is_str(message, "", "no failure");
	is_int(times, 5, "ready: repo, page, cursor, page, end");
	is_int(record_list_errors(&l), 0, "no record was wrong");
}

static void
test_named(void)
{
	struct status st;

	filter_add(&filter, "a.b.one", &st);
	is_int(start(NULL, &st), 0, "a named collection");
	answer(LATEST, COMMIT);
	answer(LIST "a.b.one&limit=100", "{\"records\":[]}");
	gave("Re", "nobody is asked for collections");
	ok(is_done, "that was all");
	filter_add(&filter, "a.c.*", &st);
	is_int(start(NULL, &st), 0, "and a prefix");
	answer(LATEST, COMMIT);
	answer(DESCRIBE, "{\"collections\":[\"a.b.two\",\"a.c.d\"]}");
	answer(LIST "a.b.one&limit=100", "{\"records\":[]}");
	answer(LIST "a.c.d&limit=100", "{\"records\":[]}");
	ok(is_done, "no other collection");
	filter_free(&filter);
}

static const struct stream_cursor place = {
	.rev = { REV, 13 },
	.collection = { "a.b.two", 7 },
	.cursor = { "k", 1 },
	.counts = { "{\"a.b.one\":7,\"a.b.two\":3}", 25 },
};

static void
test_resume(void)
{
	struct stream_cursor from = place;
	struct status st;

	is_int(start(&from, &st), 0, "from a cursor");
	answer(DESCRIBE, "{\"collections\":[\"a.b.one\",\"a.b.two\"]}");
	answer(LIST "a.b.two&limit=100&cursor=k", "{\"records\":[]}");
	gave("e", "no repo, and nothing of the first collection");
	ok(strstr(out.data, "{\"a.b.one\":7,\"a.b.two\":3}") != NULL,
	    "the counts go on");

	from.rev.len--;
	is_int(start(&from, &st), 0, "no rev");
	is_str(l.request.url.data, LATEST, "it begins");
	from = place;
	from.cursor.len = 0;
	is_int(start(&from, &st), 0, "no cursor");
	is_str(l.request.url.data, LATEST, "it begins");
	from = place;
	from.collection.len = 1;
	is_int(start(&from, &st), 0, "no collection");
	is_str(l.request.url.data, LATEST, "it begins");
	from = place;
	from.counts.len = 5;
	is_int(start(&from, &st), -1, "no counts");
	is_int(st.code, STATUS_BAD_LINE, "is an error");
}

static void
test_failures(void)
{
	struct status st;

	start(NULL, &st);
	answer(LATEST, "{}");
	gave("", "no commit");
	is_str(message, LATEST ": rev or cid is missing", "is a failure");

	start(NULL, &st);
	answer(LATEST, COMMIT);
	answer(DESCRIBE, "{\"collections\":[\"a.b.one\"]}");
	answer(LIST "a.b.one&limit=100", "{\"records\":[");
	gave("R", "a page that is cut leaves nothing");
	ok(is_done, "and ends the list of one collection");
	is_str(message, LIST "a.b.one&limit=100: not a JSON object",
	    "says why");
}

static bool
has(const char *text)
{
	buf_putc(&out, '\0');
	out.len--;
	return strstr(out.data, text) != NULL;
}

/* The collections a.b.one and a.b.two; the first has got its answer. */
static void
start_two(const char *one)
{
	struct status st;

	start(NULL, &st);
	answer(LATEST, COMMIT);
	answer(DESCRIBE, "{\"collections\":[\"a.b.two\",\"a.b.one\"]}");
	answer(LIST "a.b.one&limit=100", one);
}

/* A wrong record loses only itself, and the end covers what is complete. */
static void
test_siblings(void)
{
	start_two("{\"records\":[" RECORD("a.b.one", "j") "," RECORD("a.b.two",
	    "k") ",5," RECORD("a.b.one", "l") "]}");
	gave("Rr!!r", "entries that are no records of it");
	answer(LIST "a.b.two&limit=100", "{\"records\":null}");
	gave("Rr!!re", "and the next collection");
	is_str(message, "", "no failure of the list");
	ok(has("\"errors\":2,\"filter\":[\"a.b.two\"]"), "the other is whole");
	is_int(record_list_errors(&l), 2, "errors");

	start_two("{\"records\":{}}");
	gave("R!", "no list");
	answer(LIST "a.b.two&limit=100", "{\"records\":null}");
	gave("R!e", "and the next collection");
	ok(has("\"errors\":0,\"filter\":[\"a.b.two\"]"), "the other is whole");
	is_int(record_list_errors(&l), 1, "errors");

	start_two("{\"records\":[],\"cursor\":true}");
	answer(LIST "a.b.two&limit=100", "{\"records\":{}}");
	gave("R!!", "both failed");
	ok(is_done, "that was all");
	is_str(message, LIST "a.b.two&limit=100: not a list of objects",
	    "the list failed");
}

/* A collection that has strays isn't complete either if its listing resumes at
 * a cursor. */
static void
test_strays_resumed(void)
{
	struct stream_cursor from = place;
	struct status st;

	start_two("{\"records\":[5],\"cursor\":\"k\"}");
	gave("R!>", "a stray and a cursor");
	ok(has("\"cursor\":\"k\",\"counts\":{}"), "its counts tell");
	from.counts = slice_of("{\"a.b.one\":7}");
	is_int(start(&from, &st), 0, "from such a cursor");
	answer(DESCRIBE, "{\"collections\":[\"a.b.one\",\"a.b.two\"]}");
	answer(LIST "a.b.two&limit=100&cursor=k", "{\"records\":[]}");
	gave("e", "its end");
	ok(has("\"filter\":[\"a.b.one\"]"), "has the other alone");
}

/* A page that is too large is requested in parts. */
static void
test_too_large(void)
{
	struct status st, why;
	unsigned i;
	static const char *const limits[] = { "100", "10", "1" };
	char url[256];

	filter_add(&filter, "a.b.one", &st);
	start(NULL, &st);
	answer(LATEST, COMMIT);
	status_set(&why, STATUS_TOO_LARGE, 0, "too large");
	for (i = 0; i < 3; i++) {
		snprintf(url, sizeof(url), LIST "a.b.one&limit=%s", limits[i]);
		is_str(l.request.url.data, url, "a page of %s", limits[i]);
		l.http = offline_open();
		l.request.done(&l.request, &why);
	}
	ok(is_done, "a record that is too large ends the list");
	is_str(message, "too large", "says why");
	filter_free(&filter);
}

int
main(void)
{
	test_described();
	test_named();
	test_resume();
	test_failures();
	test_siblings();
	test_strays_resumed();
	test_too_large();
	record_list_free(&l);
	buf_free(&out);
	offline_close();
	return done_testing();
}
