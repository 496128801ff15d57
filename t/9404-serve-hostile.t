#!/bin/sh
# at-serve: hostile clients. Whatever they send, others are answered, and nothing
# but answers comes back.
. "${0%/*}/lib/tap.sh"
. "$top/t/lib/serve.sh"
. "$top/t/lib/load.sh"
. "$top/t/lib/operations.sh"

did=$(plc_did 2)
echo '2 01 create cid=a handle=a.test pds=pds.test' | plc_lines >input
at-load x.db input
echo secret >secret
start_serve -j 2 -t 2s x.db
port=${url##*:}

# lives NAME: does it answer as before?
lives() {
	get "/$did" -m 10
	is "$1: others are answered" "$code $(jq -r .id body)" "200 $did"
}

# raw FORMAT [OPTION...]: send what printf makes of it; the answer goes to out
raw() {
	raw_format=$1
	shift
	# shellcheck disable=SC2059 # a format
	printf "$raw_format" | rawhttp "$@" "$port" >out 2>err
}

# statuses: print those of the answers in out
statuses() {
	grep -ao 'HTTP/1\.[01] [0-9]*' out | cut -d ' ' -f 2 | tr '\n' ' ' |
		sed 's/ $//'
}

end='Host: x\r\nConnection: close\r\n\r\n'

# The path
for path in /../../secret /..%2f..%2fsecret /%2e%2e/secret /./secret \
    //secret /secret /did:plc:x/../../secret "/$PWD/secret" \
    '/..\\..\\secret' /xrpc/../secret /%252e%252e/secret /log/audit; do
	get "$path"
	is "$path" "$code $(grep -c '^secret' body)" '404 0'
done
for path in /%00 /a%0d%0aX-Evil:1 /%zz /% /%c0%ae%c0%ae/ /%ff \
    '/export?after=%00' '/?a=%ed%a0%80'; do
	get "$path"
	is "$path" "$code" 400
done
get "/a%22%3Cscript%3E"
is 'an answer has no HTML' "$(cat body)" \
    '{"message":"DID not registered: a\"<script>"}'
is 'and a type' "$(header content-type) $(header x-content-type-options)" \
    'application/json; charset=utf-8 nosniff'
raw "GET http://other.test/$did HTTP/1.1\r\n$end"
is 'a whole URL' "$(statuses)" 200
raw "GET $did HTTP/1.1\r\n$end"
is 'no slash' "$(statuses)" 400
raw "GET * HTTP/1.1\r\n$end"
is 'a star' "$(statuses)" 400
raw "OPTIONS * HTTP/1.1\r\n$end"
is 'a star of OPTIONS' "$(statuses)" 400
raw "CONNECT x.test:443 HTTP/1.1\r\n$end"
is 'CONNECT' "$(statuses)" 400
raw "GET /\\\\000 HTTP/1.1\r\n$end"
ok 'a NUL' not grep -aq '200 OK' out
long=$(printf '%08192d' 0)
for n in 1 3 4 30 100; do
	path=/$(for i in $(seq $n); do printf %s "$long"; done)
	raw "GET $path HTTP/1.1\r\n$end"
	is "a URL of $n * 8 KiB" "$(statuses)" 414
done
lives 'URLs'

# Headers
raw "GET /$did HTTP/1.1\r\nX: $long\r\n$end"
is 'a header of 8 KiB' "$(statuses)" 200
raw "GET /$did HTTP/1.1\r\nX: $long$long$long$long$long\r\n$end"
is 'one of 40 KiB' "$(statuses)" 431
raw "GET /$did HTTP/1.1\r\n$(for i in $(seq 3000); do
    printf 'X%d: y\\r\\n' "$i"; done)$end"
is 'many headers' "$(statuses)" 431
raw "GET /$did HTTP/1.1\r\nHost: x\r\nIf-None-Match: \"$long\r\n$end"
is 'a long ETag' "$(statuses)" 200
raw "GET /%%0d%%0aX-Evil:%%201 HTTP/1.1\r\n$end"
ok 'no header comes from a path' not grep -aqi '^x-evil' out
raw "POST /$did HTTP/1.1\r\nContent-Length: 99999999999999999999\r\n$end"
ok 'a body without end' test "$(statuses)" != 200
raw "POST /$did HTTP/1.1\r\nTransfer-Encoding: chunked\r\n${end}fffffffff\r\n"
ok 'a chunk without end' test "$(statuses)" != 200
raw "GET /$did HTTP/1.1\r\nno colon\r\n$end"
ok 'a line that is no header' test -n "$(statuses)"
raw '\026\003\001\002\000\001\000\001\374\003\003'
ok 'TLS' not grep -aq '200 OK' out
lives 'headers'

