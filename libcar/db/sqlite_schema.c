#include "config.h"

#include <stddef.h>

#include "libcar/db/sqlite_schema_private.h"
#include "libcar/db/views_private.h"

/*
 * The tables in SQLite, and how to upgrade those of an earlier version.
 * views_private.h has the views that people query, for both databases.
 */

#define TIME(ms) "strftime('%Y-%m-%dT%H:%M:%fZ', " ms " / 1000.0, 'unixepoch')"
#define TIME_S(s) "strftime('%Y-%m-%dT%H:%M:%SZ', " s ", 'unixepoch')"
#define GREATEST "max"
#define LIST(text) "group_concat(" text ", ',')"
#define MORE ""
#define JSON(text) text

/* clang-format off */
/* What hosts said, if there are several: word_private.h. */
#define WORD \
"CREATE TABLE word (\n" \
"	account INTEGER NOT NULL,\n" \
"	host TEXT NOT NULL, -- empty: not known; account: an event\n" \
"	status TEXT, status_ms INTEGER,\n" \
"	rev TEXT, head TEXT, rev_ms INTEGER,\n" \
"	former INTEGER, -- 1: an identity named it\n" \
"	PRIMARY KEY (account, host)\n" \
") WITHOUT ROWID;\n"

#define SERVICE \
"CREATE TABLE service (\n" \
"	service TEXT NOT NULL,\n" \
"	stream TEXT NOT NULL, -- as is the collection, empty: none\n" \
"	collection TEXT NOT NULL,\n" \
"	cursor TEXT NOT NULL,\n" \
"	event_ms INTEGER,\n" \
"	updated_ms INTEGER,\n" \
"	PRIMARY KEY (service, stream, collection)\n" \
") WITHOUT ROWID;\n"

/* Create the table with another key; the rows of old follow. */
#define SERVICE_ANEW \
"CREATE TEMP TABLE old AS SELECT * FROM service;\n" \
"DROP TABLE service;\n" \
SERVICE \
"INSERT INTO service (service, stream, collection, cursor, event_ms,\n" \
"    updated_ms)\n"

/* What --changes records: change.h. */
#define CHANGE \
"CREATE TABLE feed (\n" \
"	active INTEGER NOT NULL, -- 1: changes are recorded\n" \
"	seq INTEGER NOT NULL -- of the last one\n" \
");\n" \
"INSERT INTO feed VALUES (0, 0);\n" \
"CREATE TABLE feed_change (\n" \
"	seq INTEGER PRIMARY KEY,\n" \
"	did TEXT NOT NULL,\n" \
"	collection TEXT NOT NULL,\n" \
"	rkey TEXT NOT NULL,\n" \
"	rev TEXT,\n" \
"	cid TEXT,\n" \
"	action TEXT NOT NULL,\n" \
"	ms INTEGER NOT NULL\n" \
");\n"

/* As in PostgreSQL, which lets rows of such a view be deleted. */
#define FORGET_CHANGES \
"CREATE TRIGGER changes_delete INSTEAD OF DELETE ON changes BEGIN\n" \
"	DELETE FROM feed_change WHERE seq = OLD.seq;\n" \
"END;\n"

/* Operations of a PLC directory: plc.h. */
#define PLC \
"CREATE TABLE plc_operation (\n" \
"	did TEXT NOT NULL,\n" \
"	cid TEXT NOT NULL,\n" \
"	seq INTEGER NOT NULL, -- -1: not known\n" \
"	ms INTEGER NOT NULL, -- of created_at, which is as it was served\n" \
"	created_at TEXT NOT NULL,\n" \
"	nullified INTEGER NOT NULL, -- -1: not known\n" \
"	audited INTEGER NOT NULL, -- 1: it was verified\n" \
"	operation TEXT NOT NULL,\n" \
"	-- what the operation says, if it can be read\n" \
"	tombstone INTEGER NOT NULL,\n" \
"	handle TEXT, pds TEXT, key TEXT, rotation_keys TEXT\n" \
");\n" \
"CREATE UNIQUE INDEX plc_operation_key ON plc_operation (did, cid);\n" \
DB_PLC_INDEXES

