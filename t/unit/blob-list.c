/* The blobs that a host lists: which calls are made, and which entries are
 * CIDs of blobs. */
#include "config.h"

#include "libcar/net/blob_list.h"
#include "t/lib/offline.h"

#define DID "did:plc:aaaaaaaaaaaaaaaaaaaaaaaa"
#define LIST \
	"https://x.test/xrpc/com.atproto.sync.listBlobs?did=" DID "&limit=500"
#define ONE "bafkreifkquj4hghi2i66klzpiak745tmnv4b4o7js7cgb267i4jiyktsbu"
#define TWO "bafkreigh2akiscaildcqabsyg3dfr6chu3fgpregiymsck7e7aqa4s52zy"
#define RECORD "bafyreicelctyn3rrhtidwzwqgs6t34sdax2togklj6mmxceaag7o5uwiua"

static struct blob_list l;
static struct http *http;
static unsigned times;
static char message[STATUS_MSG_BYTES];

static void
got(struct blob_list *it, struct status *why)
{
	ok(it == &l, "the list");
	times++;
	snprintf(message, sizeof(message), "%s", why == NULL ? "" : why->msg);
}

static void
next(const char *url, long code, const char *body)
{
	times = 0;
	http = offline_open();
	blob_list_next(&l, http);
	is_str(l.request.url.data, url, "asks for %s", url);
	offline_answer(&http, &l.request, code, body);
	is_int(times, 1, "one answer");
}

/* The CIDs of the page, as text. */
static void
gave(const char *want)
{
	char text[8 * (CID_MAX_TEXT + 1)] = "", *p = text;
	size_t i;

	for (i = 0; i < l.cids.len; i += BLOB_LIST_CID_BYTES) {
		p += cid_format(p, (uint8_t *)l.cids.data + i,
		    BLOB_LIST_CID_BYTES);
		*p++ = ' ';
	}
	*p = '\0';
	is_str(text, want, "CIDs: %s", want);
}

static void
test_pages(void)
{
	next(LIST, 200, "{\"cids\":[\"" ONE "\"],\"cursor\":\"k\"}");
	gave(ONE " ");
	ok(!l.ended, "there is another page");
	next(LIST "&cursor=k", 200, "{\"cids\":[\"" ONE "\",\"" TWO "\"]}");
	gave(TWO " ");
	ok(l.ended, "the last page");
	is_int(l.bad, 0, "all were CIDs of blobs");
	blob_list_restart(&l);
	ok(!l.ended, "again");
	next(LIST, 200, "{\"cids\":[]}");
	gave("");
	ok(l.ended, "an empty list");
}

static void
test_bad(void)
{
	blob_list_restart(&l);
	next(LIST, 200,
	    "{\"cids\":[\"" RECORD "\",7,\"" ONE "\",null,\"x\"],"
	    "\"cursor\":\"k\"}");
	gave(ONE " ");
	is_str(message, "", "the others count");
	is_int(l.bad, 4, "what is not the CID of a blob");
	is_int(l.first_bad.len, strlen(RECORD) + 2, "the first one");
	next(LIST "&cursor=k", 200, "{\"cids\":[8]}");
	is_int(l.bad, 5, "those of all pages");
	is_int(l.first_bad.len, strlen(RECORD) + 2, "still the first one");
	blob_list_restart(&l);
	is_int(l.bad, 0, "are forgotten");
}

static void
fails(long code, const char *body, const char *why)
{
	blob_list_restart(&l);
	next(LIST, code, body);
	ok(strstr(message, why) != NULL, "%s", message);
	ok(!l.ended, "not the last page");
	gave("");
}

static void
test_failures(void)
{
	fails(200, "{\"cids\":{}}", "not a list");
	fails(200, "{}", "not a list");
	fails(200, "{\"cids\":[", "JSON");
	fails(400, "{\"error\":\"RepoNotFound\",\"message\":\"m\"}", "m");
	fails(500, "", "500");
	blob_list_restart(&l);
	next(LIST, 200, "{\"cids\":[\"" ONE "\"],\"cursor\":\"k\"}");
	next(LIST "&cursor=k", 200, "{\"cids\":[],\"cursor\":\"k\"}");
	ok(strstr(message, "the cursor stays the same") != NULL, "%s", message);
}

int
main(void)
{
	l.did = DID;
	l.host = "https://x.test";
	l.got = got;
	test_pages();
	test_bad();
	test_failures();
	blob_list_free(&l);
	offline_close();
	return done_testing();
}
