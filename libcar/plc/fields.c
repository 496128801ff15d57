#include "config.h"

#include <string.h>

#include "libcar/plc/fields.h"

/*
 * One pass over the object checks all of its JSON, so that later readers of a
 * field need not look for errors in it.
 */

const char *const plc_field_names[PLC_FIELDS] = {
	[PLC_SIG] = "sig",
	[PLC_PREV] = "prev",
	[PLC_TYPE] = "type",
	[PLC_HANDLE] = "handle",
	[PLC_SERVICE] = "service",
	[PLC_SERVICES] = "services",
	[PLC_SIGNING_KEY] = "signingKey",
	[PLC_ALSO_KNOWN_AS] = "alsoKnownAs",
	[PLC_RECOVERY_KEY] = "recoveryKey",
	[PLC_ROTATION_KEYS] = "rotationKeys",
	[PLC_VERIFICATION_METHODS] = "verificationMethods",
};

static const char *const kinds[PLC_KINDS] = {
	[PLC_OPERATION] = "plc_operation",
	[PLC_TOMBSTONE] = "plc_tombstone",
	[PLC_CREATE] = "create",
};

static int
find_field(const struct json *key)
{
	int i;

	for (i = 0; i < PLC_FIELDS; i++)
		if (json_is(key, plc_field_names[i]))
			return i;
	return -1;
}

static int
read_field(struct plc_fields *f, struct json *j, struct status *st)
{
	struct slice name = slice_make(j->tok, j->tok_len);
	int field = find_field(j);

	if (json_skip(j, st) == JSON_ERROR)
		return -1;
	if (field == -1) {
		if (f->other.at == NULL)
			f->other = name;
		return 0;
	}
	if (f->json[field].at != NULL)
		f->twice = plc_field_names[field];
	f->json[field] = slice_make(j->tok, j->tok_len);
	return 0;
}

static enum plc_kind
kind_of(const struct slice *type)
{
	struct status ignored;
	enum plc_kind kind;
	struct json j;

	if (type->at == NULL)
		return PLC_NO_KIND;
	json_open(&j, type->at, type->len);
	if (json_next(&j, &ignored) != JSON_STRING)
		return PLC_NO_KIND;
	for (kind = PLC_OPERATION; kind < PLC_KINDS; kind++)
		if (json_is(&j, kinds[kind]))
			return kind;
	return PLC_NO_KIND;
}

int
plc_fields_read(struct plc_fields *f, const char *json, size_t len,
    struct status *st)
{
	enum json_kind kind;
	struct json j;

	memset(f, 0, sizeof(*f));
	json_open(&j, json, len);
	if ((kind = json_next(&j, st)) == JSON_ERROR)
		return -1;
	if (kind != JSON_OBJECT)
		return status_set(st, STATUS_BAD_OPERATION, 0, "not an object");
	while ((kind = json_next(&j, st)) == JSON_KEY)
		if (read_field(f, &j, st) == -1)
			return -1;
	if (kind == JSON_ERROR || json_next(&j, st) != JSON_END)
		return -1;
	f->kind = kind_of(&f->json[PLC_TYPE]);
	return 0;
}

struct slice
plc_fields_text(struct buf *texts, const struct json *j)
{
	size_t start = texts->len;

	if (!j->escaped)
		return slice_make(j->tok, j->tok_len);
	json_text(j, texts);
	return slice_make(texts->data + start, texts->len - start);
}
