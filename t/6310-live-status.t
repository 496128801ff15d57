#!/bin/sh
# at-load and at-status: which accounts are synced, and why not.
. "${0%/*}/lib/tap.sh"
. "$top/t/lib/load.sh"

# record REV RKEY, commit REV MEMBERS: print live lines of $did
record() {
	printf '{"type":"record","did":"%s","rev":"%s",' "$did" "$1"
	printf '"collection":"com.example.a","rkey":"%s","source":"live",' "$2"
	echo '"action":"create","cid":"bafyreicid","record":{"n":1}}'
}
commit() {
	printf '{"type":"commit","did":"%s","rev":"%s","source":"live"' \
	    "$did" "$1"
	echo "$2,\"data\":\"bafyreidata$1\"}"
}
after() {
	echo ",\"since\":\"$1\",\"prevData\":\"bafyreidata$1\""
}
# cursor NAME YEAR: of this relay's stream
cursor() {
	printf '{"type":"cursor","service":"wss://%s.example","stream":' "$1"
	printf '"com.atproto.sync.subscribeRepos","cursor":"7",'
	printf '"at":"%s-01-01T00:00:00.000Z"}\n' "$2"
}
# account DAY: $did is active
account() {
	printf '{"type":"account","did":"%s","active":true,' "$did"
	printf '"at":"2026-01-%sT00:00:00.000Z"}\n' "$1"
}
state() {
	sql "$db" "SELECT did, synced_rev, live_rev, unsynced FROM repos
	    ORDER BY did" | sed 's/did:web://; s/\.example//'
}

lines_of() {
	did=did:web:born.example
	record "$r1" a
	commit "$r1" ',"whole":true,"ops":1'
	record "$r2" b
	commit "$r2" "$(after "$r1"),\"ops\":1"
	did=did:web:cut.example
	commit "$r1" ',"whole":true,"ops":1'
	did=did:web:doubt.example
	commit "$r1" ',"whole":true,"ops":0'
	commit "$r2" ''
	did=did:web:fault.example
	commit "$r1" ',"whole":true,"ops":0'
	printf '{"type":"error","program":"at-firehose","did":"%s",' "$did"
	echo "\"rev\":\"$r2\",\"error\":\"BadSignature\"}"
	did=did:web:late.example
	record "$r2" b
	commit "$r2" "$(after "$r1"),\"ops\":1"
	did=did:web:other.example
	commit "$r1" ',"whole":true,"ops":0'
	commit "$r2" ",\"since\":\"$r1\",\"prevData\":\"bafyreiother\",\"ops\":0"
	did=did:web:skipped.example
	commit "$r1" ',"whole":true,"ops":0,"filter":["com.example.a"]'
}

loads() {
	db=$(database "$1" live)
	live=$db
	lines_of | at-load "$db"
	is "$1: what is synced, and why not" "$(state)" "born|$r2|$r2|
cut||$r1|new
doubt||$r2|doubt
fault||$r2|unverified
late||$r2|new
other||$r2|returned"
	exits 0 "$1: --unsynced" at-status --unsynced "$db"
	is "lists the others, at the latest rev" \
	    "$(jq -r '.did[8:] + " " + .rev' out)" "cut.example $r1
doubt.example $r2
fault.example $r2
late.example $r2
other.example $r2"
	is "an error of a commit makes no job fail" \
	    "$(sql "$db" "SELECT count(*) FROM repos WHERE status = 'failed'")" 0

	db=$(database "$1" returned)
	did=did:web:asleep.example
	{
		printf '{"type":"error","program":"at-fetchrepo","did":"%s",' \
		    "$did"
		printf '"pds":"https://pds.example",'
		printf '"host":"https://pds.example",'
		printf '"error":"RepoDeactivated","retry":false,'
		echo '"at":"2026-01-02T00:00:00.000Z"}'
	} >failure
	account 01 >before
	account 03 >after
	at-load "$db" before failure
	exits 0 "$1: --unsynced" at-status --unsynced "$db"
	same "skips an account that is hidden and has failed" out </dev/null
	cursor relay 2026 | at-load "$db"
	exits 0 "$1: --summary" at-status --summary "$db"
	is "counts it apart" "$(sed -n '/^unsynced/,/^streams/p' out |
	    sed 's/  */ /g')" "unsynced accounts 1
 hidden 1
streams, and seconds behind 1"
	at-load "$db" after
	exits 0 "$1: --unsynced" at-status --unsynced "$db"
	is "lists it when it is active again" "$(jq -r .did out)" "$did"
	at-load "$db" failure
	exits 0 "$1: --unsynced" at-status --unsynced "$db"
	is "although the failure comes late" "$(jq -r .did out)" "$did"
	sed 's/Deactivated/Other/; s/2026-01-02/2026-01-04/' failure |
		at-load "$db"
	exits 0 "$1: --unsynced" at-status --unsynced "$db"
	same "skips it after another failure" out </dev/null
	account 05 | sed 's/"account"/"repo"/; s|}|,"host":"https://a.example"}|' |
		at-load "$db"
	exits 0 "$1: --unsynced" at-status --unsynced "$db"
	same "also if a list has it as before" out </dev/null
	sed 's/false/true,"retryAfter":"2999-01-01T00:00:00.000Z"/
	    s/2026-01-02/2026-01-06/; s/,"error/,"rev":"'"$r1"'"&/
	    s/Deactivated/Busy/' failure | at-load "$db"
	{ account 07; commit "$r2" ''; } | at-load "$db"
	exits 0 "$1: --unsynced" at-status --unsynced "$db"
	same "and until the time that the host wants" out </dev/null
	is "whatever follows" \
	    "$(sql "$db" 'SELECT live_rev > failed_rev,
	    status_ms > failed_ms FROM account' | sed 's/t/1/g')" '1|1'
	db=$live

	exits 0 "$1: a summary without a stream" at-status --summary "$db"
	is "has no word of it" "$(grep -c synced out)" 1
	cursor relay 2026 >behind
	cursor second 2999 >ahead
	at-load "$db" behind ahead
	exits 0 "with a stream" at-status --summary "$db"
	is "it counts them by reason" \
	    "$(sed -n '/^synced/,/^streams/p' out | sed 's/  */ /g')" \
	    "synced accounts 1
unsynced accounts 5
 new 2
 doubt 1
 returned 1
 unverified 1
streams, and seconds behind 2"
	ok "and shows how far each stream is behind" \
	    grep -q '^  wss://relay.example  *[0-9,]*$' out
	ok "whose clock may be ahead" \
	    grep -q '^  wss://second.example  *0$' out

	# A snapshot at the rev where the run begins.
	printf '{"type":"end","did":"did:web:late.example","rev":"%s",%s}\n' \
	    "$r1" '"collections":{}' | at-load "$db"
	is "a snapshot below the run makes it synced" \
	    "$(state | grep late)" "late|$r2|$r2|"
	exits 0 "$1: --reset" at-status --reset --did did:web:born.example "$db"
	is "it is new again" "$(state | grep born)" "born|||new"
}

each_database loads -F

done_testing
