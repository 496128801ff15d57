#!/bin/sh
# shellcheck disable=SC2119 # what is run without options
# at-serve: a database that is slow, that goes away, and that others write to.
. "${0%/*}/lib/tap.sh"
. "$top/t/lib/serve.sh"
. "$top/t/lib/load.sh"
. "$top/t/lib/operations.sh"

a=$(plc_did 2) b=$(plc_did 3)
echo '2 01 create cid=a handle=a.test pds=pds.test' | plc_lines >first
echo '3 02 create cid=a handle=b.test pds=pds.test' | plc_lines >second

# slow DATABASE: make every query of operations endless; fast: undo it
slow() {
	case $1 in
	postgresql:*) endless='SELECT pg_sleep(1000) AS y' ;;
	*) endless='WITH RECURSIVE c(x) AS (SELECT 1 UNION ALL
	    SELECT x + 1 FROM c) SELECT count(*) AS y FROM c' ;;
	esac
	sql "$1" "ALTER TABLE plc_operation RENAME TO operation_away;
	    CREATE VIEW plc_operation AS
	    SELECT o.* FROM ($endless) s, operation_away o"
}
fast() {
	sql "$1" 'DROP VIEW plc_operation;
	    ALTER TABLE operation_away RENAME TO plc_operation'
}

trouble() {
	kind=$1
	db=$(database "$kind" trouble)
	at-load "$db" first
	start_serve -j 2 --query-timeout 500ms "$db"
	get "/$a"
	is "$kind: a document" "$code" 200
	get "/$b"
	is "$kind: none" "$code" 404
	at-load "$db" second
	get "/$b"
	is "$kind: what is loaded is there at once" "$code" 200

	slow "$db"
	get "/$a" -m 20
	is "$kind: a query that takes too long" "$code $(cat body)" \
	    '503 {"message":"The query takes too long"}'
	get /_health -m 20
	is "$kind: others are answered" "$code" 200
	fast "$db"
	get "/$a" -m 20
	is "$kind: and later this one, too" "$code" 200
	ok "$kind: the reason" grep -qi 'took too long\|statement timeout' \
	    serve.err
}

asked_and_told() {
	get /_health
	grep -q '^at-serve: PostgreSQL: ' serve.err
}

lost() {
	: >serve.err
	sql "$db" "SELECT pg_terminate_backend(pid) FROM pg_stat_activity
	    WHERE application_name = 'atpipe'" >mode
	get "/$a"
	is "$kind: a broken connection is opened again" "$code" 200
	same "$kind: and nobody notices" serve.err </dev/null
	postgres_stop
	: >serve.err
	began=$(date +%s)
	for path in "/$a" /_health; do
		get "$path"
		is "$kind: no server: $path" "$code $(cat body)" \
		    '503 {"message":"Service Unavailable"}'
	done
	get /xrpc/_health
	is "$kind: no server, of XRPC" "$code $(jq -r .error body)" \
	    '503 NotEnoughResources'
	n=0
	while [ $n -lt 10 ]; do
		n=$((n + 1))
		curl -s "$url/_health" "$url/_health" "$url/_health" >many
	done
	wait_for "$kind: a message" asked_and_told
	seconds=$(($(date +%s) - began))
	ok "$kind: once a second at most: $(wc -l <serve.err) in $seconds s" \
	    test "$(wc -l <serve.err)" -le $((seconds + 1))
	ok "$kind: it says so" grep -q '^at-serve: PostgreSQL: ' serve.err
	stop_serve
	is "$kind: it ends" "$serve_status" 0
	run at-serve --listen 127.0.0.1:0 "$db"
	is "$kind: it doesn't start without a server" "$status" 75
}

trouble sqlite
stop_serve
is "sqlite: it ends" "$serve_status" 0
if postgres_find; then
	ok "PostgreSQL starts" postgres_start -F || done_testing
	trouble postgresql
	lost
else
	skip "with PostgreSQL" "no server of PostgreSQL"
fi

done_testing
