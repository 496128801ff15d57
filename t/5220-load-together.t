#!/bin/sh
# Several at-load processes with one database, which they create together; at
# the same time a live stream of the same accounts, and readers while a stream
# pauses.
. "${0%/*}/lib/tap.sh"
. "$top/t/lib/load.sh"

i=0
while [ $i -lt 40 ]; do
	i=$((i + 1))
	repo did:web:a$i.example $r1 300
	repo did:web:a$i.example $r2 300 edit=10 drop=11
done >wanted
for part in 0 1 2 3; do
	awk -v part=$part 'int((NR - 1) / 2) % 4 == part' wanted |
		lines >part$part
done
# What may come together with a stream, in any order: one snapshot of each
# account
for part in 0 1 2; do
	awk -v part=$part 'NR % 2 == 0 && NR / 2 % 3 == part' wanted |
		lines >whole$part
done

# live: print a stream about these accounts: rkeys that their snapshots have,
# and others, created, updated and deleted before and after the snapshots' rev
live() {
	awk '
	# Six digits of 2 to 7
	function sixth(n, text, i) {
		for (i = 0; i < 6; i++) {
			text = n % 6 + 2 text
			n = int(n / 6)
		}
		return text
	}
	BEGIN {
		srand(5)
		split("com.example.like com.example.post org.example.x", nsid)
		split("create update delete", action)
		for (n = 0; n < 6000; n++) {
			k = int(rand() * 330) + 1
			a = action[int(rand() * 3) + 1]
			printf "{\"type\":\"record\",\"did\":" \
			    "\"did:web:a%d.example\",\"rev\":\"%s%s\"," \
			    "\"collection\":\"%s\",\"rkey\":\"k%07d\"," \
			    "\"action\":\"%s\",\"source\":\"live\"",
			    int(rand() * 40) + 1,
			    n % 2 ? "3kaaaaa" : "3kccccc", sixth(n),
			    nsid[(k - 1) % 3 + 1], k, a
			if (a != "delete")
				printf ",\"cid\":\"bafyreilive%s\"," \
				    "\"record\":{\"n\":%d}", sixth(n), n
			print "}"
		}
	}'
}
live >whole3

# portions FILE: feed parts of the file, each of which is a transaction
portions() {
	while head -n 100 | grep .; do
		sleep 0.03
	done <"$1"
}

# tables DATABASE: print what doesn't depend on which process was first. If a
# later version of a key was already known, the snapshot either knows it or not
# yet.
tables() {
	rows "$1" | sed '/^[^|]*|[^|]*|completed|/d'
	sql "$1" 'SELECT did, collection, status, loaded_rev,
	    records_synced + records_skipped, records_failed
	    FROM import_states ORDER BY did, collection'
}

# wait_all: the processes of $pids exit 0 without messages
wait_all() {
	n=0
	for pid in $pids; do
		ok "$kind: process $((n += 1)) went well" wait "$pid"
	done
	cat err? >err
	same "no message" err </dev/null
	pids=
	[ "$kind" = sqlite ] ||
		is "no transaction was undone" "$(psql_at "$db" 'SELECT
		    deadlocks, xact_rollback FROM pg_stat_database
		    WHERE datname = current_database()')" "0|0"
}

together() {
	kind=$1 pids=
	db=$(database "$kind" want)
	at-load "$db" part0 part1 part2 part3
	rows "$db" >want
	sql "$db" "SELECT uri, rev, cid FROM records
	    WHERE did = 'did:web:a1.example' ORDER BY uri" >one
	db=$(database "$kind" together)
	for part in 0 1 2 3; do
		at-load "$db" "part$part" 2>"err$part" &
		pids="$pids $!"
	done
	wait_all
	rows "$db" >got
	ok "together they load what one does" cmp got want

	db=$(database "$kind" want)
	at-load "$db" whole0 whole1 whole2 whole3
	tables "$db" >want
	i=0
	while [ "$i" -lt 3 ]; do
		i=$((i + 1))
		db=$(database "$kind" live)
		for part in 0 1 2 3; do
			portions "whole$part" | at-load "$db" 2>"err$part" &
			pids="$pids $!"
		done
		wait_all
		tables "$db" >got
		ok "beside a stream it is the same" cmp got want
	done

	# Several processes load snapshots of the same account.
	db=$(database "$kind" same)
	for part in 0 1 2 3; do
		awk -v part="$part" 'NR == 1 || NR == 2' wanted |
			lines >"same$part"
		at-load "$db" "same$part" 2>"err$part" &
		pids="$pids $!"
	done
	wait_all
	sql "$db" 'SELECT uri, rev, cid FROM records ORDER BY uri' >got
	ok "the same repo by all of them" cmp got one

	# When a stream pauses, what came before is visible.
	db=$(database "$kind" pauses)
	rm -f pipe
	mkfifo pipe
	at-load "$db" <pipe 2>/dev/null &
	exec 3>pipe
	repo "$did" "$r1" 10 | lines | sed 5q >&3
	seen() {
		[ "$(sql "$db" 'SELECT count(*) FROM records')" = 4 ]
	}
	wait_for "the rows of a stream that pauses" seen &&
		pass "the rows of a stream that pauses are there"
	exits 0 "another process isn't kept waiting" \
	    at-load -t 1s "$db" part1
	exec 3>&-
	wait $!
}
each_database together

done_testing
