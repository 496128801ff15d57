#include "config.h"

#include <string.h>

#include "libcar/data/json.h"
#include "libcar/data/syntax.h"
#include "libcar/plc/diddoc.h"
#include "libcar/plc/notes.h"

/*
 * Each rule looks at the JSON of one field, which the reader of the operation
 * has checked. A note is written once, however often an operation deserves it.
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

static bool
begins_with(const struct slice *text, const char *prefix)
{
	size_t n = strlen(prefix);

	return text->len >= n && memcmp(text->at, prefix, n) == 0;
}

static void
look_at_alias(struct notes *n, const struct slice *alias)
{
	struct slice handle = *alias;

	if (alias->len > PLC_NOTES_MAX_HANDLE)
		n->has[NOTE_HANDLE_BYTES] = true;
	if (begins_with(alias, "at://")) {
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
look_at_aliases(struct notes *n, const struct slice *json)
{
	struct status ignored;
	struct slice alias;
	struct json j;
	size_t count = 0;

	json_open(&j, json->at, json->len);
	json_next(&j, &ignored);
	for (; json_next(&j, &ignored) == JSON_STRING; count++) {
		alias = slice_make(j.tok, j.tok_len);
		look_at_alias(n, &alias);
	}
	if (count > PLC_NOTES_MAX_HANDLES)
		n->has[NOTE_HANDLES] = true;
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
look_at_service(struct notes *n, const struct slice *json)
{
	struct status ignored;
	struct slice value;
	struct json j;
	bool is_type;

	json_open(&j, json->at, json->len);
	json_next(&j, &ignored);
	while (json_next(&j, &ignored) == JSON_KEY) {
		is_type = json_is(&j, "type");
		json_next(&j, &ignored);
		value = slice_make(j.tok, j.tok_len);
		if (value.len > (is_type ? PLC_NOTES_MAX_SERVICE_TYPE :
					   PLC_NOTES_MAX_ENDPOINT))
			n->has[NOTE_SERVICE_BYTES] = true;
		if (!is_type)
			look_at_endpoint(n, &value);
	}
}

static void
look_at_services(struct notes *n, const struct slice *json)
{
	struct status ignored;
	struct slice service;
	struct json j;
	size_t count = 0;

	json_open(&j, json->at, json->len);
	json_next(&j, &ignored);
	for (; json_next(&j, &ignored) == JSON_KEY; count++) {
		if (j.tok_len > PLC_NOTES_MAX_ID)
			n->has[NOTE_SERVICE_BYTES] = true;
		json_skip(&j, &ignored);
		service = slice_make(j.tok, j.tok_len);
		look_at_service(n, &service);
	}
	if (count > PLC_NOTES_MAX_SERVICES)
		n->has[NOTE_SERVICES] = true;
}

static void
look_at_methods(struct notes *n, const struct slice *json)
{
	struct status ignored;
	struct json j;
	size_t count = 0;

	json_open(&j, json->at, json->len);
	json_next(&j, &ignored);
	for (; json_next(&j, &ignored) == JSON_KEY; count++) {
		if (j.tok_len > PLC_NOTES_MAX_ID)
			n->has[NOTE_METHOD_BYTES] = true;
		json_next(&j, &ignored);
		if (j.tok_len > PLC_NOTES_MAX_METHOD)
			n->has[NOTE_METHOD_BYTES] = true;
	}
	if (count > PLC_NOTES_MAX_METHODS)
		n->has[NOTE_METHODS] = true;
}

static void
look_at(struct notes *n, const struct plc_operation *op)
{
	if (op->signed_form.len > PLC_NOTES_MAX_BYTES)
		n->has[NOTE_BYTES] = true;
	look_at_keys(n, op);
	if (op->kind != PLC_OPERATION)
		return;
	look_at_aliases(n, &op->fields[PLC_ALSO_KNOWN_AS]);
	look_at_services(n, &op->fields[PLC_SERVICES]);
	look_at_methods(n, &op->fields[PLC_VERIFICATION_METHODS]);
}

void
plc_notes_write(struct buf *out, const struct plc_operation *op,
    const struct plc_notes_spam *spam)
{
	struct notes n = { .spam = spam };
	struct json_writer w = { out, false };
	bool any = false;
	size_t i;

	look_at(&n, op);
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
