#!/bin/sh
# at-load --changes: applying the feed of changes in order gives the table of
# records, whatever lines come and however many processes load them.
. "${0%/*}/lib/tap.sh"
. "$top/t/lib/load.sh"

columns='seq, did, collection, rkey, rev, cid, action'
feed() {
	asked="SELECT $columns FROM changes WHERE seq > ${2-0} ORDER BY seq"
	case $1 in
	postgresql:*) psql_at "$1" "$asked" ;;
	*) sqlite3 -cmd '.timeout 60000' "$1" "$asked" ;;
	esac
}

# replay: print the result of the feed on standard input, sorted, and the
# changes that don't fit what was there
replay() {
	awk -F '|' '{
		key = $2 "|" $3 "|" $4
		if ($1 <= last)
			print "not ascending: " $0
		last = $1
		if (($7 == "create") == (key in row))
			print "does not fit: " $0
		if ($7 == "delete")
			delete row[key]
		else
			row[key] = $5 "|" $6
	}
	END {
		for (key in row)
			print key "|" row[key]
	}' | LC_ALL=C sort
}

# agrees NAME DATABASE: are the feed and the records equal?
agrees() {
	feed "$2" >changes
	replay <changes >got
	sql "$2" 'SELECT did, collection, rkey, rev, cid FROM all_records' |
		LC_ALL=C sort >want
	ok "$1: $(wc -l <changes) changes make $(wc -l <want) rows" \
	    cmp -s got want || diff got want | head -n 5 | diag
}

# history SEED FILES: write lines about some accounts; all lines of one rev are
# in one of this number of files
history() {
	awk -v seed="$1" -v files="$2" '
	function any(n) {
		return int(rand() * n)
	}
	function head(type) {
		return sprintf("{\"type\":\"%s\",\"did\":\"did:web:a%d.example\"," \
		    "\"rev\":\"%s\"", type, account, rev)
	}
	function key(c, k) {
		return sprintf(",\"collection\":\"com.example.%s\"," \
		    "\"rkey\":\"k%d\"", substr("abc", c + 1, 1), k)
	}
	function record(c, k, source) {
		return sprintf("%s%s,\"action\":\"update\",\"source\":\"%s\"," \
		    "\"cid\":\"bafyrei%s%d\",\"record\":{\"n\":%d}}", \
		    head("record"), key(c, k), source,
		    substr("abcdef", any(6) + 1, 1), k % 4 + 2, k)
	}
	function failure(c, k, source) {
		return sprintf("%s%s,\"program\":\"at-validate\"," \
		    "\"error\":\"InvalidRecord\",\"source\":\"%s\"}", \
		    head("error"), key(c, k), source)
	}
	function snapshot(source, c, k, n, counts) {
		if (source == "car")
			print head("commit") ",\"cid\":\"bafyreih\"," \
			    "\"data\":\"bafyreid\",\"version\":3,\"signature\":" \
			    "\"unchecked\",\"records\":9,\"source\":\"car\"}" >out
		for (c = 0; c < 3; c++) {
			n = 0
			for (k = 0; k < 8; k++)
				if (any(3)) {
					print any(12) ? record(c, k, source) : \
					    failure(c, k, source) >out
					n++
				}
			if (n)
				counts = counts (counts ? "," : "") \
				    sprintf("\"com.example.%s\":%d",
				    substr("abc", c + 1, 1), n)
		}
		print head("end") ",\"collections\":{" counts "},\"errors\":0," \
		    "\"source\":\"" source "\"}" >out
	}
	BEGIN {
		srand(seed)
		letters = "abcdefghijklmnopqrstuvwxyz"
		for (i = 0; i < 300; i++) {
			account = any(5)
			n = i % 20 + any(8)
			# At one rev an account has one snapshot, or live lines.
			rev = sprintf("3k%s%s%saaaaaaa2", \
			    substr(letters, int(n / 10) + 1, 1), \
			    substr(letters, n % 10 + 1, 1), \
			    substr(letters, account + 1, 1))
			kind = any(10)
			if (!(rev in is))
				is[rev] = kind == 0 ? "car" : \
				    kind == 1 ? "list" : \
				    kind == 2 ? "part" : "live"
			else if (is[rev] == "car" || is[rev] == "list")
				continue
			out = "part" n % files
			if (is[rev] == "car" || is[rev] == "list")
				snapshot(is[rev])
			else if (is[rev] == "live" && any(3) == 0)
				printf "%s%s,\"action\":\"delete\"," \
				    "\"source\":\"live\"}\n", head("record"), \
				    key(any(3), any(8)) >out
			else
				print record(any(3), any(8), is[rev]) >out
		}
	}'
}

# follow DATABASE: read again and again what is above what was read
follow() {
	n=0
	: >followed
	while [ ! -e loaded ]; do
		feed "$1" "$n" >new
		cat new >>followed
		[ ! -s new ] || n=$(tail -n 1 new | cut -d '|' -f 1)
	done
	feed "$1" "$n" >>followed
}

