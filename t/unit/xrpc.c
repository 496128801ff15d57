/* URLs of XRPC calls, and the fields of their answers. */
#include "config.h"

#include "libcar/net/xrpc.h"
#include "t/lib/tap.h"

#define CID "bafyreicelctyn3rrhtidwzwqgs6t34sdax2togklj6mmxceaag7o5uwiua"

static void
test_url(void)
{
	struct buf b = { .len = 0 };
	char all[256], want[1024] = "https://x.test/xrpc/a.b.c?all=", *p;
	const char *sign;
	int c;

	xrpc_url(&b, "https://x.test",
	    &(struct xrpc_call){ .method = "a.b.c" });
	is_str(b.data, "https://x.test/xrpc/a.b.c", "no parameters");
	xrpc_url(&b, "https://x.test",
	    &(struct xrpc_call){ .method = "a.b.c",
		.parameters = { { "did", "did:web:a.test%3A1" },
		    { "cursor", NULL }, { "limit", "5" } } });
	is_str(b.data,
	    "https://x.test/xrpc/a.b.c?did=did:web:a.test%253A1&limit=5",
	    "two parameters and one that is left out");
	xrpc_url(&b, "https://x.test",
	    &(struct xrpc_call){ .method = "a.b.c",
		.parameters = { { "cursor", NULL }, { "limit", "" } } });
	is_str(b.data, "https://x.test/xrpc/a.b.c?limit=", "an empty one");
	xrpc_url(&b, "https://x.test",
	    &(struct xrpc_call){ .method = "a.b.c",
		.parameters = { { "a", "1" }, { "b", "2" }, { "c", "3" },
		    { "d", "4" } } });
	is_str(b.data, "https://x.test/xrpc/a.b.c?a=1&b=2&c=3&d=4",
	    "as many as there may be");
	p = want + strlen(want);
	for (c = 1; c < 256; c++) {
		all[c - 1] = c;
		sign = strchr("-._~:", c);
		if ((c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') ||
		    (c >= 'a' && c <= 'z') || sign != NULL)
			*p++ = c;
		else
			p += sprintf(p, "%%%02X", c);
	}
	all[255] = *p = '\0';
	xrpc_url(&b, "https://x.test",
	    &(struct xrpc_call){ .method = "a.b.c",
		.parameters = { { "all", all } } });
	is_str(b.data, want, "all characters");
	buf_free(&b);
}

static void
set_answer(struct http_request *r, long code, const char *body, size_t len)
{
	r->code = code;
	r->url.len = r->body.len = 0;
	buf_put(&r->url, "URL", 4);
	buf_put(&r->body, body, len);
}

static const struct {
	long code;
	const char *body, *code_name, *error, *msg;
	bool retry;
} errors[] = {
	{ 400, "{\"error\":\"RepoNotFound\",\"message\":\"no repo\"}",
	    "Refused", "RepoNotFound", "URL: no repo", false },
	{ 400, "{\"error\":\"RepoTakendown\"}", "Refused", "RepoTakendown",
	    "URL: HTTP status 400", false },
	{ 400, "{\"message\":\"m\"}", "Refused", "Refused", "URL: m", false },
	{ 400, "{\"error\":\"A\",\"message\":\"\"}", "Refused", "A",
	    "URL: HTTP status 400", false },
	{ 400, "{\"error\":5,\"message\":[1]}", "Refused", "Refused",
	    "URL: HTTP status 400", false },
	{ 400, "{\"error\":\"Not a name\"}", "Refused", "Refused",
	    "URL: HTTP status 400", false },
	{ 400, "{\"error\":\"\"}", "Refused", "Refused", "URL: HTTP status 400",
	    false },
	{ 400, "{\"error\":\"5A\"}", "Refused", "Refused",
	    "URL: HTTP status 400", false },
	{ 400, "{\"error\":\"\\u0041b\",\"message\":\"\\u0007\"}", "Refused",
	    "Ab", "URL: \a", false },
	{ 400,
	    "{\"error\":\"AAAAAAAAAABBBBBBBBBBCCCCCCCCCCDDDDDDDDDD1234567\"}",
	    "Refused", "AAAAAAAAAABBBBBBBBBBCCCCCCCCCCDDDDDDDDDD1234567",
	    "URL: HTTP status 400", false },
	{ 400,
	    "{\"error\":\"AAAAAAAAAABBBBBBBBBBCCCCCCCCCCDDDDDDDDDD12345678\"}",
	    "Refused", "Refused", "URL: HTTP status 400", false },
	{ 400, "[{\"error\":\"A\"}]", "Refused", "Refused",
	    "URL: HTTP status 400", false },
	{ 400, "{\"error\":\"RepoTakendown\",\"message\":\"\\ud83d\"}",
	    "Refused", "RepoTakendown", "URL: HTTP status 400", false },
	{ 400, "{\"error\":\"A\"} x", "Refused", "Refused",
	    "URL: HTTP status 400", false },
	{ 403, "<html>", "Refused", "Refused", "URL: HTTP status 403", false },
	{ 404, "", "NotFound", "NotFound", "URL: HTTP status 404", false },
	{ 410, "{\"error\":\"Gone\"}", "NotFound", "Gone",
	    "URL: HTTP status 410", false },
	{ 429, "{\"error\":\"RateLimitExceeded\",\"message\":\"slow\"}",
	    "RateLimited", "RateLimitExceeded", "URL: slow", true },
	{ 408, "", "HostError", "HostError", "URL: HTTP status 408", true },
	{ 425, "", "HostError", "HostError", "URL: HTTP status 425", true },
	{ 500, "{\"error\":\"InternalServerError\"}", "HostError",
	    "InternalServerError", "URL: HTTP status 500", true },
	{ 501, "{\"error\":\"MethodNotImplemented\"}", "Unsupported",
	    "MethodNotImplemented", "URL: HTTP status 501", false },
	{ 503, "<html>", "HostError", "HostError", "URL: HTTP status 503",
	    true },
	{ 304, "", "BadAnswer", "BadAnswer", "URL: HTTP status 304", false },
	{ 777, "", "BadAnswer", "BadAnswer", "URL: HTTP status 777", false },
};

static void
test_judge(void)
{
	struct http_request r = { .code = 0 };
	struct status st;
	size_t i;

	for (i = 0; i < sizeof(errors) / sizeof(errors[0]); i++) {
		set_answer(&r, errors[i].code, errors[i].body,
		    strlen(errors[i].body));
		is_int(xrpc_judge(&r, &st), -1, "%ld %s", errors[i].code,
		    errors[i].body);
		is_str(status_name(st.code), errors[i].code_name, "its code");
		is_str(status_error(&st), errors[i].error, "its name");
		is_str(st.msg, errors[i].msg, "its message");
		ok(status_retry(st.code) == errors[i].retry, "tried again?");
	}
	set_answer(&r, 200, "{\"error\":\"A\"}", 13);
	is_int(xrpc_judge(&r, &st), 0, "200 is no error");
	buf_free(&r.url);
	buf_free(&r.body);
}

/* Nothing of an answer is beyond the memory that it has. */
static void
test_long_message(void)
{
	struct http_request r = { .code = 0 };
	char body[4096] = "{\"message\":\"";
	struct status st;

	memset(body + 12, 'm', 4000);
	strcpy(body + 4012, "\"}");
	set_answer(&r, 500, body, strlen(body));
	is_int(xrpc_judge(&r, &st), -1, "a long message");
	is_int(strlen(st.msg), STATUS_MSG_BYTES - 1, "is cut");
	buf_free(&r.url);
	buf_free(&r.body);
}

#define REV "3kaaaaaaaaa22"

/* A wrong CID loses only itself; without a rev the answer is invalid. */
static const struct {
	const char *body, *rev, *cid;
} latest[] = {
	{ "{\"cid\":\"" CID "\",\"rev\":\"" REV "\"}", REV, CID },
	{ "{\"rev\":\"" REV "\",\"x\":[{}],\"cid\":\"" CID "\"}", REV, CID },
	{ "{\"rev\":\"" REV "\",\"x\":\"\\ud83d\",\"cid\":\"" CID "\"}", REV,
	    CID },
	{ "{\"cid\":\"\",\"rev\":\"" REV "\"}", REV, "" },
	{ "{\"cid\":\"" CID CID CID CID CID "\",\"rev\":\"" REV "\"}", REV,
	    "" },
	{ "{\"cid\":5,\"rev\":\"" REV "\"}", REV, "" },
	{ "{\"cid\":\"\\ud83d\",\"rev\":\"" REV "\"}", REV, "" },
	{ "{\"rev\":\"" REV "\"}", REV, "" },
	{ "{\"cid\":\"" CID "\",\"rev\":\"3kaaaaaaaaa2\"}", NULL, NULL },
	{ "{\"cid\":\"" CID "\",\"rev\":\"zkaaaaaaaaa22\"}", NULL, NULL },
	{ "{\"cid\":\"" CID "\",\"rev\":5}", NULL, NULL },
	{ "{\"cid\":\"" CID "\"}", NULL, NULL },
	{ "{\"rev\":\"" REV "\",\"cid\":\"" CID "\"", NULL, NULL },
	{ "[]", NULL, NULL },
	{ "", NULL, NULL },
};

static void
test_latest(void)
{
	char rev[SYNTAX_TID_LEN + 1], head[CID_MAX_TEXT + 1];
	struct http_request r = { .code = 0 };
	struct status st;
	bool good;
	size_t i;

	for (i = 0; i < sizeof(latest) / sizeof(latest[0]); i++) {
		good = latest[i].rev != NULL;
		strcpy(rev, "-");
		strcpy(head, "-");
		set_answer(&r, 200, latest[i].body, strlen(latest[i].body));
		is_int(xrpc_latest(&r, rev, head, &st), good ? 0 : -1,
		    "latest: %s", latest[i].body);
		is_str(rev, good ? latest[i].rev : "-", "its rev");
		is_str(head, good ? latest[i].cid : "-", "its CID");
		if (!good)
			is_str(st.msg, "URL: rev or cid is missing",
			    "says why");
	}
	set_answer(&r, 200, latest[0].body, strlen(latest[0].body));
	is_int(xrpc_latest(&r, rev, NULL, &st), 0, "without the CID");
	buf_free(&r.url);
	buf_free(&r.body);
}

static char found[256];

static int
good_one(void *ctx, const char *nsid, size_t len, struct status *st)
{
	(void)ctx;
	(void)st;
	sprintf(found + strlen(found), "%.*s ", (int)len, nsid);
	return 0;
}

static int
bad_one(void *ctx, const struct slice *json, struct status *st)
{
	(void)st;
	sprintf(found + strlen(found), "!%.*s ", (int)json->len, json->at);
	return *(int *)ctx;
}

static void
test_collections(void)
{
	static const char *const arrays[][2] = {
		{ "[]", "" },
		{ "null", "" },
		{ "[\"a.b.c\"]", "a.b.c " },
		{ "[\"a.b.c\",5,\"x\",{\"y\":[]},\"\\ud83d\",\"\",\"a.b.d\"]",
		    "a.b.c !5 !\"x\" !{\"y\":[]} !\"\\ud83d\" !\"\" a.b.d " },
	};
	static const char *const bad[] = { "{}", "5", "\"a.b.c\"", "[", "[5,]",
		"" };
	struct http_request r = { .code = 0 };
	struct slice array;
	struct status st;
	int go_on = 0;
	size_t i;

	set_answer(&r, 200, "", 0);
	for (i = 0; i < sizeof(arrays) / sizeof(arrays[0]); i++) {
		found[0] = '\0';
		array = slice_of(arrays[i][0]);
		is_int(xrpc_collections(&r, &array, good_one, bad_one, &go_on,
			   &st),
		    0, "collections: %s", arrays[i][0]);
		is_str(found, arrays[i][1], "what is in it");
	}
	is_int(xrpc_collections(&r, &array, good_one, NULL, &go_on, &st), 0,
	    "nobody asks for what is none");
	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		array = slice_of(bad[i]);
		is_int(xrpc_collections(&r, &array, good_one, NULL, &go_on,
			   &st),
		    -1, "no collections: %s", bad[i]);
		is_str(st.msg, "URL: collections is not a list", "says why");
	}
	array = slice_of(NULL);
	is_int(xrpc_collections(&r, &array, good_one, NULL, &go_on, &st), -1,
	    "none said");
	found[0] = '\0';
	go_on = -1;
	array = slice_of("[\"a.b.c\",5,\"a.b.d\"]");
	is_int(xrpc_collections(&r, &array, good_one, bad_one, &go_on, &st), -1,
	    "stopped");
	is_str(found, "a.b.c !5 ", "there");
	buf_free(&r.url);
	buf_free(&r.body);
}

