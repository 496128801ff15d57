#!/bin/sh
# How http treats hosts that limit, fail, lie or are slow. The tests use
# at-resolve, which makes one request for each job, and at-describe.
. "${0%/*}/lib/tap.sh"
. "$top/t/lib/net.sh"

start_faultyd -n 4
# shellcheck disable=SC2086 # words
set -- $ports
url1=http://127.0.0.1:$2 url2=http://127.0.0.1:$3 port1=$2

# did LETTER: print the did:plc that repeats the letter
did() {
	echo "did:plc:$(printf %24s '' | tr ' ' "$1")"
}
for letter in a b c d e f g h i j k l m n o p q r s t u v w x y z; do
	put_did "$(did $letter)" http://pds.test '' ''
done
put_did "did:web:localhost%3A$port1" '' '' ''
a=$(did a) b=$(did b) c=$(did c)

# begin LETTER ARGUMENT...: resolve it in the background, with short pauses and
# timeouts. The output is out.LETTER.
begin() {
	letter=$1
	shift
	{
		code=0
		at-resolve --allow-private -u "$url" --retry-delay 10ms -q \
		    --max-wait 2s --stall 1s "$@" "$(did "$letter")" \
		    >"out.$letter" || code=$?
		echo $code >"status.$letter"
	} &
}

# ended LETTER NAME STATUS FIELDS REQUESTS: check the output
ended() {
	sed "s|$url/did:plc:[a-z]*|URL|g" "out.$1" | jq -r '[.error // .type,
	    .message, .retry | select(. != null)] | join("|")' >got
	is "$2" "$(cat "status.$1" got)" "$3
$4"
	is "$2: requests" "$(asked | grep -c "$(did "$1")")" "$5"
}

# resolve NAME STATUS FIELDS REQUESTS [OPTION...]: resolve $a
resolve() {
	name=$1 want=$2 fields=$3 n=$4
	shift 4
	forget
	begin a "$@"
	wait $!
	ended a "$name" "$want" "$fields" "$n"
}

# least LETTER NAME MS: at least this time is between its first two requests
least() {
	requests | grep "$(did "$1")" >got
	# shellcheck disable=SC2016 # for awk
	ok "$2: not before" awk -v ms="$3" 'NR <= 2 { at[NR] = $1 }
	    END { exit !(NR > 1 && (at[2] - at[1]) * 1000 >= ms) }' got
}

# All jobs that wait, at the same time. By the host's clock of whole seconds,
# two seconds may be little more than one.
rules <<'END'
* /did:plc:a* times=1 status=429 retry-after=1
* /did:plc:b* times=1 status=429 retry-after=+2s
* /did:plc:c* times=1 status=429 ratelimit=10,0,+2s
* /did:plc:d* times=1 status=429 ratelimit=10,0,1
* /did:plc:e* times=1 status=503 retry-after=1
* /did:plc:f* hang
* /did:plc:g* hang
* /did:plc:h* stall=20
* /did:plc:i* stall=0 chunked
* /did:plc:j* drip=20
* /did:plc:k* drip=200
* /did:plc:l* times=1 hang
* /did:plc:l* times=1 reset
* /did:plc:l* times=1 stall=5
* /did:plc:l* times=1 cut=9
* /did:plc:l* times=1 reset=10
* /did:plc:l* times=1 status=502
* /did:plc:l* times=1 length=10000
* /did:plc:l* times=1 cut=0
* /did:plc:l* times=1 garbage=
* /did:plc:m* times=1 ratelimit=10,0,+2s
* /did:plc:n* delay=1500
END
begin a --retries 0
begin b --retries 0 --max-wait 3s
begin c --retries 0 --max-wait 3s
begin d --retries 0
begin e --retries 1
begin f --retries 1
begin g --retries 0 --stall 1h -t 200ms
begin h --retries 0
begin i --retries 0
begin j --retries 0
begin k --retries 0
begin l --retries 9
begin m --max-wait 3s -j 1 "$(did m)"
begin n --retries 0 --stall 1h
wait_for 'all have ended' test -e status.a -a -e status.b -a -e status.c \
	-a -e status.d -a -e status.e -a -e status.f -a -e status.g \
	-a -e status.h -a -e status.i -a -e status.j -a -e status.k \
	-a -e status.l -a -e status.m -a -e status.n
