#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "libcar/base/array.h"
#include "libcar/plc/content.h"

/*
 * All of the operation's JSON was checked when its fields were found, so these
 * walks look only for values of another kind. Texts are appended to a buffer
 * that has room for all of them before the first one is read, so that it never
 * moves.
 */

#define AT "at://"
#define HTTPS "https://"
#define HTTP "http://"

/* Lists */

static int
add(struct plc_content_list *list, const struct plc_content_entry *entry,
    struct status *st)
{
	if (list->count == PLC_OPERATION_MAX_ENTRIES)
		return status_set(st, STATUS_BAD_OPERATION, 0,
		    "too many entries");
	if (!ARRAY_GROW(list->entries, list->count, list->room))
		return status_no_memory(st);
	list->entries[list->count++] = *entry;
	return 0;
}

static int
add_text(struct plc_content_list *list, const char *name, struct slice text,
    struct status *st)
{
	struct plc_content_entry entry = {
		.name = slice_of(name),
		.text = text,
	};

	return add(list, &entry, st);
}

/* Values */

static bool
open_value(struct json *j, const struct slice *json, enum json_kind want)
{
	struct status ignored;

	if (json->at == NULL)
		return false;
	json_open(j, json->at, json->len);
	return json_next(j, &ignored) == want;
}

/* Go past the next value. *text: its text, if it is a string. */
static enum json_kind
next_value(struct plc_content *c, struct json *j, struct slice *text)
{
	struct status ignored;
	enum json_kind kind = json_skip(j, &ignored);

	*text = slice_make(NULL, 0);
	if (kind == JSON_STRING) {
		/* json_skip() gives the string with its quotes. */
		j->tok++;
		j->tok_len -= 2;
		*text = plc_fields_text(&c->texts, j);
	}
	return kind;
}

static struct slice
get_text(struct plc_content *c, const struct slice *json)
{
	struct json j;

	if (!open_value(&j, json, JSON_STRING))
		return slice_make(NULL, 0);
	return plc_fields_text(&c->texts, &j);
}

/* Add each text of an array. *all: it is an array, and has no other values. */
static int
read_texts(struct plc_content *c, struct plc_content_list *list,
    const struct slice *json, bool *all, struct status *st)
{
	enum json_kind kind;
	struct slice text;
	struct json j;

	if (!(*all = open_value(&j, json, JSON_ARRAY)))
		return 0;
	while ((kind = next_value(c, &j, &text)) > JSON_END &&
	    kind != JSON_ARRAY_END) {
		if (text.at == NULL)
			*all = false;
		else if (add_text(list, NULL, text, st) == -1)
			return -1;
	}
	return 0;
}

static int
read_methods(struct plc_content *c, const struct slice *json, struct status *st)
{
	struct plc_content_entry method = { .name = { NULL, 0 } };
	struct status ignored;
	struct json j;

	if (!open_value(&j, json, JSON_OBJECT))
		return 0;
	while (json_next(&j, &ignored) == JSON_KEY) {
		method.name = plc_fields_text(&c->texts, &j);
		next_value(c, &j, &method.text);
		if (add(&c->methods, &method, st) == -1)
			return -1;
	}
	return 0;
}

static void
read_service(struct plc_content *c, struct plc_content_entry *service,
    const struct slice *json)
{
	struct status ignored;
	struct slice text;
	struct json j;
	bool is_type;

	service->type = service->text = slice_make(NULL, 0);
	if (!open_value(&j, json, JSON_OBJECT))
		return;
	while (json_next(&j, &ignored) == JSON_KEY) {
		is_type = json_is(&j, "type");
		if (!is_type && !json_is(&j, "endpoint")) {
			json_skip(&j, &ignored);
			continue;
		}
		next_value(c, &j, &text);
		*(is_type ? &service->type : &service->text) = text;
	}
}

static int
read_services(struct plc_content *c, const struct slice *json,
    struct status *st)
{
	struct plc_content_entry service;
	struct status ignored;
	struct slice value;
	struct json j;

	if (!open_value(&j, json, JSON_OBJECT))
		return 0;
	while (json_next(&j, &ignored) == JSON_KEY) {
		service.name = plc_fields_text(&c->texts, &j);
		json_skip(&j, &ignored);
		value = slice_make(j.tok, j.tok_len);
		read_service(c, &service, &value);
		if (add(&c->services, &service, st) == -1)
			return -1;
	}
	return 0;
}

/* The forms */

static int
read_operation(struct plc_content *c, const struct slice *json,
    struct status *st)
{
	bool ignored;

