#!/bin/sh
# shellcheck disable=SC2119 # what is run without options
# at-load loses its PostgreSQL server at random instants. It waits for it,
# repeats the transaction, and in the end the rows are those of an undisturbed
# run.
. "${0%/*}/lib/tap.sh"
. "$top/t/lib/load.sh"

need_postgres
# Uncommitted data is written late, so that a crash loses it.
late="-c wal_writer_delay=10s -c wal_buffers=64MB"
# shellcheck disable=SC2086 # words
ok "PostgreSQL starts" postgres_start $late || done_testing

databases=4 losses=3 records=100000
if nm "$build/libcar/load/load.o" 2>/dev/null | grep -q __asan; then
	databases=2 records=30000
fi
# Load over an earlier snapshot, so that there is something to remove, too.
repo $did $r1 $((records / 4)) | lines >first
repo $did $r2 $records drop=7 edit=9 | lines >second
size=$(wc -c <second)

db=$(database postgresql want)
at-load "$db" first
exits 0 "an undisturbed run" at-load -v "$db" second
said=$(cat err)
rows "$db" >want

# backends CMD: run CMD for the server's process that serves at-load
backends() {
	psql_at "postgresql:///postgres?host=$postgres_dir" "
	    SELECT $1 FROM pg_stat_activity WHERE datname = 'lost' AND
	    backend_type = 'client backend'"
}
kill_backend() {
	for pid in $(backends pid); do
		kill -9 "$pid"
	done
	wait_for "the server's recovery" postgres_ready
}
terminate() {
	backends 'pg_terminate_backend(pid)'
}
restart() {
	postgres_stop
	# shellcheck disable=SC2086 # words
	postgres_start $late
}
stay_away() {
	postgres_stop fast
	sleep 0.2
	# shellcheck disable=SC2086 # words
	postgres_start $late
}

mkfifo pipe marks
# lose TIMEOUT CMD BYTES...: feed at-load, and run CMD after each of these
# numbers of bytes, or immediately if there are none. The first number is more
# than a pipe holds, so that at-load has opened the database by then.
lose() {
	at-load -t "$1" -v "$db" <pipe 2>err &
	loader=$!
	loss=$2
	status=0
	shift 2
	{
		for bytes; do
			head -c "$bytes"
			echo >&3
		done
		cat
	} <second >pipe 3>marks &
	while read -r _; do
		$loss
	done <marks >lost 2>&1
	wait $loader || status=$?
}

for way in kill_backend terminate restart stay_away; do
	again=0
	i=0
	while [ $i -lt $databases ]; do
		i=$((i + 1))
		instants=$(awk -v n=$losses -v size="$size" \
		    -v seed="$(date +%N)" 'BEGIN {
			srand(seed)
			print 200000 + int(rand() * size / n)
			for (i = 1; i < n; i++)
				print int(rand() * 2) * int(rand() * size / n)
		}' | tr '\n' ' ')
		db=$(database postgresql lost)
		at-load "$db" first
		# shellcheck disable=SC2086 # words
		lose 60s $way $instants
		is "$way after $instants: loaded" $status 0
		again=$((again + $(grep -c '; trying again$' err)))
		is "no other message" \
		    "$(grep -v ': PostgreSQL: .*; trying again$' err)" "$said"
		rows "$db" >got
		ok "the same rows" cmp got want
		is "no number of a row is given twice" "$(sql "$db" \
		    'SELECT count(*) - count(DISTINCT id) FROM entry')" 0
	done
	ok "$way: some of it was repeated" test $again -gt 0
done

# A server that does not come back in time, or was never there
postgres_stop
db=$(postgres_url lost)
exits 75 "no server" at-load -t 1s "$db" second
is "message of one line" "$(wc -l <err)" 1
# shellcheck disable=SC2086 # words
postgres_start $late
db=$(database postgresql lost)
at-load "$db" first
lose 1s postgres_stop 3000000
is "one that stays away" $status 75
is "message of one line" "$(grep -vc "; trying again$" err)" 1
# shellcheck disable=SC2086 # words
postgres_start $late
exits 0 "when it is back the rest is loaded" at-load "$db" second
rows "$db" >got
ok "the same rows" cmp got want

done_testing
