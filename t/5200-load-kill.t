#!/bin/sh
# at-load is killed at random instants and run again. In the end the rows are
# those of an undisturbed run, and before that nothing untrue is visible.
. "${0%/*}/lib/tap.sh"
. "$top/t/lib/load.sh"

databases=10 kills=5 records=100000
# Sanitizers are slow.
if nm "$build/libcar/load/load.o" 2>/dev/null | grep -q __asan; then
	databases=3 records=30000
fi
# Load over an earlier snapshot, so that there is something to remove, too.
repo $did $r1 $((records / 4)) | lines >first
repo $did $r2 $records drop=7 edit=9 | lines >second
size=$(wc -c <second)

# begun: does the database have a part of the second snapshot?
begun() {
	[ "$(sql "$db" "SELECT count(*) FROM (SELECT 1 FROM records
	    WHERE rev = '$r2' LIMIT 1) AS x" 2>/dev/null)" = 1 ]
}

# committed: if at-load got any lines, wait until it has committed them
committed() {
	waits=0
	until [ "$waits" -gt 300 ] || begun; do
		waits=$((waits + 1))
	done
}

mkfifo pipe
# kill_after BYTES: feed this number of bytes, without an end of input, and kill
# at-load while it reads them; every second time, after it has committed some
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