/* Which file has which blob: blob.h. */
#define BLOB \
"CREATE TABLE blob (\n" \
"	did TEXT NOT NULL,\n" \
"	cid TEXT NOT NULL,\n" \
"	mime_type TEXT,\n" \
"	size INTEGER NOT NULL, -- -1: not known\n" \
"	path TEXT,\n" \
"	ms INTEGER NOT NULL -- when the file was written; 0: not known\n" \
");\n" \
"CREATE UNIQUE INDEX blob_key ON blob (did, cid);\n"

#define HANDLE \
"CREATE INDEX account_handle ON account (handle)\n" \
"WHERE handle IS NOT NULL;\n"

const char db_sqlite_schema[] =
"PRAGMA page_size = 4096;\n"
"PRAGMA journal_mode = WAL;\n"
"BEGIN IMMEDIATE;\n"
"PRAGMA application_id = 1635020849;\n"
"PRAGMA user_version = 8;\n"
"\n"
"-- at-load's own tables. Query the views below instead; they stay the same.\n"
"\n"
"CREATE TABLE account (\n"
"	id INTEGER PRIMARY KEY,\n"
"	did TEXT NOT NULL UNIQUE,\n"
"	-- of the latest identity\n"
"	handle TEXT, handle_status TEXT, pds TEXT, key TEXT,\n"
"	resolved_ms INTEGER,\n"
"	-- the word that counts: active, takendown, ..., and of the repo\n"
"	status TEXT, status_ms INTEGER,\n"
"	host_rev TEXT, host_head TEXT, host_ms INTEGER,\n"
"	car TEXT, car_ms INTEGER,\n"
"	-- of the latest commit read\n"
"	rev TEXT, head TEXT, data TEXT, signature TEXT, records INTEGER,\n"
"	whole INTEGER, loaded_ms INTEGER,\n"
"	-- of the latest failure since then\n"
"	failed_rev TEXT, failed_ms INTEGER, error TEXT, message TEXT,\n"
"	attempts INTEGER, retry INTEGER, retry_ms INTEGER,\n"
"	-- the account's host, as an origin; whose words these are, * of\n"
"	-- several hosts; how much they count\n"
"	own TEXT, own_ms INTEGER, host TEXT,\n"
"	status_rank INTEGER, host_rank INTEGER,\n"
"	-- the rev at which it is synced, or why it isn't\n"
"	synced_rev TEXT, live_rev TEXT, head_rev TEXT, unsynced TEXT,\n"
"	-- the latest rev that was loaded when its host changed\n"
"	moved_rev TEXT, moved_ms INTEGER\n"
");\n"
HANDLE
"\n"
"CREATE TABLE collection (\n"
"	id INTEGER PRIMARY KEY,\n"
"	nsid TEXT NOT NULL UNIQUE\n"
");\n"
"\n"
"-- The latest state of each key. state: 0 a record, 2 an error, 4 deleted;\n"
"-- + 1 if a listing said so.\n"
"CREATE TABLE entry (\n"
"	id INTEGER PRIMARY KEY,\n"
"	account INTEGER NOT NULL,\n"
"	collection INTEGER NOT NULL,\n"
"	rkey TEXT NOT NULL,\n"
"	rev TEXT NOT NULL,\n"
"	state INTEGER NOT NULL,\n"
"	indexed INTEGER NOT NULL,\n"
"	cid TEXT,\n"
"	record TEXT\n"
");\n"
"CREATE UNIQUE INDEX entry_key ON entry (account, collection, rkey);\n"
"CREATE INDEX entry_tombstone ON entry (account) WHERE state >= 4;\n"
"\n"
"-- What is known of an account's collections: lines below the floor change\n"
"-- nothing; at the rev in loaded the pattern was whole.\n"
"CREATE TABLE coverage (\n"
"	account INTEGER NOT NULL,\n"
"	pattern TEXT NOT NULL,\n"
"	floor TEXT, loaded TEXT, listed INTEGER,\n"
"	status TEXT, cursor TEXT, cursor_rev TEXT, counts TEXT,\n"
"	synced INTEGER, skipped INTEGER, failed INTEGER,\n"
"	started_ms INTEGER, completed_ms INTEGER,\n"
"	-- live commits: their gaps and the run without one\n"
"	doubt TEXT, run_from TEXT, run_first TEXT, run_to TEXT,\n"
"	run_data TEXT, cause TEXT,\n"
"	PRIMARY KEY (account, pattern)\n"
") WITHOUT ROWID;\n"
"\n"
"-- Snapshots whose end or some of whose records are still to come, and the\n"
"-- keys they have named: bits by entry.id, and keys that have no entry.\n"
"CREATE TABLE snapshot (\n"
"	id INTEGER PRIMARY KEY AUTOINCREMENT,\n"
"	account INTEGER NOT NULL,\n"
"	rev TEXT NOT NULL,\n"
"	listed INTEGER NOT NULL,\n"
"	UNIQUE (account, rev, listed)\n"
");\n"
"CREATE TABLE snapshot_filter (\n"
"	snapshot INTEGER NOT NULL,\n"
"	filter TEXT NOT NULL,\n"
"	expected TEXT,\n"
"	PRIMARY KEY (snapshot, filter)\n"
") WITHOUT ROWID;\n"
"CREATE TABLE snapshot_count (\n"
"	snapshot INTEGER NOT NULL,\n"
"	collection INTEGER NOT NULL,\n"
"	named INTEGER, skipped INTEGER, failed INTEGER,\n"
"	PRIMARY KEY (snapshot, collection)\n"
") WITHOUT ROWID;\n"
"CREATE TABLE seen (\n"
"	snapshot INTEGER NOT NULL,\n"
"	chunk INTEGER NOT NULL,\n"
"	bits BLOB NOT NULL,\n"
"	PRIMARY KEY (snapshot, chunk)\n"
") WITHOUT ROWID;\n"
"CREATE TABLE seen_key (\n"
"	snapshot INTEGER NOT NULL,\n"
"	collection INTEGER NOT NULL,\n"
"	rkey TEXT NOT NULL,\n"
"	PRIMARY KEY (snapshot, collection, rkey)\n"
") WITHOUT ROWID;\n"
"\n"
"-- Of records (job is empty) and of jobs (its program).\n"
"CREATE TABLE error (\n"
"	account INTEGER NOT NULL,\n"
"	collection INTEGER NOT NULL,\n"
"	rkey TEXT NOT NULL,\n"
"	job TEXT NOT NULL,\n"
"	rev TEXT, cid TEXT, program TEXT, error TEXT, message TEXT,\n"
"	line TEXT, ms INTEGER,\n"
"	PRIMARY KEY (account, collection, rkey, job)\n"
") WITHOUT ROWID;\n"
"\n"
WORD
"\n"
SERVICE
"\n"
CHANGE
"\n"
PLC
DB_PLC_EXPORT_INDEXES
"\n"
BLOB
"\n"
"-- What people query.\n"
"\n"
DB_VIEWS
FORGET_CHANGES
"COMMIT;\n";

