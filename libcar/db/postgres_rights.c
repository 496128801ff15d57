#include "config.h"

#include "libcar/db/postgres_rights_private.h"

/*
 * One query finds the first missing right and returns the message, because the
 * server knows how to quote names.
 */

#define TABLES \
	"(SELECT c.oid, c.relkind FROM pg_class c WHERE c.relnamespace = " \
	"(SELECT o.relnamespace FROM pg_class o " \
	"WHERE o.oid = to_regclass('atpipe')) AND c.relname IN " \
	"('atpipe', 'account', 'collection', 'entry', 'coverage', " \
	"'snapshot', 'snapshot_filter', 'snapshot_count', 'seen', " \
	"'seen_key', 'error', 'word', 'service', 'feed', 'feed_change', " \
	"'plc_operation', 'blob', 'writer', 'entry_id', 'repos')) t"

/* The schema of the tables. */
#define SCHEMA \
	"(SELECT CAST(n.nspname AS text) FROM pg_class c JOIN pg_namespace n " \
	"ON n.oid = c.relnamespace WHERE c.oid = to_regclass('atpipe'))"

/* Tables that this role can't see. */
#define ELSEWHERE \
	"(SELECT min(CAST(n.nspname AS text)) FROM pg_class c " \
	"JOIN pg_namespace n ON n.oid = c.relnamespace " \
	"JOIN pg_attribute a ON a.attrelid = c.oid " \
	"WHERE c.relname = 'atpipe' AND c.relkind = 'r' " \
	"AND a.attname = 'generation')"

#define IS_MISSING "to_regclass('atpipe') IS NULL"

/* clang-format off */
static const char of_writer[] =
"SELECT CASE "
"WHEN pg_is_in_recovery() THEN "
    "'this server is a standby, which is read-only: name the primary' "
"WHEN NOT has_database_privilege(current_database(), 'TEMPORARY') THEN "
    "format('the role needs GRANT TEMPORARY ON DATABASE %I TO %I', "
    "current_database(), current_user) "
"WHEN " IS_MISSING " AND current_schema() IS NULL THEN "
    "format('no schema of the search path (%s) exists: create one, or "
    "ALTER ROLE %I SET search_path', "
    "current_setting('search_path'), current_user) "
"WHEN " IS_MISSING " AND "
    "NOT has_schema_privilege(current_schema(), 'CREATE') THEN "
    "format('to make the tables, the role needs "
    "GRANT CREATE ON SCHEMA %I TO %I', current_schema(), current_user) "
"WHEN EXISTS (SELECT 1 FROM " TABLES " WHERE CASE "
    "WHEN t.relkind = 'r' THEN NOT "
	"(has_table_privilege(t.oid, 'SELECT') AND "
	"has_table_privilege(t.oid, 'INSERT') AND "
	"has_table_privilege(t.oid, 'UPDATE') AND "
	"has_table_privilege(t.oid, 'DELETE')) END) THEN "
    "format('the role needs GRANT SELECT, INSERT, UPDATE, DELETE "
    "ON ALL TABLES IN SCHEMA %I TO %I', " SCHEMA ", current_user) "
"WHEN EXISTS (SELECT 1 FROM " TABLES " WHERE "
    "CASE WHEN t.relkind = 'S' "
	"THEN NOT has_sequence_privilege(t.oid, 'USAGE') END) THEN "
    "format('the role needs GRANT USAGE ON ALL SEQUENCES IN SCHEMA %I "
    "TO %I', " SCHEMA ", current_user) "
"END";

static const char of_reader[] =
"SELECT CASE "
"WHEN " IS_MISSING " AND " ELSEWHERE " IS NOT NULL THEN "
    "format('the tables are in the schema %I, which the role can''t see: it "
    "needs GRANT USAGE ON SCHEMA %I TO %I, and the schema in its "
    "search_path', " ELSEWHERE ", " ELSEWHERE ", current_user) "
"WHEN EXISTS (SELECT 1 FROM " TABLES " WHERE CASE "
    "WHEN t.relkind IN ('r', 'v') "
	"THEN NOT has_table_privilege(t.oid, 'SELECT') END) THEN "
    "format('the role needs GRANT SELECT ON ALL TABLES IN SCHEMA %I TO %I', "
    SCHEMA ", current_user) "
"END";

static const char of_owner[] =
"SELECT CASE "
"WHEN NOT pg_has_role(c.relowner, 'USAGE') THEN "
    "format('only the owner of the tables may change them or make an index: "
    "let %I do this', pg_get_userbyid(c.relowner)) "
"WHEN NOT has_schema_privilege(c.relnamespace, 'CREATE') THEN "
    "format('to change the tables or make an index, the role needs "
    "GRANT CREATE ON SCHEMA %I TO %I', " SCHEMA ", current_user) "
"END FROM pg_class c WHERE c.oid = to_regclass('entry')";
/* clang-format on */

static int
check(struct db_postgres *d, const char *query, struct status *st)
{
	struct slice missing = { NULL, 0 };
	struct db_rows rows;

	db_query(&d->db, &rows, st, query, "");
	if (db_next(&rows) && (missing = db_text(&rows, 0)).at != NULL)
		rows.rc = status_set(st, STATUS_SYSTEM, 0, "PostgreSQL: %.*s",
		    (int)missing.len, missing.at);
	return db_end(&rows);
}

int
db_postgres_rights(struct db_postgres *d, struct status *st)
{
	return check(d, d->read ? of_reader : of_writer, st);
}

int
db_postgres_may_alter(struct db_postgres *d, struct status *st)
{
	return check(d, of_owner, st);
}
