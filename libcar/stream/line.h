/*
 * line: one line of the stream, parsed and checked.
 *
 * The types and their fields are those of at-ndjson(5). Fields may come in
 * any order; unknown fields are skipped. form.h checks each field of the line's
 * type, and a missing required field is an error, so a parsed line needs no
 * further checks.
 *
 * If a `record` line has the field order of at-ndjson(5), line_parse() stops at
 * `record`, and line_check() checks the rest; a reader that ignores the record
 * saves that work. Texts are borrowed from the line or from the struct until
 * the next call.
 */
#ifndef LIBCAR_STREAM_LINE_H
#define LIBCAR_STREAM_LINE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "libcar/base/buf.h"
#include "libcar/base/slice.h"
#include "libcar/base/status.h"

/* at-load makes database keys of an error's key, input and program. If one is
 * longer than this, it is cut and ends in a hash. */
#define LINE_KEY_BYTES 1000

enum line_type {
	LINE_UNKNOWN,
	LINE_BLANK,
	LINE_RECORD,
	LINE_COMMIT,
	LINE_END,
	LINE_ERROR,
	LINE_HOST,
	LINE_CURSOR,
	LINE_IDENTITY,
	LINE_REPO,
	LINE_ACCOUNT,
	LINE_PLC,
	LINE_BLOB,
};

enum line_source { LINE_CAR, LINE_LIST, LINE_PART, LINE_LIVE };

struct line {
	enum line_type type;
	enum line_source source; /* LINE_CAR if the line has none */
	bool is_delete;          /* the action is delete */
	bool is_partial;         /* the line has the field partial */
	bool has_others;         /* fields that its type doesn't have */
	int unchanged;           /* -1: absent */
	int active, retry;       /* -1: absent */
	int whole;               /* -1: absent */
	int nullified;           /* -1: absent */
	int64_t records, ops;    /* -1: absent */
	int64_t seq, size;       /* -1: absent */
	int64_t at_ms;           /* `at`, since 1970; 0: absent */
	struct slice name;       /* of the type */
	struct slice did, rev, collection, rkey, cid, program, error, message,
	    at, data, signature, handle, handle_status, pds, head, status, host,
	    car, service, stream, cursor, input, action, source_name, since,
	    prev_data, created_at, audit, mime_type, path;
	/* As written: JSON. */
	struct slice record, key, filter, collections, counts, retry_after,
	    operation, notes;
	struct slice text; /* the whole line */

	bool records_only; /* set by the caller: read only the type of lines
			      of other types */
	bool unchecked;    /* line_check() still has to check */
	struct buf prefix; /* of the last record line, up to its rkey */
	struct buf middle; /* between rkey and cid */
	enum line_source middle_source;
	struct slice middle_action, middle_source_name;
	struct slice prefix_did, prefix_rev, prefix_collection;
	bool same; /* did, rev and collection as in the last record line */
	struct buf scratch;
	struct buf cut; /* texts that were cut */
};

/* Parse a line without its LF. STATUS_BAD_LINE. */
int line_parse(struct line *, const char *text, size_t len, struct status *);

/* Check the fields that line_parse() did not check. Call it before you keep the
 * cid or the record of a record line. STATUS_BAD_LINE. */
int line_check(struct line *, struct status *);

/* Check only the cid: another reader has already read the record, which is one
 * JSON object up to the end of the line. STATUS_BAD_LINE. */
int line_check_cid(struct line *, struct status *);

/* The characters of a JSON string, or the bytes of a text that isn't a string;
 * borrowed from the line or, after unescaping, from buf. */
struct slice line_unquote(struct slice json, struct buf *);

void line_free(struct line *);

#endif