ended a 'Retry-After' 0 identity 2
least a 'Retry-After' 1000
ended b 'Retry-After, a date' 0 identity 2
least b 'Retry-After, a date' 1000
ended c 'RateLimit-Reset' 0 identity 2
least c 'RateLimit-Reset' 1000
ended d 'RateLimit-Reset in seconds' 0 identity 2
least d 'RateLimit-Reset in seconds' 1000
ended e '503 and Retry-After' 0 identity 2
least e '503 and Retry-After' 1000
late='Timeout|URL: Timeout was reached|true'
ended f 'hang' 1 "$late" 2
ended g '-t' 1 "$late" 1
ended h 'stall' 1 "$late" 1
ended i 'stall at once' 1 "$late" 1
ended j 'too slow' 1 "$late" 1
ended k 'slow' 0 identity 1
ended l 'one after the other' 0 identity 10
ended m 'RateLimit-Remaining: 0' 0 'identity
identity' 2
least m 'RateLimit-Remaining: 0' 1000
ended n 'late' 0 identity 1

# Rate limits. A try that is refused by a limit doesn't count.
limited='RateLimited|URL: HTTP status 429|true'
echo '* * times=4 status=429' | rules
resolve 'no header' 0 identity 5 --retries 0
printf '* * times=%s\n' '2 status=429' '1 status=500' | rules
resolve 'limited, and failed' 0 identity 4 --retries 1
echo '* * status=429' | rules
forget
begin a --max-wait 100ms --retry-delay 40ms
wait $!
ended a 'without end' 1 "$limited" "$(asked | wc -l)"
ok 'without end: until --max-wait' test "$(asked | wc -l)" -le 5
is 'without end: when' "$(jq .retryAfter out.a)" 1
resolve 'no wait at all' 1 "$limited" 1 --max-wait 0s
echo '* * times=1 status=429 retry-after=1' | rules
forget
begin a -j 1 "$b"
wait $!
is 'the same again, then the next' "$(asked)" "0 429 /$b
0 200 /$b
0 200 /$a"
echo '0 * status=429 retry-after=100' | rules
forget
begin a -j 1 "$b" "$c" "did:web:localhost%3A$port1"
wait $!
is 'too long: status' "$(cat status.a)" 1
is 'too long: no more requests to the host' "$(asked | sort)" "0 429 /$b
1 200 /.well-known/did.json"
is 'too long: when' "$(jq -c 'select(.type == "error") | [.error, .did, .retry,
	(.retryAfter >= 100 and .retryAfter <= 101)]' out.a | sort)" \
	"[\"RateLimited\",\"$a\",true,true]
[\"RateLimited\",\"$b\",true,true]
[\"RateLimited\",\"$c\",true,true]"
is 'too long: others go on' "$(jq -r 'select(.type != "error") | .did' \
	out.a)" "did:web:localhost%3A$port1"
echo '* */xrpc/* status=429 error=RateLimitExceeded' | rules
echo "{\"did\":\"$a\",\"pds\":\"$url\",\"type\":\"repo\"}" >in
run at-describe -q --allow-private -u "$url" --max-wait 0s in
is "the host's name for it" "$(jq -c '[.error, .message, .retry]' out)" \
	"[\"RateLimitExceeded\",$(:
	)\"$url/xrpc/com.atproto.sync.getRepoStatus?did=$a: $(:
	)faultyd: RateLimitExceeded\",true]"
two='identity
identity'
echo '* * ratelimit=10,1,+1000s' | rules
resolve 'RateLimit-Remaining: 1' 0 "$two" 2 --max-wait 1h -j 1 "$a"
echo '* * ratelimit=10,0,+1000s' | rules
resolve 'no wait beyond --max-wait' 0 "$two" 2 -j 1 "$a"
put limit <"$www/$a"
echo '* * limit=3/1' | rules
forget
# shellcheck disable=SC2046 # words
begin a -j 9 --retries 0 --max-wait 9s $(for letter in b c d e f g; do did $letter; done)
wait $!
is 'a real limiter' "$(cat status.a) $(jq -r .type out.a | uniq -c |
	tr -s ' ')" '0  7 identity'
