#include "config.h"

#include <string.h>

#include "libcar/data/json.h"
#include "libcar/data/outline.h"
#include "libcar/net/export_entry.h"
#include "libcar/stream/form.h"

/*
 * One walk over the outline finds the members. A member that comes twice is
 * wrong, because readers would disagree about which one counts. The strict
 * reader of JSON then checks the operation, so that the line is valid JSON.
 */

#define PLC "did:plc:"
#define PLC_BYTES 32 /* with 24 characters of base32 */
#define MAX_SHOWN 100

struct members {
	struct slice did, cid, seq, created_at, nullified, operation, type;
	const char *twice; /* name of a member that came twice; or NULL */
};

/* Members */

static struct slice *
find(struct members *m, const struct slice *key, const char **name)
{
	const struct {
		const char *name;
		struct slice *value;
	} members[] = {
		{ "\"did\"", &m->did },
		{ "\"cid\"", &m->cid },
		{ "\"seq\"", &m->seq },
		{ "\"createdAt\"", &m->created_at },
		{ "\"nullified\"", &m->nullified },
		{ "\"operation\"", &m->operation },
		{ "\"type\"", &m->type },
	};
	size_t i;

	for (i = 0; i < sizeof(members) / sizeof(members[0]); i++)
		if (slice_is(key, members[i].name)) {
			*name = members[i].name;
			return members[i].value;
		}
	return NULL;
}

/* Returns -1 if the structure is broken. */
static int
find_members(struct members *m, const struct slice *text)
{
	struct slice key, value, *place;
	struct outline o;
	const char *name;
	int n;

	if (outline_open(&o, text->at, text->len) != '{')
		return -1;
	while ((n = outline_next(&o, &key, &value)) == 1) {
		if ((place = find(m, &key, &name)) == NULL)
			continue;
		if (place->at != NULL)
			m->twice = name;
		*place = value;
	}
	return n;
}

/* The characters of a string without escapes; nothing that is checked here
 * needs any. */
static struct slice
unquote(const struct slice *json)
{
	if (json->len < 2 || json->at[0] != '"' ||
	    memchr(json->at, '\\', json->len) != NULL)
		return (struct slice){ NULL, 0 };
	return slice_make(json->at + 1, json->len - 2);
}

/* Forms */

static uint64_t
read_seq(const struct slice *json)
{
	uint64_t n = 0;
	size_t i;

	if (json->at == NULL || json->len == 0 || json->at[0] == '0')
		return 0;
	for (i = 0; i < json->len; i++) {
		if (json->at[i] < '0' || json->at[i] > '9')
			return 0;
		n = n * 10 + (uint64_t)(json->at[i] - '0');
		if (n > (uint64_t)FIELDS_COUNT_MAX)
			return 0;
	}
	return n;
}

static bool
is_plc(const struct slice *did)
{
	size_t i;

	if (did->at == NULL || did->len != PLC_BYTES ||
	    memcmp(did->at, PLC, strlen(PLC)) != 0)
		return false;
	for (i = strlen(PLC); i < did->len; i++)
		if (!((did->at[i] >= 'a' && did->at[i] <= 'z') ||
			(did->at[i] >= '2' && did->at[i] <= '7')))
			return false;
	return true;
}

/* A line feed between tokens would break the line. */
static bool
is_operation(const struct slice *json)
{
	struct status ignored;
	struct json j;

	if (json->at == NULL || memchr(json->at, '\n', json->len) != NULL)
		return false;
	json_open(&j, json->at, json->len);
	return json_skip(&j, &ignored) == JSON_OBJECT &&
	    json_next(&j, &ignored) == JSON_END;
}

static bool
has_form(const struct slice *text, enum fields_form form)
{
	struct status ignored;

	return text->at != NULL &&
	    form_check_text(form, "", text, &ignored) == 0;
}

/* By seq, directories don't say it. */
static const char *
read_nullified(struct stream_plc *line, const struct slice *json)
{
	if (json->at == NULL)
		return NULL;
	if (!slice_is(json, "true") && !slice_is(json, "false"))
		return "\"nullified\"";
	line->nullified = stream_bool(slice_is(json, "true"));
	return NULL;
}

/* Set the fields. Returns the name of a wrong one, or NULL. */
static const char *
read_fields(struct stream_plc *line, const struct members *m)
{
	line->did = unquote(&m->did);
	line->cid = unquote(&m->cid);
	line->created_at = unquote(&m->created_at);
	line->operation = m->operation;
	if (m->twice != NULL)
		return m->twice;
	if (m->type.at != NULL && !slice_is(&m->type, "\"sequenced_op\""))
		return "\"type\"";
	if (!is_plc(&line->did))
		return "\"did\"";
	if (!has_form(&line->cid, FIELDS_FORM_CID))
		return "\"cid\"";
	if (!has_form(&line->created_at, FIELDS_FORM_TIME))
		return "\"createdAt\"";
	if (!is_operation(&line->operation))
		return "\"operation\"";
	return read_nullified(line, &m->nullified);
}

static enum export_entry_form
broken(const struct slice *text, const char *what, struct status *st)
{
	status_set(st, STATUS_BAD_ANSWER, 0, "%s: %.*s", what,
	    text->len < MAX_SHOWN ? (int)text->len : MAX_SHOWN, text->at);
	return EXPORT_ENTRY_BROKEN;
}

enum export_entry_form
export_entry_read(struct export_entry *e, const char *text, size_t len,
    struct status *st)
{
	struct members m = { .twice = NULL };
	const char *wrong;

	*e = (struct export_entry){ .text = { text, len } };
	if (find_members(&m, &e->text) == -1)
		return broken(&e->text, "not a JSON object", st);
	e->seq = read_seq(&m.seq);
	if (e->seq == 0 || (m.twice != NULL && strcmp(m.twice, "\"seq\"") == 0))
		return broken(&e->text, "an operation without a seq", st);
	e->line.seq = stream_number((int64_t)e->seq);
	if (len > EXPORT_ENTRY_MAX) {
		status_set(st, STATUS_BAD_ANSWER, 0,
		    "an operation of more than %d bytes", EXPORT_ENTRY_MAX);
		return EXPORT_ENTRY_FLAWED;
	}
	if ((wrong = read_fields(&e->line, &m)) == NULL)
		return EXPORT_ENTRY_GOOD;
	status_set(st, STATUS_BAD_ANSWER, 0, "%s is missing or wrong", wrong);
	return EXPORT_ENTRY_FLAWED;
}
