#!/bin/sh
# at-plcexport --tail and --stream: new operations as they come
. "${0%/*}/lib/tap.sh"
. "$top/t/lib/net.sh"
. "$top/t/lib/plc.sh"
. "$top/t/lib/wsd.sh"

# begin ARGUMENT...: run at-plcexport in the background
begin() {
	rm -f out err
	at-plcexport --allow-private --retries 0 -u "$url" "$@" >out 2>err &
	pid=$!
}

# came LAST: is this operation in the output?
came() {
	[ "$(jq 'select(.type == "plc").seq' out | tail -n 1)" = "$1" ]
}

# comes LAST: wait for it
comes() {
	wait_for "operation $1" came "$1"
}

# end [SIGNAL]: end the program, and set $status
end() {
	[ $# -eq 0 ] || kill "-$1" $pid
	status=0
	wait $pid 2>/dev/null || status=$?
}

# all LAST NAME: are these the operations of the output, each once?
all() {
	grep '"type":"plc"' out >got
	lines 1 "$1" >want
	same "$2: operations" got <want
}

start_wsd -e operations -w words -l asked
url=http://127.0.0.1:$port

# --tail
served 1 10 >operations
start=$(date +%s)
begin --tail -d plc
comes 10
served 11 12 >>operations
comes 12
served 13 15 >>operations
comes 15
end TERM
is '--tail' "$status $(cat err)" '0 '
all 15 '--tail'
is 'the last line' "$(tail -n 1 out | jq -r .cursor)" 15
zstdcat plc/*.zst | cmp - want
is '--tail: the archive' $? 0
ok '--tail: pauses' test "$(wc -l <asked)" -le $((($(date +%s) - start) / 2 + 6))
begin --tail -n 20
comes 15
served 16 25 >>operations
end
is '--tail -n' "$status $(tail -n 1 out | jq -r .cursor)" '0 20'
all 20 '--tail -n'

# --stream
served 1 10 >operations
: >asked
begin -v --stream -d live
comes 10
wait_for 'the stream' grep -q connected err
served 11 12 >>operations
comes 12
served 13 1500 >>operations
comes 1500
end INT
is '--stream' "$status $(cat err)" "0 at-plcexport: $url/export/stream: connected"
all 1500 '--stream'
is 'cursors' "$(jq -r 'select(.type == "cursor").cursor' out |
    sed -n '1p; $p' | tr '\n' ' ')" '10 1500 '
is 'requests' "$(cut -d ' ' -f 1 asked | tr '\n' ' ')" \
    "/export?count=1000&after=0 /export?count=1000&after=10 $(:
    )/export/stream?cursor=10 " || cat asked
zstdcat live/*.zst | cmp - want
is '--stream: the archive' $? 0

# A stream that is closed: pages bring the rest, and the stream is opened again.
# closes NAME WORDS MESSAGE
closes() {
	served 1 10 >operations
	echo "stop=3&$2" >words
	: >asked
	begin --stream --tail
	comes 10
	wait_for 'the stream' grep -q stream asked
	served 11 15 >>operations
	comes 15
	served 16 17 >>operations
	comes 17
	: >words
	served 18 18 >>operations
	comes 18
	wait_for 'the stream again' grep -q 'stream.cursor=1[78]' asked
	served 19 20 >>operations
	comes 20
	end TERM
	is "$1" "$status $(head -n 1 err | sed 's/.*stream[^ ]* //')" "0 $3"
	all 20 "$1"
}
closes 'a cursor that is too old' close=1 "the host closed the connection: $(:
    )1008 OutdatedCursor; continuing with /export"
closes 'a cursor in the future' close=2 "the host closed the connection: $(:
    )1008 FutureCursor; continuing with /export"
closes 'a slow consumer' close=3 "the host closed the connection: $(:
    )1008 ConsumerTooSlow; continuing with /export"
closes 'a connection that breaks' close=4 "$(:
    )connection cut; continuing with /export"
: >words

# No stream: as --tail
served 1 10 >operations
echo 'code=404' >words
begin --stream
comes 10
served 11 15 >>operations
comes 15
served 16 20 >>operations
comes 20
end TERM
is 'no stream' "$status $(cat err)" "0 at-plcexport: ws${url#http}/export/stream$(:
    )?cursor=10: no stream; continuing with /export"
all 20 'no stream'

# A message that isn't JSON, and one that came before
served 1 10 >operations
echo 'stop=3&bad=1' >words
begin --stream
comes 10
wait_for 'the stream' grep -q 'cursor=10' asked
served 11 15 >>operations
comes 15
end TERM
is 'nonsense' "$status $(jq -r .message out | sed -n '/export/p')" \
    "1 $url/export/stream: not a JSON object: nonsense"
all 15 'nonsense'
echo 'first=7' >words
served 1 10 >operations
begin --stream
comes 10
served 11 12 >>operations
comes 12
end TERM
is 'an operation that comes again' "$status $(jq -r .message out |
    sed -n '/export/p')" "1 $url/export?count=1000&after=10: seq 7 came before"
all 12 'an operation that comes again'
: >words
served 1 10 >operations
begin --stream -n 12
comes 10
served 11 20 >>operations
end
is '--stream -n' "$status $(tail -n 1 out | jq -r .cursor)" '0 12'
all 12 '--stream -n'

# Kills
served 1 10 >operations
rm -r plc
for last in 40 80 120 160; do
	begin --stream -d plc
	served $((last - 29)) $last >>operations
	comes $last
	end KILL
	cp out out.$last
done
begin -d plc
end
zstdcat plc/*.zst | jq .seq >got
jq .seq operations >want
same 'after kills the archive has what the directory has' got <want

# Failures that go away
start_faultyd -n 1
served 1 5 | page 0
page 5 </dev/null
echo '* * first=1 status=503' | rules
begin --tail
comes 5
end TERM
is 'a failure that goes away' "$status $(head -n 1 err | sed 's/; .*//')" \
    "0 at-plcexport: $url/export?count=1000&after=0: HTTP status 503"
all 5 'a failure that goes away'
echo '* * status=403' | rules
begin --tail
end
is 'one that stays' "$status $(jq -r .error out)" '1 Refused'
stop_faultyd
begin --tail --retries 0
wait_for 'the directory to be left alone' grep -q 'left alone' err
end TERM
is 'a directory that is down is left alone' "$(grep -c 'left alone' err)" 1

usage_error '--tail and files' \
    "files don't grow; --tail and --stream are for a directory" \
    at-plcexport --tail plc

done_testing
