#!/bin/sh
# The limits of lists are the same for programs that write lines and programs
# that read them.
. "${0%/*}/lib/tap.sh"
. "$top/t/lib/load.sh"
. "$top/t/lib/growth.sh"

# repo_of N: print a CAR with a record in each of N collections
repo_of() {
	awk -v n="$1" 'BEGIN {
		for (i = 0; i < n; i++)
			printf "com.e%d.c%d.n%d/k {\"n\":%d}\n", i % 7,
			    int(i / 50), i, i
	}' | sort >records
	mkcar -n 0 -R records
}

repo_of 20000 >many.car
exits 0 "a repo of 20,000 collections" at-carwalk many.car
cp out lines
exits 0 "is loaded" at-load many.db lines
is "as a whole" "$(sql many.db 'SELECT collection, status, records_synced
    FROM import_states')" "*|completed|20000"

growth collections 100000 | tail -n 1 >most
exits 1 "100,000 may be counted" at-load most.db most
is "and are awaited" "$(sed 's/.*progress: //' err)" "0 of 100000 records"
growth collections 100001 | tail -n 1 >beyond
exits 1 "not one more" at-load more.db beyond
same "message" err <<EOT
at-load: beyond: line 1: collections is not an object of NSIDs and counts
EOT

repo_of 100001 >more.car
exits 1 "and none is written" at-carwalk -q more.car
is "but an error" "$(jq -r '.error, .message' out)" \
    "TooLarge
100001 collections, at most 100000"

patterns=$(awk 'BEGIN { while (n++ < 1000) print "-c com.example.c" n }')
repo_of 10 >few.car
# shellcheck disable=SC2086 # one word each
exits 0 "1,000 patterns" at-carwalk $patterns few.car
cp out lines
exits 0 "are loaded" at-load patterns.db lines
# shellcheck disable=SC2086
exits 2 "one more is refused" at-carwalk $patterns -c com.example.more few.car
is "message" "$(head -n 1 err)" \
    "at-carwalk: -c: more than 1000 collections"

done_testing
