#!/bin/sh
# at-load and at-status: an account that moved to another host, whose revs
# started over there.
. "${0%/*}/lib/tap.sh"
. "$top/t/lib/load.sh"

command -v jq >/dev/null || skip_all "no jq"

did=did:web:m.example

# identity HOST DAY, end REV, live REV DAY SIGNATURE, car REV
identity() {
	printf '{"type":"identity","did":"%s","pds":"https://%s.example",' \
	    "$did" "$1"
	echo "\"at\":\"2026-01-0$2T00:00:00Z\"}"
}
end() {
	printf '{"type":"end","did":"%s","rev":"%s","collections":{}}\n' \
	    "$did" "$1"
}
live() {
	printf '{"type":"commit","did":"%s","rev":"%s","source":"live",' \
	    "$did" "$1"
	printf '"whole":true,"ops":0,"data":"bafyreid","signature":"%s",' "$3"
	echo "\"at\":\"2026-01-0$2T00:00:01Z\"}"
}
car() {
	printf '{"type":"commit","did":"%s","rev":"%s","data":"bafyreid",' \
	    "$did" "$1"
	echo '"signature":"verified","records":0}'
}
state() {
	sql "$db" 'SELECT synced_rev, unsynced FROM repos'
}
said="$did: the account moved, and its revs started over: \
$r1 came, $r2 is loaded; at-status --forget removes it"

# begin: load an account at its first host
begin() {
	db=$(database "$kind" moved)
	{ identity one 2; end "$r2"; } | at-load "$db"
}

loads() {
	kind=$1

	begin
	live "$r1" 2 verified | at-load "$db"
	is "$kind: without a move, a lower rev is old" "$(state)" "$r2|"
	begin
	{ identity two 4; live "$r1" 3 verified; } | at-load "$db"
	is "so is an event from before the move" "$(state)" "$r2|"
	live "$r1" 5 unchecked | at-load "$db"
	is "and an unverified commit says nothing" "$(state)" "$r2|"
	live "$r1" 5 verified >low
	exits 1 "a verified commit after the move" at-load "$db" low
	is "makes it unsynced" "$(state)" '|moved'
	is "is reported" "$(cat err)" "at-load: low: line 1: $said"
	exits 0 "once" at-load "$db" low
	is "without a message then" "$(cat err)" ''
	is "no snapshot helps, so --unsynced skips the account" \
	    "$(at-status --unsynced "$db")" ''
	end "$r3" | at-load "$db"
	is "unless its rev is higher" "$(state)" "$r3|"

	begin
	{ identity two 4; car "$r1"; end "$r1"; } >low
	exits 1 "$kind: a verified snapshot" at-load "$db" low
	is "makes it unsynced, too" "$(state)" '|moved'
	at-status --forget --did "$did" "$db"
	exits 0 "after --forget" at-load "$db" low
	is "it is loaded as any other" "$(state)" "$r1|"

	db=$(database "$kind" once)
	{ identity one 2; end "$r2"; identity two 4; live "$r1" 5 verified; } >low
	exits 1 "$kind: all of it in one transaction" at-load "$db" low
	is "comes to the same" "$(state)" '|moved'
	at-status --reset --did "$did" "$db" >/dev/null
	is "--reset forgets it" "$(state)" '|new'

	begin
	{ identity two 4; end "$r3"; live "$r1" 5 verified; } | at-load "$db"
	is "$kind: what is loaded after the move is of the new host" \
	    "$(state)" "$r3|"
	begin
	{ identity zero 1; live "$r1" 5 verified; } | at-load "$db"
	is "an older identity moves nothing" "$(state)" "$r2|"
	{ identity one 4; live "$r1" 5 verified; } | at-load "$db"
	is "nor does one of the same host" "$(state)" "$r2|"
}

each_database loads -F

done_testing
