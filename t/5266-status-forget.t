#!/bin/sh
# at-status --forget: nothing is left of an account.
. "${0%/*}/lib/tap.sh"
. "$top/t/lib/load.sh"

other=did:web:other.example
# all_of DID: print lines of every type about it
all_of() {
	printf '{"type":"identity","did":"%s","handle":"a.example",' "$1"
	echo '"pds":"https://pds.example","at":"2026-01-01T00:00:00Z"}'
	printf '{"type":"repo","did":"%s","rev":"%s","active":true,' "$1" $r2
	echo '"host":"https://pds.example"}'
	printf '{"type":"repo","did":"%s","rev":"%s","active":true,' "$1" $r3
	echo '"host":"https://relay.example"}'
	repo "$1" $r1 6 | lines
	printf '{"type":"record","did":"%s","rev":"%s",' "$1" $r2
	printf '"collection":"com.example.a","rkey":"k","action":"delete",'
	echo '"source":"live"}'
	printf '{"type":"error","program":"at-validate","did":"%s",' "$1"
	printf '"rev":"%s","collection":"com.example.a","rkey":"b",' $r2
	echo '"error":"InvalidRecord","source":"live","record":{"b":1}}'
	printf '{"type":"cursor","did":"%s","collection":"com.example.b",' "$1"
	printf '"rev":"%s","cursor":"x"}\n' $r3
	printf '{"type":"record","did":"%s","rev":"%s",' "$1" $r3
	printf '"collection":"com.example.b","rkey":"k","action":"create",'
	echo '"source":"list","cid":"bafyreia","record":{}}'
	printf '{"type":"error","program":"at-fetchrepo","did":"%s",' "$1"
	echo '"error":"Timeout","retry":true,"at":"2026-01-01T00:00:00Z"}'
}
all_of "$did" >input
all_of $other | sed 's/a.example"/b.example"/' >rest

forgets() {
	db=$(database "$1" alone)
	at-load --changes "$db" rest 2>said
	rows "$db" >want
	db=$(database "$1" both)
	at-load --changes "$db" rest 2>said
	at-load "$db" input 2>said
	exits 2 "$1: --forget alone" at-status --forget "$db"
	for also in --pending --failed --reset --purge-gone --summary; do
		exits 2 "$1: with $also" at-status --forget "$also" --did "$did" \
		    "$db"
	done
	exits 0 "$1: --forget" at-status -v --forget --did "$did" "$db"
	is "$1: tells what it removed" "$(cat out err)" \
	    "at-status: 1 accounts, 7 records removed"
	rows "$db" >got
	ok "$1: the other account is all there is" cmp got want ||
		diff want got | diag
	for table in account entry coverage error word snapshot seen \
	    snapshot_filter snapshot_count; do
		sql "$db" "SELECT count(*) FROM $table"
	done >got
	db=$(database "$1" alone)
	at-load --changes "$db" rest 2>said
	for table in account entry coverage error word snapshot seen \
	    snapshot_filter snapshot_count; do
		sql "$db" "SELECT count(*) FROM $table"
	done >want
	ok "$1: also in the tables" cmp got want
	db=${db%alone*}both${db##*alone}
	is "$1: each row's end is recorded" "$(sql "$db" "SELECT action,
	    count(*) FROM changes WHERE did = '$did' GROUP BY 1 ORDER BY 1" |
	    tr '\n' ' ')" "create|7 delete|7 "
	exits 0 "$1: once more" at-status -v --forget --did "$did" "$db"
	is "$1: there is nothing" "$(cat err)" \
	    "at-status: 0 accounts, 0 records removed"
	at-load "$db" input 2>said
	is "$1: the same lines load it again" "$(sql "$db" "SELECT count(*)
	    FROM records WHERE did = '$did'")" 7

	# A loader that has the account in memory.
	db=$(database "$1" known)
	repo "$did" "$r1" 30 | lines >first
	repo "$did" "$r2" 30 edit=2 | lines >second
	mkfifo pipe
	at-load "$db" <pipe 2>said &
	loader=$!
	exec 3>pipe
	cat first >&3
	wait_for "what came first" is_loaded 30
	at-status --forget --did "$did" "$db"
	cat second >&3
	exec 3>&-
	wait "$loader"
	is "$1: a loader that knew it makes it anew" "$? $(contents "$db")" \
	    "0 $r2 30"
	rm pipe

	db=$(database "$1" midst)
	mkfifo pipe
	at-load --batch 1 "$db" <pipe 2>said &
	loader=$!
	exec 3>pipe
	head -n 10 first >&3
	wait_for "a part of it" is_loaded 9
	at-status --forget --did "$did" "$db"
	exec 3>&-
	wait "$loader"
	is "$1: a snapshot that is gone isn't in progress" "$? $(cat said)" "0 "
	rm pipe
}

# hold DATABASE: forget the account, and commit when there is something in the
# pipe
hold() {
	cat >statements <<-END
	BEGIN;
	DELETE FROM entry;
	DELETE FROM coverage;
	DELETE FROM account;
	SELECT 'held';
	END
	case $1 in
	postgresql:*)
		printf '%s\n' '\! cat pipe' 'COMMIT;' >>statements
		"$postgres_bin/psql" -XqAt "$1" <statements
		;;
	*)	printf '%s\n' '.shell cat pipe' 'COMMIT;' >>statements
		sqlite3 "$1" <statements
		;;
	esac
}

# The account is removed while a loader that has read it waits for its turn.
races() {
	db=$(database "$1" raced)
	at-load "$db" first
	mkfifo pipe
	hold "$db" >held &
	holder=$!
	wait_for "who forgets" grep -q held held
	at-load -q "$db" second 2>said &
	loader=$!
	wait_for "a loader that waits" "waits_$1"
	echo >pipe
	wait "$holder"
	wait "$loader"
	is "$1: so does one that waits for who forgets it" \
	    "$? $(contents "$db") $(cat said)" "0 $r2 30 "
	rm pipe
}
# It checks every millisecond.
waits_sqlite() {
	[ "$(sed -n 's/^voluntary_ctxt_switches:[[:space:]]*//p' \
	    "/proc/$loader/status")" -gt 50 ]
}
waits_postgresql() {
	[ "$(psql_at "$db" "SELECT count(*) FROM pg_stat_activity
	    WHERE wait_event_type = 'Lock' AND datname = 'raced'")" -gt 0 ]
}
is_loaded() {
	[ "$(sql "$db" "SELECT count(*) FROM records")" -eq "$1" ]
}
goes() {
	forgets "$1"
	races "$1"
}
each_database goes -F

done_testing
