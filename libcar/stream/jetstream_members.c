#include "config.h"

#include <string.h>

#include "libcar/data/outline.h"
#include "libcar/data/syntax.h"
#include "libcar/repo/frame.h"
#include "libcar/stream/jetstream_members_private.h"

/*
 * The outline finds the members of an object, and a value is checked when it is
 * used. So a record that is not JSON still has a collection and a key for its
 * error, and members of unknown kinds may be anything.
 */

static const char *const names[JETSTREAM_MEMBERS] = {
	[JETSTREAM_TYPE] = "$type",
	[JETSTREAM_PAYLOAD] = "payload",
	[JETSTREAM_DID] = "did",
	[JETSTREAM_SEQ] = "seq",
	[JETSTREAM_TIME] = "time",
	[JETSTREAM_TIME_US] = "time_us",
	[JETSTREAM_KIND] = "kind",
	[JETSTREAM_COMMIT] = "commit",
	[JETSTREAM_IDENTITY] = "identity",
	[JETSTREAM_ACCOUNT] = "account",
	[JETSTREAM_SYNC] = "sync",
	[JETSTREAM_REV] = "rev",
	[JETSTREAM_OPERATION] = "operation",
	[JETSTREAM_COLLECTION] = "collection",
	[JETSTREAM_RKEY] = "rkey",
	[JETSTREAM_RECORD] = "record",
	[JETSTREAM_CID] = "cid",
	[JETSTREAM_ACTIVE] = "active",
	[JETSTREAM_STATUS] = "status",
	[JETSTREAM_BLOCKS] = "blocks",
	[JETSTREAM_BYTES] = "$bytes",
	[JETSTREAM_NAME] = "name",
	[JETSTREAM_ERROR] = "error",
	[JETSTREAM_MESSAGE] = "message",
};

int
jetstream_bad(enum jetstream_members_name m, const char *what,
    struct status *st)
{
	return status_set(st, STATUS_BAD_FRAME, 0, "event: %s %s", names[m],
	    what);
}

static enum jetstream_members_name
find_name(const struct slice *key)
{
	struct status ignored;
	struct json j;
	int m = 0;

	json_open(&j, key->at, key->len);
	if (json_next(&j, &ignored) != JSON_STRING)
		return JETSTREAM_UNKNOWN;
	while (m < JETSTREAM_MEMBERS && !json_is(&j, names[m]))
		m++;
	return m;
}

int
jetstream_members(struct jetstream_members *in, const struct slice *object,
    struct status *st)
{
	struct slice key, value;
	struct outline o;
	enum jetstream_members_name m;
	int rc = -1;

	memset(in, 0, sizeof(*in));
	if (object->at == NULL ||
	    outline_open(&o, object->at, object->len) != '{')
		return status_set(st, STATUS_BAD_FRAME, 0,
		    "event: not a JSON object");
	while ((rc = outline_next(&o, &key, &value)) == 1) {
		if ((m = find_name(&key)) == JETSTREAM_UNKNOWN)
			continue;
		if (in->value[m].at != NULL)
			return jetstream_bad(m, "occurs twice", st);
		in->value[m] = value;
	}
	return rc == 0 ?
	    0 :
	    status_set(st, STATUS_BAD_FRAME, 0, "event: not a JSON object");
}

/* Open a value, of which only a scalar is checked completely. A null is as if
 * the member were missing: JSON_END. */
static enum json_kind
open_value(const struct jetstream_members *in, enum jetstream_members_name m,
    struct json *j)
{
	const struct slice *value = &in->value[m];
	struct status ignored;
	enum json_kind kind;
	struct json after;

	if (value->at == NULL)
		return JSON_END;
	json_open(j, value->at, value->len);
	kind = json_next(j, &ignored);
	if (kind == JSON_OBJECT || kind == JSON_ARRAY)
		return kind;
	after = *j;
	if (json_next(&after, &ignored) != JSON_END)
		return JSON_ERROR;
	return kind == JSON_NULL ? JSON_END : kind;
}

int
jetstream_get_optional(struct object *event, const struct jetstream_members *in,
    enum jetstream_members_name m, struct slice *text, struct status *st)
{
	struct json j;

	*text = (struct slice){ NULL, 0 };
	switch (open_value(in, m, &j)) {
	case JSON_STRING:
		*text = object_string(event, &j);
		return 0;
	case JSON_END:
		return 0;
	default:
		return jetstream_bad(m, "is not a string", st);
	}
}

int
jetstream_get_text(struct object *event, const struct jetstream_members *in,
    enum jetstream_members_name m, struct slice *text, struct status *st)
{
	if (jetstream_get_optional(event, in, m, text, st) == -1)
		return -1;
	return text->at != NULL ? 0 : jetstream_bad(m, "is missing", st);
}

int
jetstream_get_number(const struct jetstream_members *in,
    enum jetstream_members_name m, uint64_t *number, struct status *st)
{
	struct json j;
	int64_t n;

	if (open_value(in, m, &j) != JSON_NUMBER ||
	    json_integer(&j, &n) == -1 || n < 1 || (uint64_t)n > FRAME_MAX_SEQ)
		return jetstream_bad(m, "is not a number from 1 to 2^53", st);
	*number = (uint64_t)n;
	return 0;
}

int
jetstream_get_bool(const struct jetstream_members *in,
    enum jetstream_members_name m, bool *yes, struct status *st)
{
	struct json j;
	enum json_kind kind = open_value(in, m, &j);

	if (kind != JSON_TRUE && kind != JSON_FALSE)
		return jetstream_bad(m, "is not a boolean", st);
	*yes = kind == JSON_TRUE;
	return 0;
}

int
jetstream_get_did(struct object *event, const struct jetstream_members *in,
    struct slice *did, struct status *st)
{
	struct slice text;

	if (jetstream_get_text(event, in, JETSTREAM_DID, &text, st) == -1)
		return -1;
	if (!syntax_is_did(text.at, text.len))
		return jetstream_bad(JETSTREAM_DID, "is not a DID", st);
	*did = text;
	return 0;
}

int
jetstream_get_rev(struct object *event, const struct jetstream_members *in,
    struct slice *rev, struct status *st)
{
	struct slice text;

	if (jetstream_get_text(event, in, JETSTREAM_REV, &text, st) == -1)
		return -1;
	if (!syntax_is_tid(text.at, text.len))
		return jetstream_bad(JETSTREAM_REV, "is not a TID", st);
	*rev = text;
	return 0;
}

int
jetstream_get_time(struct object *event, const struct jetstream_members *in,
    struct slice *time, struct status *st)
{
	struct slice text;

	if (jetstream_get_optional(event, in, JETSTREAM_TIME, &text, st) == -1)
		return -1;
	if (text.at != NULL && syntax_is_datetime(text.at, text.len))
		*time = text;
	return 0;
}
