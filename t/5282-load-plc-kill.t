#!/bin/sh
# at-load is killed while it loads operations, and run again: a stored cursor
# means that all operations before it are stored, and in the end all are.
. "${0%/*}/lib/tap.sh"
. "$top/t/lib/load.sh"
. "$top/t/lib/operations.sh"

# Pages of an export: 500 operations, then a cursor.
awk 'BEGIN {
	for (i = 1; i <= 10000; i++)
		printf "%d %02d operation seq=%d cid=%s handle=h%d.test\n",
		    i % 3000, i / 200, i, i % 2 ? "a" : "b", i
}' | plc_lines | awk '{
	print
	if (NR % 500 == 0)
		printf "{\"type\":\"cursor\",\"service\":\"https://plc.test\"" \
		    ",\"stream\":\"/export\",\"cursor\":\"%d\"}\n", NR
}' >input
size=$(wc -c <input)

# lost DATABASE: print how many operations before the cursor are missing. Those
# of one DID and CID replace each other, so each key counts once.
lost() {
	cursor=$(sql "$1" 'SELECT cursor FROM cursors' 2>/dev/null)
	head -n $((${cursor:-0} + ${cursor:-0} / 500)) input |
		jq -r 'select(.type == "plc") | .did + " " + .cid' | sort -u \
		>before
	sql "$1" 'SELECT did, cid FROM plc_operations' 2>/dev/null |
		tr '|' ' ' | sort | comm -13 - before | wc -l
}

mkfifo pipe
killed() {
	db=$(database "$1" want)
	at-load "$db" input
	sql "$db" 'SELECT * FROM plc_operations ORDER BY did, cid;
	    SELECT * FROM plc_latest ORDER BY did' >want
	is "$1: nothing is lost" "$(lost "$db")" 0
	db=$(database "$1" kills)
	for part in 3 5 7 8 9; do
		at-load --batch 700 "$db" <pipe 2>/dev/null &
		exec 3>pipe
		head -c $((size * part / 10)) input >&3
		kill -9 $!
		wait $! 2>/dev/null
		exec 3>&-
		is "$1: killed after $part tenths" "$(lost "$db")" 0
	done
	exits 0 "$1: the rest" at-load "$db" input
	sql "$db" 'SELECT * FROM plc_operations ORDER BY did, cid;
	    SELECT * FROM plc_latest ORDER BY did' >got
	ok "$1: gives the same" cmp got want
	is "$1: with the last cursor" "$(sql "$db" 'SELECT cursor
	    FROM cursors')" 10000
	sound "$db" && pass "$1: it is sound" || fail "$1: it is damaged"
}
each_database killed -F

done_testing
