#!/bin/sh
# at-load asks PostgreSQL for many accounts at the same time: four times as many
# accounts need no more statements. The resulting rows equal those in SQLite.
. "${0%/*}/lib/tap.sh"
. "$top/t/lib/load.sh"

need_postgres
ok "PostgreSQL starts" postgres_start -F -c log_statement=all || done_testing

# statements: print the number of statements that the server has got
statements() {
	grep -c 'LOG:  \(execute\|statement\)' "$postgres_dir/log"
}

# repos N REV OPTION...: print the lines of N repos of 12 records
repos() {
	i=0
	while [ $i -lt "$1" ]; do
		i=$((i + 1))
		repo "did:web:a$((100 + i)).example" "$2" 12 "${3-}"
	done | lines
}

# shown DATABASE: print its rows, without the text of records
shown() {
	sql "$1" 'SELECT did, collection, rkey, rev, cid FROM all_records
	    ORDER BY 1, 2, 3;
	SELECT * FROM tombstones ORDER BY did, collection, rkey;
	SELECT * FROM floors ORDER BY did, collection;
	SELECT did, rev, loaded_rev, head, records, status FROM repos
	    ORDER BY did;
	SELECT did, handle, handle_status, pds, key, status FROM accounts
	    ORDER BY did;
	SELECT did, collection, status, loaded_rev, records_synced,
	    records_skipped FROM import_states ORDER BY did, collection;
	SELECT count(*) FROM snapshot; SELECT count(*) FROM snapshot_filter;
	SELECT count(*) FROM snapshot_count'
	sound "$1" || echo "$1 is damaged"
}

# dealt FILE: deal its lines in turn to FILE.0 to FILE.3
dealt() {
	for part in 0 1 2 3; do
		awk -v part=$part 'NR % 4 == part' "$1" >"$1.$part"
	done
}

for n in 20 80; do
	repos $n $r1 >first$n
	repos $n $r2 edit=5 >second$n
	dealt second$n
	repos $n $r3 drop=4 >third$n
	jq -c 'select(.type == "record" and .rkey > "k0000008") |
	    .action = "delete" | del(.cid, .record) | .source = "live"' \
	    <third$n >deleted$n
	i=0
	while [ $i -lt $n ]; do
		i=$((i + 1))
		who="\"did\":\"did:web:a$((100 + i)).example\""
		at="\"at\":\"2025-01-0"
		host="\"host\":\"https://pds.example\",\"rev\":"
		echo "{\"type\":\"repo\",$who,$host\"$r1\",${at}1T00:00:00Z\"}"
		echo "{\"type\":\"repo\",$who,$host\"$r3\",\"active\":false," \
		    "\"status\":\"takendown\",${at}3T00:00:00Z\"}"
		echo "{\"type\":\"repo\",$who,$host\"$r2\",\"active\":true," \
		    "${at}2T00:00:00Z\"}"
		[ $((i % 7)) -ne 0 ] ||
			echo "{\"type\":\"repo\",$who,$host\"$r3\"," \
			    "\"active\":true,${at}4T00:00:00Z\"}"
		echo "{\"type\":\"identity\",$who,\"handle\":\"a$i.example\"," \
		    "\"handleStatus\":\"valid\",\"pds\":" \
		    "\"https://pds.example\",${at}1T00:00:00Z\"}"
	done >states$n
	grep -v '2025-01-0[234]' states$n | sort -r >one$n
	sort -r states$n >turned$n
done

# load NAME FILE...: load the lines of 20 and of 80 accounts; N in the files'
# names stands for these numbers. The numbers of statements go to count20 and
# count80.
load() {
	load_name=$1
	shift
	for n in 20 80; do
		load_files=
		for file; do
			load_files="$load_files $(echo "$file" |
				sed "s/N/$n/")"
		done
		before=$(statements)
		# shellcheck disable=SC2086 # words
		at-load "$(postgres_url "load$n")" $load_files 2>err$n
		echo $(($(statements) - before)) >count$n
		# shellcheck disable=SC2086 # words
		at-load sqlite$n.db $load_files 2>want
		ok "$load_name, $n accounts: it says the same" cmp err$n want
		shown "$(postgres_url "load$n")" >got
		shown sqlite$n.db >want
		ok "and has the same" cmp got want
	done
}

# count NAME FILE...: the same, and the number of statements doesn't grow
count() {
	load "$@"
	few=$(cat count20) many=$(cat count80)
	ok "$load_name: four times the accounts, the same statements" \
	    test "$many" -le $((few + 8)) || diag "$few and $many"
}

postgres_db load20 >/dev/null
postgres_db load80 >/dev/null
count "made by the first lines" /dev/null
count "new" firstN
count "again" firstN
count "a later rev, dealt out" secondN.0 secondN.1 secondN.2
count "of which the last part comes" secondN.3
count "some deleted, live" deletedN
count "a later rev, some gone" thirdN
count "what hosts say" oneN
load "a state after the other" statesN
load "and turned" turnedN

done_testing
