#include "config.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "libcar/net/resolve_private.h"

/*
 * Where the document of a DID is, and what the directory or the host answers.
 * https://atproto.com/specs/did#blessed-did-methods
 */

static bool
starts(const char *text, const char *with)
{
	return strncmp(text, with, strlen(with)) == 0;
}

static bool
contains(const struct buf *b, const char *text)
{
	return b->len > 0 &&
	    memmem(b->data, b->len, text, strlen(text)) != NULL;
}

static int
check_document(struct http_request *r, struct status *st)
{
	struct resolve_query *q = r->ctx;
	struct diddoc ignored;

	if (r->code == 410 ||
	    (r->code == 404 && contains(&r->body, "DID not available")))
		return status_set(st, STATUS_TOMBSTONED, 0, "%s: tombstoned",
		    q->look);
	if (r->code == 404)
		return status_set(st, STATUS_NOT_FOUND, 0, "%s: not registered",
		    q->look);
	if (http_judge(r, st) == -1)
		return -1;
	return diddoc_parse(&ignored, q->look, strlen(q->look), r->body.data,
	    r->body.len, true, st);
}

static void
document_done(struct http_request *r, struct status *why)
{
	struct resolve_query *q = r->ctx;

	if (why == NULL)
		q->looked_up(q, r->body.data, r->body.len, NULL);
	else
		q->looked_up(q, NULL, 0, why);
}

/* did:web: only a host name, or localhost with a port. */
static int
web_url(struct resolve_query *q, char *url, size_t cap, struct status *st)
{
	const char *host = q->look + strlen("did:web:"), *port = "";
	size_t len = strcspn(host, "%:");
	bool local = len == strlen("localhost") && starts(host, "localhost");

	if (local && strncasecmp(host + len, "%3A", 3) == 0)
		port = host + len + 3;
	else if (host[len] != '\0')
		return status_set(st, STATUS_UNSUPPORTED, 0,
		    "%s: did:web with a port or a path", q->look);
	if (strspn(port, "0123456789") != strlen(port) ||
	    (!local && !syntax_is_handle(host, len)))
		return status_set(st, STATUS_BAD_SYNTAX, 0, "%s: no host name",
		    q->look);
	snprintf(url, cap, "%s://%.*s%s%s/.well-known/did.json",
	    local && q->resolve->options.allow_private ? "http" : "https",
	    (int)len, host, *port != '\0' ? ":" : "", port);
	return 0;
}

static bool
is_plc(const char *did)
{
	static const char base32[] = "abcdefghijklmnopqrstuvwxyz234567";
	const char *id = did + strlen("did:plc:");

	return strlen(id) == 24 && strspn(id, base32) == 24;
}

int
resolve_did_url(struct resolve_query *q, char *url, size_t cap,
    struct status *st)
{
	if (starts(q->look, "did:web:"))
		return web_url(q, url, cap, st);
	if (!starts(q->look, "did:plc:"))
		return status_set(st, STATUS_UNSUPPORTED, 0,
		    "%s: neither did:plc nor did:web", q->look);
	if (!is_plc(q->look))
		return status_set(st, STATUS_BAD_SYNTAX, 0,
		    "%s: did:plc wants 24 characters of base32", q->look);
	snprintf(url, cap, "%s/%s", q->resolve->options.plc, q->look);
	return 0;
}

void
resolve_ask_document(struct resolve_query *q, const char *url)
{
	q->http.max_bytes = DIDDOC_MAX_BYTES;
	q->http.names_final = false;
	/* Most jobs need the directory, so they wait even if it is slow. */
	q->http.patient = starts(q->look, "did:plc:");
	q->http.check = check_document;
	q->http.done = document_done;
	http_start(q->resolve->http, &q->http, url);
}
