#include "config.h"

#include "libcar/db/standing_format.h"
#include "libcar/stream/write.h"

/*
 * Rows of at-status as lines of at-ndjson(5): each field of the line is a field
 * of the row, with times in the line's unit.
 */

/* The database has milliseconds, lines have microseconds; 0: not known. */
static uint64_t
micros(int64_t ms)
{
	return ms > 0 ? (uint64_t)ms * 1000 : 0;
}

int
db_standing_format(struct buf *out, const struct db_standing *s,
    struct status *st)
{
	struct stream_repo repo = {
		.did = s->did,
		.rev = s->rev,
		.pds = s->pds,
		.key = s->key,
		.collection = s->collection,
		.cursor = s->cursor,
		.counts = s->counts,
		.state = s->state,
		.loaded_rev = s->loaded_rev,
		.loaded_filter = s->loaded_filter,
		.program = s->program,
		.error = s->error,
		.message = s->message,
		.retry_after = micros(s->retry_ms),
		.attempts = { s->attempts > 0, s->attempts },
		.at = micros(s->at_ms),
	}, bare = { .did = s->did, .rev = s->rev, .state = s->state };

	if (s->retry != -1)
		repo.retry = stream_bool(s->retry);
	/* All that other lines said may be too long for one line. The bare job
	 * remains, which looks up its repo's host again. */
	if (stream_write_repo(out, &repo, NULL, st) == -1)
		return stream_write_repo(out, &bare, NULL, st);
	return 0;
}

int
db_service_format(struct buf *out, const struct db_service *s,
    struct status *st)
{
	const struct stream_cursor cursor = {
		.service = s->service,
		.stream = stream_text(s->stream),
		.collection = stream_text(s->collection),
		.cursor = s->cursor,
		.at = micros(s->at_ms),
	};

	return stream_write_cursor(out, &cursor, st);
}
