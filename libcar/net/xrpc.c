#include "config.h"

#include <string.h>

#include "libcar/data/outline.h"
#include "libcar/net/xrpc.h"

/*
 * URLs of calls, and what their answers share: errors with a name and a
 * message, the latest commit, lists of collections, states of accounts. Answers
 * are read loosely, so that a wrong value affects only itself.
 */

/* RFC 3986's unreserved characters, and frequent ones of DIDs and cursors. */
static void
put_escaped(struct buf *b, const char *text)
{
	static const char plain[] = "abcdefghijklmnopqrstuvwxyz"
				    "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
				    "0123456789-._~:";
	static const char hex[] = "0123456789ABCDEF";
	unsigned char c;

	while ((c = (unsigned char)*text++) != '\0') {
		if (strchr(plain, c) != NULL) {
			buf_putc(b, (char)c);
			continue;
		}
		buf_putc(b, '%');
		buf_putc(b, hex[c >> 4]);
		buf_putc(b, hex[c & 15]);
	}
}

void
xrpc_url(struct buf *b, const char *origin, const struct xrpc_call *call)
{
	char mark = '?';
	size_t i;

	b->len = 0;
	buf_puts(b, origin);
	buf_puts(b, "/xrpc/");
	buf_puts(b, call->method);
	for (i = 0; i < XRPC_MAX_PARAMETERS; i++) {
		if (call->parameters[i].name == NULL)
			break;
		if (call->parameters[i].value == NULL)
			continue;
		buf_putc(b, mark);
		buf_puts(b, call->parameters[i].name);
		buf_putc(b, '=');
		put_escaped(b, call->parameters[i].value);
		mark = '&';
	}
	buf_putc(b, '\0');
}

int
xrpc_judge(const struct http_request *r, struct status *st)
{
	struct object body = { .text = NULL };
	struct slice name, message;
	struct status ignored;

	if (http_judge(r, st) == 0)
		return 0;
	if (object_open_loose(&body, r->body.data, r->body.len, &ignored) ==
	    0) {
		name = object_get(&body, "error");
		message = object_get(&body, "message");
		if (message.at != NULL && message.len > 0)
			status_set(st, st->code, 0, "%s: %.*s", r->url.data,
			    (int)message.len, message.at);
		if (name.at != NULL)
			status_call(st, name.at, name.len);
	}
	object_free(&body);
	return -1;
}

/* Judge a request, whose check must not change the body. */
static int
judge(struct http_request *r, struct status *st)
{
	return xrpc_judge(r, st);
}

void
xrpc_start(struct http *h, struct http_request *r, const char *origin,
    const struct xrpc_call *call)
{
	struct buf url = { .len = 0 };

	r->max_bytes = call->max_bytes;
	r->restart = call->restart;
	r->release = call->release;
	r->data = call->data;
	r->check = call->check != NULL ? call->check : judge;
	r->work = call->work;
	r->done = call->done;
	r->ctx = call->ctx;
	xrpc_url(&url, origin, call);
	http_start_after(h, r, url.failed ? NULL : url.data, call->delay_ms);
	buf_free(&url);
}

int
xrpc_latest(const struct http_request *r, char rev[SYNTAX_TID_LEN + 1],
    char head[CID_MAX_TEXT + 1], struct status *st)
{
	struct object body = { .text = NULL };
	struct slice a, b;
	struct status ignored;
	int rc = 0;

	object_open_loose(&body, r->body.data, r->body.len, &ignored);
	a = object_get(&body, "rev");
	b = object_get(&body, "cid");
	if (a.at == NULL || !syntax_is_tid(a.at, a.len))
		rc = status_set(st, STATUS_BAD_ANSWER, 0,
		    "%s: rev or cid is missing", r->url.data);
	else {
		if (b.at == NULL || b.len > CID_MAX_TEXT ||
		    !syntax_is_cid(b.at, b.len))
			b = slice_of("");
		memcpy(rev, a.at, a.len);
		rev[a.len] = '\0';
		if (head != NULL) {
			memcpy(head, b.at, b.len);
			head[b.len] = '\0';
		}
	}
	object_free(&body);
	return rc;
}

static bool
is_nsid(const struct slice *json)
{
	return json->len > 2 && *json->at == '"' &&
	    syntax_is_nsid(json->at + 1, json->len - 2);
}

int
xrpc_collections(const struct http_request *r, const struct slice *array,
    int (*fn)(void *, const char *, size_t, struct status *),
    int (*bad)(void *, const struct slice *, struct status *), void *ctx,
    struct status *st)
{
	struct slice none, value;
	struct outline o;
	int rc = -1;

	if (slice_is(array, "null"))
		return 0;
	if (outline_open(&o, array->at, array->len) == '[')
		while ((rc = outline_next(&o, &none, &value)) == 1) {
			if (is_nsid(&value))
				rc = fn(ctx, value.at + 1, value.len - 2, st);
			else if (bad != NULL)
				rc = bad(ctx, &value, st);
			if (rc == -1)
				return -1;
		}
	if (rc == 0)
		return 0;
	return status_set(st, STATUS_BAD_ANSWER, 0,
	    "%s: collections is not a list", r->url.data);
}

bool
xrpc_is_status(const char *text, size_t len)
{
	size_t i;

	for (i = 0; text != NULL && i < len; i++)
		if (text[i] < 'a' || text[i] > 'z')
			return false;
	return text != NULL && len > 0 && len <= 32;
}

/* For an unknown method, some hosts answer 501, others 404, and the reference
 * PDS InvalidRequest. */
bool
xrpc_is_no_method(const struct status *why)
{
	static const char *const names[] = { "InvalidRequest", "NotFound",
		"MethodNotImplemented", "XRPCNotSupported" };
	size_t i;

	for (i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (strcmp(status_error(why), names[i]) == 0)
			return true;
	return why->code == STATUS_UNSUPPORTED;
}

bool
xrpc_is_answered(const struct status *why)
{
	switch (why->code) {
	case STATUS_NOT_FOUND:
	case STATUS_REFUSED:
	case STATUS_UNSUPPORTED:
	case STATUS_HOST_ERROR:
	case STATUS_TOO_LARGE:
	case STATUS_BAD_ANSWER:
		return true;
	default:
		return false;
	}
}

/* States of an account for which hosts return an error. */
static const char *const states[][2] = {
	{ "RepoTakendown", "takendown" },
	{ "RepoSuspended", "suspended" },
	{ "RepoDeactivated", "deactivated" },
};
static const size_t states_count = sizeof(states) / sizeof(states[0]);

const char *
xrpc_state(const char *error)
{
	size_t i;

	for (i = 0; i < states_count; i++)
		if (strcmp(error, states[i][0]) == 0)
			return states[i][1];
	return NULL;
}

/* RepoNotFound gives no state, because a host that never knew the account
 * returns the same error; but getRepo returns it for a deleted account. */
const char *
xrpc_state_error(const struct slice *state)
{
	size_t i;

	for (i = 0; i < states_count; i++)
		if (slice_is(state, states[i][1]))
			return states[i][0];
	return slice_is(state, "deleted") ? "RepoNotFound" : NULL;
}
