#!/bin/sh
# From at-firehose into at-load: what the database has of a live stream.
. "${0%/*}/lib/tap.sh"
. "$top/t/lib/load.sh"
. "$top/t/lib/postgres.sh"

command -v jq >/dev/null || skip_all "no jq"

PATH=$build/t/tool:$PATH
did=did:plc:ewvi7nxzyoun6zhxrhs64oiz

# feed: its changes, numbers aside; rows: of whom all records are
feed() {
	sql "$db" 'SELECT action, collection, rkey FROM changes ORDER BY seq'
}
rows() {
	sql "$db" 'SELECT collection, rkey FROM all_records
	    ORDER BY collection, rkey' | tr '\n' ' ' | sed 's/ $//'
}
shown() {
	sql "$db" 'SELECT status, (SELECT count(*) FROM records) FROM accounts'
}

mkframes -K keys -- +a.b.c/x,+d.e.f/y =a.b.c/x empty -d.e.f/y \
    +a.b.c/z >frames
mkframes -K keys -- +a.b.c/x,+d.e.f/y =a.b.c/x empty -d.e.f/y \
    +a.b.c/z inactive:takendown >down
mkframes -K keys -- +a.b.c/x,+d.e.f/y =a.b.c/x empty -d.e.f/y \
    +a.b.c/z inactive:takendown active >back
for file in frames down back; do
	at-firehose -u wss://relay.example -k keys $file >$file.lines
done

loads() {
	kind=$1
	db=$(database "$kind" loaded)
	exits 0 "$kind: live lines" at-load --changes "$db" frames.lines
	is "make records" "$(rows)" 'a.b.c|x a.b.c|z'
	is "$kind: and are in the feed" "$(feed)" 'create|a.b.c|x
create|d.e.f|y
update|a.b.c|x
delete|d.e.f|y
create|a.b.c|z'
	is "$kind: the account is synced at its last commit" "$(sql "$db" \
	    'SELECT synced_rev = live_rev, unsynced FROM repos' |
		sed 's/t/1/')" '1|'
	exits 0 "$kind: the same lines again" at-load "$db" frames.lines
	is "change nothing" "$(feed | wc -l | tr -d ' ')" 5

	exits 0 "$kind: --cursors" at-status --cursors "$db"
	sed -n '/"type":"cursor"/p' frames.lines >want
	ok "writes at-firehose's own line" cmp out want
	exits 0 "$kind: lines from its middle" at-firehose \
	    -u wss://relay.example -k keys frames
	sed 1,3d out >rest
	db=$(database "$kind" middle)
	at-load --changes "$db" rest
	is "leave the account unsynced" \
	    "$(sql "$db" 'SELECT unsynced FROM repos')" new
	sed 3q frames.lines | at-load "$db"
	is "until its first lines come" "$(sql "$db" \
	    'SELECT synced_rev = live_rev, unsynced FROM repos' |
		sed 's/t/1/')" '1|'
	is "with the same rows" "$(rows)" 'a.b.c|x a.b.c|z'

	exits 0 "$kind: a takedown" at-load "$db" down.lines
	is "hides the records" "$(shown)" 'takendown|0'
	exits 0 "$kind: the end of it" at-load "$db" back.lines
	is "shows them" "$(shown)" 'active|2'
	exits 0 "$kind: an older event" at-load "$db" down.lines
	is "changes nothing" "$(shown)" 'active|2'
}

loads sqlite
if postgres_find; then
	ok "PostgreSQL starts" postgres_start -F || done_testing
	loads postgresql
else
	skip "in PostgreSQL" "no server of PostgreSQL"
fi

done_testing
