/*
 * form: does a field have the form that at-ndjson(5) gives it? The tables are
 * those of fields.h.
 *
 * An invalid value is never treated as absent: if a known field has another
 * JSON type, is out of range, has a wrong form, or occurs twice, its line is
 * STATUS_BAD_LINE, and the message names the field. null is wrong unless the
 * table allows it. Fields that the type doesn't have are not checked. The
 * reader decides which fields are required.
 */
#ifndef LIBCAR_STREAM_FORM_H
#define LIBCAR_STREAM_FORM_H

#include <stdbool.h>
#include <stddef.h>

#include "libcar/base/slice.h"
#include "libcar/base/status.h"
#include "libcar/data/json.h"
#include "libcar/stream/fields.h"

/* The fields of one line, in the reader's order. All zero, except for the
 * tables, before the first field; without a table only `type` is checked. */
struct form {
	const struct fields_table *table;
	const struct fields_table
	    *more; /* of fields that the first leaves free;
					    or NULL */
	bool has_type, seen[2][FIELDS_ROWS_MAX];
};

/* The row of the reader's present key; NULL if the field is not checked. -1:
 * the field occurs twice. */
int form_find(struct form *, const struct json *key, const struct fields_row **,
    struct status *);

/* Check the value that json_skip() has just skipped. */
int form_check(const struct fields_row *, enum json_kind, const struct json *,
    struct status *);

/* Check the text of the field of this name. */
int form_check_text(enum fields_form, const char *name, const struct slice *,
    struct status *);

/* Check all fields of a line. */
int form_check_line(struct form *, const char *line, size_t len,
    struct status *);

/* The name of the form in messages, such as "a DID". */
const char *form_name(enum fields_form);

#endif
