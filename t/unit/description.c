/* Which calls a description makes, and what it uses of their answers. */
#include "config.h"

#include "libcar/net/description.h"
#include "t/lib/offline.h"

#define CID "bafyreicelctyn3rrhtidwzwqgs6t34sdax2togklj6mmxceaag7o5uwiua"
#define DID "did:plc:aaaaaaaaaaaaaaaaaaaaaaaa"
#define REV "3kaaaaaaaaa22"

#define STATUS "com.atproto.sync.getRepoStatus?did=" DID
#define COMMIT "com.atproto.sync.getLatestCommit?did=" DID
#define CONTENT "com.atproto.repo.describeRepo?repo=" DID

#define ACTIVE "{\"did\":\"" DID "\",\"active\":true,\"rev\":\"" REV "\"}"
#define LATEST "{\"cid\":\"" CID "\",\"rev\":\"" REV "\"}"
#define NO_METHOD "{\"error\":\"InvalidRequest\",\"message\":\"no\"}"

static struct description d;
static bool is_done;
static char error[STATUS_NAME_BYTES];

static void
done(struct description *it, struct status *why)
{
	ok(it->ctx == error, "the caller's context");
	is_done = true;
	snprintf(error, sizeof(error), "%s",
	    why == NULL ? "" : status_error(why));
}

static void
start(enum description_call last)
{
	d.did = DID;
	d.host = "https://x.test";
	d.last = last;
	d.done = done;
	d.ctx = error;
	is_done = false;
	description_start(&d, offline_open());
}

/* Give the present call this answer. */
static void
call(const char *method, long code, const char *body)
{
	char url[256];

	snprintf(url, sizeof(url), "https://x.test/xrpc/%s", method);
	ok(!is_done, "goes on");
	is_str(d.request.url.data, url, "calls %s", method);
	offline_answer(&d.http, &d.request, code, body);
}

static void
ends(const char *want, const char *name)
{
	ok(is_done, "%s: ends", name);
	is_str(error, want, "%s: its error", name);
}

static void
test_status(void)
{
	start(DESCRIPTION_STATUS);
	call(STATUS, 200, ACTIVE);
	ends("", "state and rev");
	ok(!d.inactive, "active");
	is_str(d.rev, REV, "the rev");
	is_str(d.head, "", "no head was asked for");

	start(DESCRIPTION_STATUS);
	is_str(d.rev, "", "a new description knows nothing");
	call(STATUS, 200,
	    "{\"did\":\"" DID "\",\"active\":false,\"status\":\"takendown\"}");
	ends("", "inactive");
	ok(d.inactive, "it is");
	is_mem(d.status.data, d.status.len, "takendown", 9, "its status");
}

/* What is missing in getRepoStatus comes from getLatestCommit. */
static void
test_fallback(void)
{
	start(DESCRIPTION_STATUS);
	call(STATUS, 200, "{\"did\":\"" DID "\",\"active\":true}");
	call(COMMIT, 200, LATEST);
	ends("", "no rev");
	is_str(d.rev, REV, "the commit's rev");
	is_str(d.head, CID, "and head");

	start(DESCRIPTION_STATUS);
	call(STATUS, 400, NO_METHOD);
	call(COMMIT, 400, "{\"error\":\"RepoSuspended\"}");
	ends("", "a state as an error");
	ok(d.inactive, "inactive by it");
	is_mem(d.status.data, d.status.len, "suspended", 9, "its status");

	start(DESCRIPTION_STATUS);
	call(STATUS, 501, "");
	call(COMMIT, 400, NO_METHOD);
	ends("", "a host that knows neither call");
	ok(!d.inactive, "is not inactive");
	is_str(d.rev, "", "has told no rev");

	start(DESCRIPTION_COMMIT);
	call(STATUS, 501, "");
	call(COMMIT, 400, NO_METHOD);
	ends("InvalidRequest", "a caller who needs the commit hears of it");
}

