#include "config.h"

#include <string.h>

#include "libcar/data/object.h"
#include "libcar/plc/identity.h"

/*
 * The operation is opened as an object, and each field is found by its name.
 * The fields of a legacy `create` are brought into the form of the others.
 */

#define DID_KEY "did:key:"

struct reader {
	struct plc_identity *out;
	struct object op;
	bool allow_http;
	struct status *st;
};

static bool
starts(const struct slice *t, const char *prefix)
{
	size_t n = strlen(prefix);

	return t->len >= n && memcmp(t->at, prefix, n) == 0;
}

/* Open the object that is a member of another one. 1, 0: it isn't one, -1. */
static int
open_member(struct object *out, const struct object *of, const char *name,
    struct status *st)
{
	struct slice json = object_get_json(of, name);

	if (json.at == NULL || json.at[0] != '{')
		return 0;
	if (object_open(out, json.at, json.len, st) == 0)
		return 1;
	return status_fatal(st->code) ? -1 : 0;
}

/* Keys */

static int
take_key(struct reader *r, const struct slice *text)
{
	struct key key;

	if (text->at == NULL || !starts(text, DID_KEY))
		return 0;
	if (key_parse(&key, text->at, text->len, r->st) == -1)
		return status_fatal(r->st->code) ? -1 : 0;
	key_format(r->out->doc.key, &key);
	return 0;
}

/* A did:key is written as it is, so it must need no escapes. Its point isn't
 * checked: old operations have keys that nobody can use. */
static bool
add_rotation_key(struct reader *r, const struct slice *text)
{
	struct buf *out = &r->out->rotation_keys;
	size_t i;

	if (text->at == NULL || !starts(text, DID_KEY) ||
	    text->len > KEY_MAX_TEXT)
		return false;
	for (i = 0; i < text->len; i++)
		if (text->at[i] <= ' ' || text->at[i] > '~' ||
		    text->at[i] == '"' || text->at[i] == '\\')
			return false;
	buf_puts(out, out->len == 0 ? "[\"" : ",\"");
	buf_put(out, text->at, text->len);
	buf_putc(out, '"');
	return true;
}

static void
end_rotation_keys(struct reader *r, bool good)
{
	struct buf *out = &r->out->rotation_keys;

	if (!good)
		out->len = 0;
	else
		buf_puts(out, out->len == 0 ? "[]" : "]");
}

static void
read_rotation_keys(struct reader *r)
{
	struct slice json = object_get_json(&r->op, "rotationKeys"), text;
	struct status ignored;
	enum json_kind kind;
	struct json j;
	size_t n = 0;

	if (json.at == NULL)
		return;
	json_open(&j, json.at, json.len);
	if (json_next(&j, &ignored) != JSON_ARRAY)
		return;
	while ((kind = json_next(&j, &ignored)) == JSON_STRING &&
	    n++ < PLC_IDENTITY_MAX_KEYS) {
		text = object_string(&r->op, &j);
		if (!add_rotation_key(r, &text))
			break;
	}
	end_rotation_keys(r, kind == JSON_ARRAY_END);
}

/* Handle and host */

static void
read_handle(struct reader *r)
{
	struct slice json = object_get_json(&r->op, "alsoKnownAs"), text;
	struct status ignored;
	struct json j;
	enum json_kind kind;

	if (json.at == NULL)
		return;
	json_open(&j, json.at, json.len);
	if (json_next(&j, &ignored) != JSON_ARRAY)
		return;
	while ((kind = json_skip(&j, &ignored)) != JSON_ARRAY_END &&
	    kind > JSON_END) {
		if (kind != JSON_STRING)
			continue;
		/* json_skip() gives the string with its quotes. */
		j.tok++;
		j.tok_len -= 2;
		text = object_string(&r->op, &j);
		if (diddoc_handle(r->out->doc.handle, text.at, text.len))
			return;
	}
}

static int
read_pds(struct reader *r, const struct object *services)
{
	struct object service = { 0 };
	struct slice type, endpoint;
	int got = open_member(&service, services, "atproto_pds", r->st);

	if (got == 1) {
		type = object_get(&service, "type");
		endpoint = object_get(&service, "endpoint");
		if (slice_is(&type, "AtprotoPersonalDataServer") &&
		    endpoint.at != NULL)
			diddoc_origin(r->out->doc.pds, endpoint.at,
			    endpoint.len, r->allow_http);
	}
	object_free(&service);
	return got == -1 ? -1 : 0;
}

/* The three forms */

static int
read_operation(struct reader *r)
{
	struct object member = { 0 };
	struct slice key;
	int got, rc = 0;

	read_handle(r);
	read_rotation_keys(r);
	got = open_member(&member, &r->op, "verificationMethods", r->st);
	if (got == 1) {
		key = object_get(&member, "atproto");
		rc = take_key(r, &key);
	}
	object_free(&member);
	if (got == -1 || rc == -1)
		return -1;
	got = open_member(&member, &r->op, "services", r->st);
	if (got == 1)
		rc = read_pds(r, &member);
	object_free(&member);
	return got == -1 ? -1 : rc;
}

/* Put the prefix in front of a text that has none of the two. */
static void
complete(struct buf *out, const struct slice *text, const char *prefix,
    const char *other)
{
	out->len = 0;
	if (text->at == NULL)
		return;
	if (!starts(text, prefix) && !starts(text, other))
		buf_puts(out, prefix);
	buf_put(out, text->at, text->len);
}

static int
read_create(struct reader *r)
{
	struct slice recovery = object_get(&r->op, "recoveryKey");
	struct slice signing = object_get(&r->op, "signingKey");
	struct slice handle = object_get(&r->op, "handle");
	struct slice service = object_get(&r->op, "service");
	struct diddoc *doc = &r->out->doc;
	struct buf text = { 0 };
	int rc = 0;

	complete(&text, &handle, "at://", "at://");
	diddoc_handle(doc->handle, text.data, text.len);
	complete(&text, &service, "https://", "http://");
	diddoc_origin(doc->pds, text.data, text.len, r->allow_http);
	end_rotation_keys(r,
	    add_rotation_key(r, &recovery) && add_rotation_key(r, &signing));
	if (text.failed)
		rc = status_no_memory(r->st);
	buf_free(&text);
	return rc == -1 ? -1 : take_key(r, &signing);
}

static int
read_any(struct reader *r)
{
	struct slice type = object_get(&r->op, "type");

	if (slice_is(&type, "plc_tombstone")) {
		r->out->kind = PLC_IDENTITY_TOMBSTONE;
		return 0;
	}
	if (!slice_is(&type, "plc_operation") && !slice_is(&type, "create"))
		return 0;
	r->out->kind = PLC_IDENTITY_DOCUMENT;
	return slice_is(&type, "create") ? read_create(r) : read_operation(r);
}

int
plc_identity_read(struct plc_identity *out, const char *json, size_t len,
    bool allow_http, struct status *st)
{
	struct reader r = { .out = out, .allow_http = allow_http, .st = st };
	int rc;

	out->kind = PLC_IDENTITY_UNKNOWN;
	out->doc.handle[0] = out->doc.pds[0] = out->doc.key[0] = '\0';
	out->rotation_keys.len = 0;
	if (object_open(&r.op, json, len, st) == 0)
		rc = read_any(&r);
	else
		rc = status_fatal(st->code) ? -1 : 0;
	object_free(&r.op);
	if (rc == 0 && out->rotation_keys.failed)
		rc = status_no_memory(st);
	return rc;
}

void
plc_identity_free(struct plc_identity *it)
{
	buf_free(&it->rotation_keys);
}