static const char *
state_error(const char *state)
{
	struct slice text = slice_of(state);

	return xrpc_state_error(&text);
}

static void
test_states(void)
{
	static const char *const bad[] = { "", "Takendown", "take down",
		"taken-down", "takendown1",
		"abcdefghijklmnopqrstuvwxyzabcdefg" };
	size_t i;

	ok(xrpc_is_status("takendown", 9), "a status");
	ok(xrpc_is_status("abcdefghijklmnopqrstuvwxyzabcdef", 32),
	    "a long one");
	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		ok(!xrpc_is_status(bad[i], strlen(bad[i])), "no status: '%s'",
		    bad[i]);
	ok(!xrpc_is_status(NULL, 0), "nothing is no status");
	is_str(xrpc_state("RepoTakendown"), "takendown", "RepoTakendown");
	is_str(xrpc_state("RepoSuspended"), "suspended", "RepoSuspended");
	is_str(xrpc_state("RepoDeactivated"), "deactivated", "RepoDeactivated");
	ok(xrpc_state("RepoNotFound") == NULL, "RepoNotFound is no state");
	ok(xrpc_state("") == NULL, "nothing is no state");
	is_str(state_error("takendown"), "RepoTakendown", "takendown");
	is_str(state_error("deleted"), "RepoNotFound", "deleted");
	ok(state_error("desynchronized") == NULL, "desynchronized isn't gone");
	ok(state_error("") == NULL, "nothing isn't gone");
}

