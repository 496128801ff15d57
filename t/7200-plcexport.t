#!/bin/sh
# at-plcexport: the lines that it makes of a directory's pages
. "${0%/*}/lib/tap.sh"
. "$top/t/lib/net.sh"
. "$top/t/lib/plc.sh"

start_faultyd -n 1

# export ARGUMENT...: with one try
export_() {
	forget
	run at-plcexport --allow-private --retries 0 --retry-delay 10ms \
	    -u "$url" "$@"
}

# prints NAME STATUS: is the output, without times, equal to standard input?
prints() {
	sed "s/,\"at\":\"20[0-9T:.-]*Z\"//; s|,\"host\":\"$url\"||" out >got
	is "$1: status" "$status" "$2"
	same "$1" got
}

cursor() {
	printf '{"type":"cursor","service":"%s","stream":"/export",' "$url"
	printf '"cursor":"%s"}\n' "$1"
}

# fault SEQ PAGE MESSAGE: print the error line
fault() {
	printf '{"type":"error","program":"at-plcexport","input":"%s",' "$url"
	printf '"error":"BadAnswer","message":"%s","retry":false,' \
	    "$url/export?count=1000&after=$2: seq $1$3"
	printf '"seq":%s}\n' "$1"
}

# A whole export: full pages would have 1,000 operations, and two short ones in
# a row are the end.
served 1 5 | page 0
served 6 8 | page 5
served 9 9 | page 8
export_
{
	lines 1 5
	cursor 5
	lines 6 8
	cursor 8
} >want
prints 'two short pages' 0 <want
is 'requests' "$(asked)" "0 200 /export?count=1000&after=0
0 200 /export?count=1000&after=5"
is 'no message' "$(cat err)" ''
served 1 1000 | page 0
served 1001 2000 | page 1000
page 2000 </dev/null
export_
{
	lines 1 1000
	cursor 1000
	lines 1001 2000
	cursor 2000
} >want
prints 'full pages' 0 <want
is 'the last one is empty' "$(asked | tail -n 1)" \
    '0 200 /export?count=1000&after=2000'
lines 1 1000 | grep -c '"operation":{"type":"plc_operation","é":"\\u00e9", "seq":12}' \
    >got
same 'the operation byte for byte' got <<'END'
1
END
run env ATPIPE_PLC_URL="$url/" at-plcexport --allow-private
prints 'ATPIPE_PLC_URL' 0 <want

# --cursor and -n
export_ --cursor 1000
{
	lines 1001 2000
	cursor 2000
} >want
prints '--cursor' 0 <want
export_ --cursor 2000
prints '--cursor at the end' 0 </dev/null
served 1 3 | put export/3,0
export_ --cursor '' -n 3
{
	lines 1 3
	cursor 3
} >want
prints '-n' 0 <want
is '-n asks for no more' "$(asked)" "0 200 /export?count=3&after=0"
served 1001 1020 | put export/5,1000
export_ -n 1005
{
	lines 1 1000
	cursor 1000
	lines 1001 1005
	cursor 1005
} >want
prints '-n, of a directory that gives more' 0 <want

# A directory that ignores count: the rest of a long page is asked for again.
served 1 12000 | page 0
served 10001 12000 | page 10000
page 12000 </dev/null
export_
is 'a long page' "$status $(jq .seq out | grep -c '[0-9]') $(asked | wc -l)" \
    '0 12000 3'

# What other directories may do: spaces, CR, blank lines, nullified, no type
op did:plc:abcdefghijklmnopqrstuvwx 1 | sed 's/}$/,"nullified":true}/
    s/,"type":"sequenced_op"//' >one
{
	sed 's/,"/ , "/g; s/$/ \r/' one
	echo
	op did:plc:abcdefghijklmnopqrstuvwx 2
} | page 0
page 2 </dev/null
export_
jq -r .operation.x one >/dev/null
is 'another form of the same' "$status $(jq -c \
    'select(.type == "plc") | [.seq, .nullified]' out | tr '\n' ' ')" \
    '0 [1,true] [2,null] '

