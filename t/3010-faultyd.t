#!/bin/sh
# faultyd and net.sh, which the tests of the network programs use: does every
# fault happen as its rule says, and are the counts correct?
. "${0%/*}/lib/tap.sh"
. "$top/t/lib/net.sh"

command -v curl >/dev/null || skip_all "no curl"

# ask [OPTION...] PATH: the body goes to got, the headers to head, curl's status
# to $status, the server's to $code
ask() {
	status=0
	code=$(curl -gsSq -m 60 -o got -D header -w '%{http_code}' "$@" 2>err) ||
		status=$?
}

# header NAME: print its value
header() {
	tr -d '\r' <header | sed -n "s/^$1: //p"
}

# gives NAME CODE TYPE BODY PATH
gives() {
	: >got
	ask "$url$5"
	is "$1" "$status $code $(header Content-Type) $(cat got)" "0 $2 $3 $4"
}

did=did:plc:aaaaaaaaaaaaaaaaaaaaaaaa
json=application/json
start_faultyd -n 3
is 'three ports' "$(echo "$ports" | wc -w)" 3

# files
get=/xrpc/com.atproto.sync.getRepo list=/xrpc/com.atproto.repo.listRecords
echo '{"a":1}' | put "$did"
echo page | put some/page
gives 'a file' 200 $json '{"a":1}' "/$did"
gives 'percent-encoded' 200 $json '{"a":1}' \
	/did%3Aplc%3Aaaaaaaaaaaaaaaaaaaaaaaaa
gives 'whatever the query' 200 text/plain page '/some/page?x=y'
gives 'not there' 404 $json '{"message":"not found"}' /some/other
gives 'a directory' 404 $json '{"message":"not found"}' /some
gives 'not above' 404 $json '{"message":"not found"}' /some/..%2Fsome%2Fpage
gives 'no repo' 400 $json \
	'{"error":"RepoNotFound","message":"faultyd: RepoNotFound"}' \
	"$get?did=$did"
echo '[1]' | put "$list/$did,a.b.c"
echo '[2]' | put "$list/$did,a.b.c,x_y="
echo '[0]' | put "$list/index"
gives 'values' 200 $json '[1]' "$list?collection=a.b.c&limit=100&repo=$did"
gives 'a cursor is the last' 200 $json '[2]' \
	"$list?cursor=x%2Fy%3D&repo=did%3Aplc${did#did:plc}&collection=a.b.c"
gives 'no query' 200 $json '[0]' "$list?limit=5"
echo one | put @1/some/page
echo two | put @two.test/some/page
gives 'of all' 200 text/plain page /some/page
ask "http://127.0.0.1:$(echo "$ports" | cut -d ' ' -f 2)/some/page"
is 'of one port' "$(cat got)" one
ask -H 'Host: two.test:80' "$url/some/page"
is 'of one host' "$(cat got)" two
printf 'HTTP/1.1 410 Gone\r\nX-Why: because\r\n%s\r\n\r\n{"gone":1}' \
	'Content-Type: application/json; charset=utf-8' | put gone.http
gives 'a whole answer' 410 "$json; charset=utf-8" '{"gone":1}' /gone
is 'with its headers' "$(header X-Why)" because
mkcar -n 2000 -d "$did" -r 3kaaaaaaaaa22 -K key >x.car
put_repo "$did" x.car
ask "$url$get?did=$did"
ok 'a CAR' cmp got x.car
is 'its type' "$(header Content-Type)" application/vnd.ipld.car
is 'is chunked' "$(header Transfer-Encoding)" chunked
is 'without a length' "$(header Content-Length)" ''

# helpers
# field PATH FILTER
field() {
	ask "$url$1"
	jq -c "$2" got
}
put_did "$did" https://pds.test "$(cat key)" alice.test
put_repo "$did" x.car
is 'put_did' "$(field "/$did" '[.id, .alsoKnownAs[0],
	.service[0].serviceEndpoint, .verificationMethod[0].type]')" \
	"[\"$did\",\"at://alice.test\",\"https://pds.test\",\"Multikey\"]"
run at-carwalk -k "did:key:$(jq -r \
	'.verificationMethod[0].publicKeyMultibase' got)" x.car
is 'its key is that of the CAR' "$status" 0
cid=$(jq -c 'select(.type == "commit") | .cid' out)
is 'getLatestCommit' "$(field "${get%R*}LatestCommit?did=$did" .)" \
	"{\"cid\":$cid,\"rev\":\"3kaaaaaaaaa22\"}"
is 'getRepoStatus' "$(field "${get}Status?did=$did" .)" \
	"{\"did\":\"$did\",\"active\":true,\"rev\":\"3kaaaaaaaaa22\"}"
