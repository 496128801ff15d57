#!/bin/sh
# at-firehose on a live stream: connecting, cursors, identities
. "${0%/*}/lib/tap.sh"
. "$top/t/lib/wsd.sh"
. "$top/t/lib/net.sh"

did=did:plc:ewvi7nxzyoun6zhxrhs64oiz
stream=com.atproto.sync.subscribeRepos
mkframes -K keys -- +a.b.c/x identity active -a.b.c/x inactive:suspended \
    +a.b.c/y active >frames
key=$(jq -r .key keys)
start_faultyd -n 1
plc=$url
start_wsd -f frames -l log
http=http://127.0.0.1:$port

# live [OPTION...]: the stream at $path
path=/frames
live() {
	: >log
	status=0
	timeout --foreground -s TERM "${seconds:-20}" at-firehose --allow-private \
	    --plc "$plc" -u "$url$path" "$@" >out 2>err || status=$?
}

# brief: of each line what tests tell apart
brief() {
	jq -r "[.type, .error, .action, .seq, .cursor] |
	    map(values | tostring) | join(\" \")" out
}

put_did $did http://pds.test "$key" alice.test
path='/frames?stop=3'
live -k keys -n 6 </dev/null
is 'a lost connection: status' "$status" 0
# The identity comes when its look-up ends.
brief | grep -v '^cursor\|^identity' >got
same 'it goes on behind the last event' got <<EOF
record create
commit 1
account
record delete
commit 4
account
record create
commit 6
EOF
grep '"identity"' out | sed 's/,"at":"20[^"]*Z"//' >got
same 'an identity is looked up' got <<EOF
{"type":"identity","did":"$did","handle":"alice.test","handleStatus":"unchecked","pds":"http://pds.test","key":"$key"}
EOF
is 'the last cursor is the last line' "$(tail -n 1 out | jq -r .cursor)" 6
sort -u log | grep -v describeServer >got
same 'so it asks' got <<'EOF'
/frames?stop=3 at-firehose/0.4.0 (atpipe)
/frames?stop=3&cursor=3 at-firehose/0.4.0 (atpipe)
EOF
is 'the lost connection is said' \
    "$(sed 's/in [0-9.]* s/in N s/' err | head -n 1)" \
    "at-firehose: $url/frames?stop=3: the host closed the connection: 1001 restart; connecting again in N s"

# Cursors

path=/frames
cat >cursors <<EOF
{"type":"cursor","service":"$http","stream":"$stream","cursor":"3"}
{"type":"cursor","service":"$http","stream":"com.atproto.sync.listRepos","cursor":"9"}
{"type":"cursor","service":"http://other.test","stream":"$stream","cursor":"9"}
EOF
{
	echo
	cat cursors
	echo ' '
} >blank
live -n 1 <blank
is 'it starts behind the cursor of standard input' "$(brief)" \
    'record delete
commit 4
cursor 4'
live --from 5 -n 1 -v <cursors
ok '-v says that it is connected' grep -qxF "at-firehose: $http: connected" err
is '--from goes before it' "$(brief)" 'record create
commit 6
cursor 6'
path='/frames?repeat=4'
live --from 3 -n 2 </dev/null
is 'an event that is repeated comes once' "$(brief)" 'record delete
commit 4
account
cursor 5'
path=/frames
seconds=3
live --from 7d </dev/null
is '--from with a time leaves out older events' "$(brief | tail -n 1)" \
    'cursor 7'
is 'all of them' "$(brief | grep -cv cursor)" 0
seconds=
live --from 30000d -n 1 </dev/null
is 'a time before 1970 leaves out none' "$(brief | tail -n 1)" 'cursor 1'

path=/xrpc
live --from 999 </dev/null
is 'FutureCursor ends it: status' "$status" 2
brief >got
is 'it is an error' "$(cat got)" 'error FutureCursor'
mkframes error:FutureCursor >frames2
start_wsd -f frames2
path=/frames
live </dev/null
is 'FutureCursor as a message, too' "$status $(brief)" '2 error FutureCursor'

# SIGTERM

# answers: asked by SIGUSR1 it says how far it is
answers() {
	kill -USR1 "$pid"
	grep -q ' done, ' err
}

# answers_one: one event came
answers_one() {
	answers && grep -q ': 1 done, ' err
}

mkfifo in
at-firehose --allow-private --plc "$plc" -u "$url" <in >out 2>err &
pid=$!
exec 3>in
wait_for 'it to begin' hears "$pid"
wait_for 'it to wait for cursors' answers
kill $pid
exec 3>&-
status=0
wait $pid 2>/dev/null || status=$?
is 'it ends while it waits for cursors' "$status" 143

start_wsd -f frames
kill -STOP "$faultyd"
at-firehose --allow-private --plc "$plc" -u "$url$path" --from 1 </dev/null \
    >out 2>err &
pid=$!
wait_for 'the last event' grep -q '"seq":6' out
kill $pid
began=$(date +%s)
status=0
wait $pid 2>/dev/null || status=$?
kill -CONT "$faultyd"
is 'it ends while a directory is silent' "$status" 0
ok 'it does not wait for the directory' [ $(($(date +%s) - began)) -lt 15 ]
is 'the cursor stays before the identity' \
    "$(jq -r 'select(.type == "cursor").cursor' out | tail -n 1)" 1
brief | grep -v '^cursor' >got
same 'the events after it are written' got <<EOF
account
record delete
commit 4
account
record create
commit 6
account
EOF

mkframes identity >frames1
start_wsd -f frames1
kill -STOP "$faultyd"
at-firehose --allow-private --plc "$plc" -u "$url$path" --from 0 -k keys \
    </dev/null >out 2>err &
pid=$!
wait_for 'it to begin' hears "$pid"
wait_for 'it to look the identity up' answers_one
kill $pid
wait $pid 2>/dev/null
kill -CONT "$faultyd"
is 'no cursor is before the first event' "$(cat out)" ''

# A directory that is dead stops nothing.
stop_faultyd
start_wsd -f frames
live -k keys -n 7 </dev/null
is 'a dead directory: status' "$status" 1
is 'its identity is an error that can be tried again' \
    "$(jq -c 'select(.type == "error") | [.error, .retry, .did]' out)" \
    "[\"ConnectionFailed\",true,\"$did\"]"
is 'and the events go on' "$(brief | grep -c '^commit')" 3

exits 2 'private addresses' at-firehose --offline -u "$url" </dev/null
exits 2 'a bad --from' at-firehose --from x -u "$url" --allow-private </dev/null
is 'what it should be' "$(head -n 1 err)" "at-firehose: --from: want a cursor \
or a time: 'x' isn't a time such as 30s"
done_testing
