/*
 * line_meaning: what the fields of a line mean together.
 *
 * Each type requires some fields, and some fields exclude others (at-ndjson(5)
 * gives the rules). line_fields must have read the line. A key of an error that
 * is too long for a database is cut here, see LINE_KEY_BYTES.
 */
#ifndef LIBCAR_STREAM_LINE_MEANING_PRIVATE_H
#define LIBCAR_STREAM_LINE_MEANING_PRIVATE_H

#include <stdbool.h>

#include "libcar/base/status.h"
#include "libcar/stream/line.h"

/* Set `source` from the field of this name. False if the name is unknown; the
 * source is LINE_CAR then, as it is without the field. */
bool line_meaning_source(struct line *);

/* Check the line by its type, and set `source`, `at_ms` and `is_delete`.
 * STATUS_BAD_LINE. */
int line_meaning_check(struct line *, struct status *);

#endif
