#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "libcar/base/array.h"
#include "libcar/data/dagcbor.h"
#include "libcar/data/json.h"
#include "libcar/plc/operation_encode_private.h"

/*
 * Each field has one of five forms, so this encoder is stricter and simpler
 * than data/dagjson, which would also take an object with the key `$link` for a
 * link. Members of objects are collected and sorted as DAG-CBOR wants them:
 * shorter keys first.
 */

/* A member of an object: its key decoded, its value as JSON. */
struct member {
	struct slice key, value;
};

struct members {
	struct member *items;
	size_t count, room;
};

struct encoder {
	struct plc_operation *op;
	struct buf *out;
	const char *field; /* for messages */
};

static int
bad(const struct encoder *e, const char *what, struct status *st)
{
	return status_set(st, STATUS_BAD_OPERATION, 0, "%s is not %s", e->field,
	    what);
}

/* The scratch buffer has room for all texts of the operation. */
static struct slice
text_of(struct encoder *e, const struct json *j)
{
	return plc_fields_text(&e->op->scratch, j);
}

static int
put_text(struct encoder *e, struct json *j, enum json_kind kind,
    struct status *st)
{
	struct slice text;

	if (kind != JSON_STRING)
		return bad(e, "an array of strings", st);
	text = text_of(e, j);
	dagcbor_write_text(e->out, text.at, text.len);
	return 0;
}

static int
put_string(struct encoder *e, const struct slice *json, struct status *st)
{
	struct json j;

	json_open(&j, json->at, json->len);
	if (json_next(&j, st) != JSON_STRING)
		return bad(e, "a string", st);
	return put_text(e, &j, JSON_STRING, st);
}

/* The head of an array tells the number of its elements. */
static size_t
count_elements(const struct slice *json)
{
	struct status ignored;
	enum json_kind kind;
	struct json j;
	size_t n = 0;

	json_open(&j, json->at, json->len);
	json_next(&j, &ignored);
	while ((kind = json_skip(&j, &ignored)) > JSON_END &&
	    kind != JSON_ARRAY_END)
		n++;
	return n;
}

static int
put_strings(struct encoder *e, const struct slice *json, struct status *st)
{
	enum json_kind kind;
	struct json j;
	size_t n;

	json_open(&j, json->at, json->len);
	if (json_next(&j, st) != JSON_ARRAY)
		return bad(e, "an array", st);
	if ((n = count_elements(json)) > PLC_OPERATION_MAX_ENTRIES)
		return bad(e, "small enough", st);
	dagcbor_write_array(e->out, n);
	while ((kind = json_next(&j, st)) != JSON_ARRAY_END)
		if (put_text(e, &j, kind, st) == -1)
			return -1;
	return 0;
}

static int
compare(const void *a, const void *b)
{
	const struct slice *x = &((const struct member *)a)->key;
	const struct slice *y = &((const struct member *)b)->key;

	if (x->len != y->len)
		return x->len < y->len ? -1 : 1;
	return x->len == 0 ? 0 : memcmp(x->at, y->at, x->len);
}

static int
sort_members(struct encoder *e, struct members *m, struct status *st)
{
	size_t i;

	if (m->count > 1)
		qsort(m->items, m->count, sizeof(*m->items), compare);
	for (i = 1; i < m->count; i++)
		if (compare(&m->items[i - 1], &m->items[i]) == 0)
			return bad(e, "an object without repeated keys", st);
	return 0;
}

static int
collect_members(struct encoder *e, struct members *m, const struct slice *json,
    struct status *st)
{
	struct member member;
	struct json j;

	json_open(&j, json->at, json->len);
	if (json_next(&j, st) != JSON_OBJECT)
		return bad(e, "an object", st);
	while (json_next(&j, st) == JSON_KEY) {
		member.key = text_of(e, &j);
		json_skip(&j, st);
		member.value = slice_make(j.tok, j.tok_len);
		if (m->count == PLC_OPERATION_MAX_ENTRIES)
			return bad(e, "small enough", st);
		if (!ARRAY_GROW(m->items, m->count, m->room))
			return status_no_memory(st);
		m->items[m->count++] = member;
	}
	return sort_members(e, m, st);
}

static int
put_object(struct encoder *e, const struct slice *json,
    int (*put)(struct encoder *, const struct slice *, struct status *),
    struct status *st)
{
	struct members m = { .count = 0 };
	int rc = collect_members(e, &m, json, st);
	size_t i;

	if (rc == 0)
		dagcbor_write_map(e->out, m.count);
	for (i = 0; rc == 0 && i < m.count; i++) {
		dagcbor_write_text(e->out, m.items[i].key.at,
		    m.items[i].key.len);
		rc = put(e, &m.items[i].value, st);
	}
	free(m.items);
	return rc;
}

/* A service has exactly `type` and `endpoint`; `type` is the shorter key. */
static int
put_service(struct encoder *e, const struct slice *json, struct status *st)
{
	struct members m = { .count = 0 };
	int rc = collect_members(e, &m, json, st);

	if (rc == 0 &&
	    (m.count != 2 || !slice_is(&m.items[0].key, "type") ||
		!slice_is(&m.items[1].key, "endpoint")))
		rc = bad(e, "an object of objects of type and endpoint", st);
	if (rc == 0) {
		dagcbor_write_map(e->out, m.count);
		dagcbor_write_text(e->out, "type", 4);
		rc = put_string(e, &m.items[0].value, st);
	}
	if (rc == 0) {
		dagcbor_write_text(e->out, "endpoint", 8);
		rc = put_string(e, &m.items[1].value, st);
	}
	free(m.items);
	return rc;
}

static int
put_value(struct encoder *e, enum plc_field field, struct status *st)
{
	const struct slice *json = &e->op->fields[field];

	switch (field) {
	case PLC_ALSO_KNOWN_AS:
	case PLC_ROTATION_KEYS:
		return put_strings(e, json, st);
	case PLC_VERIFICATION_METHODS:
		return put_object(e, json, put_string, st);
	case PLC_SERVICES:
		return put_object(e, json, put_service, st);
	case PLC_PREV:
		if (!e->op->has_prev) {
			dagcbor_write_null(e->out);
			return 0;
		}
		/* fall through */
	default:
		return put_string(e, json, st);
	}
}

static int
put_field(struct encoder *e, enum plc_field field, struct status *st)
{
	e->field = plc_field_names[field];
	dagcbor_write_text(e->out, e->field, strlen(e->field));
	return put_value(e, field, st);
}

static size_t
count_fields(const struct plc_operation *op)
{
	size_t i, n = 0;

	for (i = 0; i < PLC_FIELDS; i++)
		n += op->fields[i].at != NULL;
	return n;
}

/* `sig` sorts first, so that both forms end with the same bytes. */
int
plc_operation_encode(struct plc_operation *op, struct status *st)
{
	struct encoder e = { .op = op, .out = &op->signed_form };
	size_t fields = count_fields(op), rest, i;

	op->signed_form.len = op->unsigned_form.len = 0;
	dagcbor_write_map(&op->signed_form, fields);
	if (put_field(&e, PLC_SIG, st) == -1)
		return -1;
	rest = op->signed_form.len;
	for (i = PLC_SIG + 1; i < PLC_FIELDS; i++)
		if (op->fields[i].at != NULL && put_field(&e, i, st) == -1)
			return -1;
	dagcbor_write_map(&op->unsigned_form, fields - 1);
	buf_put(&op->unsigned_form, op->signed_form.data + rest,
	    op->signed_form.len - rest);
	if (op->signed_form.failed || op->unsigned_form.failed)
		return status_no_memory(st);
	return 0;
}
