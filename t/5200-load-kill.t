#!/bin/sh
# at-load is killed at random instants and run again: in the end the rows are
# those of a run that wasn't disturbed, and before that nothing untrue is there.
. "${0%/*}/lib/tap.sh"
. "$top/t/lib/load.sh"

databases=10 kills=5 records=100000
# Sanitizers take their time.
if nm "$build/libcar/load/load.o" 2>/dev/null | grep -q __asan; then
	databases=3 records=30000
fi
# On top of an earlier snapshot, so that there is something to remove, too.
repo $did $r1 $((records / 4)) | lines >first
repo $did $r2 $records drop=7 edit=9 | lines >second
size=$(wc -c <second)

# begun: has it a part of the second snapshot?
begun() {
	[ "$(sql "$db" "SELECT count(*) FROM (SELECT 1 FROM records
	    WHERE rev = '$r2' LIMIT 1) AS x" 2>/dev/null)" = 1 ]
}

# committed: wait until it is, if it was fed any
committed() {
	waits=0
	until [ "$waits" -gt 300 ] || begun; do
		waits=$((waits + 1))
	done
}

mkfifo pipe
# kill_after BYTES: feed so many bytes, which at-load waits for more of, and
# kill it while it is at them; every other time after it has committed some
kill_after() {
	at-load "$db" <pipe 2>/dev/null &
	exec 3>pipe
	head -c "$1" second >&3
	[ $((j % 2)) -eq 0 ] || committed
	kill -9 $!
	wait $! 2>/dev/null
	exec 3>&-
}

killed() {
	kind=$1
	db=$(database "$kind" want)
	at-load "$db" first
	ok "$kind: an undisturbed run" at-load "$db" second
	rows "$db" >want

	awk -v n=$((databases * kills)) -v size="$size" -v seed="$$" 'BEGIN {
		srand(seed)
		for (i = 0; i < n; i++)
			print int(rand() * size)
	}' >instants
	{ tr '\n' ' ' <instants; echo; } | diag

	exec 4<instants
	partly=0
	i=0
	while [ "$i" -lt "$databases" ]; do
		i=$((i + 1))
		db=$(database "$kind" killed)
		at-load "$db" first
		j=0
		while [ "$j" -lt "$kills" ]; do
			j=$((j + 1))
			read -r instant <&4
			kill_after "$instant"
			begun && partly=$((partly + 1))
			untrue=$(sql "$db" "SELECT count(*) FROM records
			    WHERE rev NOT IN ('$r1', '$r2')")
			loaded=$(sql "$db" 'SELECT loaded_rev FROM repos')
			[ "$untrue $loaded" = "0 $r1" ] ||
			    echo "after $instant bytes: $untrue $loaded"
		done >found
		same "$kind: killed $kills times, database $i: what is there \
is true" found </dev/null
		exits 0 "run again" at-load "$db" second
		rows "$db" >got
		ok "the same rows" cmp got want
	done
	ok "$kind: some were killed in the middle" test "$partly" -gt 0
}
each_database killed

done_testing
