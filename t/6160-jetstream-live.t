#!/bin/sh
# at-firehose on a live Jetstream: what it asks for, cursors, what ends it
. "${0%/*}/lib/tap.sh"
. "$top/t/lib/wsd.sh"
. "$top/t/lib/net.sh"
command -v jq >/dev/null || skip_all "no jq"

did=did:plc:ewvi7nxzyoun6zhxrhs64oiz
v2=/xrpc/network.bsky.jetstream.subscribeEvents
start_faultyd -n 1
plc=$url
put_did $did http://pds.test \
    did:key:zQ3shaKNUmbz7wZ2qvwVtVwRcKcgKCBHVpfKHBdTdtb4Zvmti alice.test

# change N RKEY: an event of version 1; 2 and 3 have one time
change() {
	echo "{\"did\":\"$did\",\"time_us\":176722560000000$1,\
\"kind\":\"commit\",\"commit\":{\"rev\":\"3mbd354z2m223\",\
\"operation\":\"delete\",\"collection\":\"a.b.c\",\"rkey\":\"$2\"}}"
}
{
	change 1 a
	change 2 b
	change 2 c
	echo "{\"did\":\"$did\",\"time_us\":1767225600000004,\
\"kind\":\"identity\",\"identity\":{}}"
	change 5 d
} >events1
jq -c --arg type "${v2#/xrpc/}#" '{"$type": "message", payload: ({"$type":
    ($type + .kind), seq: (input_line_number + 10), did,
    time: "2026-01-01T00:00:01Z"} + (.commit // {identity}))}' events1 \
    >events2

# live PATH [OPTION...]: the stream at PATH
live() {
	path=$1
	shift
	: >log
	status=0
	timeout --foreground -s TERM "${seconds:-20}" at-firehose --allow-private \
	    --jetstream --plc "$plc" -u "$url$path" "$@" >out 2>err ||
		status=$?
}

# brief: of each line what tests tell apart
brief() {
	jq -r '[.type, .error, .rkey, .handle, .stream, .cursor] |
	    map(values) | join(" ")' out
}

start_wsd -j events1 -l log
live '' -n 5 </dev/null
is 'version 1 has the path /subscribe: status' "$status" 0
brief | grep -v '^cursor' | sort >got
same 'its events' got <<'END'
identity alice.test
record a
record b
record c
record d
END
is 'the last cursor' "$(tail -n 1 out | jq -r '.stream, .cursor')" \
    '/subscribe
1767225600000005'
is 'it asks for all' "$(cat log)" '/subscribe at-firehose/0.4.0 (atpipe)'
same 'no message' err </dev/null

live '' -n 1 -c a.b.c -c 'd.e.*' --signal f.g.h </dev/null
is 'it asks for collections' "$(cut -d ' ' -f 1 log)" "/subscribe?\
wantedCollections=a.b.c&wantedCollections=d.e.*&wantedCollections=f.g.h"

seconds=2
live '/many?n=3' </dev/null
is 'a service that is no Jetstream' "$(cat out)" ''
is 'is named once' "$(grep -v 'connecting again' err)" "at-firehose: \
http://127.0.0.1:$port: ignoring binary messages; --jetstream is for services \
that send JSON"
seconds=
live '/subscribe?stop=3' -n 6 </dev/null
is 'a lost connection: status' "$status" 0
brief | grep '^record' >got
same 'events of one time are not lost, but may come twice' got <<'END'
record a
record b
record c
record b
record c
END
sed 's/ .*//' log | sort -u >got
same 'so it asks' got <<'END'
/subscribe?stop=3
/subscribe?stop=3&cursor=1767225600000002
END

live '' -n 5 --record copy </dev/null
ok '--record keeps the events as lines' cmp copy events1
jq -c '.time_us = 2000000000000000' events1 >late
cat events1 late >both
start_wsd -j both -l log
live '' --catch-up </dev/null
is '--catch-up: status' "$status" 0
is 'it ends at the first event that is new' \
    "$(tail -n 1 out | jq -r .cursor)" 2000000000000000
start_wsd -j events1 -l log

http=http://127.0.0.1:$port
cat >cursors <<END
{"type":"cursor","service":"$http","stream":"/subscribe","cursor":"1767225600000005"}
{"type":"cursor","service":"$http","stream":"${v2#/xrpc/}","cursor":"14"}
END
live '' -n 1 <cursors
is 'it starts at the cursor of standard input' "$(brief)" 'record d'
seconds=2
before=$(date +%s)
live '' --from 7d </dev/null
cursor=$(sed 's/.*cursor=//; s/ .*//' log)
ok 'a time is a cursor in microseconds' \
    [ $((before - cursor / 1000000 - 7 * 86400)) -le 1 ]
seconds=

# Version 2

start_wsd -j events2 -l log
http=http://127.0.0.1:$port
sed -i "s,http://[0-9.:]*,$http," cursors
live "$v2?stop=2" -n 4 </dev/null
is 'version 2: status' "$status" 0
brief | grep '^record' >got
same 'an event that is repeated comes once' got <<'END'
record a
record b
record c
END
sed 's/ .*//' log | sed -n 2p >got
is 'so it asks' "$(cat got)" "$v2?stop=2&cursor=12"
live "$v2" -n 1 <cursors
is 'it starts behind the cursor of standard input' "$(brief)" \
    "record d
cursor ${v2#/xrpc/} 15"
live "$v2" -n 2 --from 1767225600000000 </dev/null
is 'a cursor that is a time' "$(brief)" "record a
record b
cursor ${v2#/xrpc/} 12"
is 'so it asks' "$(sed 's/ .*//' log)" "$v2?cursor=1767225600000000"
live "$v2" -n 1 -c a.b.c </dev/null
is 'it asks for collections' "$(sed 's/ .*//' log)" "$v2?collections=a.b.c"

live "$v2" --from 3 </dev/null
is 'a cursor that is too old: status' "$status" 2
is 'is an error' "$(brief)" 'error CursorTooOld'

# notice NAME: version 2 begins with this info
notice() {
	echo "{\"\$type\":\"message\",\"payload\":{\"\$type\":\
\"${v2#/xrpc/}#info\",\"name\":\"$1\",\"message\":\"note\"}}"
}
{
	notice OutdatedCursor
	cat events2
} >outdated
start_wsd -j outdated
live "$v2" -n 2 --from 1767225600000000 </dev/null
is 'an outdated cursor is an error' "$(brief)" "error OutdatedCursor
record a
cursor ${v2#/xrpc/} 11"
{
	notice FutureCursor
	cat events2
} >future
start_wsd -j future
live "$v2" --from 1767225600000000 </dev/null
is 'a cursor in the future ends it' "$status $(brief)" \
    '2 error FutureCursor'

exits 2 'there is no default service' at-firehose --jetstream
is 'it says so' "$(head -n 1 err)" \
    'at-firehose: --jetstream: give the service with -u'
done_testing