# Rate limits and failures: the same lines
served 1 1000 | page 0
served 1001 1200 | page 1000
page 1200 </dev/null
{
	lines 1 1000
	cursor 1000
	lines 1001 1200
	cursor 1200
} >want
rules <<'END'
* /export* first=1 status=429 retry-after=1
END
export_
prints '429' 0 <want
is '429: asked again' "$(asked | cut -d ' ' -f 2 | tr '\n' ' ')" \
    '429 200 429 200 429 200 '
rules <<'END'
* /export*after=1000 times=2 status=503
END
run at-plcexport --allow-private --retry-delay 10ms -u "$url"
prints '503' 0 <want
rules <<'END'
* /export* first=1 cut=5000
END
run at-plcexport --allow-private --retry-delay 10ms -u "$url"
prints 'a connection that breaks' 0 <want
rules <<'END'
* /export*after=1000 status=503
END
export_
{
	lines 1 1000
	cursor 1000
	printf '{"type":"error","program":"at-plcexport","input":"%s",' "$url"
	printf '"error":"HostError","message":"%s","retry":true}\n' \
	    "$url/export?count=1000&after=1000: HTTP status 503"
} >want.503
prints 'a failure' 1 <want.503
is 'a failure: message' "$(cat err)" \
    "at-plcexport: $url/export?count=1000&after=1000: HTTP status 503"
echo "* * status=400 type=application/json body='{\"message\":\"Invalid x\"}'" |
	rules
export_
is 'an error of the directory' "$status $(jq -r '.error + " " + .message' out)" \
    "1 Refused $url/export?count=1000&after=0: Invalid x"
rules </dev/null

# --requests: the third request would wait five minutes, unless the directory
# says how many are left.
at-plcexport -v --allow-private --requests 2 -u "$url" >paced 2>paced.err &
pid=$!
wait_for 'a pause' grep -q . paced.err
kill $pid
wait $pid 2>/dev/null
is '--requests' "$(jq -r 'select(.type == "cursor").cursor' paced |
    tr '\n' ' ')$(sed 's/in [23][0-9]* s$/in S/' paced.err)" \
    "1000 1200 at-plcexport: $url: rate limit, next attempt in S"
echo '* /export* ratelimit=100,50,+2s' | rules
export_ --requests 1
prints 'RateLimit-Remaining instead' 0 <want
rules </dev/null

# Pages that are cut with a length that fits
served 1 1000 | head -c 100000 | page 0
n=$(head -c 100000 "$www/export/1000,0" | wc -l)
served $((n + 1)) 1200 | page "$n"
export_
{
	lines 1 "$n"
	cursor "$n"
	lines $((n + 1)) 1200
	cursor 1200
} >want
prints 'a page that is cut inside a line' 0 <want
served 1 1000 | head -n 700 | page 0
served 701 1700 | page 700
page 1700 </dev/null
export_
is 'a page that is cut between lines' "$status $(jq .seq out | grep -c '[0-9]')" \
    '0 1700'
rm "$www/export/1000,0"
served 1 1000 | head -c 100 | page 0
export_
is 'a page that is always cut' "$status $(asked | wc -l) $(jq -r \
    '.error + " " + .message' out | sed 's/{.*//')" \
    "1 5 BadAnswer $url/export?count=1000&after=0: not a JSON object: "
time=$(date +%s)
export_ --retry-delay 200ms
ok 'with pauses' test $(($(date +%s) - time)) -ge 2

