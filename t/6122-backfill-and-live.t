#!/bin/sh
# A backfill and the live stream at the same time, while the accounts of the
# reference PDS are written to: at-firehose first, then the backfill once, then
# what at-status --unsynced names: accounts that the host didn't give then,
# because they slept.
. "${0%/*}/lib/tap.sh"
. "$top/t/lib/realnet.sh"
. "$top/t/lib/realpds.sh"
. "$top/t/lib/load.sh"
. "$top/t/lib/realfirehose.sh"
prepare_realpds
own_network
ok "the PDS and the directory start" start_realpds --no-seed || done_testing

# fetched: the repos of the jobs on standard input, into $db
fetched() {
	at-fetchrepo -q --allow-private -u "$plc" -d "cars.$kind" |
		at-carwalk | at-load "$db"
}

# missing: how many accounts are shown, not synced, and have no failure
missing() {
	sql "$db" "SELECT count(*) FROM repos AS r
	    JOIN accounts AS a ON a.did = r.did
	    WHERE a.status = 'active' AND unsynced IS NOT NULL
	    AND r.error IS NULL"
}

together() {
	kind=$1
	db=$(database "$kind" together)
	rm -f lines
	: >lines
	asleep=asleep$kind.test
	act join "asleep$kind"
	act put "$asleep" com.example.kit.thing one '{"n":1}'
	act deactivate "$asleep"
	at_work
	follow --require-signature
	wait_for "the first event" has_lines 1 lines
	at-listrepos --allow-private -u "$pds" >repos
	ok "$kind: the backfill" fetched <repos
	off_work
	act activate "$asleep"
	wait_for "the last event" caught_up
	is "$kind: only accounts that failed are missing" "$(missing)" 0
	exits 0 "at-status --unsynced" at-status --unsynced "$db"
	ok "lists the account that slept" grep -q "$(did_of "$asleep")" out
	echo "$(wc -l <out) of $(wc -l <repos) are listed" | diag
	cp out unsynced
	ok "its jobs" fetched <unsynced
	ok "then every account is synced" settled
	unfollow
	is "at-firehose ends" "$status" 0
	is "at-load ends" "$loaded" 0
	same "at-firehose reports nothing" firehose.err </dev/null
	act records >want
	shown "$db" >got
	ok "the database has what listRecords shows" cmp got want
	exits 0 "at-status --unsynced" at-status --unsynced "$db"
	same "names none" out </dev/null
}
each_database together -F

done_testing