/* Run within a transaction. SQLite can't alter a table's key. */
static const char from_1[] =
"ALTER TABLE coverage ADD COLUMN counts TEXT;\n"
"UPDATE coverage AS v SET cursor = NULL, cursor_rev = NULL\n"
"WHERE cursor IS NOT NULL AND EXISTS (SELECT 1 FROM coverage w\n"
"    WHERE w.account = v.account AND w.loaded >= v.cursor_rev AND\n"
"    (w.pattern = v.pattern OR\n"
"    substr(v.pattern, 1, length(w.pattern) - 1) || '*' = w.pattern));\n"
SERVICE_ANEW
"SELECT service, '', '', cursor, event_ms, updated_ms FROM old;\n"
"DROP TABLE old;\n";

static const char from_2[] =
"ALTER TABLE account ADD COLUMN retry INTEGER;\n"
"UPDATE account AS a SET retry = (SELECT CASE WHEN json_valid(e.line)\n"
"    THEN json_extract(e.line, '$.retry') END FROM error e\n"
"    WHERE e.account = a.id AND e.collection = 0 AND e.rkey = '' AND\n"
"    e.job <> '' ORDER BY e.ms DESC, e.job LIMIT 1)\n"
"WHERE error IS NOT NULL;\n";

/* For words from earlier versions, the host is unknown. */
static const char from_3[] =
WORD
"ALTER TABLE account ADD COLUMN own TEXT;\n"
"ALTER TABLE account ADD COLUMN own_ms INTEGER;\n"
"ALTER TABLE account ADD COLUMN host TEXT;\n"
"ALTER TABLE account ADD COLUMN status_rank INTEGER;\n"
"ALTER TABLE account ADD COLUMN host_rank INTEGER;\n"
DB_FROM_NO_WORDS;

