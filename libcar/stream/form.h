/*
 * form: is a field what at-ndjson(5) says of it? By the tables of fields.h.
 *
 * What is typed wrongly is never taken as absent: a known field of another
 * JSON type, outside its range, of a wrong form, or there twice makes its line
 * STATUS_BAD_LINE, and the message names the field. null is wrong but where
 * the table allows it. Fields that the type doesn't have are free. Whether a
 * field must be there is for the reader to say.
 */
#ifndef LIBCAR_STREAM_FORM_H
#define LIBCAR_STREAM_FORM_H

#include <stdbool.h>
#include <stddef.h>

#include "libcar/base/slice.h"
#include "libcar/base/status.h"
#include "libcar/data/json.h"
#include "libcar/stream/fields.h"

/* The fields of one line, as a reader comes to them. All zero but for the
 * tables before the first; without a table every field but `type` is free. */
struct form {
	const struct fields_table *table;
	const struct fields_table
	    *more; /* of fields that the first leaves free;
					    or NULL */
	bool has_type, seen[2][FIELDS_ROWS_MAX];
};

/* The row of the key that the reader has come to, NULL if the field is free.
 * -1: it comes a second time. */
int form_find(struct form *, const struct json *key, const struct fields_row **,
    struct status *);

/* Check the value that json_skip() went over. */
int form_check(const struct fields_row *, enum json_kind, const struct json *,
    struct status *);

/* Check a text of a field by this name. */
int form_check_text(enum fields_form, const char *name, const struct slice *,
    struct status *);

/* Check all fields of a line. */
int form_check_line(struct form *, const char *line, size_t len,
    struct status *);

/* What the form is called in messages, as "a DID". */
const char *form_name(enum fields_form);

#endif
