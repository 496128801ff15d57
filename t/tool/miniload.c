/*
 * miniload: load rows into the tables of at-load in the simplest way that C and
 * SQLite offer. contrib/bench compares at-load with it.
 *
 *	miniload DATABASE ROWS_A_TRANSACTION <rows
 *
 * The tables must exist (at-load --schema). A row is a line of did, rev,
 * collection, rkey, cid and record, separated by tabs. It is written unless the
 * table has a later version of the key; nothing else is checked.
 */
#include "config.h"

#include <sqlite3.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { DID, REV, COLLECTION, RKEY, CID, RECORD, FIELDS };

static sqlite3 *db;

static void
check(int code)
{
	if (code == SQLITE_OK || code == SQLITE_ROW || code == SQLITE_DONE)
		return;
	fprintf(stderr, "miniload: %s\n", sqlite3_errmsg(db));
	exit(1);
}

static void
run(const char *sql)
{
	check(sqlite3_exec(db, sql, NULL, NULL, NULL));
}

static sqlite3_stmt *
prepare(const char *sql)
{
	sqlite3_stmt *s;

	check(sqlite3_prepare_v3(db, sql, -1, SQLITE_PREPARE_PERSISTENT, &s,
	    NULL));
	return s;
}

static void
bind(sqlite3_stmt *s, int i, const char *text)
{
	check(sqlite3_bind_text(s, i, text, -1, SQLITE_STATIC));
}

/* The id of a text; a new text is inserted. */
static sqlite3_int64
id_of(sqlite3_stmt *find, sqlite3_stmt *make, const char *text)
{
	sqlite3_int64 id = 0;

	bind(find, 1, text);
	if (sqlite3_step(find) == SQLITE_ROW)
		id = sqlite3_column_int64(find, 0);
	check(sqlite3_reset(find));
	if (id != 0)
		return id;
	bind(make, 1, text);
	check(sqlite3_step(make));
	check(sqlite3_reset(make));
	return sqlite3_last_insert_rowid(db);
}

static void
load(FILE *in, long rows)
{
	sqlite3_stmt *find = prepare("SELECT id FROM account WHERE did = ?");
	sqlite3_stmt *make = prepare("INSERT INTO account (did) VALUES (?)");
	sqlite3_stmt *find_c = prepare(
	    "SELECT id FROM collection WHERE nsid = ?");
	sqlite3_stmt *make_c = prepare(
	    "INSERT INTO collection (nsid) VALUES (?)");
	sqlite3_stmt *put = prepare(
	    "INSERT INTO entry (account, collection, rkey, rev, state, "
	    "indexed, cid, record) VALUES (?, ?, ?, ?, 0, ?, ?, ?) "
	    "ON CONFLICT (account, collection, rkey) DO UPDATE SET "
	    "rev = excluded.rev, state = 0, indexed = excluded.indexed, "
	    "cid = excluded.cid, record = excluded.record "
	    "WHERE rev < excluded.rev");
	char *line = NULL, *fields[FIELDS], *at;
	size_t size = 0;
	long n = 0;
	int i;

	run("BEGIN IMMEDIATE");
	while (getline(&line, &size, in) > 0) {
		line[strcspn(line, "\n")] = '\0';
		at = line;
		for (i = 0; i < FIELDS; i++)
			if ((fields[i] = strsep(&at, "\t")) == NULL)
				exit(1);
		check(
		    sqlite3_bind_int64(put, 1, id_of(find, make, fields[DID])));
		check(sqlite3_bind_int64(put, 2,
		    id_of(find_c, make_c, fields[COLLECTION])));
		bind(put, 3, fields[RKEY]);
		bind(put, 4, fields[REV]);
		check(sqlite3_bind_int64(put, 5, time(NULL)));
		bind(put, 6, fields[CID]);
		bind(put, 7, fields[RECORD]);
		check(sqlite3_step(put));
		check(sqlite3_reset(put));
		if (++n % rows == 0)
			run("COMMIT; BEGIN IMMEDIATE");
	}
	run("COMMIT");
	free(line);
	sqlite3_finalize(find);
	sqlite3_finalize(make);
	sqlite3_finalize(find_c);
	sqlite3_finalize(make_c);
	sqlite3_finalize(put);
}

int
main(int argc, char **argv)
{
	if (argc != 3 || atol(argv[2]) < 1) {
		fputs("usage: miniload database rows <rows\n", stderr);
		return 2;
	}
	check(sqlite3_open(argv[1], &db));
	run("PRAGMA synchronous = NORMAL; PRAGMA temp_store = MEMORY; "
	    "PRAGMA cache_size = -16384; PRAGMA wal_autocheckpoint = 8192");
	load(stdin, atol(argv[2]));
	/* As at-load does: the last checkpoint, and the removal of the log,
	 * belong to a load. */
	check(sqlite3_close(db));
	return 0;
}
