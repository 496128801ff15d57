/*
 * offline: answers to modules that make calls, without a server.
 *
 * The module's requests are queued and never sent. A test takes the place of
 * http: it gives the module an answer by the request's own callbacks.
 */
#ifndef T_OFFLINE_H
#define T_OFFLINE_H

#include "libcar/net/http.h"
#include "libcar/net/loop.h"
#include "t/lib/tap.h"

static struct loop *offline_loop;
static struct http *offline_http;

/* An http whose queues are empty. */
TAP_UNUSED static struct http *
offline_open(void)
{
	struct http_options options = { .agent = "offline",
		.parallel = 1,
		.per_host = 1,
		.hosts = 1 };
	struct status st;

	http_close(offline_http);
	if (offline_loop == NULL && (offline_loop = loop_open(&st)) == NULL)
		return NULL;
	return offline_http = http_open(offline_loop, &options, &st);
}

TAP_UNUSED static void
offline_close(void)
{
	http_close(offline_http);
	if (offline_loop != NULL)
		loop_close(offline_loop);
	offline_http = NULL;
	offline_loop = NULL;
}

/* Answer a request whose module keeps its http in *http. It may then start the
 * next request, or free this one. */
TAP_UNUSED static void
offline_answer(struct http **http, struct http_request *r, long code,
    const char *body)
{
	struct status st;

	*http = offline_open();
	r->code = code;
	r->body.len = 0;
	buf_puts(&r->body, body);
	r->done(r, r->check(r, &st) == 0 ? NULL : &st);
}

#endif
