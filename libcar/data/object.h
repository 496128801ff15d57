/*
 * object: the members of one JSON object, found by their names.
 *
 * It is for objects of which a few members are wanted: an answer of a host, a
 * line that may be a job. Each call reads the text anew, up to that member; of
 * members with the same name the first counts.
 *
 * Results are borrowed from the text or, if escapes had to be undone, from
 * memory of the object; both until it is opened anew or freed. That memory is
 * as large as the text, and each string has its place there, so that the
 * number of calls has no limit.
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

/* Take a text, which must outlive the object's use, and check it. -1:
 * STATUS_BAD_SYNTAX (not one JSON object), STATUS_SYSTEM; it has no members
 * then. */
int object_open(struct object *, const char *text, size_t len, struct status *);

/* As object_open(), but check the object's own structure alone (outline.h): a
 * value that is wrong costs itself and no other member. object_get_json() gives
 * it as it is written; to object_get() and object_is_true() it is none. */
int object_open_loose(struct object *, const char *text, size_t len,
    struct status *);

/* As object_open(), but the caller checks the text by reading it himself. -1:
 * STATUS_SYSTEM. */
int object_set(struct object *, const char *text, size_t len, struct status *);

/* The text of a member that is a string; of any other, nothing. */
struct slice object_get(struct object *, const char *name);

/* A member's value as it is written, or nothing. */
struct slice object_get_json(const struct object *, const char *name);

/* Is there more than one member of this name? Of an object that was opened
 * loosely; in others it isn't looked for. */
bool object_is_repeated(const struct object *, const char *name);

/* Is it there, and true? */
bool object_is_true(const struct object *, const char *name);

/* The text of a string that a reader of the object's text has come to. */
struct slice object_string(struct object *, const struct json *);

/* Take away the text: it has no members any more. */
void object_clear(struct object *);

void object_free(struct object *);

#endif
