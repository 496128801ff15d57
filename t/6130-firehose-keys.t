#!/bin/sh
# at-firehose looks up keys and hosts of accounts beside the stream
. "${0%/*}/lib/tap.sh"
. "$top/t/lib/wsd.sh"
. "$top/t/lib/net.sh"

alice=did:plc:ewvi7nxzyoun6zhxrhs64oiz
bob=did:plc:vath6jhrzqdqegcoffdgrxma
mkframes -d $alice -K keys -- +a.b.c/x +a.b.c/y -a.b.c/x >a
mkframes -d $bob -s 4 -- +a.b.c/x +a.b.c/y >b
mkframes -r 3 -n 1 -k 1 -K others >/dev/null
cat a b >frames
key=$(jq -r .key keys)
other=$(jq -r .key others | grep -vF "$key" | head -n 1)

start_faultyd -n 1
plc=$url
put_did $alice http://pds.test "$key"
put_did $bob http://pds.test "$key"

# live [OPTION...]: the stream at $url$path
path=/frames
live() {
	asked_before=$(asked | wc -l)
	status=0
	timeout --foreground -s TERM 20 at-firehose --allow-private --plc "$plc" \
	    -u "$url$path" --from 0 "$@" >out 2>err </dev/null || status=$?
}

# asks: what the directory was asked in this run
asks() {
	asked | tail -n +$((asked_before + 1))
}

# commits: seq and signature of each, in the order of the lines
commits() {
	jq -r 'select(.type == "commit") | "\(.seq) \(.signature)"' out
}

