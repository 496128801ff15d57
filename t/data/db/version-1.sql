PRAGMA application_id = 1635020849;
PRAGMA user_version = 1;
PRAGMA journal_mode = WAL;
PRAGMA foreign_keys=OFF;
BEGIN TRANSACTION;
CREATE TABLE account (
	id INTEGER PRIMARY KEY,
	did TEXT NOT NULL UNIQUE,
	-- of the latest identity
	handle TEXT, handle_status TEXT, pds TEXT, key TEXT,
	resolved_ms INTEGER,
	-- the host's word: active, takendown, ..., and of the repo
	status TEXT, status_ms INTEGER,
	host_rev TEXT, host_head TEXT, host_ms INTEGER,
	car TEXT, car_ms INTEGER,
	-- of the latest commit read
	rev TEXT, head TEXT, data TEXT, signature TEXT, records INTEGER,
	whole INTEGER, loaded_ms INTEGER,
	-- of the latest failure since then
	failed_rev TEXT, failed_ms INTEGER, error TEXT, message TEXT,
	attempts INTEGER, retry_ms INTEGER
);
INSERT INTO account VALUES(1,'did:plc:aaaaaaaaaaaaaaaaaaaaaaaa',NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,'3kaaaaaaaaa22','bafyreigaaaaaaaaaaaaaaaaaaaaaaaa','bafyreihaaaaaaaaaaaaaaaaaaaaaaaa','unchecked',6,1,1795562052143,NULL,NULL,NULL,NULL,NULL,NULL);
INSERT INTO account VALUES(2,'did:web:b.example','b.example','valid','https://pds.example',NULL,1704067200000,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL);
INSERT INTO account VALUES(3,'did:web:c.example',NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,1704067200000,'Timeout','slow',1,1704067260000);
INSERT INTO account VALUES(4,'did:web:e.example',NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,'3kbbbbbbbbb22','bafyreidaaaaaaaaaaaaaaaaaaaaaaaa','bafyreieaaaaaaaaaaaaaaaaaaaaaaaa','unchecked',3,1,1795562052143,NULL,NULL,NULL,NULL,NULL,NULL);
INSERT INTO account VALUES(5,'did:web:d.example',NULL,NULL,NULL,NULL,NULL,'takendown',1704067200000,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL);
CREATE TABLE collection (
	id INTEGER PRIMARY KEY,
	nsid TEXT NOT NULL UNIQUE
);
INSERT INTO collection VALUES(1,'com.example.like');
INSERT INTO collection VALUES(2,'com.example.post');
INSERT INTO collection VALUES(3,'org.example.x');
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
INSERT INTO entry VALUES(1,1,1,'k0000001','3kaaaaaaaaa22',0,1795562052,'bafyreibaaaaaaaaaaaaaaaaaaaaaaaa','{"n":1,"text":"some text that is as long as a short post, \"é\""}');
INSERT INTO entry VALUES(2,1,1,'k0000004','3kaaaaaaaaa22',0,1795562052,'bafyreieaaaaaaaaaaaaaaaaaaaaaaaa','{"n":4,"text":"some text that is as long as a short post, \"é\""}');
INSERT INTO entry VALUES(3,1,2,'k0000002','3kaaaaaaaaa22',0,1795562052,'bafyreicaaaaaaaaaaaaaaaaaaaaaaaa','{"n":2,"text":"some text that is as long as a short post, \"é\""}');
INSERT INTO entry VALUES(4,1,2,'k0000005','3kaaaaaaaaa22',0,1795562052,'bafyreifaaaaaaaaaaaaaaaaaaaaaaaa','{"n":5,"text":"some text that is as long as a short post, \"é\""}');
INSERT INTO entry VALUES(5,1,3,'k0000003','3kaaaaaaaaa22',0,1795562052,'bafyreidaaaaaaaaaaaaaaaaaaaaaaaa','{"n":3,"text":"some text that is as long as a short post, \"é\""}');
INSERT INTO entry VALUES(6,1,3,'k0000006','3kaaaaaaaaa22',0,1795562052,'bafyreigaaaaaaaaaaaaaaaaaaaaaaaa','{"n":6,"text":"some text that is as long as a short post, \"é\""}');
INSERT INTO entry VALUES(7,2,2,'k0000002','3kbbbbbbbbb22',1,1795562052,'bafyreicaaaaaaaaaaaaaaaaaaaaaaaa','{"n":2,"text":"some text that is as long as a short post, \"é\""}');
INSERT INTO entry VALUES(8,2,2,'k0000005','3kbbbbbbbbb22',1,1795562052,'bafyreifaaaaaaaaaaaaaaaaaaaaaaaa','{"n":5,"text":"some text that is as long as a short post, \"é\""}');
INSERT INTO entry VALUES(9,2,2,'k0000008','3kbbbbbbbbb22',1,1795562052,'bafyreiiaaaaaaaaaaaaaaaaaaaaaaaa','{"n":8,"text":"some text that is as long as a short post, \"é\""}');
INSERT INTO entry VALUES(10,4,1,'k0000001','3kbbbbbbbbb22',0,1795562052,'bafyreibaaaaaaaaaaaaaaaaaaaaaaaa','{"n":1,"text":"some text that is as long as a short post, \"é\""}');
INSERT INTO entry VALUES(11,4,2,'k0000002','3kbbbbbbbbb22',0,1795562052,'bafyreicaaaaaaaaaaaaaaaaaaaaaaaa','{"n":2,"text":"some text that is as long as a short post, \"é\""}');
INSERT INTO entry VALUES(12,4,3,'k0000003','3kbbbbbbbbb22',0,1795562052,'bafyreidaaaaaaaaaaaaaaaaaaaaaaaa','{"n":3,"text":"some text that is as long as a short post, \"é\""}');
INSERT INTO entry VALUES(13,1,1,'gone','3kccccccccc22',4,1795562052,NULL,NULL);
CREATE TABLE coverage (
	account INTEGER NOT NULL,
	pattern TEXT NOT NULL,
	floor TEXT, loaded TEXT, listed INTEGER,
	status TEXT, cursor TEXT, cursor_rev TEXT,
	synced INTEGER, skipped INTEGER, failed INTEGER,
	started_ms INTEGER, completed_ms INTEGER,
	PRIMARY KEY (account, pattern)
) WITHOUT ROWID;
INSERT INTO coverage VALUES(1,'*','3kaaaaaaaaa22','3kaaaaaaaaa22',0,'completed',NULL,NULL,6,0,0,1795562052143,1795562052143);
INSERT INTO coverage VALUES(2,'com.example.post','3kbbbbbbbbb22',NULL,0,'in_progress','page2','3kbbbbbbbbb22',3,0,0,1795562052143,NULL);
INSERT INTO coverage VALUES(3,'*',NULL,NULL,0,'failed',NULL,NULL,0,0,0,NULL,NULL);
INSERT INTO coverage VALUES(4,'*','3kbbbbbbbbb22','3kbbbbbbbbb22',0,'completed',NULL,NULL,3,0,0,1795562052143,1795562052143);
INSERT INTO coverage VALUES(4,'com.example.like',NULL,NULL,NULL,NULL,'page1','3kaaaaaaaaa22',NULL,NULL,NULL,NULL,NULL);
CREATE TABLE snapshot (
	id INTEGER PRIMARY KEY AUTOINCREMENT,
	account INTEGER NOT NULL,
	rev TEXT NOT NULL,
	listed INTEGER NOT NULL,
	UNIQUE (account, rev, listed)
);
INSERT INTO snapshot VALUES(1,2,'3kbbbbbbbbb22',1);
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
INSERT INTO snapshot_count VALUES(1,2,3,0,0);
CREATE TABLE seen (
	snapshot INTEGER NOT NULL,
	chunk INTEGER NOT NULL,
	bits BLOB NOT NULL,
	PRIMARY KEY (snapshot, chunk)
) WITHOUT ROWID;
INSERT INTO seen VALUES(1,0,X'8003000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000');
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
INSERT INTO error VALUES(3,0,'','at-fetchrepo',NULL,NULL,'at-fetchrepo','Timeout','slow','{"type":"error","program":"at-fetchrepo","did":"did:web:c.example","error":"Timeout","message":"slow","retry":true,"retryAfter":60,"at":"2024-01-01T00:00:00Z"}',1704067200000);
CREATE TABLE service (
	service TEXT PRIMARY KEY,
	cursor TEXT NOT NULL,
	event_ms INTEGER,
	updated_ms INTEGER
) WITHOUT ROWID;
INSERT INTO service VALUES('https://pds.example','x',NULL,1795562052143);
INSERT INTO service VALUES('wss://relay.example','123',1704067200000,1795562052143);
DELETE FROM sqlite_sequence;
INSERT INTO sqlite_sequence VALUES('snapshot',1);
CREATE UNIQUE INDEX entry_key ON entry (account, collection, rkey);
CREATE INDEX entry_tombstone ON entry (account) WHERE state >= 4;
CREATE VIEW accounts AS
SELECT did, handle, handle_status, pds, key, status,
	strftime('%Y-%m-%dT%H:%M:%fZ', nullif(resolved_ms, 0) / 1000.0,
	    'unixepoch')
	    AS resolved_at
