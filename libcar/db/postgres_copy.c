#include "config.h"

#include "libcar/db/jsonb.h"
#include "libcar/db/postgres_copy_private.h"
#include "libcar/db/postgres_map_private.h"

/*
 * New entries are copied into the table by COPY in binary format. Changed
 * entries are copied to a temporary table, from which three statements update
 * the table.
 */

#define COPY_BYTES ((size_t)64 << 10)

static void
copy_integer(struct buf *b, int64_t value)
{
	db_postgres_put_integer(b, 8, 4);
	db_postgres_put_integer(b, value, 8);
}

/* A jsonb in binary: its version, and the text. */
static void
copy_jsonb(struct buf *b, const struct slice *json)
{
	db_postgres_put_integer(b, (int64_t)json->len + 1, 4);
	db_postgres_put_integer(b, 1, 1);
	buf_put(b, json->at, json->len);
}

/* The fields record and record_text: jsonb alone, or the text alone if it is
 * too long for jsonb, or both if jsonb changes it. */
static int
copy_record(struct db_postgres *d, const struct slice *record,
    struct status *st)
{
	struct slice json = *record, none = { NULL, 0 };
	struct buf *b = &d->copy;
	enum jsonb_fit fit = JSONB_LONG;

	if (record->at != NULL &&
	    jsonb_check(record->at, record->len, &fit, st) == -1)
		return -1;
	if (fit == JSONB_CHANGED) {
		d->text.len = 0;
		jsonb_write(record->at, record->len, &d->text);
		if (d->text.failed)
			return status_no_memory(st);
		json = (struct slice){ d->text.data, d->text.len };
	}
	if (fit == JSONB_LONG)
		db_postgres_put_text(b, &none);
	else
		copy_jsonb(b, &json);
	db_postgres_put_text(b, fit == JSONB_SAME ? &none : record);
	return 0;
}

static int
copy_send(struct db_postgres *d, struct status *st)
{
	if (d->copy.failed)
		return status_no_memory(st);
	if (PQputCopyData(d->conn, d->copy.data, (int)d->copy.len) != 1)
		return db_postgres_fail(d, NULL, st);
	d->copy.len = 0;
	return 0;
}

/* A row of either table; the temporary one has a column for the change. */
static int
copy_row(struct db_postgres *d, const struct db_postgres_node *n, bool is_new,
    struct status *st)
{
	const struct slice rev = { n->entry.rev, strlen(n->entry.rev) };
	struct buf *b = &d->copy;

	db_postgres_put_integer(b, is_new ? 10 : 11, 2); /* fields */
	copy_integer(b, n->key.account);
	copy_integer(b, n->key.collection);
	copy_integer(b, n->entry.id);
	copy_integer(b, n->indexed);
	db_postgres_put_integer(b, 2, 4);
	db_postgres_put_integer(b, n->entry.state, 2);
	db_postgres_put_text(b, &n->key.rkey);
	db_postgres_put_text(b, &rev);
	db_postgres_put_text(b, &n->entry.cid);
	if (copy_record(d, &n->record, st) == -1)
		return -1;
	if (!is_new)
		copy_integer(b, n->change);
	return b->len < COPY_BYTES ? 0 : copy_send(d, st);
}

/* The result of a COPY that began. */
static int
copy_result(struct db_postgres *d, int rc, struct status *st)
{
	PGresult *res;

	while ((res = PQgetResult(d->conn)) != NULL) {
		if (PQresultStatus(res) == PGRES_COPY_IN) {
			/* Ending the COPY failed. */
			PQclear(res);
			return db_postgres_fail(d, NULL, st);
		}
		if (rc == 0 && PQresultStatus(res) != PGRES_COMMAND_OK)
			rc = db_postgres_fail(d, res, st);
		PQclear(res);
	}
	return rc;
}

/* Does this node belong into this table? */
static bool
is_for(const struct db_postgres_node *n, bool is_new)
{
	if (is_new)
		return !n->stored && n->entry.id != 0;
	return n->stored && n->change != DB_POSTGRES_NONE;
}

