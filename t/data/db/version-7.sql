PRAGMA application_id = 1635020849;
PRAGMA user_version = 7;
PRAGMA journal_mode = WAL;
PRAGMA foreign_keys=OFF;
BEGIN TRANSACTION;
CREATE TABLE account (
	id INTEGER PRIMARY KEY,
	did TEXT NOT NULL UNIQUE,
	-- of the latest identity
	handle TEXT, handle_status TEXT, pds TEXT, key TEXT,
	resolved_ms INTEGER,
	-- the word that counts: active, takendown, ..., and of the repo
	status TEXT, status_ms INTEGER,
	host_rev TEXT, host_head TEXT, host_ms INTEGER,
	car TEXT, car_ms INTEGER,
	-- of the latest commit read
	rev TEXT, head TEXT, data TEXT, signature TEXT, records INTEGER,
	whole INTEGER, loaded_ms INTEGER,
	-- of the latest failure since then
	failed_rev TEXT, failed_ms INTEGER, error TEXT, message TEXT,
	attempts INTEGER, retry INTEGER, retry_ms INTEGER,
	-- the account's host, as an origin; whose words these are, * of
	-- several hosts; how much they count
	own TEXT, own_ms INTEGER, host TEXT,
	status_rank INTEGER, host_rank INTEGER,
	-- the rev at which it is synced, or why it isn't
	synced_rev TEXT, live_rev TEXT, head_rev TEXT, unsynced TEXT,
	-- the latest rev that was loaded when its host changed
	moved_rev TEXT, moved_ms INTEGER
);
INSERT INTO account VALUES(1,'did:web:a.example','a.example','valid','https://pds.example',NULL,1704067200000,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,'https://pds.example',NULL,NULL,0,NULL,NULL,NULL,NULL,NULL,NULL,NULL);
CREATE TABLE collection (
	id INTEGER PRIMARY KEY,
	nsid TEXT NOT NULL UNIQUE
);
CREATE TABLE entry (
	id INTEGER PRIMARY KEY,
	account INTEGER NOT NULL,
	collection INTEGER NOT NULL,
	rkey TEXT NOT NULL,
	rev TEXT NOT NULL,
	state INTEGER NOT NULL,
	indexed INTEGER NOT NULL,
	cid TEXT,
	record TEXT
);
CREATE TABLE coverage (
	account INTEGER NOT NULL,
	pattern TEXT NOT NULL,
	floor TEXT, loaded TEXT, listed INTEGER,
	status TEXT, cursor TEXT, cursor_rev TEXT, counts TEXT,
	synced INTEGER, skipped INTEGER, failed INTEGER,
	started_ms INTEGER, completed_ms INTEGER,
	-- live commits: their gaps and the run without one
	doubt TEXT, run_from TEXT, run_first TEXT, run_to TEXT,
	run_data TEXT, cause TEXT,
	PRIMARY KEY (account, pattern)
) WITHOUT ROWID;
CREATE TABLE snapshot (
	id INTEGER PRIMARY KEY AUTOINCREMENT,
	account INTEGER NOT NULL,
	rev TEXT NOT NULL,
	listed INTEGER NOT NULL,
	UNIQUE (account, rev, listed)
);
CREATE TABLE snapshot_filter (
	snapshot INTEGER NOT NULL,
	filter TEXT NOT NULL,
	expected TEXT,
	PRIMARY KEY (snapshot, filter)
) WITHOUT ROWID;
CREATE TABLE snapshot_count (
	snapshot INTEGER NOT NULL,
	collection INTEGER NOT NULL,
	named INTEGER, skipped INTEGER, failed INTEGER,
	PRIMARY KEY (snapshot, collection)
) WITHOUT ROWID;
CREATE TABLE seen (
	snapshot INTEGER NOT NULL,
	chunk INTEGER NOT NULL,
	bits BLOB NOT NULL,
	PRIMARY KEY (snapshot, chunk)
) WITHOUT ROWID;
CREATE TABLE seen_key (
	snapshot INTEGER NOT NULL,
	collection INTEGER NOT NULL,
	rkey TEXT NOT NULL,
	PRIMARY KEY (snapshot, collection, rkey)
) WITHOUT ROWID;
CREATE TABLE error (
	account INTEGER NOT NULL,
	collection INTEGER NOT NULL,
	rkey TEXT NOT NULL,
	job TEXT NOT NULL,
	rev TEXT, cid TEXT, program TEXT, error TEXT, message TEXT,
	line TEXT, ms INTEGER,
	PRIMARY KEY (account, collection, rkey, job)
) WITHOUT ROWID;
CREATE TABLE word (
	account INTEGER NOT NULL,
	host TEXT NOT NULL, -- empty: not known; account: an event
	status TEXT, status_ms INTEGER,
	rev TEXT, head TEXT, rev_ms INTEGER,
	former INTEGER, -- 1: an identity named it
	PRIMARY KEY (account, host)
) WITHOUT ROWID;
CREATE TABLE service (
	service TEXT NOT NULL,
	stream TEXT NOT NULL, -- as is the collection, empty: none
	collection TEXT NOT NULL,
	cursor TEXT NOT NULL,
	event_ms INTEGER,
	updated_ms INTEGER,
	PRIMARY KEY (service, stream, collection)
) WITHOUT ROWID;
CREATE TABLE feed (
	active INTEGER NOT NULL, -- 1: changes are recorded
	seq INTEGER NOT NULL -- of the last one
);
INSERT INTO feed VALUES(0,0);
CREATE TABLE feed_change (
	seq INTEGER PRIMARY KEY,
	did TEXT NOT NULL,
	collection TEXT NOT NULL,
	rkey TEXT NOT NULL,
	rev TEXT,
	cid TEXT,
	action TEXT NOT NULL,
	ms INTEGER NOT NULL
);
CREATE TABLE plc_operation (
	did TEXT NOT NULL,
	cid TEXT NOT NULL,
	seq INTEGER NOT NULL, -- -1: not known
	ms INTEGER NOT NULL, -- of created_at, which is as it was served
	created_at TEXT NOT NULL,
	nullified INTEGER NOT NULL, -- -1: not known
	audited INTEGER NOT NULL, -- 1: it was verified
	operation TEXT NOT NULL,
	-- what the operation says, if it can be read
	tombstone INTEGER NOT NULL,
	handle TEXT, pds TEXT, key TEXT, rotation_keys TEXT
);
INSERT INTO plc_operation VALUES('did:plc:aaaaaaaaaaaaaaaaaaaaaaa2','bafyreiaaa',1,1767225601000,'2026-01-01T00:00:01Z',-1,0,'{"type":"create","signingKey":"did:key:zQ3shqwJEJyMBsBXCWyCBpUBMqxcon9oHB7mCvx4sSpMdLJwc","recoveryKey":"did:key:zQ3shqwJEJyMBsBXCWyCBpUBMqxcon9oHB7mCvx4sSpMdLJwc","handle":"old.test","service":"https://pds.test"}',0,'old.test','https://pds.test','did:key:zQ3shqwJEJyMBsBXCWyCBpUBMqxcon9oHB7mCvx4sSpMdLJwc','["did:key:zQ3shqwJEJyMBsBXCWyCBpUBMqxcon9oHB7mCvx4sSpMdLJwc","did:key:zQ3shqwJEJyMBsBXCWyCBpUBMqxcon9oHB7mCvx4sSpMdLJwc"]');
CREATE TABLE blob (
	did TEXT NOT NULL,
	cid TEXT NOT NULL,
	mime_type TEXT,
	size INTEGER NOT NULL, -- -1: not known
	path TEXT,
	ms INTEGER NOT NULL -- when the file was written; 0: not known
);
INSERT INTO blob VALUES('did:web:a.example','bafkreia','text/plain',3,'blobs/bafkreia',1704067200000);
DELETE FROM sqlite_sequence;
CREATE INDEX account_handle ON account (handle)
WHERE handle IS NOT NULL;
CREATE UNIQUE INDEX entry_key ON entry (account, collection, rkey);
CREATE INDEX entry_tombstone ON entry (account) WHERE state >= 4;
CREATE UNIQUE INDEX plc_operation_key ON plc_operation (did, cid);
CREATE INDEX plc_operation_latest ON plc_operation (did, audited, ms, seq)
WHERE nullified < 1;
CREATE INDEX plc_operation_handle ON plc_operation (handle)
WHERE handle IS NOT NULL;
CREATE INDEX plc_operation_pds ON plc_operation (pds)
WHERE pds IS NOT NULL;
CREATE UNIQUE INDEX blob_key ON blob (did, cid);
CREATE VIEW accounts AS
SELECT did, handle, handle_status, pds, key, status,
	strftime('%Y-%m-%dT%H:%M:%fZ', nullif(resolved_ms, 0) / 1000.0, 'unixepoch') AS resolved_at