is 'describeRepo' "$(field "/xrpc/com.atproto.repo.describeRepo?repo=$did" \
	'[.handle, .didDoc.id, (.collections | length)]')" \
	"[\"alice.test\",\"$did\",4]"
put_did did:web:web.test%3A8080 '' '' ''
ask -H 'Host: web.test' "$url/.well-known/did.json"
is 'a did:web' "$(jq -c '[.id, .service]' got)" \
	'["did:web:web.test%3A8080",[]]'
put_handle alice.test "$did"
ask -H 'Host: alice.test' "$url/.well-known/atproto-did"
is 'a handle' "$(cat got)" "$did"
echo '{"not":"a CAR"}' >bad.car
put_repo did:plc:bad bad.car
ask "$url$get?did=did:plc:bad"
ok 'a bad CAR is served' cmp -s got bad.car

# the log
forget
ask -A 'me/1.0 (x)' "$url/some/page?q=%20"
ask "$url/nowhere"
is 'log: what was asked' "$(asked)" "0 200 /some/page?q=%20
0 404 /nowhere"
is 'log: by whom' "$(requests | head -n 1 | cut -d ' ' -f 5-)" 'me/1.0 (x)'
at=$(requests | sed 's/\..*//;q')
ok 'log: when' test "$at" -ge $(($(date +%s) - 60))
is 'requests' "$(counts .requests,.ports[0].requests,.ports[1].requests)" "2
2
0"

# when a rule applies
# codes N PATH: print the statuses of N requests
codes() {
	codes=
	for _ in $(seq "$1"); do
		ask "$url$2"
		codes=$codes$code,
	done
	echo "$codes"
}
rules <<'END'
# a comment
1	*	status=500
*	/a*	after=1 times=2 status=503	# another
*	/a*	times=1 error="Odd Name"
*	'/b?x=[12]'	first=2 status=501
*	/c	above=1 status=502
*	/m*	method=POST status=504
*	/m*	echo
END
is 'after, times' "$(codes 5 /a)" 400,503,503,404,404,
is 'first' "$(codes 3 '/b?x=1')$(codes 3 '/b?x=2')$(codes 1 '/b?x=3')" \
	501,501,404,501,501,404,404,
