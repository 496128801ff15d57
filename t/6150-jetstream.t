#!/bin/sh
# events of Jetstream: their lines, and what at-load makes of them
. "${0%/*}/lib/tap.sh"
. "$top/t/lib/load.sh"

ok 'events' "$unit"/jetstream
ok 'URLs' "$unit"/jetstream-url
need_network
command -v jq >/dev/null || skip_all "no jq"

did=did:plc:ewvi7nxzyoun6zhxrhs64oiz
PATH=$build/t/tool:$PATH
mkframes -K keys -- +a.b.c/x,+d.e.f/y =a.b.c/x -d.e.f/y +a.b.c/z =a.b.c/z \
    active >frames
at-firehose -u wss://relay.test -k keys frames >verified

# v1, v2: the events that a Jetstream makes of these lines
v1() {
	jq -c --argjson us 1767225600000000 '
	    {did, time_us: ($us + input_line_number)} +
	    if .type == "record" then {kind: "commit", commit: ({rev,
		operation: .action, collection, rkey} +
		if .record then {record, cid} else {} end)}
	    elif .type == "account" then {kind: .type,
		account: {active, did, seq: 9, time: .at}}
	    else empty end' "$@"
}
v2() {
	v1 "$@" | jq -c '{"$type": "message", payload: ({"$type":
	    "network.bsky.jetstream.subscribeEvents#\(.kind)",
	    seq: (.time_us % 1000), did, time: "2026-01-01T00:00:01.000000Z"} +
	    (.commit // {account}))}'
}
v1 verified >events1
v2 verified >events2
path=/xrpc/network.bsky.jetstream.subscribeEvents

# Lines

jq -c 'del(.prev)' verified | sed -n '/^{"type":"record"/p' >records
exits 0 'version 1' at-firehose --jetstream -u wss://js.test events1
sed -n '/^{"type":"record"/p' out >got
same 'the records of the relay' got <records
sed '/^{"type":"record"/d' out >got
same 'the other lines' got <<END
{"type":"account","did":"$did","active":true,"service":"https://js.test","at":"2026-01-01T00:00:06.000Z"}
{"type":"cursor","service":"https://js.test","stream":"/subscribe","cursor":"1767225600000012","at":"2026-01-01T00:00:06.000Z"}
END
exits 0 'version 2' at-firehose --jetstream -u "wss://js.test$path" events2
sed -n '/^{"type":"record"/p' out >got
same 'the records of the relay' got <records
is 'the cursor' "$(sed -n '$p' out)" "{\"type\":\"cursor\",\"service\":\
\"https://js.test\",\"stream\":\"network.bsky.jetstream.subscribeEvents\",\
\"cursor\":\"12\",\"at\":\"2026-01-01T00:00:06.000Z\"}"

exits 0 '-c' at-firehose --jetstream -c 'd.e.*' events1
is 'chooses records' "$(jq -r .rkey out | tr '\n' ' ')" 'y y null '
echo did:plc:vath6jhrzqdqegcoffdgrxma >dids
exits 0 '--accounts' at-firehose --jetstream --accounts dids events1
same 'chooses accounts' out </dev/null
exits 2 'signatures can not be required' at-firehose --jetstream \
    --require-signature events1
is 'says why' "$(head -n 1 err)" "at-firehose: --require-signature: events of\
 Jetstream have no signatures"

# Files

at-firehose --jetstream events1 >want
exits 0 '--record' at-firehose --jetstream --record copy events1
ok 'keeps the events' cmp copy events1
zstd -q events1 -o events.zst
exits 0 'zstd' at-firehose --jetstream events.zst
ok 'the same lines' cmp out want
{
	echo
	tr '\n' '|' <events1 | sed 's/|$//; s/|/\n\n/g'
} >spaced
exits 0 'blank lines, and no LF at the end' at-firehose --jetstream - <spaced
ok 'the same lines' cmp out want
sed '3s/"rev"/"ref"/; 4s/^{/[/; 5s/"n":3/"n":4/' events1 >broken
printf '{"did":"%s","time_us":1767225600000099,"kind":"identity","iden' \
    $did >>broken
exits 1 'broken events' at-firehose --jetstream -u wss://js.test broken
jq -r '[.type, .error, .rkey, .seq, .ops] | map(values | tostring) |
    join(" ")' out >got
