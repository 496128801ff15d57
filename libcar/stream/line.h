/*
 * line: one line of the stream, parsed and checked.
 *
 * The types and their fields are those of at-ndjson(5). Fields may come in
 * any order; those that aren't known here are passed over. Each field of the
 * line's type is checked by form.h, and those that must be there are, so that
 * a line that parsed can be used without more ado.
 *
 * A `record` line in the order at-ndjson(5) shows is read no further than
 * its `record`, which line_check() then looks at; a reader that has no use
 * for the record saves that. Texts are borrowed from the line or from the
 * struct, until the next call.
 */
#ifndef LIBCAR_STREAM_LINE_H
#define LIBCAR_STREAM_LINE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "libcar/base/buf.h"
#include "libcar/base/slice.h"
#include "libcar/base/status.h"

/* An error's key, input and program, which at-load makes keys of, are cut where
 * they are longer, and then end in a hash. */
#define LINE_KEY_BYTES 1000

enum line_type {
	LINE_UNKNOWN,
	LINE_BLANK,
	LINE_RECORD,
	LINE_COMMIT,
	LINE_END,
	LINE_ERROR,
	LINE_CURSOR,
	LINE_IDENTITY,
	LINE_REPO,
	LINE_ACCOUNT,
};

enum line_source { LINE_CAR, LINE_LIST, LINE_PART, LINE_LIVE };

struct line {
	enum line_type type;
	enum line_source source; /* car where the line doesn't say */
	bool is_delete;          /* action is delete */
	bool is_partial;         /* it has the field partial */
	int unchanged;           /* -1: absent */
	int active, retry;       /* -1: absent */
	int64_t records;         /* -1: absent */
	int64_t at_ms;           /* of at, since 1970; 0 where it has none */
	struct slice name;       /* of the type */
	struct slice did, rev, collection, rkey, cid, program, error, message,
	    at, data, signature, handle, handle_status, pds, head, status, host,
	    car, service, stream, cursor, input, action, source_name;
	/* As written: JSON. */
	struct slice record, key, filter, collections, counts, retry_after;
	struct slice text; /* the whole line */

	bool records_only; /* set by the caller: of lines of other types only
			      the type is read */
	bool unchecked;    /* line_check() has something to do */
	struct buf prefix; /* of the last record line, up to its rkey */
	struct buf middle; /* between rkey and cid */
	enum line_source middle_source;
	struct slice middle_action, middle_source_name;
	struct slice prefix_did, prefix_rev, prefix_collection;
	bool same; /* did, rev and collection are the last record line's */
	struct buf scratch;
	struct buf cut; /* what was cut */
};

/* Parse a line without its LF. STATUS_BAD_LINE. */
int line_parse(struct line *, const char *text, size_t len, struct status *);

/* Check what line_parse() left: to be called before cid and record of a
 * record line are kept. STATUS_BAD_LINE. */
int line_check(struct line *, struct status *);

/* As line_check(), where the record was read by another reader already, and is
 * one JSON object up to the end of the line: the cid alone. STATUS_BAD_LINE. */
int line_check_cid(struct line *, struct status *);

/* The characters that a JSON string stands for, or the bytes of a text that
 * is no string; borrowed from the line or, unescaped, from buf. */
struct slice line_unquote(struct slice json, struct buf *);

/* The names of the fields that are read, for tests: NULL behind the last. */
const char *line_field(size_t i);

void line_free(struct line *);

#endif
