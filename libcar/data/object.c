#include "config.h"

#include <string.h>

#include "libcar/data/object.h"
#include "libcar/data/outline.h"

/*
 * Each look-up runs the pull reader over the text. The objects are short, so
 * this is cheaper than an index, which would allocate memory. In an object
 * whose values weren't checked, the outline finds the member, and the pull
 * reader reads only its value.
 */

void
object_clear(struct object *object)
{
	object->text = NULL;
	object->len = 0;
}

int
object_set(struct object *object, const char *text, size_t len,
    struct status *st)
{
	object->text = text;
	object->len = len;
	object->loose = false;
	object->scratch.len = 0;
	/* Borrowed texts must not move, so reserve all memory at once. */
	if (len == 0 || memchr(text, '\\', len) == NULL ||
	    buf_reserve(&object->scratch, len) != NULL)
		return 0;
	object_clear(object);
	return status_no_memory(st);
}

int
object_open(struct object *object, const char *text, size_t len,
    struct status *st)
{
	struct json j;

	if (object_set(object, text, len, st) == -1)
		return -1;
	json_open(&j, text, len);
	switch (json_skip(&j, st)) {
	case JSON_OBJECT:
		if (json_next(&j, st) == JSON_END)
			return 0;
		break;
	case JSON_ERROR:
		break;
	default:
		status_set(st, STATUS_BAD_SYNTAX, 0, "not a JSON object");
	}
	object_clear(object);
	return -1;
}

int
object_open_loose(struct object *object, const char *text, size_t len,
    struct status *st)
{
	struct slice key, value;
	struct outline o;
	int rc = -1;

	if (object_set(object, text, len, st) == -1)
		return -1;
	object->loose = true;
	if (outline_open(&o, text, len) == '{')
		while ((rc = outline_next(&o, &key, &value)) == 1)
			;
	if (rc == 0)
		return 0;
	object_clear(object);
	return status_set(st, STATUS_BAD_SYNTAX, 0, "not a JSON object");
}

/* A decoded text is never longer than the escaped one, so its place in scratch
 * is the same as in the text. */
struct slice
object_string(struct object *object, const struct json *j)
{
	struct buf *scratch = &object->scratch;
	size_t at = j->tok - object->text;

	if (!j->escaped)
		return slice_make(j->tok, j->tok_len);
	scratch->len = at;
	json_text(j, scratch);
	return slice_make(scratch->data + at, scratch->len - at);
}

static bool
is_key(const struct slice *key, const char *name)
{
	struct status ignored;
	struct json j;

	json_open(&j, key->at, key->len);
	return json_next(&j, &ignored) == JSON_STRING && json_is(&j, name);
}

static struct slice
find_loose(const struct object *object, const char *name)
{
	struct slice nothing = { NULL, 0 }, key, value;
	struct outline o;

	if (outline_open(&o, object->text, object->len) == '{')
		while (outline_next(&o, &key, &value) == 1)
			if (is_key(&key, name))
				return value;
	return nothing;
}

bool
object_is_repeated(const struct object *object, const char *name)
{
	struct slice key, value;
	struct outline o;
	unsigned n = 0;

	if (object->loose && object->text != NULL &&
	    outline_open(&o, object->text, object->len) == '{')
		while (outline_next(&o, &key, &value) == 1)
			n += is_key(&key, name);
	return n > 1;
}

/* Move to a member's value that the outline found, if the value is valid. */
static bool
open_loose(const struct object *object, const char *name, struct json *j)
{
	struct slice value = find_loose(object, name);
	struct status ignored;

	json_open(j, value.at, value.len);
	if (value.at == NULL || json_skip(j, &ignored) == JSON_ERROR ||
	    json_next(j, &ignored) != JSON_END)
		return false;
	json_open(j, value.at, value.len);
	return true;
}

/* Move to a member's value. */
static bool
find(const struct object *object, const char *name, struct json *j)
{
	struct status ignored;

	if (object->text == NULL)
		return false;
	if (object->loose)
		return open_loose(object, name, j);
	json_open(j, object->text, object->len);
	if (json_next(j, &ignored) != JSON_OBJECT)
		return false;
	while (json_next(j, &ignored) == JSON_KEY) {
		if (json_is(j, name))
			return true;
		if (json_skip(j, &ignored) == JSON_ERROR)
			return false;
	}
	return false;
}

struct slice
object_get(struct object *object, const char *name)
{
	struct slice nothing = { NULL, 0 };
	struct status ignored;
	struct json j;

	if (!find(object, name, &j) || json_next(&j, &ignored) != JSON_STRING)
		return nothing;
	return object_string(object, &j);
}

struct slice
object_get_json(const struct object *object, const char *name)
{
	struct slice nothing = { NULL, 0 };
	struct status ignored;
	struct json j;

	if (object->loose)
		return object->text != NULL ? find_loose(object, name) :
					      nothing;
	if (!find(object, name, &j) || json_skip(&j, &ignored) == JSON_ERROR)
		return nothing;
	return slice_make(j.tok, j.tok_len);
}

bool
object_is_true(const struct object *object, const char *name)
{
	struct status ignored;
	struct json j;

	return find(object, name, &j) && json_next(&j, &ignored) == JSON_TRUE;
}

void
object_free(struct object *object)
{
	buf_free(&object->scratch);
	object_clear(object);
}