FROM account;
CREATE VIEW repos AS
SELECT did,
	nullif(max(coalesce(host_rev, ''), coalesce(a.rev, ''),
	    coalesce(w.loaded, '')), '') AS rev,
	w.loaded AS loaded_rev,
	coalesce(head, host_head) AS head, data, signature, records, car,
	CASE WHEN error IS NOT NULL THEN 'failed'
	    ELSE coalesce((SELECT max(CASE WHEN c.cursor IS NOT NULL
		THEN 'in_progress' ELSE c.status END) FROM coverage c
		WHERE c.account = a.id), 'pending') END AS status,
	error, message, attempts,
	strftime('%Y-%m-%dT%H:%M:%fZ', retry_ms / 1000.0, 'unixepoch') AS retry_at,
	strftime('%Y-%m-%dT%H:%M:%fZ', loaded_ms / 1000.0, 'unixepoch') AS loaded_at,
	CASE WHEN w.loaded IS NULL OR w.listed = 1 THEN
	    '[' || coalesce((SELECT group_concat('"' || pattern || '"', ',')
	    FROM (SELECT c.pattern FROM coverage c WHERE c.account = a.id
		AND coalesce(c.listed, 0) = 0 AND
		c.loaded >= coalesce(w.loaded, '')
		ORDER BY c.pattern) p), '') || ']' END AS loaded_filter,
	synced_rev, live_rev,
	CASE WHEN synced_rev IS NULL THEN coalesce(unsynced, 'new') END
	    AS unsynced
