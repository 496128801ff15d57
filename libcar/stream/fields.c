#include "config.h"

#include "libcar/stream/fields.h"

/*
 * The order of the rows is the order in which the fields are written, so it is
 * part of the contract: line_parse() is fast only for `record` lines in this
 * order. t/5015-fields.t compares the tables with the page.
 */

#define ROW(name, kind, type, member) \
	{ \
		name, FIELDS_##kind, offsetof(struct stream_##type, member) \
	}

static const struct fields_row identity[] = {
	ROW("did", TEXT, identity, did),
	ROW("handle", TEXT_OR_NULL, identity, handle),
	ROW("handleStatus", TEXT, identity, handle_status),
	ROW("pds", TEXT_OR_NULL, identity, pds),
	ROW("key", TEXT_OR_NULL, identity, key),
	ROW("at", TIME, identity, at),
	ROW("stale", BOOL, identity, stale),
};

static const struct fields_row repo[] = {
	ROW("did", TEXT, repo, did),
	ROW("rev", TEXT, repo, rev),
	ROW("head", TEXT, repo, head),
	ROW("active", BOOL, repo, active),
	ROW("status", TEXT, repo, status),
	ROW("host", TEXT, repo, host),
	ROW("collections", JSON, repo, collections),
	ROW("car", TEXT, repo, car),
	ROW("size", NUMBER, repo, size),
	ROW("handle", TEXT, repo, handle),
	ROW("pds", TEXT, repo, pds),
	ROW("key", TEXT, repo, key),
	ROW("collection", TEXT, repo, collection),
	ROW("cursor", TEXT, repo, cursor),
	ROW("counts", JSON, repo, counts),
	ROW("state", TEXT, repo, state),
	ROW("loadedRev", TEXT, repo, loaded_rev),
	ROW("loadedFilter", JSON, repo, loaded_filter),
	ROW("program", TEXT, repo, program),
	ROW("error", TEXT, repo, error),
	ROW("message", TEXT, repo, message),
	ROW("retry", BOOL, repo, retry),
	ROW("retryAfter", TIME, repo, retry_after),
	ROW("attempts", NUMBER, repo, attempts),
	ROW("at", TEXT, repo, at_text),
	ROW("at", TIME, repo, at),
};

static const struct fields_row account[] = {
	ROW("did", TEXT, account, did),
	ROW("active", BOOL, account, active),
	ROW("status", TEXT, account, status),
	ROW("service", TEXT, account, service),
	ROW("at", TIME, account, at),
};

static const struct fields_row commit[] = {
	ROW("did", TEXT, commit, did),
	ROW("rev", TEXT, commit, rev),
	ROW("cid", TEXT, commit, cid),
	ROW("data", TEXT, commit, data),
	ROW("version", NUMBER, commit, version),
	ROW("signature", TEXT, commit, signature),
	ROW("records", NUMBER, commit, records),
	ROW("filter", JSON, commit, filter),
	ROW("partial", NUMBER, commit, partial),
	ROW("source", TEXT, commit, source),
};

static const struct fields_row record[] = {
	ROW("did", TEXT, record, did),
	ROW("rev", TEXT, record, rev),
	ROW("collection", TEXT, record, collection),
	ROW("rkey", TEXT, record, rkey),
	ROW("action", TEXT, record, action),
	ROW("source", TEXT, record, source),
	ROW("cid", TEXT, record, cid),
	ROW("record", JSON, record, record),
	ROW("problems", JSON, record, problems),
};

static const struct fields_row cursor[] = {
	ROW("did", TEXT, cursor, did),
	ROW("service", TEXT, cursor, service),
	ROW("collection", TEXT, cursor, collection),
	ROW("rev", TEXT, cursor, rev),
	ROW("cursor", TEXT, cursor, cursor),
	ROW("counts", JSON, cursor, counts),
	ROW("at", TIME, cursor, at),
};

static const struct fields_row end[] = {
	ROW("did", TEXT, end, did),
	ROW("rev", TEXT, end, rev),
	ROW("collections", JSON, end, collections),
	ROW("errors", NUMBER, end, errors),
	ROW("filter", JSON, end, filter),
	ROW("partial", NUMBER, end, partial),
	ROW("source", TEXT, end, source),
	ROW("unchanged", BOOL, end, unchanged),
};

static const struct fields_row error[] = {
	ROW("program", TEXT, error, program),
	ROW("did", TEXT, error, did),
	ROW("rev", TEXT, error, rev),
	ROW("collection", TEXT, error, collection),
	ROW("rkey", KEY, error, rkey),
	ROW("key", KEY, error, key),
	ROW("cid", TEXT, error, cid),
	ROW("input", TEXT, error, input),
	ROW("error", TEXT, error, error),
	ROW("message", TEXT, error, message),
	ROW("retry", BOOL, error, retry),
	ROW("retryAfter", NUMBER, error, retry_after),
	ROW("host", TEXT, error, host),
	ROW("at", TIME, error, at),
	ROW("partial", NUMBER, error, partial),
	ROW("source", TEXT, error, source),
	ROW("record", BYTES, error, block),
	ROW("record", JSON, error, record),
	ROW("problems", JSON, error, problems),
};

static const struct fields_row problem[] = {
	ROW("path", TEXT, problem, path),
	ROW("rule", TEXT, problem, rule),
	ROW("message", TEXT, problem, message),
};

#define TABLE(type, rows) \
	{ \
		type, rows, sizeof(rows) / sizeof((rows)[0]) \
	}

const struct fields_table fields_tables[] = {
	[FIELDS_IDENTITY] = TABLE("identity", identity),
	[FIELDS_REPO] = TABLE("repo", repo),
	[FIELDS_ACCOUNT] = TABLE("account", account),
	[FIELDS_COMMIT] = TABLE("commit", commit),
	[FIELDS_RECORD] = TABLE("record", record),
	[FIELDS_CURSOR] = TABLE("cursor", cursor),
	[FIELDS_END] = TABLE("end", end),
	[FIELDS_ERROR] = TABLE("error", error),
	[FIELDS_PROBLEM] = TABLE(NULL, problem),
};