histories() {
	for seed in 1 2 3 4 5 6; do
		rm -f part*
		history "$seed" 1
		db=$(database "$1" one)
		at-load --changes --batch $((seed * 7)) "$db" part0 2>said
		agrees "$1: history $seed" "$db"
	done
	is "$1: all kinds of changes occur" "$(cut -d '|' -f 7 changes |
	    sort -u | tr '\n' ' ')" "create delete update "
	for seed in 7 8 9; do
		rm -f part* loaded
		history "$seed" 4
		db=$(database "$1" many)
		at-load --changes "$db" /dev/null
		follow "$db" &
		follower=$!
		pids=
		for i in 0 1 2 3; do
			at-load --batch 5 "$db" part"$i" 2>said"$i" &
			pids="$pids $!"
		done
		for pid in $pids; do
			wait "$pid"
		done
		cat part? | at-load --batch 11 "$db" 2>said
		: >loaded
		wait "$follower"
		agrees "$1: four processes, history $seed" "$db"
		ok "$1: who follows misses nothing" cmp followed changes
	done
}

# kills: kill it between two transactions, again and again
kills() {
	rm -f part*
	history 10 1
	db=$(database "$1" killed)
	at-load --changes "$db" /dev/null
	last=0
	for n in 20 60 100 150 200; do
		mkfifo pipe
		at-load --batch 7 --commit-interval 0 "$db" <pipe 2>said &
		pid=$!
		exec 3>pipe
		head -n "$n" part0 >&3
		wait_for "a change" more_than "$last"
		kill -9 "$pid"
		wait "$pid" 2>/dev/null
		exec 3>&-
		rm pipe
		agrees "$1: killed after $n lines" "$db"
		last=$(sql "$db" 'SELECT coalesce(max(seq), 0) FROM changes')
	done
	at-load "$db" part0 2>said
	agrees "$1: and all of it" "$db"
}
more_than() {
	[ "$(sql "$db" "SELECT count(*) FROM changes WHERE seq > $1")" -gt 0 ]
}

switches() {
	db=$(database "$1" switched)
	repo "$did" "$r1" 6 | lines >first
	repo "$did" "$r2" 6 edit=2 drop=3 | lines >second
	repo "$did" "$r3" 6 | lines >third
	at-load "$db" first
	is "$1: unless it is asked for, nothing is recorded" "$(feed "$db")" ""
	exits 0 "$1: --changes" at-load --changes "$db" /dev/null
	at-load "$db" second
	is "$1: holds for later processes" "$(sql "$db" "SELECT collection,
	    rkey, rev, action FROM changes ORDER BY seq" |
	    sed 's/com.example.//' | sort)" "like|k0000004|$r2|update
org.example.x|k0000003|$r2|delete
org.example.x|k0000006|$r2|delete
post|k0000002|$r2|update"
	is "$1: each with the record's CID" "$(sql "$db" "SELECT count(*)
	    FROM changes JOIN records USING (did, collection, rkey, rev, cid)
	    WHERE action <> 'delete'")" 2
	is "$1: and its time" "$(sql "$db" "SELECT count(*) FROM changes
	    WHERE at IS NOT NULL")" 4
	exits 2 "$1: both at once" at-load --changes --no-changes "$db"
	exits 0 "$1: --no-changes" at-load --no-changes "$db" /dev/null
	at-load "$db" third
	is "$1: ends it" "$(sql "$db" 'SELECT max(seq) FROM changes')" 4
	sql "$db" 'DELETE FROM changes WHERE seq <= 9'
	is "$1: what was read may be deleted" "$(feed "$db")" ""
	at-load --changes "$db" /dev/null
	repo "$did" 3kddddddddd22 6 edit=6 | lines | at-load "$db"
	is "$1: numbers go on" "$(sql "$db" 'SELECT seq FROM changes')" 5
}

# Switching the recording on waits for everyone who is writing.
waits() {
	db=$(database "$1" waits)
	mkfifo hold
	at-load "$db" /dev/null
	repo "$did" "$r1" 300 | lines >first
	# The lock that is held by a process that creates a collection.
	psql_at "$db" "BEGIN; SELECT pg_advisory_xact_lock(1635020849, 1);
	    SELECT 'held'; \! cat hold" >held &
	wait_for "the lock" grep -q held held
	at-load "$db" first &
	loader=$!
	wait_for "a loader that waits" waiting 1
	at-load --changes "$db" /dev/null &
	switcher=$!
	wait_for "a switch that waits" waiting 2
	is "$1: a switch waits for transactions" "$(sql "$db" \
	    'SELECT active FROM feed')" 0
	echo >hold
	wait "$loader" && wait "$switcher"
	is "$1: and is done afterwards" "$? $(sql "$db" \
	    'SELECT active FROM feed')" "0 1"
	rm hold
}
waiting() {
	[ "$(psql_at "$db" "SELECT count(*) FROM pg_stat_activity
	    WHERE wait_event_type = 'Lock' AND datname = 'waits'")" -eq "$1" ]
}

purges() {
	db=$(database "$1" purged)
	repo "$did" "$r1" 6 | lines | at-load --changes "$db"
	printf '{"type":"account","did":"%s","active":false,"status":"deleted"}\n' \
	    "$did" | at-load "$db"
	agrees "$1: a hidden account" "$db"
	exits 0 "$1: --purge-gone" at-status --purge-gone "$db"
	agrees "$1: what at-status removes" "$db"
	is "$1: without a rev" "$(sql "$db" "SELECT count(*), count(rev)
	    FROM changes WHERE action = 'delete'")" "6|0"
}

feeds() {
	switches "$1"
	purges "$1"
	histories "$1"
	kills "$1"
	[ "$1" = sqlite ] || waits "$1"
}
each_database feeds -F

done_testing
