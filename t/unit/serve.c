/* u-serve: requests parsed, routes found, answers made. */
#include "config.h"

#include "libcar/serve/gate.h"
#include "libcar/serve/routes.h"
#include "t/lib/tap.h"

static struct serve_request request;
static struct status st;

static int
parse(const char *target)
{
	request.method = SERVE_GET;
	return serve_request_parse(&request, target, strlen(target), &st);
}

static void
is_slice(struct slice got, const char *want, const char *name)
{
	if (want == NULL)
		ok(got.at == NULL, "%s is missing", name);
	else
		is_mem(got.at, got.len, want, strlen(want), "%s", name);
}

static void
is_bad(const char *target, enum status_code code, const char *message)
{
	is_int(parse(target), -1, "%.40s is refused", target);
	is_int(st.code, code, "its code");
	is_str(st.msg, message, "its message");
}

static void
test_paths(void)
{
	is_int(parse("/"), 0, "/");
	is_int(request.nsegments, 0, "has no segment");
	is_int(parse("/did:plc:x/log/audit"), 0, "three segments");
	is_int(request.nsegments, 3, "three");
	is_slice(serve_request_segment(&request, 0), "did:plc:x", "first");
	is_slice(serve_request_segment(&request, 2), "audit", "third");
	is_slice(serve_request_segment(&request, 3), NULL, "fourth");
	is_int(parse("/did%3Aplc%3ax/"), 0, "encoded, with a slash at the end");
	is_int(request.nsegments, 1, "one");
	is_slice(serve_request_segment(&request, 0), "did:plc:x", "decoded");
	is_int(parse("/a%2fb/../%2e%2e//c+d"), 0, "tricks");
	is_int(request.nsegments, 5, "five");
	is_slice(serve_request_segment(&request, 0), "a/b", "a slash is text");
	is_slice(serve_request_segment(&request, 1), "..", "dots are text");
	is_slice(serve_request_segment(&request, 2), "..", "decoded or not");
	is_slice(serve_request_segment(&request, 3), "", "an empty one");
	is_slice(serve_request_segment(&request, 4), "c+d", "plus is plus");
	is_int(parse("HTTP://host:80/x?a=b"), 0, "a URL with a host");
	is_slice(serve_request_segment(&request, 0), "x", "its path");
	is_slice(serve_request_param(&request, "a"), "b", "its query");
	is_int(parse("http://host"), 0, "a URL without a path");
	is_int(request.nsegments, 0, "is /");
}

static void
test_params(void)
{
	is_int(parse("/x?a=1&b=&c&a=2&%64=%26+%2B&&e==f?g"), 0, "parameters");
	is_slice(serve_request_param(&request, "a"), "1", "the first a");
	is_slice(serve_request_param(&request, "b"), "", "empty b");
	is_slice(serve_request_param(&request, "c"), "", "c without a value");
	is_slice(serve_request_param(&request, "d"), "& +", "d, decoded");
	is_slice(serve_request_param(&request, "e"), "=f?g", "e");
	is_slice(serve_request_param(&request, "f"), NULL, "f");
	is_int(request.nparams, 6, "and no more");
}

static void
test_numbers(void)
{
	int64_t n = 0;

	parse("/x?a=17&b=&c=-3&d=1000000000000000000&e=1x&f=%201");
	is_int(serve_request_number(&request, "a", 1, 100, 9, &n, &st), 0, "a");
	is_int(n, 17, "a");
	is_int(serve_request_number(&request, "a", 1, 16, 9, &n, &st), -1,
	    "a is too large");
	is_str(st.msg, "a must be an integer from 1 to 16", "message");
	is_int(serve_request_number(&request, "b", 1, 100, 9, &n, &st), 0, "b");
	is_int(n, 9, "b is empty");
	is_int(serve_request_number(&request, "z", 1, 100, 9, &n, &st), 0, "z");
	is_int(n, 9, "z is missing");
	is_int(serve_request_number(&request, "c", -5, 100, 9, &n, &st), 0,
	    "c");
	is_int(n, -3, "c is negative");
	is_int(serve_request_number(&request, "c", 0, 100, 9, &n, &st), -1,
	    "c may not be");
	is_int(serve_request_number(&request, "d", 0, INT64_MAX, 9, &n, &st),
	    -1, "d has 19 digits");
	is_int(serve_request_number(&request, "e", 0, 100, 9, &n, &st), -1,
	    "e isn't a number");
	is_int(serve_request_number(&request, "f", 0, 100, 9, &n, &st), -1,
	    "nor f");
}