# Versions and methods
raw "GET /$did HTTP/1.0\r\n\r\n"
is 'HTTP/1.0' "$(statuses) $(grep -ac '"@context"' out)" '200 1'
raw "GET /$did HTTP/0.9\r\n\r\n"
ok 'HTTP/0.9' not grep -aq '"@context"' out
raw "GET /$did\r\n\r\n"
ok 'no version' not grep -aq '"@context"' out
raw "GET /$did HTTP/9.9\r\n$end"
ok 'HTTP/9.9' not grep -aq '"@context"' out
raw "BREW /$did HTTP/1.1\r\n$end"
is 'a method that nobody knows' "$(statuses)" 405
raw "GET /$did HTTP/1.1\r\nRange: bytes=0-9\r\n$end"
is 'Range is ignored' "$(statuses) $(grep -ac '"@context"' out)" '200 1'
raw "HEAD /$did HTTP/1.1\r\n$end"
is 'HEAD has no body' "$(statuses) $(grep -ac '"@context"' out)" '200 0'
get /nothing -I
ok 'HEAD of what is not there' test "$code $(header content-length)" = '404 41'
raw "GET /$did HTTP/1.1\r\nHost: x\r\n\r\nHEAD /_health HTTP/1.1\r\nHost: x\r\n$(:
    )\r\nGET /export HTTP/1.1\r\nHost: x\r\n\r\nGET /x HTTP/1.1\r\n$end"
is 'pipelined' "$(statuses)" '200 200 200 404'
raw "POST /_health HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\n\r\nGET /$(:
    )GET /x HTTP/1.1\r\n$end"
is 'a body is not a request' "$(statuses)" '405 404'
raw "POST /_health HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\n$(:
    )Transfer-Encoding: chunked\r\n\r\n0\r\n\r\nGET /export HTTP/1.1\r\n$end"
is 'nor is one with two lengths' "$(statuses)" 400
lives 'methods'

# Slow clients: 2 seconds, whatever they send meanwhile
raw "GET /$did HTTP/1.1\r\nX: $(printf '%0500d' 0)\r\n" -d 100
ms=$(tail -n 1 out)
ok "a slow head: $ms ms" test "$ms" -gt 1500 -a "$ms" -lt 15000
raw "POST /$did HTTP/1.1\r\nHost: x\r\nContent-Length: 500\r\n\r\n$(:
    )$(printf '%0500d' 0)" -d 100
ms=$(tail -n 1 out)
ok "a slow body: $ms ms" test "$ms" -gt 1500 -a "$ms" -lt 30000
raw '' -t 30000
is 'nothing at all' $? 0
raw "GET /$did HTTP/1.1\r\nHost: x\r\n\r\n" -t 30000
is 'nothing after a request' "$? $(statuses)" '0 200'
lives 'slow clients'

# Many of one client
printf 'GET / HTTP/1.1\r\nX: ' | rawhttp -n 400 "$port" >held &
holder=$!
wait_for 'many connections' test -s held
wait_for 'they are closed after their time' curl -s -f -m 5 -o body \
    "$url/$did"
lives 'many connections'
kill $holder
get /metrics
ok 'requests that did not end belong to no route' \
    grep -q '^[a-z_]*seconds_count{route="none"} [1-9]' body
is 'no time is negative' "$(grep -c '} -' body)" 0
stop_serve
is 'it ends' "$serve_status" 0
same 'it says nothing' serve.err </dev/null

# Of one address at most three
start_serve --per-client 3 -t 60s x.db
port=${url##*:}
rm -f held
printf 'GET / HTTP/1.1\r\nX: ' | rawhttp -n 3 "$port" >held &
holder=$!
wait_for 'three connections' test -s held
get "/$did" -m 5
is 'a fourth connection' "$code" 000
kill $holder
wait_for 'the first ones end' curl -s -f -m 5 -o body "$url/$did"
lives 'a client that ended'
stop_serve

# 10,000 connections at once, which the system may not allow
start_serve --per-client 65536 --connections 2000 -t 3s x.db
port=${url##*:}
rss() {
	awk '/^RssAnon/ { print $2 }' "/proc/$serve_pid/status"
}
before=$(rss)
rm -f held
printf 'GET / HTTP/1.1\r\nX: ' | rawhttp -n 10000 "$port" >held 2>held.err &
holder=$!
sleep 1
wait_for '10,000 connections' test -s held
ok "some of them: $(cat held)" test "$(cat held)" -gt 500
wait_for 'then others are answered' curl -s -f -m 5 -o body "$url/$did"
kill $holder
wait_for 'and after the end' curl -s -f -m 5 -o body "$url/$did"
lives '10,000 connections'
grown=$(($(rss) - before))
# A sanitizer keeps what was freed.
grep -q __asan_init "$build/bin/at-serve" && most=524288 || most=131072
ok "memory: $grown KiB more" test "$grown" -lt "$most"
stop_serve
is 'it ends' "$serve_status" 0

done_testing
