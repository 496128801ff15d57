/* The download of a blob, up to the work of the disk: what is accepted as its
 * bytes, in each attempt. In an empty directory. */
#include "config.h"

#include "libcar/store/blob_fetch.h"
#include "t/lib/offline.h"

#define DID "did:plc:aaaaaaaaaaaaaaaaaaaaaaaa"
#define URL "https://x.test/xrpc/com.atproto.sync.getBlob?did=" DID "&cid="
/* Of the bytes "one". */
#define ONE "bafkreidwslb22nkaxoadyaqlhlxgntmiq4jdenhkbrxhcq6avxlt75br5u"

static struct blob_fetch f;
static struct http *http;
static struct status st;

static void
done(struct blob_fetch *it, struct status *why)
{
	(void)it;
	(void)why;
	ok(false, "the end is the work's");
}

static void
begin(const char *cid)
{
	uint8_t bytes[CID_MAX_BYTES];
	struct status why;

	f = (struct blob_fetch){ .dir = "blobs",
		.did = DID,
		.host = "https://x.test",
		.max_size = 1000,
		.done = done };
	is_int(cid_from_text(bytes, cid, strlen(cid), &why), sizeof(f.cid),
	    "a CID");
	memcpy(f.cid, bytes, sizeof(f.cid));
	f.http = http = offline_open();
	blob_fetch_start(&f);
}

/* An attempt, in which these parts of the body come. */
static int
attempt(long code, const char *a, const char *b)
{
	struct http_request *r = &f.request;

	is_int(r->restart(r, &st), 0, "an attempt");
	r->code = code;
	r->received = strlen(a) + strlen(b);
	if (r->data(r, a, strlen(a), &st) == -1 ||
	    r->data(r, b, strlen(b), &st) == -1)
		return -1;
	return r->check(r, &st);
}

static void
test_bytes(void)
{
	char cid[CID_MAX_TEXT + 1];

	begin(ONE);
	cid[cid_format(cid, f.cid, sizeof(f.cid))] = '\0';
	is_str(f.request.url.data, URL ONE, "asks for it");
	is_str(cid, ONE, "by its CID");
	is_int(f.request.max_bytes, 1000, "its maximum size");
	f.request.type = "image/png";
	is_int(attempt(200, "o", "ne"), 0, "its bytes");
	ok(f.file != NULL, "have a file");
	is_int(f.type.len, 9, "and a type");
	is_int(attempt(200, "two", ""), -1, "others");
	is_int(st.code, STATUS_BAD_BLOCK, "%s", st.msg);
	is_int(attempt(200, "one", "e"), -1, "one more");
	is_int(st.code, STATUS_BAD_BLOCK, "%s", st.msg);
	is_int(attempt(200, "", ""), -1, "none");
	f.request.release(&f.request);
	is_int(attempt(200, "one", ""), 0,
	    "each attempt begins with an empty file");
	is_int(attempt(404, "", ""), -1, "what the host refuses");
	is_int(st.code, STATUS_NOT_FOUND, "%s", st.msg);
}

static void
typed(const char *type, size_t len)
{
	f.request.type = type;
	is_int(attempt(200, "one", ""), 0, "a type");
	is_int(f.type.len, len, "of %zu bytes", len);
}

/* Nothing proves it, so it must at least be a text. */
static void
test_types(void)
{
	char longer[BLOB_FETCH_MAX_TYPE + 2];

	typed(NULL, 0);
	typed("text/plain; charset=utf-8", 25);
	typed("a\tb", 0);
	typed("a\x7f", 0);
	typed("\xc3\xa9", 0);
	memset(longer, 'a', sizeof(longer));
	longer[BLOB_FETCH_MAX_TYPE] = '\0';
	typed(longer, BLOB_FETCH_MAX_TYPE);
	longer[BLOB_FETCH_MAX_TYPE] = 'a';
	longer[BLOB_FETCH_MAX_TYPE + 1] = '\0';
	typed(longer, 0);
}

int
main(void)
{
	test_bytes();
	test_types();
	http = offline_open(); /* nothing is queued any more */
	blob_fetch_free(&f);
	offline_close();
	return done_testing();
}
