#!/bin/sh
# Several at-load on one database, which they make together; and readers of a
# stream that goes on.
. "${0%/*}/lib.sh"
. "$top/t/load.sh"

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
at-load want.db part0 part1 part2 part3
rows want.db >want

pids=
for part in 0 1 2 3; do
	at-load together.db part$part 2>err$part &
	pids="$pids $!"
done
n=0
for pid in $pids; do
	ok "process $((n += 1)) went well" wait "$pid"
done
cat err? >err
same "nothing is said" err </dev/null
rows together.db >got
ok "together they load what one does" cmp got want

# The same account's snapshots from several processes.
for part in 0 1 2 3; do
	awk -v part=$part 'NR == 1 || NR == 2' wanted | lines >same$part
	at-load same.db same$part 2>>err &
done
wait
sql same.db 'SELECT uri, rev, cid FROM records ORDER BY uri' >got
sql want.db "SELECT uri, rev, cid FROM records
    WHERE did = 'did:web:a1.example' ORDER BY uri" >want
ok "the same repo by all of them" cmp got want

# A stream that pauses: what came is to be seen.
mkfifo stream
at-load stream.db <stream 2>/dev/null &
exec 3>stream
repo $did $r1 10 | lines | sed 5q >&3
seen=0
tries=0
while [ "$seen" != 4 ] && [ $tries -lt 1000 ]; do
	seen=$(sql stream.db 'SELECT count(*) FROM records' 2>/dev/null)
	tries=$((tries + 1))
	sleep 0.01
done
is "the rows of a stream that pauses are there" "$seen" 4
exits 0 "another process isn't kept waiting" at-load -t 1s stream.db part1
exec 3>&-
wait

done_testing
