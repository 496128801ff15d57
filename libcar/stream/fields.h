/*
 * fields: which fields each type of line has, in the order of at-ndjson(5).
 *
 * A line to be written is a struct of its fields, and a table describes each
 * struct. A field that is all zero is absent, but for those that the page
 * calls null: they are null then. Times are microseconds since 1970. Texts,
 * JSON and bytes are borrowed.
 */
#ifndef LIBCAR_STREAM_FIELDS_H
#define LIBCAR_STREAM_FIELDS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "libcar/base/slice.h"

enum stream_bool { STREAM_UNKNOWN, STREAM_FALSE, STREAM_TRUE };

struct stream_number {
	bool known;
	int64_t value;
};

static inline enum stream_bool
stream_bool(bool yes)
{
	return yes ? STREAM_TRUE : STREAM_FALSE;
}

static inline struct stream_number
stream_number(int64_t value)
{
	return (struct stream_number){ true, value };
}

/* A text that is absent if it is empty. */
static inline struct slice
stream_text(struct slice text)
{
	return text.len > 0 ? text : (struct slice){ NULL, 0 };
}

struct stream_identity {
	struct slice did;
	struct slice handle; /* or null, as are pds and key */
	struct slice handle_status;
	struct slice pds, key;
	uint64_t at;
	enum stream_bool stale;
};

struct stream_repo {
	struct slice did, rev, head;
	enum stream_bool active; /* it, status and host are written together */
	struct slice status, host;
	struct slice collections; /* JSON */
	struct slice car;
	struct stream_number size;
	struct slice fetched;
	struct stream_number received;
	struct slice handle, pds, key;
	struct slice collection, cursor;
	struct slice counts; /* JSON */
	struct slice state, loaded_rev;
	struct slice loaded_filter; /* JSON */
	struct slice program, error, message;
	enum stream_bool retry;
	uint64_t retry_after;
	struct stream_number attempts;
	struct stream_number blobs, blob_errors;
	struct slice at_text; /* instead of at, as another line has it */
	uint64_t at;
};

struct stream_account {
	struct slice did;
	enum stream_bool active;
	struct slice status, service;
	uint64_t at;
};

struct stream_commit {
	struct slice did, rev, cid, data;
	struct stream_number version;
	struct slice signature;
	struct stream_number records;
	struct slice filter; /* JSON */
	struct stream_number partial;
	struct slice source;
	/* Of an event stream only. */
	struct slice service;
	struct stream_number seq;
	struct slice since, prev_data;
	enum stream_bool whole;
	struct stream_number ops;
	uint64_t at;
};

struct stream_record {
	struct slice did, rev, collection, rkey, action, source, cid;
	struct slice record; /* JSON */
	struct slice prev;
	struct slice problems; /* JSON */
};

struct stream_cursor {
	struct slice did, service;
	struct slice stream; /* the NSID or path that the cursor is of */
	struct slice collection, rev, cursor;
	struct slice counts; /* JSON */
	uint64_t at;
};

struct stream_plc {
	struct slice did;
	struct stream_number seq;
	struct slice cid;
	struct slice created_at; /* as the directory writes it */
	enum stream_bool nullified;
	struct slice operation; /* JSON */
	struct slice audit;
	struct slice notes; /* JSON */
};

struct stream_blob {
	struct slice did, cid, mime_type;
	struct stream_number size;
	struct slice path;
	uint64_t at;
};

struct stream_proof {
	struct slice did, rev, collection, rkey, result, cid, signature;
	struct slice blocks; /* bytes: a CAR */
};

struct stream_end {
	struct slice did, rev;
	struct slice collections; /* JSON */
	struct stream_number errors;
	struct slice filter; /* JSON */
	struct stream_number partial;
	struct slice source;
	enum stream_bool unchanged; /* and no collections */
};

struct stream_host {
	struct slice host, status;
	struct stream_number seq, accounts, repos;
	uint64_t at;
};

/* rkey and key may be any bytes; mime_type is that of a blob. error, message,
 * retry and retry_after are those of a status, which stream_write_error() sets.
 */
struct stream_error {
	struct slice program, did, rev, collection, rkey, key, action, cid;
	struct slice mime_type, input, error, message;
	enum stream_bool retry;
	struct stream_number retry_after; /* seconds */
	struct slice host;
	struct stream_number seq; /* of an event stream's event */
	uint64_t at;
	struct stream_number partial;
	struct slice source;
	struct slice block;            /* instead of record: bytes */
	struct slice record, problems; /* JSON */
};