is 'above' "$(codes 1 /c)" 404,
ask -d x "$url/m"
is 'a method' "$code" 504
ask -X PUT -H 'A: b' -H 'User-Agent:' -H 'Content-Type: text/csv' -d x=y "$url/m?n"
is 'another method, and echo' "$code $(sed "s/$port/PORT/" got)" '200 PUT /m?n
Host: 127.0.0.1:PORT
Accept: */*
A: b
Content-Type: text/csv
Content-Length: 3

x=y'
ask "http://127.0.0.1:$(echo "$ports" | cut -d ' ' -f 2)/a"
is 'a port' "$code" 500
kill -HUP "$faultyd"
again() {
	ask "$url/b?x=1"
	[ "$code" = 501 ]
}
wait_for 'rules from the start' again

# answers
html='<html><body><h1>429</h1></body></html>'
rules <<'END'
*	/status	status=429
*	/error	error=RepoTakendown status=403
*	/body	body='{"a": "%r%u"}' type=application/json header="X-A: b c"
*	/seconds	status=429 retry-after=7
*	/date	status=503 retry-after=+2s ratelimit=9,0,+2s
*	/see*	redirect=http://127.0.0.1:9/x%20y/%r status=301
*	/file	file=some/page status=500
*	/sized	sized file=x
*	/limit	limit=2/1000
END
gives 'status' 429 text/html "$html" /status
gives 'error' 403 $json \
	'{"error":"RepoTakendown","message":"faultyd: RepoTakendown"}' /error
gives 'body' 200 $json '{"a": "1/body"}' /body
is 'header' "$(header X-A)" 'b c'
gives 'a running number' 200 $json '{"a": "2/body"}' /body
gives 'file' 500 text/plain page /file
ask "$url/seconds"
is 'retry-after' "$(header Retry-After)" 7
# "In two seconds" is between the times before and after, plus two.
before=$(date +%s)
ask "$url/date"
after=$(date +%s)
when=$(date -d "$(header Retry-After)" +%s)
ok 'retry-after: a date' test "$when" -ge $((before + 2)) -a \
	"$when" -le $((after + 2))
when=$(header RateLimit-Reset)
ok 'ratelimit: reset' test "$when" -ge $((before + 2)) -a \
	"$when" -le $((after + 2))
is 'ratelimit' "$(header RateLimit-Limit) $(header RateLimit-Remaining)" '9 0'
ask "$url/seen"
is 'redirect' "$code $(header Location)" '301 http://127.0.0.1:9/x%20y/1'
put limit <"$www/some/page"
gives 'limit' 200 text/plain page /limit
is 'limit: headers' "$(header RateLimit-Remaining),$(header \
	RateLimit-Policy)" '1,2;w=1000'
is 'limit: reached' "$(codes 3 /limit)" 200,429,429,
is 'limit: error' "$(jq -r .error got)" RateLimitExceeded
rules <<'END'
*	/for/ever/*	redirect=/for/ever/%r
END
ask -L --max-redirs 5 "$url/for/ever/0"
is 'redirects without end' "$status $(asked | tail -n 1)" '47 0 302 /for/ever/5'

# bodies with faults
rules <<'END'
*	/cut/sized	cut=5 body=abcdefgh
*	/cut/chunked	cut=5 body=abcdefgh chunked
*	/cut/end	cut=8 body=abcdefgh chunked
*	*getRepo?*	cut=70000
*	/reset/body	reset=5 body=abcdefgh
*	/reset	reset
*	/more	length=5 body=abcdefgh
*	/less	length=9 body=abcdefgh
*	/garbage	garbage='no HTTP at all'
*	/close	garbage=
*	/flood	flood
*	/endless	endless body={
*	/endless/file	endless=some/page body=a sized
*	/drip	drip=40 body=abcdefgh
*	/delay	delay=300 body=abcdefgh
END
# breaks NAME CURL-STATUS BODY PATH
breaks() {
	rm -f got
	ask "$url$4"
	is "$1" "$status $(cat got 2>/dev/null)" "$2 $3"
}
breaks 'cut: Content-Length' 18 abcde /cut/sized
breaks 'cut: chunked' 18 abcde /cut/chunked
is 'cut: it was chunked' "$(header Transfer-Encoding)" chunked
breaks 'cut: before the last chunk' 18 abcdefgh /cut/end
ask "$url$get?did=$did"
is 'cut: a large file' "$status $(wc -c <got)" '18 70000'
head -c 70000 x.car | cmp -s - got
is 'cut: the same so far' $? 0
ask "$url/reset"
is 'reset' "$status $(grep -c 'reset by peer' err)" '56 1'
ask "$url/reset/body"
is 'reset in the body' "$status $(grep -c 'reset by peer' err)" '56 1'
breaks 'length: less than there is' 0 abcde /more
is 'length: says so' "$(header Content-Length)" 5
ask --ignore-content-length "$url/more"
is 'length: there is more' "$(cat got)" abcdefgh
breaks 'length: more than there is' 18 abcdefgh /less
is 'length: says so' "$(header Content-Length)" 9
ask --http0.9 "$url/garbage"
is 'garbage' "$(cat got)" 'no HTTP at all'
ask "$url/close"
is 'close' "$status" 52
ask "$url/flood"
ok 'headers without end' test "$status" -ne 0 -a "$(wc -c <header)" -gt 10000
curl -gsq -m 60 "$url/endless" | head -c 20000000 >got
is 'a body without end' "$(wc -c <got) $(tr -d ' ' <got)" '20000000 {'
curl -gsq -m 60 "$url/endless/file" | head -c 1000001 | sort -u >got
is 'a file without end' "$(cat got)" 'apage
page'
# 8 bytes at 40 bytes a second, and 300 ms: at least this long
slow() {
	curl -gsq -m 60 -o got -w '%{time_total}' "$url$2" >took
	# shellcheck disable=SC2016 # for awk
	ok "$1" awk -v least="$3" '{ exit $1 < least }' took
	is "$1: all of it" "$(cat got)" abcdefgh
}
slow 'drip' /drip 0.19
slow 'delay' /delay 0.29

# An endless answer ends when its client ends, and isn't in flight any more.
rules <<'END'
*	/hang	hang
*	/stall	stall=5 body=abcdefgh
*	/stall/end	stall=8 chunked body=abcdefgh
*	/stall/begin	stall=0 body=abcdefgh
*	/slow	drip=1 body=abcdefgh
*	/later	delay=60000
END
ended() {
	[ "$(counts .inFlight,.ports[0].open | tr '\n' ,)" = 0,0, ]
}
wait_for 'all have ended' ended
for path in hang stall/begin stall stall/end slow later; do
	forget
	rm -f got header
	curl -gsqN -o got -D header "$url/$path" &
	waits() {
		[ "$(counts .inFlight)" = 1 ]
	}
	wait_for "$path" waits
	case $path in
	stall) wait_for "$path" test -s got ;;
	stall/end) wait_for "$path" grep -q abcdefgh got ;;
	stall/begin) wait_for "$path" grep -q 200 header ;;
	esac
	is "$path: waits" "$(asked | wc -l),$(counts .inFlight)" 1,1
	kill $!
	wait $! 2>/dev/null
	wait_for "$path" ended
	case $path in
	stall) is 'stall: so much' "$(cat got)" abcde ;;
	hang) is 'hang: log' "$(asked)" '0 hang /hang' ;;
	esac
done

# keep-alive, and requests in flight
rules </dev/null
forget
curl -gsq "$url/some/page" "$url/some/page" "$url/nothing" >got
is 'a connection is kept' "$(counts .requests,.connections,.maxInFlight |
	tr '\n' ,)" 3,1,1,
curl -sq -H 'Connection: close' "$url/some/page?[1-200]" -o /dev/null
is 'in flight is never what has been answered' "$(counts \
	.connections,.maxInFlight,.maxPorts | tr '\n' ,)" 201,1,1,

# too many at the same time
stop_faultyd
is 'counts of a server that has ended' "$(counts .requests)" 203
start_faultyd -n 40
printf '%s\n' '0 /c above=4 status=503' '0 /d above=5 status=503' \
	'* /[cd] status=200' '* * hang' | rules
for p in $ports; do
	printf 'url = "http://127.0.0.1:%s/[1-4]"\noutput = "/dev/null"\n' "$p"
done >config
curl -sq -Z --parallel-immediate --parallel-max 160 -K config 2>err &
hundreds() {
	[ "$(counts .inFlight)" = 160 ]
}
wait_for '40 ports, 4 clients each' hundreds
is '40 ports' "$(counts '.maxPorts, .maxInFlight,
	([.ports[].maxInFlight] | unique[])' | tr '\n' ,)" 40,160,4,
is 'above' "$(codes 1 /c)$(codes 1 /d)" 503,200,
kill $!
wait $! 2>/dev/null
gone() {
	[ "$(counts .inFlight)" = 0 ]
}
wait_for 'all have gone' gone
clients=
for i in 1 2 3 4 5 6 7 8; do
	curl -sq -Z --parallel-immediate --parallel-max 256 \
	    "$url/$i/[1-256]" -o /dev/null 2>err &
	clients="$clients $!"
done
thousands() {
	[ "$(counts .ports[0].inFlight)" = 2048 ]
}
wait_for '2048 connections' thousands
is 'others are still served' "$(codes 1 /d)" 503,
# shellcheck disable=SC2086 # words
kill $clients
# shellcheck disable=SC2086 # words
wait $clients 2>/dev/null
wait_for 'all have gone again' gone

# An invalid rule ends the server, and the test that wrote the rule.
# refused NAME RULE MESSAGE
refused() {
	echo "$2" | rules
	ask "$url/"
	is "$1: no answer" "$status" 52
	stop_faultyd >out
	lib_failed=$((lib_failed - 1)) lib_count=$((lib_count - 1))
	is "$1: is a failure" "$(grep -c '^not ok' out)" 1
	is "$1: says why" "$(sed -n 2p out)" "# faultyd: $net/rules: $3"
}

start_faultyd
refused 'an unknown word' '* * statsu=5' "no such word as 'statsu'"
start_faultyd
refused 'no number' '* * cut=x' "no such word as 'cut'"
start_faultyd
refused 'no port' '/x cut=2' "'/x' isn't a port and a path"

# where it listens
cert srv localhost 127.0.0.1 ::1
start_faultyd -s srv.crt srv.key -6
is 'TLS: the URL' "$url" "https://127.0.0.1:$port"
ask --cacert srv.crt "$url/some/page"
is 'TLS' "$status $code $(cat got)" '0 200 page'
ask "$url/some/page"
is 'TLS: of an authority nobody knows' "$status" 60
echo '* * cut=2' | rules
ask --cacert srv.crt "https://localhost:$port/some/page"
is 'TLS: cut' "$(cat got)" pa
if [ -e /proc/net/if_inet6 ]; then
	ask --cacert srv.crt "https://[::1]:$port/some/page"
	is 'TLS: ::1' "$(cat got)" pa
else
	skip 'TLS: ::1' 'no IPv6'
fi
is 'a port for both' "$(counts .requests)" 3
stop_faultyd
start_faultyd -n 2
free=$port
stop_faultyd
start_faultyd -a 127.0.0.2 -p "$free"
is 'the port asked for' "$ports" "$free"
ask "$url/some/page"
is 'another address' "$code $url" "200 http://127.0.0.2:$port"
ask "http://127.0.0.1:$port/some/page"
is 'not all addresses' "$status" 7

# several servers, by name
server=other
start_faultyd
is 'two servers' "$(counts .requests)" 0
server=main
is 'each with its counts' "$(counts .requests)" 1

done_testing
