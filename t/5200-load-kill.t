#!/bin/sh
# at-load is killed at random instants and run again: in the end the rows are
# those of a run that wasn't disturbed, and before that nothing untrue is there.
. "${0%/*}/lib.sh"
. "$top/t/load.sh"

databases=10 kills=5 records=100000
# Sanitizers take their time.
if nm "$build/libcar/load.o" 2>/dev/null | grep -q __asan; then
	databases=3 records=30000
fi
# On top of an earlier snapshot, so that there is something to remove, too.
repo $did $r1 $((records / 4)) | lines >first
repo $did $r2 $records drop=7 edit=9 | lines >second
size=$(wc -c <second)

at-load want.db first
ok "an undisturbed run" at-load want.db second
rows want.db >want

awk -v n=$((databases * kills)) -v size="$size" -v seed="$$" 'BEGIN {
	srand(seed)
	for (i = 0; i < n; i++)
		print int(rand() * size)
}' >instants
{ tr '\n' ' ' <instants; echo; } | diag

# committed: wait until it has a part of the second snapshot, if it was fed any
committed() {
	waits=0
	until [ $waits -gt 300 ] || [ "$(sql killed.db \
	    'SELECT count(*) FROM snapshot' 2>/dev/null)" = 1 ]; do
		waits=$((waits + 1))
	done
}

mkfifo pipe
# kill_after BYTES: feed so many bytes, which at-load waits for more of, and
# kill it while it is at them; every other time after it has committed some
kill_after() {
	at-load killed.db <pipe 2>/dev/null &
	exec 3>pipe
	head -c "$1" second >&3
	[ $((j % 2)) -eq 0 ] || committed
	kill -9 $!
	wait $! 2>/dev/null
	exec 3>&-
}

exec 4<instants
partly=0
i=0
while [ $i -lt $databases ]; do
	i=$((i + 1))
	rm -f killed.db*
	at-load killed.db first
	j=0
	while [ $j -lt $kills ]; do
		j=$((j + 1))
		read -r instant <&4
		kill_after "$instant"
		partly=$((partly + $(sql killed.db "SELECT EXISTS (SELECT 1
		    FROM records WHERE rev = '$r2')")))
		untrue=$(sql killed.db "SELECT count(*) FROM records
		    WHERE rev NOT IN ('$r1', '$r2')")
		loaded=$(sql killed.db 'SELECT loaded_rev FROM repos')
		[ "$untrue $loaded" = "0 $r1" ] ||
		    echo "killed after $instant bytes: $untrue $loaded"
	done >found
	same "killed $kills times, database $i: what is there is true" found \
	    </dev/null
	exits 0 "run again" at-load killed.db second
	rows killed.db >got
	ok "the same rows" cmp got want
done

ok "some were killed in the middle" test "$partly" -gt 0

done_testing
