#!/bin/sh
# PostgreSQL behind PgBouncer, which gives each transaction another connection
# of the server.
. "${0%/*}/lib/tap.sh"
. "$top/t/lib/load.sh"

need_postgres
bouncer=$(PATH=$PATH:/usr/sbin:/sbin command -v \
    "${ATPIPE_PGBOUNCER:-pgbouncer}") || skip_all "no pgbouncer"
ok "PostgreSQL starts" postgres_start -F || done_testing

# bouncer MODE: start it
bouncer() {
	cat >bouncer.ini <<END
[databases]
* = host=$postgres_dir user=$(id -un)
[pgbouncer]
listen_addr =
unix_socket_dir = $postgres_dir
listen_port = 6432
auth_type = any
pool_mode = $1
default_pool_size = 3
server_round_robin = 1
logfile = $postgres_dir/bouncer.log
END
	cp bouncer.ini "$postgres_dir/bouncer.ini"
	chmod 644 "$postgres_dir/bouncer.ini"
	# shellcheck disable=SC2086 # words
	$postgres_as "$bouncer" "$postgres_dir/bouncer.ini" >bouncer.out 2>&1 &
	bouncer_pid=$!
	ready() {
		[ -S "$postgres_dir/.s.PGSQL.6432" ]
	}
	wait_for "pgbouncer" ready
}
bouncer_end() {
	[ -n "${bouncer_pid-}" ] || return 0
	kill "$bouncer_pid"
	wait "$bouncer_pid"
	bouncer_pid=
}
at_exit bouncer_end

# pooled NAME: print its URL through the pooler
pooled() {
	echo "postgresql://any@/$1?host=$postgres_dir&port=6432"
}

i=0
while [ $i -lt 30 ]; do
	i=$((i + 1))
	repo did:web:a$i.example $r1 30
	repo did:web:a$i.example $r2 30 edit=4 drop=7
done >repos
lines <repos >all
sed 's/3kbbbbbbbbb22/3kccccccccc22/' all | grep 3kccc |
    jq -c 'select(.type == "record") | .source = "live" |
    if .rkey > "k0000020" then .action = "delete" | del(.cid, .record)
    else . end' >live

for mode in transaction session; do
	bouncer $mode
	db=$(postgres_db direct)
	at-load "$db" all live
	rows "$db" >want
	at-status "$db" | jq -c 'del(.at)' >states

	postgres_db pooled >/dev/null
	db=$(pooled pooled)
	exits 0 "$mode pooling: the first load" at-load "$db" all
	is "says nothing" "$(cat err)" ""
	exits 0 "the second" at-load --batch 100 "$db" live
	is "says nothing" "$(cat err)" ""
	exits 0 "and once more" at-load "$db" live all
	rows "$(postgres_url pooled)" >got
	ok "it is the same as without a pooler" cmp got want
	exits 0 "at-status reads it" at-status "$db"
	jq -c 'del(.at)' <out >got
	ok "and says the same" cmp got states

	postgres_db many >/dev/null
	db=$(pooled many) pids=
	for part in 0 1 2 3; do
		awk -v part=$part 'NR % 4 == part' live |
			cat all - >part$part
		at-load --batch 300 "$db" part$part 2>err$part &
		pids="$pids $!"
	done
	for pid in $pids; do
		ok "one of four processes" wait "$pid"
	done
	is "no messages" "$(cat err?)" ""
	sql "$(postgres_url many)" 'SELECT uri, rev, cid FROM records
	    ORDER BY uri' >got
	sql "$(postgres_url direct)" 'SELECT uri, rev, cid FROM records
	    ORDER BY uri' >want
	ok "four processes load the same" cmp got want

	repo "$did" $r1 3 | lines >few
	mkfifo pipe
	at-load "$(pooled pooled)" <pipe 2>err &
	pid=$!
	exec 3>pipe
	head -n 2 few >&3
	seen() {
		[ "$(sql "$(postgres_url pooled)" "SELECT count(*)
		    FROM records WHERE did = '$did'")" = "$1" ]
	}
	wait_for "a stream's first lines" seen 1
	psql_at "$(postgres_url postgres)" "SELECT count(
	    pg_terminate_backend(pid)) FROM pg_stat_activity
	    WHERE datname = 'pooled'" >/dev/null
	tail -n +3 few >&3
	exec 3>&-
	ok "goes on when the server's connections end" wait "$pid"
	ok "with the others" seen 3
	rm pipe
	bouncer_end
done

done_testing
