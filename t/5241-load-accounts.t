#!/bin/sh
# at-load asks PostgreSQL for many accounts at once: four times as many of them
# take no more statements. What it then has is what SQLite has.
. "${0%/*}/lib/tap.sh"
. "$top/t/lib/load.sh"

need_postgres
ok "PostgreSQL starts" postgres_start -F -c log_statement=all || done_testing

# statements: how many the server was given
statements() {
	grep -c 'LOG:  \(execute\|statement\)' "$postgres_dir/log"
}

# repos N REV OPTION...: the lines of N repos of 12 records
repos() {
	i=0
	while [ $i -lt "$1" ]; do
		i=$((i + 1))
		repo "did:web:a$((100 + i)).example" "$2" 12 "${3-}"
	done | lines
}

# shown DATABASE: what it has, but for the text of records
shown() {
	sql "$1" 'SELECT did, collection, rkey, rev, cid FROM all_records
	    ORDER BY 1, 2, 3;
	SELECT * FROM tombstones ORDER BY did, collection, rkey;
	SELECT * FROM floors ORDER BY did, collection;
	SELECT did, rev, loaded_rev, head, records FROM repos ORDER BY did;
	SELECT did, collection, status, loaded_rev, records_synced,
	    records_skipped FROM import_states ORDER BY did, collection;
	SELECT count(*) FROM snapshot; SELECT count(*) FROM snapshot_filter;
	SELECT count(*) FROM snapshot_count'
	sound "$1" || echo "$1 is damaged"
}

# dealt FILE: its lines as FILE.0 to FILE.3, by turns
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
	dealt deleted$n
done

# count NAME FILE...: the statements that 20 and 80 accounts take; the files'
# names go on with how many
count() {
	count_name=$1
	shift
	for n in 20 80; do
		count_files=
		for file; do
			count_files="$count_files $(echo "$file" |
				sed "s/N/$n/")"
		done
		before=$(statements)
		# shellcheck disable=SC2086 # words
		at-load "$(postgres_url "load$n")" $count_files 2>err$n
		echo $(($(statements) - before)) >count$n
		# shellcheck disable=SC2086 # words
		at-load sqlite$n.db $count_files 2>want
		ok "$count_name, $n accounts: it says the same" cmp err$n want
		shown "$(postgres_url "load$n")" >got
		shown sqlite$n.db >want
		ok "and has the same" cmp got want
	done
	few=$(cat count20) many=$(cat count80)
	ok "$count_name: four times the accounts, the same statements" \
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

done_testing
