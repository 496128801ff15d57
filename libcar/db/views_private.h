/*
 * db_views: what people query, and what an upgrade makes of old rows, for every
 * database.
 *
 * The views of at-load(1), as statements. Before they are used, TIME(ms) and
 * TIME_S(s) have to be defined as the expression of a time, GREATEST as the
 * name of the function for the greatest of its values, LIST(text) as the
 * texts of all rows with commas between them, JSON(text) as a text of JSON, and
 * MORE as what further columns the records have.
 */
#ifndef LIBCAR_DB_VIEWS_PRIVATE_H
#define LIBCAR_DB_VIEWS_PRIVATE_H

/* Statuses that hide nothing, and those of accounts that do not come back. */
#define DB_SHOWN "('active', 'desynchronized', 'throttled')"
#define DB_GONE "('takendown', 'deleted')"

/* clang-format off */
/* Of a version without the table word: what each account had is now what
 * nobody in particular said. */
#define DB_FROM_NO_WORDS \
"UPDATE account SET own = rtrim(lower(pds), '/') WHERE pds IS NOT NULL;\n" \
"UPDATE account SET own = substr(own, 1, length(own) - 4)\n" \
"WHERE own LIKE 'https://%:443';\n" \
"UPDATE account SET own = substr(own, 1, length(own) - 3)\n" \
"WHERE own LIKE 'http://%:80';\n" \
"UPDATE account SET status = NULL, status_ms = NULL\n" \
"WHERE status IN ('desynchronized', 'throttled');\n" \
"UPDATE account SET host = '', status_rank = 0,\n" \
"    status_ms = CASE WHEN status IS NOT NULL\n" \
"	THEN coalesce(status_ms, 0) END,\n" \
"    host_ms = CASE WHEN host_rev IS NOT NULL\n" \
"	THEN coalesce(host_ms, 0) END\n" \
"WHERE coalesce(status, host_rev) IS NOT NULL;\n"

/* Of a version that kept no live commits: what was loaded, with no snapshot
 * open above it, is synced. */
#define DB_FROM_NO_LIVE \
"UPDATE account SET synced_rev = (SELECT w.loaded FROM coverage w\n" \
"    WHERE w.account = account.id AND w.pattern = '*' AND NOT EXISTS\n" \
"	(SELECT 1 FROM coverage v WHERE v.account = w.account\n" \
"	AND v.floor > w.loaded));\n" \
"UPDATE account SET unsynced = 'gap' WHERE synced_rev IS NULL AND\n" \
"    EXISTS (SELECT 1 FROM coverage v WHERE v.account = account.id\n" \
"	AND v.loaded IS NOT NULL);\n"

#define DB_VIEW_REPOS \
"VIEW repos AS\n" \
"SELECT did,\n" \
"	nullif(" GREATEST "(coalesce(host_rev, ''), coalesce(a.rev, ''),\n" \
"	    coalesce(w.loaded, '')), '') AS rev,\n" \
"	w.loaded AS loaded_rev,\n" \
"	coalesce(head, host_head) AS head, data, signature, records, car,\n" \
"	CASE WHEN error IS NOT NULL THEN 'failed'\n" \
"	    ELSE coalesce((SELECT max(CASE WHEN c.cursor IS NOT NULL\n" \
"		THEN 'in_progress' ELSE c.status END) FROM coverage c\n" \
"		WHERE c.account = a.id), 'pending') END AS status,\n" \
"	error, message, attempts,\n" \
"	" TIME("retry_ms") " AS retry_at,\n" \
"	" TIME("loaded_ms") " AS loaded_at,\n" \
"	CASE WHEN w.loaded IS NULL OR w.listed = 1 THEN\n" \
"	    '[' || coalesce((SELECT " LIST("'\"' || pattern || '\"'") "\n" \
"	    FROM (SELECT c.pattern FROM coverage c WHERE c.account = a.id\n" \
"		AND coalesce(c.listed, 0) = 0 AND\n" \
"		c.loaded >= coalesce(w.loaded, '')\n" \
"		ORDER BY c.pattern) p), '') || ']' END AS loaded_filter,\n" \
"	synced_rev, live_rev,\n" \
"	CASE WHEN synced_rev IS NULL THEN coalesce(unsynced, 'new') END\n" \
"	    AS unsynced\n" \
"FROM account a\n" \
"LEFT JOIN coverage w ON w.account = a.id AND w.pattern = '*';\n" \
"\n"