is 'a real limiter: each once' "$(asked | grep -c ' 200 ')" 7

# Statuses
rules <<'END'
* /did:plc:a* status=500
* /did:plc:b* status=502
* /did:plc:c* status=503
* /did:plc:d* status=504
* /did:plc:e* status=408
* /did:plc:f* status=425
* /did:plc:g* status=599
* /did:plc:h* status=501
* /did:plc:i* status=400
* /did:plc:j* status=401
* /did:plc:k* status=403
* /did:plc:l* status=418
* /did:plc:m* status=304
* /did:plc:n* status=302
* /did:plc:o* status=777
END
for letter in a b c d e f g h i j k l m n o; do
	did $letter
done >dids
for tries in 1 3; do
	forget
	run at-resolve --allow-private -u "$url" --retry-delay 10ms -q \
	    --retries $((tries - 1)) dids
	is "statuses: $tries tries" "$status" 1
	jq -r '[.did[8:9], .error, .retry, (.message |
	    sub(".* HTTP status "; ""))] | join(" ")' out | sort >got
	same "statuses: $tries tries: errors" got <<-END
	a HostError true 500
	b HostError true 502
	c HostError true 503
	d HostError true 504
	e HostError true 408
	f HostError true 425
	g HostError true 599
	h Unsupported false 501
	i Refused false 400
	j Refused false 401
	k Refused false 403
	l Refused false 418
	m BadAnswer false 304
	n BadAnswer false 302
	o BadAnswer false 777
	END
	asked | cut -c 16 | sort | uniq -c | awk '{ print $2 $1 }' >got
	is "statuses: $tries tries: requests" "$(tr '\n' ' ' <got)" \
		"$(printf '%s ' a$tries b$tries c$tries d$tries e$tries \
		f$tries g$tries h1 i1 j1 k1 l1 m1 n1 o1)"
done
# resolve_at NAME RULE STATUS FIELDS REQUESTS: with two tries
resolve_at() {
	echo "* * $2" | rules
	resolve "$1" "$3" "$4" "$5" --retries 1
}
resolve_at 'after a failure' 'times=1 status=500' 0 identity 2
failed='HostError|URL: HTTP status 503|true'
resolve_at '503 and a long Retry-After' 'status=503 retry-after=1000' \
	1 "$failed" 1
is '503 and a long Retry-After: when' "$(jq .retryAfter out.a)" 1000
head -c 3000000 /dev/zero | tr '\0' '<' | put page
resolve_at 'a large page' 'status=503 file=page sized' 1 "$failed" 2
resolve_at 'a large page in chunks' 'status=503 file=page chunked' \
	1 "$failed" 2
resolve_at 'a page without end' 'status=503 endless' 1 "$failed" 2
rm "$www/page"

# Garbage
broken=ConnectionFailed
resolve_at 'reset' reset 1 \
	"$broken|URL: Failure when receiving data from the peer|true" 2
resolve_at 'close' garbage= 1 "$broken|URL: Server returned nothing $(:
	)(no headers, no data)|true" 2
partial="$broken|URL: Transferred a partial file|true"
resolve_at 'cut' cut=20 1 "$partial" 2
resolve_at 'cut: chunked' 'cut=20 chunked' 1 "$partial" 2
resolve_at 'a length that is too much' length=5000 1 "$partial" 2
resolve_at 'a length that is too little' length=20 1 \
	"BadAnswer|the DID document: JSON: string without end|false" 1
resolve_at 'garbage' "garbage='no HTTP at all'" 1 \
	"BadAnswer|URL: Unsupported protocol|false" 1
resolve_at 'a flood of headers' flood 1 \
	'BadAnswer|URL: header of more than 262144 bytes|false' 1
resolve_at 'a line of the header that is too long' \
	"garbage='HTTP/1.1 200 $(head -c 300000 /dev/zero | tr '\0' x)'" 1 \
	'BadAnswer|URL: a line of the header is too long|false' 1
large='TooLarge|URL: answer of more than 262144 bytes|false'
resolve_at 'a body without end' endless 1 "$large" 1
resolve_at 'a length without end' 'endless sized' 1 "$large" 1
resolve_at 'what is called compressed and is not' \
    "header='Content-Encoding: gzip'" 1 "BadAnswer|URL: Unrecognized or bad $(:
	)HTTP Content or Transfer-Encoding|false" 1