same 'cost no other event' got <<'END'
record x
record y
error BadFrame 1767225600000004
error BadFrame
error BadRecord z
commit 1767225600000008
record z
account
error BadFrame
cursor
END
same 'messages' err <<END
at-firehose: broken: $did: event: rev is missing
at-firehose: broken: event: not a JSON object
at-firehose: broken: event: not a JSON object
END
jq -c 'del(.at)' <out | sed -n '3p; 5,6p' >got
same 'what is known of them' got <<END
{"type":"error","program":"at-firehose","did":"$did","error":"BadFrame","message":"event: rev is missing","retry":false,"host":"https://js.test","seq":1767225600000004,"source":"live"}
{"type":"error","program":"at-firehose","did":"$did","rev":"3mbd357umc223","collection":"a.b.c","rkey":"z","cid":"bafyreighkblp6eyugxadcd7d6omk2k75xxx6u2ce5ttfek6ng63df53b34","error":"BadRecord","message":"the record doesn't have the hash of its CID","retry":false,"source":"live"}
{"type":"commit","did":"$did","rev":"3mbd357umc223","signature":"unchecked","source":"live","service":"https://js.test","seq":1767225600000008}
END
sed -n 1p events1 | jq -c '.kind = "identity" | .identity = {did}' >identity
exits 1 'recorded frames' at-firehose --jetstream frames
is 'are not events' "$(cat err)" \
    'at-firehose: frames: recorded frames; read them with at-firehose first'
exits 1 'an identity in a file' at-firehose --jetstream identity
is 'is not looked up' "$(jq -r .error out)" Offline

# What at-load makes of them

# shellcheck disable=SC2046 # words
set -- $(jq -r 'select(.type == "commit").rev' verified)
third=$3 fourth=$4 fifth=$5

# of_revs TEST, changes TEST: lines of the relay, records of Jetstream
of_revs() {
	jq -c "select(.rev and (.rev | $1))" verified
}
changes() {
	jq -c "select(.type == \"record\" and (.rev | $1))" want
}
state() {
	sql "$db" "SELECT synced_rev, coalesce(unsynced, 'synced') FROM repos"
}
shown() {
	sql "$db" 'SELECT collection, rkey FROM records ORDER BY 1, 2' |
		tr '\n' ' ' | sed 's/ $//'
}

loads() {
	kind=$1
	db=$(database "$kind" jetstream)
	at-load "$db" want
	is "$kind: an account of Jetstream alone" "$(state)" '|new'
	is 'has the rows' "$(shown)" 'a.b.c|x a.b.c|z'
	at-status --unsynced "$db" >out
	is 'is a job' "$(jq -r .did out)" "$did"

	db=$(database "$kind" behind)
	of_revs ". <= \"$third\"" | at-load "$db"
	changes ". > \"$third\"" | at-load "$db"
	is "$kind: later changes move nothing" "$(state)" "$third|synced"
	is 'but the rows' "$(shown)" 'a.b.c|x a.b.c|z'
	of_revs ". > \"$third\"" | at-load "$db"
	is "$kind: until the stream has them" "$(state)" "$fifth|synced"

	db=$(database "$kind" gap)
	of_revs ". <= \"$third\"" | at-load "$db"
	{
		changes ". == \"$fourth\""
		of_revs ". == \"$fifth\""
	} | at-load "$db"
	is "$kind: they close no gap of the stream" "$(state)" '|gap'

	db=$(database "$kind" forged)
	of_revs ". <= \"$third\"" | at-load "$db"
	{
		changes ". == \"$fourth\"" | sed 's/"rkey":"z"/"rkey":"forged"/'
		of_revs ". == \"$fourth\""
	} | at-load "$db"
	is "$kind: a forged change makes the commit incomplete" "$(state)" \
	    '|gap'

	db=$(database "$kind" doubt)
	of_revs ". <= \"$third\"" | at-load "$db"
	at-firehose -q --jetstream broken | sed -n '5,6p' | at-load "$db"
	is "$kind: an unknown record" "$(state)" '|doubt'
	of_revs ". > \"$third\"" | at-load "$db"
	is 'until the stream has it' "$(state)" "$fifth|synced"
	is 'as a row' "$(shown)" 'a.b.c|x a.b.c|z'
}
each_database loads
done_testing