#define DB_VIEW_CURSORS \
"VIEW cursors AS\n" \
"SELECT service, cursor,\n" \
"	" TIME("event_ms") " AS last_event_time,\n" \
"	" TIME("updated_ms") " AS updated_at,\n" \
"	nullif(collection, '') AS collection,\n" \
"	nullif(stream, '') AS stream\n" \
"FROM service;\n" \
"\n"

#define DB_VIEW_CHANGES \
"VIEW changes AS\n" \
"SELECT seq, did, collection, rkey, rev, cid, action,\n" \
"	" TIME("ms") " AS at\n" \
"FROM feed_change;\n" \
"\n"

#define DB_VIEW_ERRORS \
"VIEW errors AS\n" \
"SELECT a.did, c.nsid AS collection, nullif(e.rkey, '') AS rkey, e.cid,\n" \
"	e.program, e.error, e.message, e.line,\n" \
"	" TIME("e.ms") " AS at\n" \
"FROM error e\n" \
"LEFT JOIN account a ON a.id = e.account\n" \
"LEFT JOIN collection c ON c.id = e.collection\n" \
"WHERE e.job <> '' OR a.status IS NULL OR a.status IN\n" \
"    " DB_SHOWN ";\n" \
"\n"

/* The order of the operations of a DID: a forged operation must not hide an
 * audited one, nor change when the DID was created. plc_operation_latest finds
 * the last one that isn't nullified, also if a DID has many. */
#define DB_PLC_ORDER(o) \
"(" o ".audited, " o ".ms, " o ".seq, " o ".cid)"

/* Is o the last operation of its DID? */
#define DB_PLC_IS_LATEST(o) \
o ".nullified < 1 AND NOT EXISTS (SELECT 1 FROM plc_operation n\n" \
"	WHERE n.did = " o ".did AND n.nullified < 1 AND\n" \
"	" DB_PLC_ORDER("n") " > " DB_PLC_ORDER(o) ")"

#define DB_PLC_INDEXES \
"CREATE INDEX plc_operation_latest ON plc_operation (did, audited, ms, seq)\n" \
"WHERE nullified < 1;\n" \
"CREATE INDEX plc_operation_handle ON plc_operation (handle)\n" \
"WHERE handle IS NOT NULL;\n" \
"CREATE INDEX plc_operation_pds ON plc_operation (pds)\n" \
"WHERE pds IS NOT NULL;\n"

/* Is the last operation of a DID, in the same order, a tombstone? 1 or 0. */
#define DB_IS_TOMBSTONED(did) \
"coalesce((SELECT t.tombstone FROM plc_operation t\n" \
"	WHERE t.did = " did " AND t.nullified < 1 ORDER BY t.audited DESC,\n" \
"	t.ms DESC, t.seq DESC, t.cid DESC LIMIT 1), 0)"

/* For a server that exports operations in these orders. Both grow at their end,
 * nearly always. */
#define DB_PLC_EXPORT_INDEXES \
"CREATE INDEX plc_operation_seq ON plc_operation (seq) WHERE seq >= 0;\n" \
"CREATE INDEX plc_operation_ms ON plc_operation (ms);\n"

#define DB_VIEW_PLC_OPERATIONS \
"VIEW plc_operations AS\n" \
"SELECT did, nullif(seq, -1) AS seq, cid,\n" \
"	" TIME("ms") " AS created_at,\n" \
"	nullif(nullified, -1) = 1 AS nullified,\n" \
"	" JSON("operation") " AS operation,\n" \
"	CASE audited WHEN 1 THEN 'valid' END AS audit\n" \
"FROM plc_operation;\n" \
"\n"

#define DB_VIEW_PLC_LATEST \
"VIEW plc_latest AS\n" \
"SELECT o.did, o.handle, o.pds, o.key,\n" \
"	" JSON("o.rotation_keys") " AS rotation_keys,\n" \
"	o.tombstone = 1 AS tombstoned,\n" \
"	" TIME("(SELECT min(f.ms) FROM plc_operation f\n" \
"	    WHERE f.did = o.did AND f.nullified < 1 AND\n" \
"	    f.audited = o.audited)") " AS created_at,\n" \
"	" TIME("o.ms") " AS updated_at\n" \
"FROM plc_operation o\n" \
"WHERE " DB_PLC_IS_LATEST("o") ";\n" \
"\n"