FROM account a
LEFT JOIN coverage w ON w.account = a.id AND w.pattern = '*';
CREATE VIEW all_records AS
SELECT a.did, c.nsid AS collection, e.rkey, e.rev, e.cid, e.record,
	strftime('%Y-%m-%dT%H:%M:%SZ', e.indexed, 'unixepoch') AS indexed_at,
	'at://' || a.did || '/' || c.nsid || '/' || e.rkey AS uri
FROM entry e
JOIN account a ON a.id = e.account
JOIN collection c ON c.id = e.collection
WHERE e.state < 2;
CREATE VIEW records AS
SELECT a.did, c.nsid AS collection, e.rkey, e.rev, e.cid, e.record,
	strftime('%Y-%m-%dT%H:%M:%SZ', e.indexed, 'unixepoch') AS indexed_at,
	'at://' || a.did || '/' || c.nsid || '/' || e.rkey AS uri
FROM entry e
JOIN account a ON a.id = e.account
JOIN collection c ON c.id = e.collection
WHERE e.state < 2 AND (a.status IS NULL OR a.status IN
    ('active', 'desynchronized', 'throttled'));
CREATE VIEW tombstones AS
SELECT a.did, c.nsid AS collection, e.rkey, e.rev
FROM entry e
JOIN account a ON a.id = e.account
JOIN collection c ON c.id = e.collection
WHERE e.state >= 4;
CREATE VIEW floors AS
SELECT a.did, v.pattern AS collection, v.floor AS rev
FROM coverage v JOIN account a ON a.id = v.account
WHERE v.floor IS NOT NULL;
CREATE VIEW import_states AS
SELECT a.did, coalesce(v.pattern, '*') AS collection,
	CASE WHEN v.cursor IS NOT NULL AND v.status IS DISTINCT FROM
	    'failed'
	    THEN 'in_progress'
	    ELSE coalesce(v.status, 'pending') END AS status,
	v.loaded AS loaded_rev, v.cursor,
	coalesce(v.synced, 0) AS records_synced,
	coalesce(v.skipped, 0) AS records_skipped,
	coalesce(v.failed, 0) AS records_failed,
	strftime('%Y-%m-%dT%H:%M:%fZ', v.started_ms / 1000.0, 'unixepoch') AS started_at,
	strftime('%Y-%m-%dT%H:%M:%fZ', v.completed_ms / 1000.0, 'unixepoch') AS completed_at,
	CASE WHEN v.status = 'failed' THEN a.error END AS error,
	v.counts,
	CASE WHEN v.status = 'failed' THEN a.message END AS message,
	CASE WHEN v.status = 'failed' THEN a.attempts END AS attempts,
	CASE WHEN v.status = 'failed' THEN strftime('%Y-%m-%dT%H:%M:%fZ', a.retry_ms / 1000.0, 'unixepoch') END
	    AS retry_at