static void
test_all(void)
{
	start(DESCRIPTION_COMMIT);
	call(STATUS, 200, ACTIVE);
	call(COMMIT, 200, LATEST);
	ends("", "the commit is the last");

	start(DESCRIPTION_CONTENT);
	call(STATUS, 200, ACTIVE);
	call(COMMIT, 200, LATEST);
	call(CONTENT, 200,
	    "{\"did\":\"" DID "\",\"handle\":\"a.test\","
	    "\"collections\":[\"a.b.c\",5,\"x\",\"a.b.d\"]}");
	ends("", "all");
	is_mem(d.handle.data, d.handle.len, "a.test", 6, "the handle");
	is_mem(d.collections.data, d.collections.len, "[\"a.b.c\",\"a.b.d\"]",
	    17, "the collections that are");
}

/* A wrong field loses only its own value. */
static void
test_wrong_fields(void)
{
	static const char *const unclear[] = { "\"active\":\"false\"",
		"\"active\":0", "\"active\":\"\\ud83d\"",
		"\"status\":\"takendown\"" };
	char text[256];
	size_t i;

	for (i = 0; i < sizeof(unclear) / sizeof(unclear[0]); i++) {
		snprintf(text, sizeof(text),
		    "{\"did\":\"" DID "\",%s,\"rev\":\"" REV "\"}", unclear[i]);
		start(DESCRIPTION_STATUS);
		ok(!d.unclear, "a new description is clear");
		call(STATUS, 200, text);
		ends("", unclear[i]);
		ok(d.unclear && !d.inactive, "neither active nor inactive");
		is_str(d.rev, REV, "its rev");
	}
	start(DESCRIPTION_STATUS);
	call(STATUS, 200,
	    "{\"did\":\"" DID "\",\"active\":null,\"rev\":\"" REV "\"}");
	ok(!d.unclear && !d.inactive, "null is absent");

	start(DESCRIPTION_CONTENT);
	call(STATUS, 200,
	    "{\"did\":\"" DID "\",\"active\":true,\"rev\":\"\\ud83d\"}");
	call(COMMIT, 200, "{\"cid\":\"\\ud83d\",\"rev\":\"" REV "\"}");
	is_str(d.rev, REV, "a rev beside a wrong CID");
	is_str(d.head, "", "and no CID");
	call(CONTENT, 200,
	    "{\"did\":\"" DID "\",\"handle\":\"\\ud83d\",\"x\":\"\\q\","
	    "\"collections\":[\"a.b.c\",\"\\ud83d\",\"a.b.d\"]}");
	ends("", "a wrong handle");
	is_int(d.handle.len, 0, "no handle");
	is_mem(d.collections.data, d.collections.len, "[\"a.b.c\",\"a.b.d\"]",
	    17, "the collections beside it");

	start(DESCRIPTION_CONTENT);
	call(STATUS, 200, ACTIVE);
	call(COMMIT, 200, LATEST);
	call(CONTENT, 200, "{\"did\":\"" DID "\",\"collections\":null}");
	is_mem(d.collections.data, d.collections.len, "[]", 2,
	    "null is no collections");
}

static void
test_failures(void)
{
	start(DESCRIPTION_CONTENT);
	call(STATUS, 400, "{\"error\":\"RepoNotFound\"}");
	ends("RepoNotFound", "no such repo");

	start(DESCRIPTION_CONTENT);
	call(STATUS, 200, "{\"did\":\"did:plc:b\",\"active\":true}");
	ends("BadAnswer", "of another DID");

	start(DESCRIPTION_CONTENT);
	call(STATUS, 200, "[]");
	ends("BadAnswer", "no object");

	start(DESCRIPTION_CONTENT);
	call(STATUS, 200, ACTIVE);
	call(COMMIT, 200, "{}");
	ends("BadAnswer", "no commit");
}

int
main(void)
{
	test_status();
	test_fallback();
	test_all();
	test_wrong_fields();
	test_failures();
	description_free(&d);
	offline_close();
	return done_testing();
}
