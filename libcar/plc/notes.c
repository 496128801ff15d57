#include "config.h"

#include <string.h>

#include "libcar/data/json.h"
#include "libcar/data/syntax.h"
#include "libcar/plc/diddoc.h"
#include "libcar/plc/notes.h"

/*
 * Each rule looks at one list. A note is written once, however often an
 * operation deserves it.
 */

enum note {
	NOTE_BYTES,
	NOTE_ALIAS,
	NOTE_HANDLE,
	NOTE_HANDLES,
	NOTE_HANDLE_BYTES,
	NOTE_KEYS,
	NOTE_KEY,
	NOTE_KEY_TWICE,
	NOTE_SERVICES,
	NOTE_SERVICE_BYTES,
	NOTE_ENDPOINT,
	NOTE_SPAM,
	NOTE_METHODS,
	NOTE_METHOD_BYTES,
	NOTES
};

static const char *const names[NOTES] = {
	[NOTE_BYTES] = "operation too large",
	[NOTE_ALIAS] = "handle without at://",
	[NOTE_HANDLE] = "invalid handle",
	[NOTE_HANDLES] = "too many handles",
	[NOTE_HANDLE_BYTES] = "handle too long",
	[NOTE_KEYS] = "too many rotation keys",
	[NOTE_KEY] = "invalid rotation key",
	[NOTE_KEY_TWICE] = "repeated rotation key",
	[NOTE_SERVICES] = "too many services",
	[NOTE_SERVICE_BYTES] = "service too long",
	[NOTE_ENDPOINT] = "endpoint not an https origin",
	[NOTE_SPAM] = "known spam endpoint",
	[NOTE_METHODS] = "too many verification methods",
	[NOTE_METHOD_BYTES] = "verification method too long",
};

struct notes {
	bool has[NOTES];
	const struct plc_notes_spam *spam;
};

static void
look_at_alias(struct notes *n, const struct slice *alias)
{
	struct slice handle = *alias;

	if (alias->len > PLC_NOTES_MAX_HANDLE)
		n->has[NOTE_HANDLE_BYTES] = true;
	if (slice_begins(alias, "at://")) {
		handle.at += 5;
		handle.len -= 5;
	} else if (!syntax_is_handle(alias->at, alias->len))
		return; /* a URI of another scheme is no handle */
	else
		n->has[NOTE_ALIAS] = true;
	if (!syntax_is_handle(handle.at, handle.len))
		n->has[NOTE_HANDLE] = true;
}

static void
look_at_keys(struct notes *n, const struct plc_operation *op)
{
	size_t i, k;

	if (op->key_count > PLC_NOTES_MAX_KEYS)
		n->has[NOTE_KEYS] = true;
	for (i = 0; i < op->key_count; i++) {
		if (op->keys[i].curve == 0)
			n->has[NOTE_KEY] = true;
		for (k = 0; k < i; k++)
			if (op->keys[i].curve == op->keys[k].curve &&
			    memcmp(op->keys[i].point, op->keys[k].point,
				sizeof(op->keys[i].point)) == 0)
				n->has[NOTE_KEY_TWICE] = true;
	}
}

static void
look_at_endpoint(struct notes *n, const struct slice *endpoint)
{
	char text[DIDDOC_ORIGIN_BYTES];
	struct slice origin;

	if (!diddoc_origin(text, endpoint->at, endpoint->len, false)) {
		n->has[NOTE_ENDPOINT] = true;
		return;
	}
	origin = slice_of(text);
	if (n->spam->has != NULL && n->spam->has(n->spam->ctx, &origin))
		n->has[NOTE_SPAM] = true;
}

static void
look_at_service(struct notes *n, const struct plc_content_entry *service)
{
	if (service->name.len > PLC_NOTES_MAX_ID ||
	    service->type.len > PLC_NOTES_MAX_SERVICE_TYPE ||
	    service->text.len > PLC_NOTES_MAX_ENDPOINT)
		n->has[NOTE_SERVICE_BYTES] = true;
	look_at_endpoint(n, &service->text);
}

static void
look_at_method(struct notes *n, const struct plc_content_entry *method)
{
	if (method->name.len > PLC_NOTES_MAX_ID ||
	    method->text.len > PLC_NOTES_MAX_METHOD)
		n->has[NOTE_METHOD_BYTES] = true;
}

static void
look_at_content(struct notes *n, const struct plc_content *c)
{
	size_t i;

	n->has[NOTE_HANDLES] = c->names.count > PLC_NOTES_MAX_HANDLES;
	n->has[NOTE_SERVICES] = c->services.count > PLC_NOTES_MAX_SERVICES;
	n->has[NOTE_METHODS] = c->methods.count > PLC_NOTES_MAX_METHODS;
	for (i = 0; i < c->names.count; i++)
		look_at_alias(n, &c->names.entries[i].text);
	for (i = 0; i < c->services.count; i++)
		look_at_service(n, &c->services.entries[i]);
	for (i = 0; i < c->methods.count; i++)
		look_at_method(n, &c->methods.entries[i]);
}

void
plc_notes_write(struct buf *out, const struct plc_operation *op,
    const struct plc_content *content, const struct plc_notes_spam *spam)
{
	struct notes n = { .spam = spam };
	struct json_writer w = { out, false };
	bool any = false;
	size_t i;

	n.has[NOTE_BYTES] = op->signed_form.len > PLC_NOTES_MAX_BYTES;
	look_at_keys(&n, op);
	/* The forms of a legacy operation have no limits. */
	if (op->kind == PLC_OPERATION)
		look_at_content(&n, content);
	for (i = 0; i < NOTES; i++) {
		if (!n.has[i])
			continue;
		if (!any)
			json_write_array(&w);
		any = true;
		json_write_string(&w, names[i], strlen(names[i]));
	}
	if (any)
		json_write_array_end(&w);
}
