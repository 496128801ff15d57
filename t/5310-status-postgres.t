#!/bin/sh
# at-status, over PostgreSQL.
. "${0%/*}/lib/tap.sh"
. "$top/t/lib/load.sh"
. "$top/t/lib/postgres.sh"

need_postgres
ok "PostgreSQL starts" postgres_start -F || done_testing
database() {
	postgres_db "$1"
}
sql() {
	psql_at "$1" "$2"
}
. "$top/t/lib/status.sh"

# Trouble.
trouble "a database without tables" \
    "PostgreSQL: the database has no tables of at-load" --reset --failed \
    "$(database empty)"
exits 0 "it has no cursors" at-status --cursors "$(postgres_url empty)"
is "no tables are made" "$(psql_at "$(echo "$db" | sed 's/gone/empty/')" \
    "SELECT count(*) FROM pg_tables WHERE schemaname = 'public'")" 0

db=$(database trouble)
failing | at-load "$db"
# others STATEMENT: run it for at-status's connections
others() {
	sql "$db" "SELECT $1 FROM pg_stat_activity
	    WHERE application_name = 'atpipe' AND wait_event_type = 'Lock'"
}
waits() {
	[ "$(others 'count(*)')" = 1 ]
}
# begin DID OPTION...: start at-status as $pid; it waits for this account
begin() {
	rm -f commands
	mkfifo commands
	: >answers
	"$postgres_bin/psql" -XqAt "$db" <commands >>answers &
	exec 3>commands
	echo "BEGIN; SELECT did FROM account WHERE did = '$1' FOR UPDATE;" >&3
	wait_for "the lock" grep -q "$1" answers
	shift
	at-status "$@" "$db" >out 2>err 3>&- &
	pid=$!
	wait_for "that it is waited for" waits
}
# In the second transaction
begin did:web:a1500.example --reset --failed
is "a connection is lost" "$(others 'pg_terminate_backend(pid)')" t
exec 3>&-
ok "--reset goes on" wait $pid
is "with each account once" "$(jq -r .did out | sort -u | wc -l) $(wc -l <out)" \
    "2500 2500"
is "and has reset all" "$(dids --failed | wc -w)" 0

db=$(database trouble)
failing | at-load "$db"
begin did:web:a1500.example --reset --failed
kill -9 $pid
wait $pid 2>/dev/null
exec 3>&-
is "--reset is killed" "$(dids --failed | wc -w)" 1500
exits 0 "again" at-status --reset --failed "$db"
is "it does the rest" "$(wc -l <out)" 1500

db=$(database back)
{
	repo did:web:a.example "$r1" 6 | lines
	state a takendown "$early"
	repo did:web:b.example "$r1" 6 | lines
	state b takendown "$early"
} | at-load "$db"
begin did:web:b.example --purge-gone -v
echo "UPDATE account SET status = 'active' WHERE did = 'did:web:b.example';
    COMMIT;" >&3
exec 3>&-
ok "what comes back meanwhile" wait $pid
is "isn't purged" "$(cat err)" "at-status: 1 accounts, 6 records removed"

done_testing