FROM account;
CREATE VIEW repos AS
SELECT did,
	nullif(max(coalesce(host_rev, ''), coalesce(a.rev, ''),
	    coalesce(w.loaded, '')), '') AS rev,
	w.loaded AS loaded_rev,
	coalesce(head, host_head) AS head, data, signature, records, car,
	CASE WHEN error IS NOT NULL THEN 'failed'
	    ELSE coalesce((SELECT max(c.status) FROM coverage c
		WHERE c.account = a.id), 'pending') END AS status,
	error, message, attempts,
	strftime('%Y-%m-%dT%H:%M:%fZ', retry_ms / 1000.0, 'unixepoch')
	    AS retry_at,
	strftime('%Y-%m-%dT%H:%M:%fZ', loaded_ms / 1000.0, 'unixepoch')
	    AS loaded_at
FROM account a
LEFT JOIN coverage w ON w.account = a.id AND w.pattern = '*';
CREATE VIEW all_records AS
SELECT a.did, c.nsid AS collection, e.rkey, e.rev, e.cid, e.record,
	strftime('%Y-%m-%dT%H:%M:%SZ', e.indexed, 'unixepoch')
	    AS indexed_at,
	'at://' || a.did || '/' || c.nsid || '/' || e.rkey AS uri
FROM entry e
JOIN account a ON a.id = e.account
JOIN collection c ON c.id = e.collection
WHERE e.state < 2;
CREATE VIEW records AS
SELECT a.did, c.nsid AS collection, e.rkey, e.rev, e.cid, e.record,
	strftime('%Y-%m-%dT%H:%M:%SZ', e.indexed, 'unixepoch')
	    AS indexed_at,
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
	coalesce(v.status,
	    CASE WHEN v.cursor IS NOT NULL THEN 'in_progress'
	    ELSE 'pending' END) AS status,
	v.loaded AS loaded_rev, v.cursor,
	coalesce(v.synced, 0) AS records_synced,
	coalesce(v.skipped, 0) AS records_skipped,
	coalesce(v.failed, 0) AS records_failed,
	strftime('%Y-%m-%dT%H:%M:%fZ', v.started_ms / 1000.0, 'unixepoch')
	    AS started_at,
	strftime('%Y-%m-%dT%H:%M:%fZ', v.completed_ms / 1000.0,
	    'unixepoch') AS completed_at,
	CASE WHEN v.status = 'failed' THEN a.error END AS error
FROM account a LEFT JOIN coverage v ON v.account = a.id
	AND (v.status IS NOT NULL OR v.cursor IS NOT NULL);
CREATE VIEW cursors AS
SELECT service, cursor,
	strftime('%Y-%m-%dT%H:%M:%fZ', event_ms / 1000.0, 'unixepoch')
	    AS last_event_time,
	strftime('%Y-%m-%dT%H:%M:%fZ', updated_ms / 1000.0, 'unixepoch')
	    AS updated_at
FROM service;
CREATE VIEW errors AS
SELECT a.did, c.nsid AS collection, nullif(e.rkey, '') AS rkey, e.cid,
	e.program, e.error, e.message, e.line,
	strftime('%Y-%m-%dT%H:%M:%fZ', e.ms / 1000.0, 'unixepoch') AS at
FROM error e
LEFT JOIN account a ON a.id = e.account
LEFT JOIN collection c ON c.id = e.collection;
COMMIT;
