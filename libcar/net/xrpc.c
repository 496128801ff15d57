#include "config.h"

#include <string.h>

#include "libcar/net/xrpc.h"

/*
 * URLs of calls, and what is common to their answers: errors with a name and
 * a message, the latest commit, lists of collections, states of accounts.
 */

/* RFC 3986's unreserved characters, and what a DID and a cursor are full of. */
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
	if (object_open(&body, r->body.data, r->body.len, &ignored) == 0) {
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

/* For a request, whose check may not change the body. */
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
	struct slice a = { NULL, 0 }, b = { NULL, 0 };
	int rc = object_open(&body, r->body.data, r->body.len, st);

	if (rc == 0) {
		a = object_get(&body, "rev");
		b = object_get(&body, "cid");
		if (a.at == NULL || !syntax_is_tid(a.at, a.len) ||
		    b.at == NULL || b.len > CID_MAX_TEXT ||
		    !syntax_is_cid(b.at, b.len))
			rc = -1;
	}
	if (rc == -1)
		status_set(st, STATUS_BAD_ANSWER, 0, "%s: no rev and cid",
		    r->url.data);
	else {
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

int
xrpc_collections(const struct http_request *r, const struct slice *array,
    int (*fn)(void *, const char *, size_t, struct status *), void *ctx,
    struct status *st)
{
	enum json_kind kind = JSON_ERROR;
	struct json j;

	json_open(&j, array->at, array->len);
	if (array->at != NULL && json_next(&j, st) == JSON_ARRAY)
		while ((kind = json_skip(&j, st)) != JSON_ARRAY_END &&
		    kind != JSON_ERROR)
			if (kind == JSON_STRING &&
			    syntax_is_nsid(j.tok + 1, j.tok_len - 2) &&
			    fn(ctx, j.tok + 1, j.tok_len - 2, st) == -1)
				return -1;
	if (kind == JSON_ARRAY_END)
		return 0;
	return status_set(st, STATUS_BAD_ANSWER, 0, "%s: no collections",
	    r->url.data);
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

/* An unknown method is 501 at some hosts, 404 at others, and InvalidRequest at
 * the reference PDS. */
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

const char *
xrpc_state(const char *error)
{
	static const char *const states[][2] = {
		{ "RepoTakendown", "takendown" },
		{ "RepoSuspended", "suspended" },
		{ "RepoDeactivated", "deactivated" },
	};
	size_t i;

	for (i = 0; i < sizeof(states) / sizeof(states[0]); i++)
		if (strcmp(error, states[i][0]) == 0)
			return states[i][1];
	return NULL;
}