/* A member of `problems`. */
struct stream_problem {
	struct slice path, rule, message;
};

/* A count above this is not taken, so that sums of counts have room. It is also
 * where the numbers of jq(1) and JavaScript end. */
#define FIELDS_COUNT_MAX ((int64_t)1 << 53)
/* What a line is written with, and read with; see LIMITS in at-ndjson(5). */
#define FIELDS_PATTERNS_MAX 1000      /* of a filter */
#define FIELDS_COLLECTIONS_MAX 100000 /* of an object of counts */
#define FIELDS_ORIGIN_MAX 2048
#define FIELDS_DID_KEY_MAX 2048
#define FIELDS_ROWS_MAX 32 /* of a table */

/* The tables */

enum fields_kind {
	FIELDS_TEXT, /* struct slice, as are the next four */
	FIELDS_TEXT_OR_NULL,
	FIELDS_KEY, /* a text, or bytes if it isn't UTF-8 */
	FIELDS_BYTES,
	FIELDS_JSON,
	FIELDS_NUMBER, /* struct stream_number */
	FIELDS_BOOL,   /* enum stream_bool */
	FIELDS_TIME,   /* uint64_t */
};

/* What a reader takes for the field; stream/form.h checks it. */
enum fields_form {
	FIELDS_FORM_ANY,
	FIELDS_FORM_TEXT, /* any string */
	FIELDS_FORM_NAME, /* one that isn't empty */
	FIELDS_FORM_FILE, /* nor has a NUL */
	FIELDS_FORM_DID,
	FIELDS_FORM_HANDLE,
	FIELDS_FORM_DID_KEY,
	FIELDS_FORM_ORIGIN,
	FIELDS_FORM_TID,
	FIELDS_FORM_NSID,
	FIELDS_FORM_NSID_OR_EMPTY,
	FIELDS_FORM_RKEY,
	FIELDS_FORM_CID,
	FIELDS_FORM_TIME,
	FIELDS_FORM_ACTION,
	FIELDS_FORM_SOURCE,
	FIELDS_FORM_SIGNATURE,
	FIELDS_FORM_HANDLE_STATUS,
	FIELDS_FORM_STATE,
	FIELDS_FORM_AUDIT,
	FIELDS_FORM_RESULT,
	FIELDS_FORM_BOOL,
	FIELDS_FORM_TRUE,
	FIELDS_FORM_COUNT,  /* an integer from 0 to FIELDS_COUNT_MAX */
	FIELDS_FORM_FORMAT, /* of a commit: 2 or 3 */
	FIELDS_FORM_DELAY,  /* seconds, or a time */
	FIELDS_FORM_BYTES,  /* a string, or bytes if it isn't UTF-8 */
	FIELDS_FORM_OBJECT,
	FIELDS_FORM_ARRAY,
	FIELDS_FORM_TEXTS,    /* an array of strings */
	FIELDS_FORM_PATTERNS, /* an array of NSIDs, prefixes, or `*` */
	FIELDS_FORM_COUNTS,   /* an object of NSIDs and counts */
	FIELDS_FORMS
};

struct fields_row {
	const char *name;
	enum fields_kind kind;
	size_t offset; /* in the type's struct */
	enum fields_form form;
	bool or_null;
};

/* Two rows with the same name are two forms of one field, of which a line has
 * at most one. */
struct fields_table {
	const char *type; /* NULL: it isn't a line */
	const struct fields_row *rows;
	size_t count;
};

enum fields_type {
	FIELDS_IDENTITY,
	FIELDS_REPO,
	FIELDS_ACCOUNT,
	FIELDS_COMMIT,
	FIELDS_RECORD,
	FIELDS_CURSOR,
	FIELDS_PLC,
	FIELDS_BLOB,
	FIELDS_END,
	FIELDS_PROOF,
	FIELDS_HOST,
	FIELDS_ERROR,
	FIELDS_PROBLEM, /* a part of a line, without `type` */
	FIELDS_TYPES
};

extern const struct fields_table fields_tables[FIELDS_TYPES];

/* The table of a line's type; NULL: it isn't known here. */
const struct fields_table *fields_find(const struct slice *type);

#endif
