/*
 * places: where the lists of services continue, from `cursor` lines.
 *
 * A list is identified by its service, its stream and its collection, as in
 * at-ndjson(5). Of several cursors for a list, the last one counts.
 */
#ifndef LIBCAR_CLI_PLACES_H
#define LIBCAR_CLI_PLACES_H

#include <stddef.h>

#include "libcar/base/slice.h"
#include "libcar/base/status.h"
#include "libcar/stream/job.h"

#define PLACES_MAX_BYTES (64 << 20) /* of all cursors */

struct place;

/* All zero is a run without cursors. */
struct places {
	struct place **chains;
	size_t bytes;
};

/* Remember where a list continues. The collection may be nothing. -1:
 * STATUS_TOO_LARGE (more than PLACES_MAX_BYTES), STATUS_SYSTEM. */
int places_put(struct places *, const struct slice *service,
    const struct slice *stream, const struct slice *collection,
    const struct slice *cursor, struct status *);

/* Take a `cursor` line of a list of repos. 1, or 0: it isn't one that such a
 * list could have written; -1: as places_put(). */
int places_take(struct places *, struct job *, struct status *);

/* The cursor of a list, or NULL; borrowed until the next places_put(). The
 * collection may be NULL. */
const char *places_get(const struct places *, const char *service,
    const char *stream, const char *collection);

void places_free(struct places *);

#endif
