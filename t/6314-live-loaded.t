#!/bin/sh
# From at-firehose into at-load: the rows of a live stream.
. "${0%/*}/lib/tap.sh"
. "$top/t/lib/load.sh"

need_network
command -v jq >/dev/null || skip_all "no jq"

PATH=$build/t/tool:$PATH

# feed: print its changes; keys: of all records; shown: the state, and the
# number of shown records; unsynced: the reason
feed() {
	sql "$db" 'SELECT action, collection, rkey FROM changes ORDER BY seq'
}
keys() {
	sql "$db" 'SELECT collection, rkey FROM all_records
	    ORDER BY collection, rkey' | tr '\n' ' ' | sed 's/ $//'
}
shown() {
	sql "$db" 'SELECT status, (SELECT count(*) FROM records) FROM accounts'
}

unsynced() {
	sql "$db" "SELECT coalesce(unsynced, 'synced') FROM repos"
}

mkframes -K keys -- +a.b.c/x,+d.e.f/y =a.b.c/x empty -d.e.f/y \
    +a.b.c/z >frames
mkframes -K keys -- +a.b.c/x,+d.e.f/y =a.b.c/x empty -d.e.f/y \
    +a.b.c/z inactive:takendown >down
mkframes -K keys -- +a.b.c/x,+d.e.f/y =a.b.c/x empty -d.e.f/y \
    +a.b.c/z inactive:takendown active >back
mkframes -K keys -- +a.b.c/x inactive:deactivated +a.b.c/y =a.b.c/y \
    inactive:desynchronized active >hidden
for file in frames down back hidden; do
	at-firehose -u wss://relay.example -k keys $file >$file.lines
done

loads() {
	kind=$1
	db=$(database "$kind" loaded)
	exits 0 "$kind: live lines" at-load --changes "$db" frames.lines
	is "make records" "$(keys)" 'a.b.c|x a.b.c|z'
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

	# A snapshot that began before the last commits, and broke off
	rev=$(jq -r 'select(.seq == 2).rev' frames.lines)
	cat >late <<-END
	{"type":"record","did":"did:plc:ewvi7nxzyoun6zhxrhs64oiz",\
	"rev":"$rev","collection":"a.b.c","rkey":"x","source":"car",\
	"cid":"bafyreic","record":{}}
	END
	exits 0 "$kind: lines of an older snapshot" at-load "$db" late
	is "change nothing" "$(unsynced) $(keys)" 'synced a.b.c|x a.b.c|z'
	db=$(database "$kind" together)
	exits 0 "$kind: and in the same run" at-load "$db" frames.lines late
	is "change nothing" "$(unsynced) $(keys)" 'synced a.b.c|x a.b.c|z'

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
	is "with the same rows" "$(keys)" 'a.b.c|x a.b.c|z'

	exits 0 "$kind: a takedown" at-load "$db" down.lines
	is "hides the records" "$(shown)" 'takendown|0'
	exits 0 "$kind: the end of it" at-load "$db" back.lines
	is "shows them" "$(shown)" 'active|2'
	exits 0 "$kind: an older event" at-load "$db" down.lines
	is "changes nothing" "$(shown)" 'active|2'

	db=$(database "$kind" hidden)
	sed '/desynchronized/,$d' hidden.lines | at-load "$db"
	is "$kind: commits of a hidden account" "$(shown)" 'deactivated|0'
	is "are loaded" "$(keys)" 'a.b.c|x a.b.c|y'
	is "and keep it synced" "$(unsynced)" synced
	sed -n /desynchronized/p hidden.lines | at-load "$db"
	is "what a relay says of itself hides nothing, and shows nothing" \
	    "$(shown)" 'deactivated|0'
	at-load "$db" hidden.lines
	is "it returns with all records" "$(shown)" 'active|2'

	db=$(database "$kind" lost)
	sed '/desynchronized/,$d; /"seq":3/d' hidden.lines | at-load "$db"
	is "$kind: a commit is lost of a hidden account" "$(unsynced)" gap
	is "--unsynced skips it" "$(at-status --unsynced "$db")" ''
	sed -n '/"type":"account"/p' hidden.lines | at-load "$db"
	is "until it is back" "$(at-status --unsynced "$db" | jq -r .rev)" \
	    "$(sql "$db" 'SELECT live_rev FROM repos')"
	at-load "$db" hidden.lines
	is "the same stream once more fills the gap" "$(unsynced)" synced
}

each_database loads -F

done_testing