FROM account a LEFT JOIN coverage v ON v.account = a.id
	AND (v.status IS NOT NULL OR v.cursor IS NOT NULL);
CREATE VIEW cursors AS
SELECT service, cursor,
	strftime('%Y-%m-%dT%H:%M:%fZ', event_ms / 1000.0, 'unixepoch') AS last_event_time,
	strftime('%Y-%m-%dT%H:%M:%fZ', updated_ms / 1000.0, 'unixepoch') AS updated_at,
	nullif(collection, '') AS collection,
	nullif(stream, '') AS stream
FROM service;
CREATE VIEW changes AS
SELECT seq, did, collection, rkey, rev, cid, action,
	strftime('%Y-%m-%dT%H:%M:%fZ', ms / 1000.0, 'unixepoch') AS at
FROM feed_change;
CREATE VIEW plc_operations AS
SELECT did, nullif(seq, -1) AS seq, cid,
	strftime('%Y-%m-%dT%H:%M:%fZ', ms / 1000.0, 'unixepoch') AS created_at,
	nullif(nullified, -1) = 1 AS nullified,
	operation AS operation,
	CASE audited WHEN 1 THEN 'valid' END AS audit
FROM plc_operation;
CREATE VIEW plc_latest AS
SELECT o.did, o.handle, o.pds, o.key,
	o.rotation_keys AS rotation_keys,
	o.tombstone = 1 AS tombstoned,
	strftime('%Y-%m-%dT%H:%M:%fZ', (SELECT min(f.ms) FROM plc_operation f
	    WHERE f.did = o.did AND f.nullified < 1 AND
	    f.audited = o.audited) / 1000.0, 'unixepoch') AS created_at,
	strftime('%Y-%m-%dT%H:%M:%fZ', o.ms / 1000.0, 'unixepoch') AS updated_at
FROM plc_operation o
WHERE o.nullified < 1 AND NOT EXISTS (SELECT 1 FROM plc_operation n
	WHERE n.did = o.did AND n.nullified < 1 AND
	(n.audited, n.ms, n.seq, n.cid) > (o.audited, o.ms, o.seq, o.cid));
CREATE VIEW blobs AS
SELECT b.did, b.cid, b.mime_type, nullif(b.size, -1) AS size, b.path,
	strftime('%Y-%m-%dT%H:%M:%fZ', nullif(b.ms, 0) / 1000.0, 'unixepoch') AS fetched_at
FROM blob b LEFT JOIN account a ON a.did = b.did
WHERE a.status IS NULL OR a.status IN
    ('active', 'desynchronized', 'throttled');
CREATE VIEW errors AS
SELECT a.did, c.nsid AS collection, nullif(e.rkey, '') AS rkey, e.cid,
	e.program, e.error, e.message, e.line,
	strftime('%Y-%m-%dT%H:%M:%fZ', e.ms / 1000.0, 'unixepoch') AS at
FROM error e
LEFT JOIN account a ON a.id = e.account
LEFT JOIN collection c ON c.id = e.collection
WHERE e.job <> '' OR a.status IS NULL OR a.status IN
    ('active', 'desynchronized', 'throttled');
CREATE TRIGGER changes_delete INSTEAD OF DELETE ON changes BEGIN
	DELETE FROM feed_change WHERE seq = OLD.seq;
END;
COMMIT;