static int
copy_rows(struct db_postgres *d, bool is_new, struct status *st)
{
	struct db_postgres_map *m = d->map;
	size_t i;

	d->copy.len = 0;
	/* The signature, no flags, no header extension. */
	buf_put(&d->copy, "PGCOPY\n\377\r\n\0\0\0\0\0\0\0\0\0", 19);
	for (i = 0; i < m->nchanged; i++)
		if (is_for(m->changed[i], is_new) &&
		    copy_row(d, m->changed[i], is_new, st) == -1)
			return -1;
	db_postgres_put_integer(&d->copy, -1, 2);
	return copy_send(d, st);
}

static int
copy_table(struct db_postgres *d, bool is_new, const char *sql,
    struct status *st)
{
	PGresult *res;
	int rc = 0;

	if (db_postgres_wait(d, st) == -1)
		return -1;
	res = PQexec(d->conn, sql);
	if (PQresultStatus(res) != PGRES_COPY_IN)
		rc = db_postgres_fail(d, res, st);
	PQclear(res);
	if (rc == -1)
		return -1;
	rc = copy_rows(d, is_new, st);
	if (PQputCopyEnd(d->conn, rc == 0 ? NULL : "not all there") != 1 &&
	    rc == 0)
		rc = db_postgres_fail(d, NULL, st);
	return copy_result(d, rc, st);
}

#define COLUMNS \
	"account, collection, id, indexed, state, rkey, rev, cid, record, " \
	"record_text"

static int
copy_new(struct db_postgres *d, struct status *st)
{
	return copy_table(d, true,
	    "COPY entry (" COLUMNS ") FROM STDIN (FORMAT binary)", st);
}

#define TEMPORARY \
	"CREATE TEMPORARY TABLE IF NOT EXISTS change " \
	"(LIKE entry, change bigint) ON COMMIT "

static int
need_temporary(struct db_postgres *d, struct status *st)
{
	if (!d->merging &&
	    db_postgres_exec(d,
		d->pooled ? TEMPORARY "DROP" : TEMPORARY "DELETE ROWS",
		st) == -1)
		return -1;
	if (d->merged && db_postgres_exec(d, "DELETE FROM change", st) == -1)
		return -1;
	d->merging = d->merged = true;
	return 0;
}

#define SAME \
	"e.account = c.account AND e.collection = c.collection AND " \
	"e.rkey = c.rkey"

/* The numbers 1, 2 and 3 are enum db_postgres_change. */
static int
merge(struct db_postgres *d, struct status *st)
{
	if (need_temporary(d, st) == -1 ||
	    copy_table(d, false,
		"COPY change (" COLUMNS ", change) FROM STDIN (FORMAT binary)",
		st) == -1 ||
	    db_run(&d->db, st,
		"UPDATE entry e SET rev = c.rev, state = c.state "
		"FROM change c WHERE " SAME " AND c.change = 1",
		"") == -1 ||
	    db_run(&d->db, st,
		"UPDATE entry e SET id = c.id, rev = c.rev, state = c.state, "
		"indexed = c.indexed, cid = c.cid, record = c.record, "
		"record_text = c.record_text "
		"FROM change c WHERE " SAME " AND c.change = 2",
		"") == -1)
		return -1;
	return db_run(&d->db, st,
	    "DELETE FROM entry e USING change c WHERE " SAME
	    " AND c.change = 3",
	    "");
}

/* The table and the nodes agree now. */
static void
clear_changes(struct db_postgres_map *m)
{
	struct db_postgres_node *n;
	size_t i;

	for (i = 0; i < m->nchanged; i++) {
		n = m->changed[i];
		n->stored = n->entry.id != 0;
		n->change = DB_POSTGRES_NONE;
		n->record = (struct slice){ NULL, 0 };
		n->listed = false;
		db_postgres_map_account(m, n->key.account)->change =
		    DB_POSTGRES_NONE;
	}
	m->nchanged = 0;
}

int
db_postgres_copy_changes(struct db_postgres *d, struct status *st)
{
	struct db_postgres_map *m = d->map;
	size_t i, added = 0, others = 0;

	for (i = 0; i < m->nchanged; i++) {
		added += is_for(m->changed[i], true);
		others += is_for(m->changed[i], false);
	}
	/* Merge first: a removed key may return as a new entry with another
	 * id. */
	if (others > 0 && merge(d, st) == -1)
		return -1;
	if (added > 0 && copy_new(d, st) == -1)
		return -1;
	clear_changes(m);
	return 0;
}