	if (read_texts(c, &c->names, &json[PLC_ALSO_KNOWN_AS], &ignored, st) ==
		-1 ||
	    read_texts(c, &c->keys, &json[PLC_ROTATION_KEYS], &c->has_keys,
		st) == -1 ||
	    read_methods(c, &json[PLC_VERIFICATION_METHODS], st) == -1)
		return -1;
	return read_services(c, &json[PLC_SERVICES], st);
}

/* Put the prefix in front of a text that has none of the two. */
static struct slice
complete(struct plc_content *c, const struct slice *text, const char *prefix,
    const char *other)
{
	size_t start = c->texts.len;

	if (text->at == NULL || slice_begins(text, prefix) ||
	    slice_begins(text, other))
		return *text;
	buf_puts(&c->texts, prefix);
	buf_put(&c->texts, text->at, text->len);
	return slice_make(c->texts.data + start, c->texts.len - start);
}

static int
read_create(struct plc_content *c, const struct slice *json, struct status *st)
{
	struct slice recovery = get_text(c, &json[PLC_RECOVERY_KEY]);
	struct slice signing = get_text(c, &json[PLC_SIGNING_KEY]);
	struct slice handle = get_text(c, &json[PLC_HANDLE]);
	struct slice host = get_text(c, &json[PLC_SERVICE]);
	struct plc_content_entry service = {
		.name = slice_of(PLC_CONTENT_HOST),
		.type = slice_of(PLC_CONTENT_HOST_TYPE),
		.text = complete(c, &host, HTTPS, HTTP),
	};

	handle = complete(c, &handle, AT, AT);
	c->has_keys = recovery.at != NULL && signing.at != NULL;
	if ((handle.at != NULL &&
		add_text(&c->names, NULL, handle, st) == -1) ||
	    (recovery.at != NULL &&
		add_text(&c->keys, NULL, recovery, st) == -1) ||
	    (signing.at != NULL &&
		add_text(&c->keys, NULL, signing, st) == -1) ||
	    add_text(&c->methods, PLC_CONTENT_KEY, signing, st) == -1)
		return -1;
	return add(&c->services, &service, st);
}

/* The whole */

static void
clear(struct plc_content *c)
{
	c->kind = PLC_NO_KIND;
	c->names.count = c->keys.count = 0;
	c->methods.count = c->services.count = 0;
	c->has_keys = false;
	c->texts.len = 0;
}

/* Room for all texts and, of a legacy operation, for two with a prefix. */
static int
reserve(struct plc_content *c, const struct slice *json, struct status *st)
{
	size_t n = json[PLC_HANDLE].len + json[PLC_SERVICE].len + strlen(AT) +
	    strlen(HTTPS);
	int i;

	for (i = 0; i < PLC_FIELDS; i++)
		n += json[i].len;
	return buf_reserve(&c->texts, n) != NULL ? 0 : status_no_memory(st);
}

static int
read_fields(struct plc_content *c, enum plc_kind kind, const struct slice *json,
    struct status *st)
{
	int rc = reserve(c, json, st);

	if (rc == 0 && kind == PLC_OPERATION)
		rc = read_operation(c, json, st);
	if (rc == 0 && kind == PLC_CREATE)
		rc = read_create(c, json, st);
	if (rc == 0)
		c->kind = kind;
	else
		clear(c);
	return rc;
}

int
plc_content_read(struct plc_content *c, const char *json, size_t len,
    struct status *st)
{
	struct plc_fields f;

	clear(c);
	if (len > PLC_OPERATION_MAX_BYTES ||
	    plc_fields_read(&f, json, len, st) == -1 || f.kind == PLC_NO_KIND)
		return 0;
	if (read_fields(c, f.kind, f.json, st) == 0)
		return 0;
	return status_fatal(st->code) ? -1 : 0;
}

int
plc_content_of(struct plc_content *c, const struct plc_operation *op,
    struct status *st)
{
	clear(c);
	return read_fields(c, op->kind, op->fields, st);
}

const struct plc_content_entry *
plc_content_find(const struct plc_content_list *list, const char *name)
{
	size_t i = list->count;

	while (i-- > 0)
		if (slice_is(&list->entries[i].name, name))
			return &list->entries[i];
	return NULL;
}

void
plc_content_free(struct plc_content *c)
{
	free(c->names.entries);
	free(c->keys.entries);
	free(c->methods.entries);
	free(c->services.entries);
	buf_free(&c->texts);
	memset(c, 0, sizeof(*c));
}
