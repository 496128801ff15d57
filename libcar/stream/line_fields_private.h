/*
 * line_fields: reads the fields of a line into struct line, in any order.
 *
 * A field keeps its text, its JSON or its value as line.h says. Unknown fields
 * are skipped. A field that occurs twice or has a wrong form is
 * STATUS_BAD_LINE. Which fields a type needs is decided in line_meaning.
 */
#ifndef LIBCAR_STREAM_LINE_FIELDS_PRIVATE_H
#define LIBCAR_STREAM_LINE_FIELDS_PRIVATE_H

#include <stddef.h>

#include "libcar/base/buf.h"
#include "libcar/base/slice.h"
#include "libcar/base/status.h"
#include "libcar/data/json.h"
#include "libcar/stream/fields.h"
#include "libcar/stream/line.h"

/* Make all fields absent. `text`, the caller's settings and what the reader
 * remembers of the last record line stay. */
void line_fields_clear(struct line *);

/* Set `name` and `type` of a line that is a JSON object. The result is the
 * table of the type, or NULL if the type is unknown or missing. */
const struct fields_table *line_fields_type(struct line *);

/* Read all fields of a JSON object, and check their forms by this table; NULL
 * for an unknown type. Texts are borrowed from the line or from `scratch`.
 * STATUS_BAD_LINE. */
int line_fields_read(struct line *, const struct fields_table *,
    struct status *);

/* The string that json_next() has just returned, borrowed from the JSON or,
 * after unescaping, from buf. */
struct slice line_fields_text(const struct json *, struct buf *);

/* The names of the fields, for tests; NULL after the last. */
const char *line_fields_name(size_t i);

#endif
