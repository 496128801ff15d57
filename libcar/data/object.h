/*
 * object: the members of one JSON object, found by their names.
 *
 * Use it if you need few members: of a host's answer, or of a line that may be
 * a job. Each call reads the text again, up to that member. If several members
 * have the same name, the first one counts.
 *
 * Results are borrowed from the text or, if they had escapes, from memory of
 * the object, until it is opened again or freed. That memory is as large as the
 * text, and each string has a fixed place in it, so the number of calls has no
 * limit.
 */
#ifndef LIBCAR_DATA_OBJECT_H
#define LIBCAR_DATA_OBJECT_H

#include <stdbool.h>
#include <stddef.h>

#include "libcar/base/buf.h"
#include "libcar/base/slice.h"
#include "libcar/base/status.h"
#include "libcar/data/json.h"

/* All zero is an object without members. */
struct object {
	const char *text; /* borrowed */
	size_t len;
	struct buf scratch;
	bool loose; /* values weren't checked */
};

/* Open and check a text, which must outlive the object. -1: STATUS_BAD_SYNTAX
 * (not one JSON object), STATUS_SYSTEM; the object then has no members. */
int object_open(struct object *, const char *text, size_t len, struct status *);

/* As object_open(), but check only the structure (outline.h): an invalid value
 * doesn't affect other members. object_get_json() returns it as it is written;
 * object_get() and object_is_true() treat it as missing. */
int object_open_loose(struct object *, const char *text, size_t len,
    struct status *);

/* As object_open(), but the caller checks the text by reading it. -1:
 * STATUS_SYSTEM. */
int object_set(struct object *, const char *text, size_t len, struct status *);

/* The text of a member, or nothing if it isn't a string. */
struct slice object_get(struct object *, const char *name);

/* A member's value as it is written, or nothing. */
struct slice object_get_json(const struct object *, const char *name);

/* Is there more than one member of this name? Only for objects that were opened
 * loosely. */
bool object_is_repeated(const struct object *, const char *name);

/* Is it there, and true? */
bool object_is_true(const struct object *, const char *name);

/* The text of a string that a reader of the object's text has come to. */
struct slice object_string(struct object *, const struct json *);

/* Forget the text: the object has no members any more. */
void object_clear(struct object *);

void object_free(struct object *);

#endif