static void
test_bad(void)
{
	static char target[SERVE_URL_BYTES + 2];
	size_t i;

	is_bad("", STATUS_BAD_SYNTAX, "the URL has no path");
	is_bad("*", STATUS_BAD_SYNTAX, "the URL has no path");
	is_bad("host:443", STATUS_BAD_SYNTAX, "the URL has no path");
	is_bad("/%", STATUS_BAD_SYNTAX, "bad percent-encoding in the URL");
	is_bad("/%4", STATUS_BAD_SYNTAX, "bad percent-encoding in the URL");
	is_bad("/%4g", STATUS_BAD_SYNTAX, "bad percent-encoding in the URL");
	is_bad("/x?a=%%", STATUS_BAD_SYNTAX, "bad percent-encoding in the URL");
	is_bad("/%00", STATUS_BAD_SYNTAX, "control character in the URL");
	is_bad("/x?%0d%0aa=b", STATUS_BAD_SYNTAX,
	    "control character in the URL");
	is_bad("/\x7f", STATUS_BAD_SYNTAX, "control character in the URL");
	is_bad("/%ff", STATUS_BAD_SYNTAX, "the URL is not UTF-8");
	is_bad("/x?a=%c0%80", STATUS_BAD_SYNTAX, "the URL is not UTF-8");
	is_bad("/1/2/3/4/5/6/7/8/9", STATUS_TOO_LARGE,
	    "more than 8 segments in the URL's path");
	memset(target, 'x', sizeof(target) - 1);
	target[0] = '/';
	is_bad(target, STATUS_TOO_LARGE, "the URL has more than 8192 bytes");
	target[SERVE_URL_BYTES] = '\0';
	is_int(parse(target), 0, "the longest one");
	for (i = 0; i < 33; i++)
		memcpy(target + 2 + 2 * i, i > 0 ? "&a" : "?a", 3);
	is_bad(target, STATUS_TOO_LARGE, "more than 32 parameters in the URL");
}

/* Write a path that fits the pattern: an x for each name. */
static void
fill(const char *pattern, char *to)
{
	for (; *pattern != '\0'; pattern++)
		if (*pattern == '{') {
			pattern += strcspn(pattern, "}");
			*to++ = 'x';
		} else
			*to++ = *pattern;
	*to = '\0';
}

static void
test_routes(void)
{
	const struct serve_route *want;
	struct serve_found f;
	char path[256];
	size_t i;

	for (i = 0; i < serve_routes_count(); i++) {
		want = serve_routes_at(i);
		fill(want->pattern, path);
		parse(path);
		request.method = want->methods & SERVE_GET ? SERVE_GET :
							     SERVE_POST;
		serve_routes_find(&request, &f);
		ok(f.route == want, "%s is found", want->pattern);
		is_int(f.number, i, "and its number");
	}
}

static void
test_look_up(void)
{
	char allow[SERVE_ALLOW_BYTES];
	struct serve_found f;

	parse("/_health");
	serve_routes_find(&request, &f);
	is_str(f.route->name, "health", "GET");
	request.method = SERVE_HEAD;
	serve_routes_find(&request, &f);
	is_str(f.route->name, "health", "HEAD");
	request.method = SERVE_POST;
	serve_routes_find(&request, &f);
	ok(f.route == NULL, "no POST");
	serve_routes_allow(f.allowed, allow);
	is_str(allow, "GET, HEAD, OPTIONS", "what is allowed");
	parse("/xrpc/_health/x");
	serve_routes_find(&request, &f);
	ok(f.route == NULL && f.allowed == 0, "a longer path");
	is_int(serve_routes_errors(&request), SERVE_ERRORS_XRPC, "of XRPC");
	parse("/xrpc");
	serve_routes_find(&request, &f);
	ok(f.route == NULL || f.route->handler != NULL, "a shorter path");
}

static void
test_order(void)
{
	const struct serve_route did = { .pattern = "/{did}" },
				 export = { .pattern = "/export" };

	parse("/export");
	ok(serve_route_fits(&did, &request), "a name fits any text");
	ok(serve_route_before(&export, &did), "but a text counts before it");
	ok(!serve_route_before(&did, &export), "and not the other way");
	parse("//");
	is_int(request.nsegments, 1, "an empty segment");
	ok(!serve_route_fits(&did, &request), "a name isn't empty");
}

static void
test_answers(void)
{
	struct serve_answer a = { .errors = SERVE_ERRORS_XRPC };
	struct slice value = slice_of("a\r\nb: c");

	serve_answer_error(&a, 404, "RepoNotFound", "no \"%s\"", "x");
	is_slice(slice_make(a.body.data, a.body.len),
	    "{\"error\":\"RepoNotFound\",\"message\":\"no \\\"x\\\"\"}",
	    "an error of XRPC");
	a.errors = SERVE_ERRORS_PLC;
	serve_answer_error(&a, 404, NULL, "x");
	is_slice(slice_make(a.body.data, a.body.len), "{\"message\":\"x\"}",
	    "of a directory");
	serve_answer_free(&a);
	serve_answer_header(&a, "Location", &value);
	is_int(a.status, 500, "a header can't end its line");
	is_int(a.nheaders, 0, "and isn't there");
	serve_answer_free(&a);
	value = slice_of("a\"b");
	serve_answer_etag(&a, &value);
	is_str(a.etag, "", "nor can an ETag end");
	value = slice_of("abc");
	serve_answer_etag(&a, &value);
	is_str(a.etag, "\"abc\"", "an ETag");
	serve_answer_free(&a);
}

static void
test_gate(void)
{
	struct serve_gate gate = { .limit = 2 };

	ok(serve_gate_enter(&gate), "the first may enter");
	ok(serve_gate_enter(&gate), "the second may");
	ok(!serve_gate_enter(&gate), "no third one");
	serve_gate_leave(&gate);
	ok(serve_gate_enter(&gate), "the next may when one has left");
	ok(!serve_gate_enter(&gate), "who was refused doesn't count");
}

int
main(void)
{
	test_paths();
	test_params();
	test_numbers();
	test_bad();
	test_routes();
	test_look_up();
	test_order();
	test_answers();
	test_gate();
	return done_testing();
}