# of DID: types and seqs of the lines of an account, and what is wrong
of() {
	jq -r "select(.did == \"$1\") | [.type, .error, .seq] |
	    map(values | tostring) | join(\" \")" out
}

start_wsd -f frames
path='/frames?stop=4'
live -n 5
commits | head -n 1 >got
same 'nothing waits for a key' got <<'EOF'
1 unchecked
EOF
is 'later commits are verified' "$(commits | tail -n 1)" '5 verified'
is 'each account is looked up once' "$(asks | wc -l)" 2
path=/frames

live -n 5 --require-signature -p
commits | sort -n >got
same '--require-signature waits for keys' got <<'EOF'
1 verified
2 verified
3 verified
4 verified
5 verified
EOF
is 'it waits: status' "$status" 0
of $alice >got
same 'an account keeps its order' got <<'EOF'
record
commit 1
record
commit 2
record
commit 3
EOF
is 'the cursor is last' "$(tail -n 1 out | jq -r .cursor)" 5
ok 'the progress line counts them' \
    grep -q ': 5 done, 0 failed, .* 5 verified, 0 unchecked, .* behind, ' err
live -n 2 --require-signature
is '-n counts commits that wait' "$(commits | wc -l)" 2
is 'and the cursor is theirs' "$(tail -n 1 out | jq -r .cursor)" 2

# A key that does not fit

printf '{"type":"identity","did":"%s","key":"%s"}\n' $alice "$other" \
    $bob "$key" >old
live -n 5 -k old
is 'a key that fails is looked up afresh' "$(commits | grep -c verified)" 5
is 'only that one' "$(asks | grep -c "$bob")" 0
put_did $alice http://pds.test "$other"
live -n 5 -k old
of $alice >got
same 'it fails if it is the current key' got <<'EOF'
error BadSignature 1
error BadSignature 2
error BadSignature 3
EOF
is 'the status' "$status" 1
live -n 5 -k "$other"
is 'one key for all accounts is not looked up' "$(asks | wc -l)" 0
is 'and fails' "$(jq -r .error out | grep -c BadSignature)" 5
put_did $alice http://pds.test "$key"

# Hosts

start_wsd -f frames -d did:web:pds.test%3A2583
path='/frames?stop=4'
live -n 5
is 'a host sends commits of its accounts' "$(commits | tail -n 1)" \
    '5 verified'
start_wsd -f frames -d did:web:other.test
live -n 5 --require-signature
jq -r 'select(.error != null) | "\(.error) \(.message)"' out | sort -u >got
same 'but not of accounts that are elsewhere' got <<'EOF'
WrongHost the account is at another host
EOF
jq -c '. + {pds: "http://pds.test"}' keys >there
live -n 5 -k there --require-signature
is '-k names hosts, too' "$(of $alice | tail -n 1)" 'error WrongHost 3'
put_did $alice http://other.test "$key"
live -n 5 -k there --require-signature
is 'an account may have come here' "$(of $alice | tail -n 1)" 'commit 3'
put_did $alice http://pds.test "$key"
path=/frames

# A commit that waits may choose its account.
mkframes -d $alice -- +a.b.d/x +a.b.c/y >signal
start_wsd -f signal
live -n 2 --require-signature --signal a.b.d
of $alice | grep commit >got
same '--signal and a commit that waits' got <<'EOF'
commit 1
commit 2
EOF

# A look-up that began earlier ends later, with the old document.

mkframes -d $alice -- identity identity >twice
start_wsd -f twice
cp "$www/$alice" old.json
put_did $alice http://pds.test "$other"
mv "$www/$alice" "$www/outdated"
cp old.json "$www/$alice"
rules <<'END'
* /did:* times=1 delay=2000 file=outdated
END
path='/frames?stop=1'
live -n 2
path=/frames
rules </dev/null
jq -r 'select(.type == "identity") | "\(.at) \(.key)"' out | sort |
    sed 's/.* //' >got
same 'the newer document has the later time' got <<EOF
$other
$key
EOF

# The directory fails.

start_wsd -f frames
rules <<'END'
* /did:* status=503
END
live -n 5 --require-signature
jq -r 'select(.type == "error") | "\(.error) \(.retry)"' out | sort -u >got
same 'no key can be had' got <<'EOF'
HostError true
EOF
is 'each commit is an error' "$(jq -r .error out | grep -c HostError)" 5
is 'the cursor goes on' "$(tail -n 1 out | jq -r .cursor)" 5
live -n 5
is 'without the option they are unchecked' "$(commits | grep -c unchecked)" 5
is 'which is no failure' "$status" 0
rules </dev/null

start_wsd -f twice
rules <<'END'
* /did:* status=404
END
live -n 2
sed "s,$url,U," err | sort -u >got
same 'a message names the account once' got <<EOF
at-firehose: http${url#ws}: $alice: not registered
EOF
start_wsd -f frames
rules </dev/null

kill -STOP "$faultyd"
live -n 1
kill -CONT "$faultyd"
is 'the end does not wait for keys of later commits' "$status" 0

# The cache

live -n 5 --require-signature --cache cache
stop_faultyd
live -n 5 --require-signature --cache cache
is 'the cache has the keys' "$(commits | grep -c verified)" 5
live -n 5 --require-signature --cache cache --offline
is 'also without the network' "$(commits | grep -c verified)" 5
mkframes -d $alice -- identity +a.b.c/x >changed
start_wsd -f changed
live -n 2 --require-signature --cache cache --offline
is 'and after an identity that is not looked up' \
    "$(jq -r 'select(.seq).type' out | tr '\n' ' ')" 'error commit '
start_wsd -f frames
live -n 5 --require-signature --offline
is 'without both there is no key' "$(jq -r .error out | grep -c Offline)" 5

# A look-up that ends at once

mkframes -d $alice -- +a.b.c/x identity +a.b.c/y >between
start_wsd -f between
live -n 3 --require-signature --offline
of $alice >got
same 'an identity between commits that wait' got <<'EOF'
error Offline 1
error Offline 2
error Offline 3
EOF
# A look-up that ends at once: without the network, and of a DID that has no
# document. The identity waits behind a commit that needs the key.

mkframes -d $alice -- +a.b.c/x identity +a.b.c/y >ends1
mkframes -d did:example:abc -- +a.b.c/x identity +a.b.c/y >ends2
offline=--offline
for ends in 1 2; do
	start_wsd -f ends$ends
	live -n 3 --require-signature $offline
	is "look-up $ends ends at once: status" "$status" 1
	is 'each event has its error' \
	    "$(jq -r 'select(.error) | .seq' out | tr '\n' ' ')" '1 2 3 '
	is 'the cursor is behind them' "$(tail -n 1 out | jq -r .cursor)" 3
	offline=
done
start_wsd -f frames

# Several services

mkframes -d $bob -- +a.b.c/x +a.b.c/y +a.b.c/z >frames2
first=$url
start_wsd -f frames2
stream=com.atproto.sync.subscribeRepos
cat >cursors <<EOF
{"type":"cursor","service":"http${first#ws}","stream":"$stream","cursor":"2"}
{"type":"cursor","service":"http${url#ws}","stream":"$stream","cursor":"1"}
EOF
# named: the services as one and two
named() {
	sed "s,http${first#ws},one,; s,http${url#ws},two,"
}

timeout --foreground -s TERM 20 at-firehose --allow-private --offline \
    -u "$first/frames" \
    -u "$url/frames" -n 5 <cursors >out
jq -r 'select(.type == "commit") | "\(.service) \(.seq)"' out |
    named | sort >got
same 'two services, each from its cursor' got <<'EOF'
one 3
one 4
one 5
two 2
two 3
EOF
jq -r 'select(.type == "cursor") | "\(.service) \(.cursor)"' out |
    named | sort >got
same 'each has its cursor' got <<'EOF'
one 5
two 3
EOF
at-firehose --allow-private --offline -u "$first/frames" \
    -u "$url/xrpc" <cursors >out 2>err &
pid=$!
wait_for 'the error' grep -q FutureCursor out
wait_for 'the last event' grep -q '"seq":5' out
kill $pid
status=0
wait $pid || status=$?
is 'one is refused, the other goes on: status' "$status" 2
is 'its error' "$(jq -r 'select(.error).host' out)" "http${url#ws}"
is 'its events' "$(commits | wc -l)" 3

# A service that names silent hosts takes its share of the look-ups, and leaves
# the other one the rest. The second one is read after the first.

start_faultyd -n 41
good=did:web:localhost%3A${ports##* }
mkframes -d "$good" -K keys -- +a.b.c/x +a.b.c/y >frames
put_did "$good" http://pds.test "$(jq -r .key keys)"
mv "$www/@localhost" "$www/@40"
rules <<'END'
40 *
* * hang
END
n=0
for port in ${ports% *}; do
	n=$((n + 1))
	mkframes -d "did:web:localhost%3A$port" -s $n identity
done >hostile
start_wsd -f hostile
hostile=$url/frames
start_wsd -f frames
kill "${wsd_pids##* }"
at-firehose --allow-private -u "$hostile" -u "$url/frames" --from 999d \
    --require-signature >out 2>err </dev/null &
pid=$!
wait_for 'the share is used' grep -q '"seq":40' out
start_wsd -f frames -p "$port"
wait_for 'the other service' grep -q '"seq":2,' out
kill $pid
wait $pid
is 'a hostile service does not hold up another one' "$(commits)" '1 verified
2 verified'

# It also names the other one's account, after it has used its share: so its
# message is the first one that waits for the account's key.

start_faultyd
n=0
while [ $((n += 1)) -le 40 ]; do
	mkframes -d "did:plc:$(printf %024d $n | tr 0189 abcd)" -s $n +a.b.c/x
done >hostile
# After most of them in the table of accounts that wait
good=did:plc:llllllllllllllllllllllll
mkframes -d $good -K keys -s 41 +a.b.c/x >first
cat first >>hostile
mkframes -d $good -K keys -s 41 -- +a.b.c/x +a.b.c/y >frames
put_did $good http://pds.test "$(jq -r .key keys)"
printf '%s\n' "* /$good" '* * hang' | rules
plc=$url
start_wsd -f hostile
hostile=$url/frames
start_wsd -f frames
kill "${wsd_pids##* }"
at-firehose --allow-private --plc "$plc" -u "$hostile" \
    -u "$url/frames" --from 999d --require-signature >out 2>err </dev/null &
pid=$!
used() {
	[ "$(asked | wc -l)" -ge 32 ]
}
wait_for 'the share is used again' used
start_wsd -f frames -p "$port"
both() {
	[ "$(grep -c '^{"type":"commit"' out)" -ge 3 ]
}
wait_for 'the account that both name' both
is 'is looked up' "$(commits | sort)" '41 verified
41 verified
42 verified'
kill $pid
wait $pid

exits 2 'a service twice' at-firehose --offline -u a.test -u wss://a.test
exits 2 '--from a cursor with two services' at-firehose --offline --from 3 \
    -u a.test -u b.test </dev/null
exits 2 'a recording of two services' at-firehose --offline --record mixed \
    -u a.test -u b.test </dev/null
is 'is not begun' "$(ls mixed 2>/dev/null)" ''
exits 2 'files are of one service' at-firehose -u a.test -u b.test frames
printf '{"type":"cursor","service":"https://a.test","stream":"%s",' $stream >bad
echo '"cursor":"x"}' >>bad
exits 2 'a cursor that is not a number' at-firehose --offline -u a.test <bad
done_testing