/* The files stay, but the blobs of an account are hidden with its records. */
#define DB_VIEW_BLOBS \
"VIEW blobs AS\n" \
"SELECT b.did, b.cid, b.mime_type, nullif(b.size, -1) AS size, b.path,\n" \
"	" TIME("nullif(b.ms, 0)") " AS fetched_at\n" \
"FROM blob b LEFT JOIN account a ON a.did = b.did\n" \
"WHERE a.status IS NULL OR a.status IN\n" \
"    " DB_SHOWN ";\n" \
"\n"

#define DB_RECORDS \
"SELECT a.did, c.nsid AS collection, e.rkey, e.rev, e.cid, e.record,\n" \
"	" TIME_S("e.indexed") " AS indexed_at,\n" \
"	'at://' || a.did || '/' || c.nsid || '/' || e.rkey AS uri" MORE "\n" \
"FROM entry e\n" \
"JOIN account a ON a.id = e.account\n" \
"JOIN collection c ON c.id = e.collection\n"

#define DB_VIEWS \
"CREATE VIEW accounts AS\n" \
"SELECT did, handle, handle_status, pds, key, status,\n" \
"	" TIME("nullif(resolved_ms, 0)") " AS resolved_at\n" \
"FROM account;\n" \
"\n" \
"CREATE " DB_VIEW_REPOS \
"CREATE VIEW all_records AS\n" DB_RECORDS \
"WHERE e.state < 2;\n" \
"\n" \
"CREATE VIEW records AS\n" DB_RECORDS \
"WHERE e.state < 2 AND (a.status IS NULL OR a.status IN\n" \
"    " DB_SHOWN ");\n" \
"\n" \
"CREATE VIEW tombstones AS\n" \
"SELECT a.did, c.nsid AS collection, e.rkey, e.rev\n" \
"FROM entry e\n" \
"JOIN account a ON a.id = e.account\n" \
"JOIN collection c ON c.id = e.collection\n" \
"WHERE e.state >= 4;\n" \
"\n" \
"CREATE VIEW floors AS\n" \
"SELECT a.did, v.pattern AS collection, v.floor AS rev\n" \
"FROM coverage v JOIN account a ON a.id = v.account\n" \
"WHERE v.floor IS NOT NULL;\n" \
"\n" \
"CREATE VIEW import_states AS\n" \
"SELECT a.did, coalesce(v.pattern, '*') AS collection,\n" \
"	CASE WHEN v.cursor IS NOT NULL AND v.status IS DISTINCT FROM\n" \
"	    'failed'\n" \
"	    THEN 'in_progress'\n" \
"	    ELSE coalesce(v.status, 'pending') END AS status,\n" \
"	v.loaded AS loaded_rev, v.cursor,\n" \
"	coalesce(v.synced, 0) AS records_synced,\n" \
"	coalesce(v.skipped, 0) AS records_skipped,\n" \
"	coalesce(v.failed, 0) AS records_failed,\n" \
"	" TIME("v.started_ms") " AS started_at,\n" \
"	" TIME("v.completed_ms") " AS completed_at,\n" \
"	CASE WHEN v.status = 'failed' THEN a.error END AS error,\n" \
"	v.counts,\n" \
"	CASE WHEN v.status = 'failed' THEN a.message END AS message,\n" \
"	CASE WHEN v.status = 'failed' THEN a.attempts END AS attempts,\n" \
"	CASE WHEN v.status = 'failed' THEN " TIME("a.retry_ms") " END\n" \
"	    AS retry_at\n" \
"FROM account a LEFT JOIN coverage v ON v.account = a.id\n" \
"	AND (v.status IS NOT NULL OR v.cursor IS NOT NULL);\n" \
"\n" \
"CREATE " DB_VIEW_CURSORS \
"CREATE " DB_VIEW_CHANGES \
"CREATE " DB_VIEW_PLC_OPERATIONS \
"CREATE " DB_VIEW_PLC_LATEST \
"CREATE " DB_VIEW_BLOBS \
"CREATE " DB_VIEW_ERRORS
/* clang-format on */

#endif
