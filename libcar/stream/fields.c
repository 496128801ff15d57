#include "config.h"

#include "libcar/stream/fields.h"

/*
 * The order of the rows is the order in which fields are written, so it is part
 * of the contract: line_parse() is fast only for `record` lines in this order.
 * t/5015-fields.t compares the tables with the page, and t/5016-forms.t the
 * forms.
 *
 * The form says what is accepted, the kind what is written: a `repo` line may
 * have a null field, because it copies the field from an `identity` job.
 */

#define ROW_OF(name, kind, form, type, member, or_null) \
	{ \
		name, FIELDS_##kind, offsetof(struct stream_##type, member), \
		    FIELDS_FORM_##form, or_null \
	}
#define ROW(name, kind, form, type, member) \
	ROW_OF(name, kind, form, type, member, false)
#define ROW_OR_NULL(name, kind, form, type, member) \
	ROW_OF(name, kind, form, type, member, true)

static const struct fields_row identity[] = {
	ROW("did", TEXT, DID, identity, did),
	ROW_OR_NULL("handle", TEXT_OR_NULL, HANDLE, identity, handle),
	ROW("handleStatus", TEXT, HANDLE_STATUS, identity, handle_status),
	ROW_OR_NULL("pds", TEXT_OR_NULL, ORIGIN, identity, pds),
	ROW_OR_NULL("key", TEXT_OR_NULL, DID_KEY, identity, key),
	ROW("at", TIME, TIME, identity, at),
	ROW("stale", BOOL, TRUE, identity, stale),
};

static const struct fields_row repo[] = {
	ROW("did", TEXT, DID, repo, did),
	ROW("rev", TEXT, TID, repo, rev),
	ROW("head", TEXT, CID, repo, head),
	ROW("active", BOOL, BOOL, repo, active),
	ROW("status", TEXT, NAME, repo, status),
	ROW("host", TEXT, ORIGIN, repo, host),
	ROW("collections", JSON, TEXTS, repo, collections),
	ROW("car", TEXT, FILE, repo, car),
	ROW("size", NUMBER, COUNT, repo, size),
	ROW("fetched", TEXT, NAME, repo, fetched),
	ROW("received", NUMBER, COUNT, repo, received),
	ROW_OR_NULL("handle", TEXT, NAME, repo, handle),
	ROW_OR_NULL("pds", TEXT, ORIGIN, repo, pds),
	ROW_OR_NULL("key", TEXT, DID_KEY, repo, key),
	ROW("collection", TEXT, NSID, repo, collection),
	ROW("cursor", TEXT, NAME, repo, cursor),
	ROW("counts", JSON, COUNTS, repo, counts),
	ROW("state", TEXT, STATE, repo, state),
	ROW("loadedRev", TEXT, TID, repo, loaded_rev),
	ROW("loadedFilter", JSON, TEXTS, repo, loaded_filter),
	ROW("program", TEXT, NAME, repo, program),
	ROW("error", TEXT, NAME, repo, error),
	ROW("message", TEXT, TEXT, repo, message),
	ROW("retry", BOOL, BOOL, repo, retry),
	ROW("retryAfter", TIME, TIME, repo, retry_after),
	ROW("attempts", NUMBER, COUNT, repo, attempts),
	ROW("blobs", NUMBER, COUNT, repo, blobs),
	ROW("blobErrors", NUMBER, COUNT, repo, blob_errors),
	ROW("at", TEXT, TIME, repo, at_text),
	ROW("at", TIME, TIME, repo, at),
};

static const struct fields_row account[] = {
	ROW("did", TEXT, DID, account, did),
	ROW("active", BOOL, BOOL, account, active),
	ROW("status", TEXT, NAME, account, status),
	ROW("service", TEXT, ORIGIN, account, service),
	ROW("at", TIME, TIME, account, at),
};

static const struct fields_row commit[] = {
	ROW("did", TEXT, DID, commit, did),
	ROW("rev", TEXT, TID, commit, rev),
	ROW("cid", TEXT, CID, commit, cid),
	ROW("data", TEXT, CID, commit, data),
	ROW("version", NUMBER, FORMAT, commit, version),
	ROW("signature", TEXT, SIGNATURE, commit, signature),
	ROW("records", NUMBER, COUNT, commit, records),
	ROW("filter", JSON, PATTERNS, commit, filter),
	ROW("partial", NUMBER, COUNT, commit, partial),
	ROW("source", TEXT, SOURCE, commit, source),
	ROW("service", TEXT, ORIGIN, commit, service),
	ROW("seq", NUMBER, COUNT, commit, seq),
	ROW("since", TEXT, TID, commit, since),
	ROW("prevData", TEXT, CID, commit, prev_data),
	ROW("whole", BOOL, TRUE, commit, whole),
	ROW("ops", NUMBER, COUNT, commit, ops),
	ROW("at", TIME, TIME, commit, at),
};

static const struct fields_row record[] = {
	ROW("did", TEXT, DID, record, did),
	ROW("rev", TEXT, TID, record, rev),
	ROW("collection", TEXT, NSID, record, collection),
	ROW("rkey", TEXT, RKEY, record, rkey),
	ROW("action", TEXT, ACTION, record, action),
	ROW("source", TEXT, SOURCE, record, source),
	ROW_OR_NULL("cid", TEXT, CID, record, cid),
	ROW_OR_NULL("record", JSON, OBJECT, record, record),
	ROW("prev", TEXT, CID, record, prev),
	ROW("problems", JSON, ARRAY, record, problems),
};

