#include "config.h"

#include "libcar/data/object.h"
#include "libcar/net/server.h"
#include "libcar/net/xrpc.h"

/*
 * Ask describeServer, and read the server's DID. An answer without a DID, and
 * every failure, means: not known to be a host.
 */

#define WEB "did:web:"

/* A port follows the name as %3A and its number. */
static struct slice
name_in(const struct slice *did)
{
	const size_t skip = sizeof(WEB) - 1;
	struct slice name = { NULL, 0 };
	const char *end;

	if (did->len <= skip || memcmp(did->at, WEB, skip) != 0)
		return name;
	name = slice_make(did->at + skip, did->len - skip);
	if ((end = memchr(name.at, '%', name.len)) != NULL)
		name.len = end - name.at;
	return name;
}

static void
answered(struct http_request *request, struct status *why)
{
	struct server *s = request->ctx;
	struct object answer = { .text = NULL };
	struct slice did = { NULL, 0 }, name;
	struct status st;

	if (why == NULL &&
	    object_open_loose(&answer, request->body.data, request->body.len,
		&st) == 0)
		did = object_get(&answer, "did");
	name = name_in(&did);
	s->done(s, did.len > 0, &name);
	object_free(&answer);
}

void
server_start(struct server *s, struct http *http, const char *origin)
{
	const struct xrpc_call call = {
		.method = "com.atproto.server.describeServer",
		.max_bytes = SERVER_MAX_ANSWER,
		.done = answered,
		.ctx = s,
	};

	xrpc_start(http, &s->request, origin, &call);
}

void
server_free(struct server *s)
{
	http_free(&s->request);
}
