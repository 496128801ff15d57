/* The target of a request and its route: every text is in it, decoded, and a
 * route that is found fits. */
#include "config.h"

#include <stdlib.h>

#include "libcar/data/syntax.h"
#include "libcar/serve/routes.h"
#include "t/fuzz/fuzz.h"

static void
check_text(const struct serve_request *r, const struct slice *s)
{
	size_t i;

	if (s->at < r->text || s->at + s->len > r->text + r->text_len ||
	    !syntax_is_utf8(s->at, s->len))
		abort();
	for (i = 0; i < s->len; i++)
		if ((unsigned char)s->at[i] < ' ' || s->at[i] == 0x7f)
			abort();
}

static void
check_route(struct serve_request *r, enum serve_method method)
{
	struct serve_found f;

	r->method = method;
	serve_routes_find(r, &f);
	if (f.route == NULL)
		return;
	if (!serve_route_fits(f.route, r) ||
	    serve_routes_at(f.number) != f.route ||
	    (f.route->methods & (method == SERVE_HEAD ? SERVE_GET : method)) ==
		0)
		abort();
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct serve_request r;
	struct status st;
	int64_t n;
	size_t i;

	if (serve_request_parse(&r, (const char *)data, size, &st) == -1) {
		if (st.code != STATUS_BAD_SYNTAX && st.code != STATUS_TOO_LARGE)
			abort();
		return 0;
	}
	if (size > SERVE_URL_BYTES || r.text_len > size)
		abort();
	for (i = 0; i < r.nsegments; i++)
		check_text(&r, &r.segments[i]);
	for (i = 0; i < r.nparams; i++) {
		check_text(&r, &r.params[i].name);
		check_text(&r, &r.params[i].value);
	}
	if (serve_request_number(&r, "count", 1, 1000, 5, &n, &st) == 0 &&
	    (n < 1 || n > 1000))
		abort();
	check_route(&r, SERVE_GET);
	check_route(&r, SERVE_HEAD);
	check_route(&r, SERVE_POST);
	return 0;
}