# Redirects
there="$(did z)"
resolve_at 'a redirect' "times=1 redirect=/$there" 1 \
	"BadAnswer|the id of the DID document isn't the DID|false" 1
is 'a redirect: to' "$(asked)" "0 302 /$a
0 200 /$there"
for code in 301 302 303 307 308; do
	resolve_at "$code" "times=1 redirect=./$a?again status=$code" 0 \
		identity 2
done
resolve_at 'to another port' "times=1 redirect=$url1/$a" 0 identity 2
is 'to another port: which' "$(asked)" "0 302 /$a
1 200 /$a"
resolve_at 'five redirects' "times=5 redirect=/$a?%r" 0 identity 6
resolve_at 'redirects without end' "redirect=$url2/$a?%r" 1 \
	"BadAnswer|$url2/$a?5: more than 5 redirects|false" 6
resolve_at 'to itself' "redirect=%u" 1 \
	'BadAnswer|URL: more than 5 redirects|false' 6
for to in ftp://127.0.0.1/x gopher://127.0.0.1:70/; do
	resolve_at "to $to" "redirect=$to" 1 "BadAnswer|$to: not https|false" 1
done
resolve_at 'to a file' "redirect=file:///etc/passwd" 1 \
	'BadAnswer|file:///etc/passwd: not a URL|false' 1
resolve_at 'to a user' "redirect=http://u:p@127.0.0.1:1/" 1 \
	'BadAnswer|http://u:p@127.0.0.1:1/: names a user|false' 1
resolve_at 'to a long URL' "redirect=/$(head -c 9000 /dev/zero |
	tr '\0' x)" 1 'BadAnswer|URL of more than 8192 bytes|false' 1
printf '0 * times=1 redirect=%s/%s\n1 * times=1 status=500\n' \
	"$url1" "$a" | rules
resolve 'tries begin anew' 0 identity 3 --retries 1
printf '0 * redirect=%s/%s\n1 * times=1 status=429 retry-after=1\n' \
	"$url1" "$a" | rules
resolve 'its host may have a limit' 0 identity 3 --retries 0
is 'its host may have a limit: the line' "$(asked)" "0 302 /$a
1 429 /$a
1 200 /$a"

# A host that can't be reached: one job notices it, and other hosts' jobs go on.
# jobs URL LETTER...: print `repo` lines of these accounts at that host
jobs() {
	host=$1
	shift
	for letter; do
		printf '{"type":"repo","did":"%s","pds":"%s"}\n' \
			"$(did "$letter")" "$host"
	done
}

# describe OPTION...: run the jobs of the file in
describe() {
	forget
	run at-describe --allow-private --status-only -u "$url" -q \
	    --retry-delay 10ms "$@" in
}
printf '%s/xrpc/* hang\n' '1 *' | rules
for letter in a b c d e f g h i j k l m n o p q r s t u v w x y z; do
	did=$(did $letter)
	echo "{\"did\":\"$did\",\"active\":true}" |
		put "xrpc/com.atproto.sync.getRepoStatus/$did"
	echo "{\"rev\":\"3kaaaaaaaaa22\",\"cid\":\"bafyreicelctyn3rrhtid$(:
		)wzwqgs6t34sdax2togklj6mmxceaag7o5uwiua\"}" |
		put "xrpc/com.atproto.sync.getLatestCommit/$did"
	put_did "$did" "$url1" '' ''
done
{
	jobs "$url1" a b c d e
	jobs "$url" f g
} >in
describe -j 10 --per-host 1 -t 300ms --retries 1
is 'down' "$status $(jq -r '[.type, .error, .retry] | join(" ")' out)" \
	"1 $(printf 'repo  \nrepo  \n'
	yes error Timeout true | head -n 5)"
is 'down: requests' "$(asked | grep -c '^1 hang')" 2
is 'down: of one' "$(asked | grep '^1 hang' | sort -u | wc -l)" 1
down="$url1/xrpc/com.atproto.sync.getRepoStatus?did=$a: Timeout was reached"
is 'down: the others get the reason' "$(jq -r 'select(.type == "error") |
	.message' out | sort -u)" "$(printf '%s\n' "$down" \
	"$url1 is left alone: $down" | sort)"
