#!/bin/sh
# at-load: keys of a stream, for many accounts and collections in turn. The rows
# are the same if one process remembers where each collection ends, and if a new
# process for each few lines looks up every key.
. "${0%/*}/lib/tap.sh"
. "$top/t/lib/load.sh"

# stream SEED N: print N live lines. A third of the keys are greater than those
# before, the others are anywhere, and of any length. A tenth are deletions.
# Revs rise, except in some late lines.
stream() {
	awk -v seed="$1" -v n="$2" '
	function pick(m) {
		return int(rand() * m)
	}
	BEGIN {
		srand(seed)
		for (i = 0; i < n; i++) {
			key = sprintf("k%07d", pick(3) ? pick(60) : i)
			if (pick(9) == 0)
				key = key "-longer-than-a-TID"
			rev = sprintf("3l%011d", pick(7) ? i : pick(i + 1))
			gsub(/[01]/, "7", rev)
			gsub(/[89]/, "6", rev)
			line = sprintf("{\"type\":\"record\",\"did\":\"did:" \
			    "web:a%d.example\",\"rev\":\"%s\",\"collection\"" \
			    ":\"com.example.c%d\",\"rkey\":\"%s\",\"source\"" \
			    ":\"live\"", pick(9), rev, pick(3), key)
			if (pick(10) == 0)
				print line ",\"action\":\"delete\"}"
			else
				printf "%s,\"action\":\"create\",\"cid\":\"" \
				    "bafyreigh2akiscaildc6ml5hqbb4gwfbbulb7s" \
				    "azqvhxtnmwtxwhhycgci\",\"record\":{" \
				    "\"n\":%d}}\n", line, i
		}
	}'
}

# rows_of DATABASE: print all columns of its entries
rows_of() {
	sql "$1" "SELECT did, nsid, rkey, e.rev, state, record
	    FROM entry e JOIN account a ON a.id = account
	    JOIN collection c ON c.id = collection ORDER BY 1, 2, 3"
}

for seed in 1 2 3 4; do
	rm -f ./*.db* part.*
	stream $seed 1200 >lines
	split -l 40 lines part.
	for part in part.*; do
		at-load few.db "$part"
	done
	rows_of few.db >want
	at-load --batch 100 one.db lines
	rows_of one.db >got
	same "in one process ($seed)" got <want
	at-load all.db lines
	rows_of all.db >got
	same "and in one transaction ($seed)" got <want
done
is "there were enough rows" "$(($(wc -l <want) > 300))" 1
is "and deletions" "$(($(grep -c '|4|' want) > 20))" 1

# is_there TEXT: does a record contain it?
is_there() {
	[ "$(sql two.db "SELECT count(*) FROM all_records
	    WHERE record = '{\"n\":$1}'" 2>&1)" = 1 ]
}

# mark N: print a line that marks the end of a turn
mark() {
	echo '{"type":"record","did":"did:web:a1.example","rev":"3m77777777722",' \
	    '"collection":"com.example.mark","rkey":"m'"$1"'","source":"live",' \
	    '"action":"create","cid":"bafyreigh2akiscaildc6ml5hqbb4gwfbbulb7s' \
	    'azqvhxtnmwtxwhhycgci","record":{"n":'"$1"'}}' | tr -d ' '
}

# Two processes write in turn, so what the first one remembers is outdated.
mkfifo pipe
split -l 300 lines turn.
at-load --batch 100 two.db <pipe 2>err &
exec 3>pipe
{ cat turn.aa; mark 10001; } >&3
wait_for "the first lines" is_there 10001
at-load two.db turn.ab turn.ac
{ cat turn.ac; mark 10002; } >&3
exec 3>&-
wait $!
is "the first process goes on" "$? $(cat err)" "0 "
at-load two.db turn.ad
rows_of two.db | grep -v 'com.example.mark' >got
same "two processes that write in turn" got <want

done_testing
