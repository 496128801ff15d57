#!/bin/sh
# Roles that lack a right that a program needs, and servers that accept no
# changes: the message says what to do, and nothing was written.
. "${0%/*}/lib/tap.sh"
. "$top/t/lib/load.sh"

need_postgres
ok "PostgreSQL starts" postgres_start -F || done_testing
repo "$did" $r1 9 | lines >first
repo "$did" $r2 9 edit=2 drop=5 | lines >second

# role NAME: print its URL of the database records
role() {
	echo "postgresql://$1@/records?host=$postgres_dir"
}
# admin STATEMENT...: run it as the owner of everything
admin() {
	psql_at "$db" "SET client_min_messages = warning" \
	    "SET default_transaction_read_only = off" "$@"
}
# refused NAME MESSAGE CMD...
refused() {
	refused_name=$1 refused_why=$2
	shift 2
	exits 2 "$refused_name" "$@"
	is "says what to do" "$(cat err)" "$1: PostgreSQL: $refused_why"
}

db=$(postgres_db records)
admin "CREATE ROLE writer LOGIN" "CREATE ROLE \"the reader\" LOGIN" \
    "CREATE ROLE friend LOGIN" \
    "REVOKE TEMPORARY ON DATABASE records FROM public" \
    "REVOKE CREATE ON SCHEMA public FROM public"
reader=$(role the%20reader)

refused "no temporary tables" "the role needs GRANT TEMPORARY ON DATABASE \
records TO writer" at-load "$(role writer)" first
admin "GRANT TEMPORARY ON DATABASE records TO writer, friend"
refused "no tables at all" "to make the tables, the role needs GRANT CREATE \
ON SCHEMA public TO writer" at-load "$(role writer)" first
refused "no schema" "no schema of the search path (none) exists: create one, \
or ALTER ROLE writer SET search_path" \
    at-load "$(role writer)&options=-csearch_path%3Dnone" first
is "nothing was written" "$(psql_at "$db" "SELECT count(*) FROM pg_class
    WHERE relname = 'account'")" 0
admin "GRANT CREATE ON SCHEMA public TO writer"
exits 0 "then it loads" at-load "$(role writer)" first
admin "REVOKE CREATE ON SCHEMA public FROM writer"
exits 0 "and again" at-load "$(role writer)" second
is "all of it" "$(contents "$db")" "3kaaaaaaaaa22 4 3kbbbbbbbbb22 4"

refused "at-status, without any right" "the role needs GRANT SELECT ON ALL \
TABLES IN SCHEMA public TO \"the reader\"" at-status "$reader"
admin 'GRANT SELECT ON ALL TABLES IN SCHEMA public TO "the reader", friend'
exits 0 "with that of reading it reads" at-status "$reader"
is "what is there" "$(jq -r .state out)" completed
refused "but resets nothing" "the role needs GRANT TEMPORARY ON DATABASE \
records TO \"the reader\"" at-status --reset --failed "$reader"
refused "a writer that may read alone" "the role needs GRANT SELECT, INSERT, \
UPDATE, DELETE ON ALL TABLES IN SCHEMA public TO friend" \
    at-load "$(role friend)" first
admin 'GRANT INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA public TO friend'
refused "or not count" "the role needs GRANT USAGE ON ALL SEQUENCES IN SCHEMA \
public TO friend" at-load "$(role friend)" first
admin 'GRANT USAGE ON ALL SEQUENCES IN SCHEMA public TO friend'
exits 0 "with these it writes" at-load "$(role friend)" second
refused "an index of another's tables" "only the owner of the tables may \
change them or make an index: let writer do this" \
    at-load --index a.b.c:x "$(role friend)" second
refused "an index without the right to make one" "to change the tables or \
make an index, the role needs GRANT CREATE ON SCHEMA public TO writer" \
    at-load --index a.b.c:x "$(role writer)" second
admin "GRANT CREATE ON SCHEMA public TO writer"
exits 0 "with it the owner makes it" \
    at-load --index a.b.c:x "$(role writer)" second
admin "REVOKE CREATE ON SCHEMA public FROM writer"
exits 0 "where it is, any writer may ask for it" \
    at-load --index a.b.c:x "$(role friend)" second
psql_at "$db" "CREATE DATABASE old"
psql_at "$(postgres_url old)" "$(cat "$top/t/data/db/postgres-1.sql")" \
    "GRANT ALL ON ALL TABLES IN SCHEMA public TO friend" \
    "GRANT ALL ON ALL SEQUENCES IN SCHEMA public TO friend" >made
refused "another's tables of an older version" "only the owner of the tables \
may change them or make an index: let $(id -un) do this" \
    at-load "postgresql://friend@/old?host=$postgres_dir" second
admin "REVOKE USAGE ON SCHEMA public FROM public"
refused "a schema that isn't to be seen" "the tables are in the schema \
public, which the role can't see: it needs GRANT USAGE ON SCHEMA public TO \
\"the reader\", and the schema in its search_path" at-status "$reader"
admin "GRANT USAGE ON SCHEMA public TO public"

# A database's defaults for sessions don't apply to at-load.
admin "ALTER DATABASE records SET default_transaction_read_only = on"
sed "s/$did/did:web:b.example/" first >third
exits 0 "a database that is read-only by default" at-load "$(role writer)" third
is "is written" "$(contents "$db")" "3kaaaaaaaaa22 13 3kbbbbbbbbb22 4"

# The same files, as those of a standby
postgres_stop fast
# shellcheck disable=SC2086 # words
$postgres_as touch "$postgres_dir/data/standby.signal"
ok "a standby starts" postgres_start -F || done_testing
refused "at-load into it" "this server is a standby, which is read-only: \
name the primary" at-load "$(role writer)" second
exits 0 "at-status of it" at-status "$reader"
is "reads" "$(jq -r .state out | sort -u)" completed

done_testing
