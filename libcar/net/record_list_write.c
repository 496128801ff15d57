#include "config.h"

#include "libcar/base/clock.h"
#include "libcar/data/json.h"
#include "libcar/net/record_list_private.h"
#include "libcar/stream/write.h"

/*
 * Write the lines of one account's listing: repo, cursor, end and error.
 *
 * A cursor counts collections without keys, too, so that the next run knows
 * that they were listed. An end omits them, like the end of a CAR; its filter
 * names all.
 */

#define MAX_SHOWN 100 /* bytes of an invalid collection name */

int
record_list_write_repo(const struct record_list *l, struct status *st)
{
	const struct stream_repo repo = {
		.did = slice_of(l->did),
		.rev = slice_of(l->rev),
		.head = stream_text(slice_of(l->head)),
		.active = STREAM_TRUE,
		.host = slice_of(l->host),
		.at = clock_wall_ms() * 1000,
	};

	return stream_write_repo(l->out, &repo, NULL, st);
}

int
record_list_write_cursor(const struct record_list *l, struct status *st)
{
	struct buf counts = { .len = 0 };
	struct json_writer w = { &counts, false };
	struct stream_cursor cursor = {
		.did = slice_of(l->did),
		.stream = slice_of(RECORD_LIST_METHOD),
		.collection = slice_of(l->collections.all[l->at].nsid),
		.rev = slice_of(l->rev),
		.cursor = slice_of(paging_cursor(&l->pages)),
		.at = clock_wall_ms() * 1000,
	};
	int rc;

	collections_write(&l->collections, &w, true);
	cursor.counts = slice_make(counts.data, counts.len);
	rc = stream_write_cursor(l->out, &cursor, st);
	l->out->failed |= counts.failed;
	buf_free(&counts);
	return rc;
}

static struct stream_error
begin_error(const struct record_list *l)
{
	return (struct stream_error){
		.program = slice_of(l->program),
		.did = slice_of(l->did),
		.rev = slice_of(l->rev),
		.host = slice_of(l->host),
		.at = clock_wall_ms() * 1000,
		.source = slice_of("list"),
	};
}

/* Like a CAR's line for a record key without a valid collection; ends don't
 * count it. */
void
record_list_write_bad(struct record_list *l, const struct slice *json)
{
	struct stream_error line = begin_error(l);
	struct status why;

	line.collection = line.rkey = slice_of("");
	line.key = slice_make(json->at,
	    json->len < MAX_SHOWN ? json->len : MAX_SHOWN);
	status_set(&why, STATUS_BAD_KEY, 0,
	    "lists the collection %.*s, which is not an NSID",
	    (int)line.key.len, line.key.at);
	stream_write_error(&l->lines, &line, &why, NULL);
}

void
record_list_write_failure(struct record_list *l, const struct status *why)
{
	struct stream_error line = begin_error(l);

	line.collection = slice_of(l->collections.all[l->at].nsid);
	stream_write_error(l->out, &line, why, NULL);
}

int
record_list_write_end(const struct record_list *l, struct status *st)
{
	struct buf counts = { .len = 0 }, names = { .len = 0 };
	struct json_writer w = { &counts, false }, v = { &names, false };
	struct stream_end end = {
		.did = slice_of(l->did),
		.rev = slice_of(l->rev),
		.errors = stream_number((int64_t)l->emit.errors),
		.source = slice_of("list"),
	};
	int rc;

	collections_write(&l->collections, &w, false);
	collections_write_names(&l->collections, &v);
	end.collections = slice_make(counts.data, counts.len);
	end.filter = slice_make(names.data, names.len);
	rc = stream_write_end(l->out, &end, st);
	l->out->failed |= counts.failed || names.failed;
	buf_free(&counts);
	buf_free(&names);
	return rc;
}