static const char from_4[] =
SERVICE_ANEW
"SELECT service, '', collection, cursor, event_ms, updated_ms FROM old;\n"
"DROP TABLE old;\n"
CHANGE
HANDLE
"ALTER TABLE coverage ADD COLUMN doubt TEXT;\n"
"ALTER TABLE coverage ADD COLUMN run_from TEXT;\n"
"ALTER TABLE coverage ADD COLUMN run_first TEXT;\n"
"ALTER TABLE coverage ADD COLUMN run_to TEXT;\n"
"ALTER TABLE coverage ADD COLUMN run_data TEXT;\n"
"ALTER TABLE coverage ADD COLUMN cause TEXT;\n"
"ALTER TABLE account ADD COLUMN synced_rev TEXT;\n"
"ALTER TABLE account ADD COLUMN live_rev TEXT;\n"
"ALTER TABLE account ADD COLUMN head_rev TEXT;\n"
"ALTER TABLE account ADD COLUMN unsynced TEXT;\n"
"ALTER TABLE account ADD COLUMN moved_rev TEXT;\n"
"ALTER TABLE account ADD COLUMN moved_ms INTEGER;\n"
DB_FROM_NO_LIVE;

static const char from_5[] =
PLC;

static const char from_6[] =
BLOB;

static const char from_7[] =
DB_PLC_EXPORT_INDEXES;

static const char views[] =
"DROP VIEW IF EXISTS accounts;\n"
"DROP VIEW IF EXISTS repos;\n"
"DROP VIEW IF EXISTS all_records;\n"
"DROP VIEW IF EXISTS records;\n"
"DROP VIEW IF EXISTS tombstones;\n"
"DROP VIEW IF EXISTS floors;\n"
"DROP VIEW IF EXISTS import_states;\n"
"DROP VIEW IF EXISTS cursors;\n"
"DROP VIEW IF EXISTS errors;\n"
"DROP VIEW IF EXISTS changes;\n"
"DROP VIEW IF EXISTS plc_operations;\n"
"DROP VIEW IF EXISTS plc_latest;\n"
"DROP VIEW IF EXISTS blobs;\n"
DB_VIEWS
FORGET_CHANGES
"PRAGMA user_version = 8;\n";
/* clang-format on */

const char db_sqlite_index_time[] =
    "CREATE INDEX entry_indexed_at ON entry (" TIME_S("indexed") ")";

const char *
db_sqlite_upgrade(int64_t version)
{
	static const char *const steps[] = { NULL, from_1, from_2, from_3,
		from_4, from_5, from_6, from_7, views };

	return version > DB_SQLITE_VERSION ? NULL : steps[version];
}