static void
test_no_method(void)
{
	static const struct {
		long code;
		const char *body;
		bool unknown;
	} all[] = {
		{ 501, "", true },
		{ 404, "", true },
		{ 404, "{\"error\":\"XRPCNotSupported\"}", true },
		{ 400, "{\"error\":\"MethodNotImplemented\"}", true },
		{ 400, "{\"error\":\"InvalidRequest\"}", true },
		{ 400, "{\"error\":\"RepoNotFound\"}", false },
		{ 404, "{\"error\":\"RepoNotFound\"}", false },
		{ 400, "", false },
		{ 500, "", false },
	};
	static const enum status_code silent[] = { STATUS_RATE_LIMITED,
		STATUS_TIMEOUT, STATUS_DNS, STATUS_TLS, STATUS_CONNECTION,
		STATUS_PRIVATE_ADDRESS, STATUS_SYSTEM, STATUS_AGAIN };
	struct http_request r = { .code = 0 };
	struct status st;
	size_t i;

	for (i = 0; i < sizeof(all) / sizeof(all[0]); i++) {
		set_answer(&r, all[i].code, all[i].body, strlen(all[i].body));
		xrpc_judge(&r, &st);
		ok(xrpc_is_no_method(&st) == all[i].unknown,
		    "no method? %ld %s", all[i].code, all[i].body);
		ok(xrpc_is_answered(&st), "an answer");
	}
	for (i = 0; i < sizeof(silent) / sizeof(silent[0]); i++) {
		st.code = silent[i];
		ok(!xrpc_is_answered(&st), "no answer: %s",
		    status_name(silent[i]));
	}
	buf_free(&r.url);
	buf_free(&r.body);
}

int
main(void)
{
	test_url();
	test_judge();
	test_long_message();
	test_latest();
	test_collections();
	test_states();
	test_no_method();
	return done_testing();
}
