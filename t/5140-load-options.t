#!/bin/sh
# at-load: --batch, --commit-interval and --prune-tombstones, in both databases.
. "${0%/*}/lib/tap.sh"
. "$top/t/lib/load.sh"
. "$top/t/lib/postgres.sh"

for option in "--batch 0" "--batch 1000001" "--batch x" \
    "--commit-interval 2h" "--prune-tombstones 0" "--prune-tombstones -1d"; do
	# shellcheck disable=SC2086 # words
	exits 2 "$option" at-load $option records.db /dev/null
done

# delete RKEY REV: print a live deletion
delete() {
	printf '{"type":"record","did":"%s","rev":"%s",' "$did" "$2"
	printf '"collection":"com.example.like","rkey":"%s",' "$1"
	echo '"action":"delete","source":"live"}'
}
repo $did $r1 9 | lines >input
head -n 9 input >some
tail -n +10 input >rest
delete k0000001 $r2 >deleted
delete other $r2 >>deleted

# options DATABASE QUERY: run the test; QUERY gets the database as its first
# operand
options() {
	exits 0 "batches of one line" at-load --batch 1 -v "$1" deleted
	is "are taken" "$(cat err)" \
	    "at-load: 2 lines: 2 rows written, 0 confirmed, 0 skipped, 0 bad"
	exits 0 "no tombstone is so old" at-load --prune-tombstones 30d "$1" \
	    /dev/null
	is "both stay" "$($2 "$1" 'SELECT rkey FROM tombstones
	    ORDER BY rkey')" "k0000001
other"
	at-load "$1" some 2>mode
	$2 "$1" "UPDATE entry SET indexed = indexed - 40 * 86400
	    WHERE state >= 4 AND rkey = 'k0000001'"
	exits 0 "of one that is" at-load --prune-tombstones 30d "$1" /dev/null
	is "nothing is left" "$($2 "$1" 'SELECT rkey FROM tombstones')" other
	exits 0 "the rest of a snapshot that named it" at-load "$1" rest
	is "completes it" "$($2 "$1" 'SELECT status, records_synced,
	    records_skipped FROM import_states')" "completed|8|1"
	is "without the record" "$($2 "$1" 'SELECT count(*) FROM records')" 8
}
options records.db sql
if postgres_find; then
	ok "PostgreSQL starts" postgres_start -F || done_testing
	options "$(postgres_db records)" psql_at
else
	skip "the same in PostgreSQL" "no server of PostgreSQL"
fi

# Rows of a stream that never pauses become visible, too.
mkfifo stream
at-load --commit-interval 50ms live.db stream &
pid=$!
exec 3>stream
(
	n=0
	while [ ! -e ended ]; do
		n=$((n + 1))
		printf '{"type":"record","did":"%s","rev":"%s",' "$did" $r1
		printf '"collection":"com.example.a","rkey":"k%d",' $n
		printf '"action":"create","source":"live",'
		echo '"cid":"bafyreia","record":{}}'
		sleep 0.005
	done >&3 2>err
) &
writer=$!
some_rows() {
	[ "$(sql live.db 'SELECT count(*) > 0 FROM records' 2>mode)" = 1 ]
}
wait_for "rows of a stream without a pause" some_rows
: >ended
wait $writer
exec 3>&-
wait $pid
is "and the stream ends" $? 0

done_testing