is 'down: and for how long' "$(jq -r 'select(.type == "error") |
	.retryAfter // 0 | . > 290 or . == 0' out | sort -u)" true
rules </dev/null
stop_faultyd
free=$port1
start_faultyd -n 4
# shellcheck disable=SC2086 # words
set -- $ports
url1=http://127.0.0.1:$2 url2=http://127.0.0.1:$3
url3=http://127.0.0.1:$4
for letter in a b c d e f g h; do
	put_did "$(did $letter)" "$url1" '' ''
done
for letter in a b; do
	put_did "$(did $letter)" "http://127.0.0.1:$free" '' ''
done
{
	jobs "http://127.0.0.1:$free" a b
	jobs "$url" f g
} >in
describe --retries 2
is 'nobody there' "$status $(jq -r '[.type, .error, .retry] | join(" ")' out |
	sort | uniq -c | tr -s ' ')" "1  2 error ConnectionFailed true
 2 repo "
printf '%s/xrpc/* times=3 reset\n' '1 *' | rules
jobs "$url1" c >in
describe --retries 2
is 'back again: too late' "$(jq -r .error out)" ConnectionFailed
jobs "$url1" c d e f >in
printf '%s/xrpc/* times=2 reset\n' '1 *' | rules
describe --retries 2 --per-host 1
is 'back again' "$status $(jq -r .type out | uniq -c | tr -s ' ')" '0  4 repo'

printf '1 *did=%s hang\n1 * delay=200\n' "$c" | rules
jobs "$url1" c d e f g >in
describe --retries 0 --per-host 2 -t 1s
is 'one that hangs is not the whole host' "$status $(jq -r '.error // .type' \
	out | sort | uniq -c | tr -s ' ')" '1  1 Timeout
 4 repo'

# Windows
{
	for letter in a b c d e f g h; do
		jobs "$url" "$letter"
		jobs "$url1" "$letter"
		jobs "$url2" "$letter"
		jobs "$url3" "$letter"
	done
} >in
# window NAME maxInFlight of-a-port maxPorts OPTION...
window() {
	name=$1 all=$2 one=$3 hosts=$4
	shift 4
	describe "$@"
	is "$name" "$status $(jq -r .type out | uniq -c | tr -s ' ')" \
		'0  32 repo'
	is "$name: windows" "$(counts '"\(.maxInFlight) \([.ports[] |
	    .maxInFlight] | max) \(.maxPorts)"')" "$all $one $hosts"
}
echo '* * delay=50' | rules
window '-j' 5 2 4 -j 5 --per-host 2 --hosts 10
ok 'connections are kept' test "$(counts .connections)" -le 8
window '--per-host' 12 3 4 -j 50 --per-host 3
window '--hosts' 8 4 2 -j 50 --per-host 4 --hosts 2
echo '* * delay=10' | rules
window 'one at a time' 1 1 1 -j 1

# What is sent, and by which route
rules </dev/null
forget
jobs "$url" f >in
for program in at-resolve at-describe; do
	run $program --allow-private --retries 0 -u "$url" in
	version=$($program -V)
	is "$program: User-Agent" "$(requests | cut -d ' ' -f 5- | sort -u |
		grep "^$program")" \
		"$program/${version#* } (atpipe)"
done
for name in http_proxy HTTP_PROXY all_proxy ALL_PROXY https_proxy; do
	run env $name="http://127.0.0.1:$free" at-resolve --allow-private \
	    --retries 0 -u "$url" "$a"
	is "$name is not used" "$status" 0
done
echo "* http://pds.test/$a file=$a" | rules
forget
run at-resolve --allow-private --proxy "$url2" -u http://pds.test "$a"
is '--proxy' "$status $(jq -r .did out) $(asked)" \
	"0 $a 2 200 http://pds.test/$a"
run at-resolve --allow-private --proxy "http://127.0.0.1:$free" --retries 0 \
    -u "$url" "$a"
is '--proxy that is not there' "$status $(jq -r .error out)" \
	'1 ConnectionFailed'

done_testing