# Faults
served 1 4 | page 0
{
	served 3 4
	served 5 6
} | page 4
page 6 </dev/null
export_
{
	lines 1 4
	cursor 4
	lines 5 6
	fault 3 4 ' came before (and 1 more)'
	cursor 6
} >want
prints 'operations that come again' 1 <want
{
	served 5 6
	op did:plc:bbbbbbbbbbbbbbbbbbbbbbbb 3
} | page 4
export_
{
	lines 1 4
	cursor 4
	lines 5 6
	fault 3 4 ' comes after a higher one'
	fault 3 4 " was another operation before; now it is $(:
		)did:plc:bbbbbbbbbbbbbbbbbbbbbbbb $(cid_of 3)"
	cursor 6
} >want
prints 'another operation for a known seq' 1 <want
{
	served 7 9
	served 5 6
} | page 4
page 9 </dev/null
export_
{
	lines 1 4
	cursor 4
	lines 5 9
	fault 5 4 ' comes after a higher one'
	cursor 9
} >want
prints 'a page that is not in order loses nothing' 1 <want
{
	served 1 2
	served 4 4
} | page 0
{
	served 3 3
	served 5 5
} | page 4
page 5 </dev/null
export_
{
	lines 1 2
	lines 4 4
	cursor 4
	lines 3 3
	lines 5 5
	fault 3 4 ' comes after seq 4'
	cursor 5
} >want
prints 'an operation that comes late' 1 <want
served 1 4 | page 7
export_ --cursor 7
is 'a directory that ignores the place' "$status $(asked | wc -l) $(jq -r \
    .message out | tail -n 1)" \
    "1 5 $url/export?count=1000&after=7: 5 pages brought nothing new"
is 'reports' "$(jq -r .message out | head -n 1)" \
    "$url/export?count=1000&after=7: seq 1 is before the place $(:
    )that was asked for (and 3 more)"

# An operation that has a wrong field is reported, and loses only itself.
# wrong NAME FIELD SED
wrong() {
	{
		served 1 1
		served 2 2 | sed "$3"
		served 3 3
	} | page 0
	page 3 </dev/null
	export_
	{
		lines 1 1
		lines 3 3
		fault 2 0 ": \\\"$2\\\" is missing or wrong"
		cursor 3
	} >want
	prints "$1" 1 <want
}
wrong 'a DID' did 's/"did":"did:plc:./&1/'
wrong 'no DID' did 's/"did":"[^"]*",//'
wrong 'a CID' cid 's/"cid":"b/"cid":"c/'
wrong 'a time' createdAt 's/"createdAt":"20/"createdAt":"99/; s/T/ /'
wrong 'an operation that is not an object' operation 's/"operation":{.*},/"operation":[1],/'
wrong 'an operation that is not JSON' operation 's/"operation":{/&"x":01,/'
wrong 'a type' type 's/sequenced_op/other/'
wrong 'nullified' nullified 's/}$/,"nullified":1}/'
wrong 'a field that comes twice' did 's/}$/,"did":"did:plc:a"}/'

# broken NAME SED: this one can't be passed over.
broken() {
	{
		served 1 1
		served 2 2 | sed "$2"
	} | page 0
	served 2 2 | sed "$2" | page 1
	export_
	is "$1" "$status $(asked | wc -l) $(head -n 1 out) $(jq -r .error out |
	    tail -n 1)" "1 6 $(lines 1 1) BadAnswer"
}
broken 'no seq' 's/"seq":2,//'
broken 'a seq that is a string' 's/"seq":2/"seq":"2"/'

echo '<html>' | page 0
export_
is 'another page' "$status $(asked | wc -l) $(jq -r .message out)" \
    "1 5 $url/export?count=1000&after=0: not a JSON object: <html>"

# usage NAME MESSAGE ARGUMENT...
usage() {
	name=$1 message=$2
	shift 2
	usage_error "$name" "$message" at-plcexport "$@"
}
usage '--cursor x' "--cursor: 'x' isn't a number such as 10" --cursor x
usage '-u x' "-u: 'x' isn't an origin such as https://host" -u x

if [ -w /dev/full ]; then
	served 1 4 | page 0
	page 4 </dev/null
	run sh -c "at-plcexport --allow-private -u $url >/dev/full"
	is 'a full disk' "$status $(cat err)" \
	    "2 at-plcexport: can't write: No space left on device"
fi

stop_faultyd
done_testing