static const struct fields_row cursor[] = {
	ROW("did", TEXT, DID, cursor, did),
	ROW("service", TEXT, ORIGIN, cursor, service),
	ROW("stream", TEXT, NAME, cursor, stream),
	ROW("collection", TEXT, NSID, cursor, collection),
	ROW("rev", TEXT, TID, cursor, rev),
	ROW("cursor", TEXT, NAME, cursor, cursor),
	ROW("counts", JSON, COUNTS, cursor, counts),
	ROW("at", TIME, TIME, cursor, at),
};

static const struct fields_row plc[] = {
	ROW("did", TEXT, DID, plc, did),
	ROW("seq", NUMBER, COUNT, plc, seq),
	ROW("cid", TEXT, CID, plc, cid),
	ROW("createdAt", TEXT, TIME, plc, created_at),
	ROW("nullified", BOOL, BOOL, plc, nullified),
	ROW("operation", JSON, OBJECT, plc, operation),
	ROW("audit", TEXT, AUDIT, plc, audit),
	ROW("notes", JSON, TEXTS, plc, notes),
};

static const struct fields_row blob[] = {
	ROW("did", TEXT, DID, blob, did),
	ROW("cid", TEXT, CID, blob, cid),
	ROW("mimeType", TEXT, NAME, blob, mime_type),
	ROW("size", NUMBER, COUNT, blob, size),
	ROW("path", TEXT, FILE, blob, path),
	ROW("at", TIME, TIME, blob, at),
};

static const struct fields_row end[] = {
	ROW("did", TEXT, DID, end, did),
	ROW("rev", TEXT, TID, end, rev),
	ROW("collections", JSON, COUNTS, end, collections),
	ROW("errors", NUMBER, COUNT, end, errors),
	ROW("filter", JSON, PATTERNS, end, filter),
	ROW("partial", NUMBER, COUNT, end, partial),
	ROW("source", TEXT, SOURCE, end, source),
	ROW("unchanged", BOOL, TRUE, end, unchanged),
};

static const struct fields_row proof[] = {
	ROW("did", TEXT, DID, proof, did),
	ROW("rev", TEXT, TID, proof, rev),
	ROW("collection", TEXT, NSID, proof, collection),
	ROW("rkey", TEXT, RKEY, proof, rkey),
	ROW("result", TEXT, RESULT, proof, result),
	ROW("cid", TEXT, CID, proof, cid),
	ROW("signature", TEXT, SIGNATURE, proof, signature),
	ROW("blocks", BYTES, OBJECT, proof, blocks),
};

static const struct fields_row host[] = {
	ROW("host", TEXT, ORIGIN, host, host),
	ROW("status", TEXT, NAME, host, status),
	ROW("seq", NUMBER, COUNT, host, seq),
	ROW("accounts", NUMBER, COUNT, host, accounts),
	ROW("repos", NUMBER, COUNT, host, repos),
	ROW("at", TIME, TIME, host, at),
};

static const struct fields_row error[] = {
	ROW("program", TEXT, NAME, error, program),
	ROW("did", TEXT, DID, error, did),
	ROW("rev", TEXT, TID, error, rev),
	ROW("collection", TEXT, NSID_OR_EMPTY, error, collection),
	ROW("rkey", KEY, BYTES, error, rkey),
	ROW("key", KEY, ANY, error, key),
	ROW("action", TEXT, ACTION, error, action),
	ROW("cid", TEXT, CID, error, cid),
	ROW("mimeType", TEXT, ANY, error, mime_type),
	ROW("input", TEXT, TEXT, error, input),
	ROW("error", TEXT, NAME, error, error),
	ROW("message", TEXT, TEXT, error, message),
	ROW("retry", BOOL, BOOL, error, retry),
	ROW("retryAfter", NUMBER, DELAY, error, retry_after),
	ROW("host", TEXT, ORIGIN, error, host),
	ROW("seq", NUMBER, COUNT, error, seq),
	ROW("at", TIME, TIME, error, at),
	ROW("partial", NUMBER, COUNT, error, partial),
	ROW("source", TEXT, SOURCE, error, source),
	ROW("record", BYTES, OBJECT, error, block),
	ROW("record", JSON, OBJECT, error, record),
	ROW("problems", JSON, ARRAY, error, problems),
};

static const struct fields_row problem[] = {
	ROW("path", TEXT, TEXT, problem, path),
	ROW("rule", TEXT, NAME, problem, rule),
	ROW("message", TEXT, TEXT, problem, message),
};

#define TABLE(type, rows) \
	{ \
		type, rows, sizeof(rows) / sizeof((rows)[0]) \
	}

_Static_assert(sizeof(repo) / sizeof(repo[0]) <= FIELDS_ROWS_MAX,
    "the longest table is too long");

const struct fields_table fields_tables[] = {
	[FIELDS_IDENTITY] = TABLE("identity", identity),
	[FIELDS_REPO] = TABLE("repo", repo),
	[FIELDS_ACCOUNT] = TABLE("account", account),
	[FIELDS_COMMIT] = TABLE("commit", commit),
	[FIELDS_RECORD] = TABLE("record", record),
	[FIELDS_CURSOR] = TABLE("cursor", cursor),
	[FIELDS_PLC] = TABLE("plc", plc),
	[FIELDS_BLOB] = TABLE("blob", blob),
	[FIELDS_END] = TABLE("end", end),
	[FIELDS_PROOF] = TABLE("proof", proof),
	[FIELDS_HOST] = TABLE("host", host),
	[FIELDS_ERROR] = TABLE("error", error),
	[FIELDS_PROBLEM] = TABLE(NULL, problem),
};

const struct fields_table *
fields_find(const struct slice *type)
{
	size_t i;

	for (i = 0; i < FIELDS_TYPES; i++)
		if (fields_tables[i].type != NULL &&
		    slice_is(type, fields_tables[i].type))
			return &fields_tables[i];
	return NULL;
}
