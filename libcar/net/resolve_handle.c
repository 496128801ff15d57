#include "config.h"

#include <stdio.h>
#include <string.h>

#include "libcar/net/resolve_private.h"

/*
 * Find the DID of a handle: in the TXT records of _atproto.<handle>, or if they
 * have no DID, in the file /.well-known/atproto-did of the host that the handle
 * names. resolve.c checks that the DID's document names the handle in turn.
 * https://atproto.com/specs/handle#handle-resolution
 */

static void
trim(const char **text, size_t *len)
{
	while (*len > 0 && (unsigned char)(*text)[0] <= ' ') {
		(*text)++;
		(*len)--;
	}
	while (*len > 0 && (unsigned char)(*text)[*len - 1] <= ' ')
		(*len)--;
}

static int
check_well_known(struct http_request *r, struct status *st)
{
	const char *did = r->body.data;
	size_t len = r->body.len;

	if (http_judge(r, st) == -1)
		return -1;
	trim(&did, &len);
	if (syntax_is_did(did, len))
		return 0;
	return status_set(st, STATUS_NOT_FOUND, 0,
	    "%s: the answer is not a DID", r->url.data);
}

/* A handle's website may answer anything; if it exists but gives no DID, the
 * handle has none. */
static void
well_known_done(struct http_request *r, struct status *why)
{
	struct resolve_query *q = r->ctx;
	const char *did = r->body.data;
	size_t len = r->body.len;

	if (why == NULL) {
		trim(&did, &len);
		q->looked_up(q, did, len, NULL);
		return;
	}
	if (why->code == STATUS_REFUSED || why->code == STATUS_TOO_LARGE ||
	    why->code == STATUS_UNSUPPORTED || why->code == STATUS_BAD_ANSWER)
		why->code = STATUS_NOT_FOUND;
	/* DNS works, because it answered for TXT: the host doesn't exist. */
	if (why->code == STATUS_DNS && q->why.code == STATUS_OK)
		why->code = STATUS_NOT_FOUND;
	/* The TXT look-up failed, so DNS may still have a DID. */
	if (!status_retry(why->code) && q->why.code != STATUS_OK)
		*why = q->why;
	q->looked_up(q, NULL, 0, why);
}

static void
ask_host(struct resolve_query *q)
{
	char url[HTTP_MAX_URL];

	snprintf(url, sizeof(url), "https://%s/.well-known/atproto-did",
	    q->look);
	q->http.max_bytes = RESOLVE_MAX_DID_BODY;
	q->http.patient = false;
	q->http.names_final = q->why.code == STATUS_OK;
	q->http.check = check_well_known;
	q->http.done = well_known_done;
	http_start(q->resolve->http, &q->http, url);
}

/* Find the only DID in the texts `did=…`: 1, 0 if none, -1 if several. */
static int
find_did(const struct dns_answer *a, const char **did, size_t *len)
{
	size_t i;

	*did = NULL;
	for (i = 0; i < a->count; i++) {
		if (a->len[i] < 4 || memcmp(a->text[i], "did=", 4) != 0 ||
		    !syntax_is_did(a->text[i] + 4, a->len[i] - 4))
			continue;
		if (*did != NULL &&
		    (*len != a->len[i] - 4 ||
			memcmp(*did, a->text[i] + 4, *len) != 0))
			return -1;
		*did = a->text[i] + 4;
		*len = a->len[i] - 4;
	}
	return *did != NULL;
}

static void
dns_done(void *ctx, const struct dns_answer *a, const struct status *why)
{
	struct resolve_query *q = ctx;
	const char *did;
	struct status st;
	size_t len;
	int n = 0;

	if (why != NULL)
		q->why = *why;
	else if ((n = find_did(a, &did, &len)) == 1)
		q->looked_up(q, did, len, NULL);
	else if (n == -1) {
		status_set(&st, STATUS_BAD_ANSWER, 0,
		    "_atproto.%s: several DIDs", q->look);
		q->looked_up(q, NULL, 0, &st);
	}
	if (n == 0)
		ask_host(q);
}

void
resolve_ask_handle(struct resolve_query *q)
{
	char name[sizeof("_atproto.") + SYNTAX_HANDLE_MAX];

	q->why.code = STATUS_OK;
	snprintf(name, sizeof(name), "_atproto.%s", q->look);
	dns_txt(q->resolve->dns, name, dns_done, q);
}
