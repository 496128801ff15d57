#!/bin/sh
# at-fetchrepo: hosts with every kind of fault. Each job has its error, leaves
# nothing behind, and can be tried again.
. "${0%/*}/lib/tap.sh"
. "$top/t/lib/net.sh"

# the DID of mkhostile
a=did:plc:ewvi7nxzyoun6zhxrhs64oiz
b=did:plc:bbbbbbbbbbbbbbbbbbbbbbbb
get=com.atproto.sync.getRepo

# fetch ARGUMENT...
fetch() {
	run at-fetchrepo --allow-private -u "$directory" -d cars --retries 2 \
	    --retry-delay 10ms --stall 1s --max-wait 2s "$@"
}

# tries DID: print how often its repo was requested since the last call
tries() {
	asked | grep -c "getRepo?did=$1"
}

# fails NAME TRIES ERROR RETRY MESSAGE [OPTION...]: the rules spoil the repo of
# $a, while $b, of another host, succeeds. MESSAGE is the text after the URL,
# or, with =, the whole text; - stands for any message of libcurl. After that,
# the repo is fetched again without faults.
fails() {
	fails_name=$1 fails_tries=$2 fails_error=$3 fails_retry=$4
	fails_message=$5
	shift 5
	rm -rf cars
	forget
	exits 1 "$fails_name" fetch "$@" $a $b
	is "$fails_name: tries" "$(tries $a)" "$fails_tries"
	is "$fails_name: one line for each job" "$(jq -r .did out | sort)" "$b
$a"
	jq -c "select(.did == \"$a\") | del(.at)" out >line
	case $fails_message in
	-)	fails_message=$(jq -r .message line)
		ok "$fails_name: names the URL" test \
		    "${fails_message#"$url/xrpc/$get?did=$a: "}" != \
		    "$fails_message"
		;;
	=*)	fails_message=${fails_message#=} ;;
	*)	fails_message="$url/xrpc/$get?did=$a: $fails_message" ;;
	esac
	printf '{"type":"error","program":"at-fetchrepo","did":"%s",' $a >want
	printf '"error":"%s","message":"%s","retry":%s,"host":"%s"}\n' \
	    "$fails_error" "$fails_message" "$fails_retry" "$url" >>want
	same "$fails_name: its line" line <want
	is "$fails_name: stderr" "$(cat err)" \
	    "at-fetchrepo: $fails_message"
	is "$fails_name: the archive" "$(find cars -type f)" "$b_car"
	rules </dev/null
	put_did $a "$url" "$key"
	put $xrpc/$a <a.car
	jq -c 'if .type == "error" then .retry = true else . end' out >again
	exits 0 "$fails_name: tried again" fetch --retry again
	ok "$fails_name: and fetched" cmp "$a_car" a.car
}

# fault NAME RULE TRIES ...: as fails, with this rule for $a
fault() {
	rules <<-END
	* *getRepo?did=$a $2
	END
	fault_name=$1
	shift 2
	fails "$fault_name" "$@"
}

# serves NAME FILE TRIES ...: as fails; FILE is the whole body
serves() {
	put $xrpc/$a <"$2"
	serves_name=$1
	shift 2
	fails "$serves_name" "$@"
}

# car_of DID: print its path in the archive
car_of() {
	printf cars/%.2s/%s.car "$(printf %s "$1" | sha256sum)" \
	    "$(echo "$1" | tr : _)"
}

# why FILE: print at-carwalk's message about it
why() {
	at-carwalk -q "$1" | jq -r .message
}

# byte OFFSET: print this byte of a.car
byte() {
	od -An -tu1 -j "$1" -N 1 a.car | tr -d ' '
}

start_faultyd -n 2
directory=http://127.0.0.1:${ports#* }
xrpc=xrpc/$get
mkcar -n 200 -d $a -K key >a.car
mkcar -n 10 -d $b -K key >b.car
key=$(cat key) size=$(wc -c <a.car)
at-carwalk a.car >walked
root=$(jq -r 'select(.type == "commit") | .cid' walked)
data=$(jq -r 'select(.type == "commit") | .data' walked)
a_car=$(car_of $a)
b_car=$(car_of $b)
put_did $a "$url" "$key"
put_did $b "$directory" "$key"
put $xrpc/$a <a.car
put $xrpc/$b <b.car

# Cut the body: after the header comes the length of the first section, in two
# bytes, then its CID and its block.
header=$(($(byte 0) + 1))
first=$(($(byte $header) % 128 + 128 * $(byte $((header + 1)))))
second=$((header + 2 + first))
ok 'the first length has two bytes' test "$(byte $header)" -ge 128
# cut_at NAME OFFSET ERROR MESSAGE: cut the connection, or the body itself
cut_at() {
	for how in chunked sized; do
		fault "$1, $how" "$how cut=$2" 3 ConnectionFailed true -
	done
	head -c "$2" a.car >part.car
	serves "$1, whole" part.car 2 "$3" true "$4"
}
cut_at 'no body' 0 BadCar 'not a CAR: empty'
cut_at 'in the header' 1 BadCar 'CAR is cut inside its header at byte 1'
cut_at 'late in the header' $((header - 1)) BadCar \
	"CAR is cut inside its header at byte $((header - 1))"
cut_at 'after the header' $header MissingBlock "root $root is missing"
cut_at 'in the length of a section' $((header + 1)) BadCar \
	"CAR is cut inside a length at byte $((header + 1))"
cut_at 'in a CID' $((header + 20)) BadCar \
	"CAR is cut inside a block at byte $((header + 20))"
cut_at 'in a block' $((second - 1)) BadCar \
	"CAR is cut inside a block at byte $((second - 1))"
cut_at 'between two blocks' $second MissingBlock "node $data is missing"
cut_at 'one byte is missing' $((size - 1)) BadCar \
	"CAR is cut inside a block at byte $((size - 1))"
fault 'a length too long' "length=$((size + 1))" 3 ConnectionFailed true -
fault 'a length too short' "length=$((size - 1))" 2 BadCar true \
	"CAR is cut inside a block at byte $((size - 1))"
fault 'a length of 0' 'length=0' 2 BadCar true 'not a CAR: empty'

# connections
fault 'RST before the answer' 'reset' 3 ConnectionFailed true -
fault 'RST in the body' 'reset=1000' 3 ConnectionFailed true -
fault 'nothing comes' 'hang' 2 Timeout true - --retries 1
fault 'a byte a second' 'drip=1' 2 Timeout true - --retries 1
fault 'it stops on the way' 'stall=100' 1 Timeout true - --retries 0
fault '--timeout' 'drip=1000' 2 Timeout true - --retries 1 -t 100ms
fault 'no HTTP' 'garbage="SSH-2.0-x"' 1 BadAnswer false -
fault 'headers for ever' 'flood' 1 BadAnswer false \
	'header of more than 262144 bytes'

# too much
fault 'an endless body' 'endless' 1 TooLarge false \
	'answer of more than 1048576 bytes' --max-size 1M
fault 'an endless body that says so' 'endless sized' 1 TooLarge false \
	'answer of more than 1048576 bytes' --max-size 1M
fault 'CARs without end' "endless=$xrpc/$a" 1 TooLarge false \
	'answer of more than 1048576 bytes' --max-size 1M
fault 'an error without end' 'status=400 endless' 1 Refused false \
	'HTTP status 400'

# answers
fault 'status 500' 'status=500' 3 HostError true 'HTTP status 500'
fault 'status 502, no retries' 'status=502' 1 HostError true \
	'HTTP status 502' --retries 0
fault 'an error of XRPC, 500' 'error=InternalServerError status=500' 3 \
	InternalServerError true 'faultyd: InternalServerError'
fault 'status 501' 'status=501' 1 Unsupported false 'HTTP status 501'
fault 'status 404' 'status=404' 1 NotFound false 'HTTP status 404'
fault 'status 403' 'status=403' 1 Refused false 'HTTP status 403'
fault 'status 304' 'status=304' 1 BadAnswer false 'HTTP status 304'
fault 'a redirect to nowhere' 'status=302' 1 BadAnswer false 'HTTP status 302'
fault 'HTML' 'status=200' 2 BadCar true \
	"not a CAR: an HTML page, perhaps a host's error; download it again"
fault 'an error of XRPC, 200' 'error=RepoNotFound status=200' 2 BadCar true \
	'not a CAR: an error of a host: RepoNotFound: faultyd: RepoNotFound'

# CARs
serves 'of another account' b.car 1 WrongDid false \
	"the commit is of $b, want $a"
mkcar -n 200 -d $a -K otherkey -s 2 >x.car
serves 'signed with another key' x.car 1 BadSignature false \
	"the signature isn't the key's"
mkcar -n 200 -d $a -K key -x 7 >x.car
serves 'with holes' x.car 2 MissingBlock true \
	"$(why x.car)"
mkcar -n 200 -d $a -K key -r 3zzzzzzzzzzzz >x.car
serves 'of the future' x.car 1 FutureRev true \
	'rev 3zzzzzzzzzzzz is more than five minutes in the future'
head -c $((size - 1)) a.car >x.car
printf x >>x.car
serves 'with a byte that is another' x.car 2 BadBlock true \
	"$(why x.car)"
cat a.car b.car >x.car
serves 'with another behind it' x.car 2 BadCar true \
	"$(why x.car)"
mkhostile keys-out-of-order hostilekey >x.car
put_did $a "$url" "$(cat hostilekey)"
serves 'with a bad tree' x.car 1 BadTree false "$(why x.car)"

# If a fault is temporary, the next try succeeds.
# passes NAME TRIES RULE...
passes() {
	rm -rf cars
	passes_name=$1 passes_tries=$2
	shift 2
	printf '* *getRepo?did=%s %s\n' "$@" | rules
	forget
	exits 0 "$passes_name, then all is well" fetch $a
	is "$passes_name: tries" "$(tries $a)" "$passes_tries"
	is "$passes_name: stderr" "$(cat err)" ''
	ok "$passes_name: the CAR" cmp "$a_car" a.car
	is "$passes_name: alone" "$(find cars -type f)" "$a_car"
}
cat a.car b.car >"$www/x.car"
passes 'different faults' 3 $a 'times=1 reset=70' $a 'times=1 file=x.car'
passes 'a longer one first' 2 $a 'times=1 file=x.car'
passes 'twice 500' 3 $a 'times=2 status=500'
passes '429 without a word' 5 $a 'times=4 status=429'
passes '429 counts as no try' 6 $a 'times=4 status=429' $a \
	'times=1 status=500'
passes '429 and a time' 2 $a 'times=1 status=429 retry-after=1'
passes '429 and a reset' 2 $a 'times=1 status=429 ratelimit=1,0,+1s'

# Many tries use no more files than one.
rm -rf cars
rules <<END
* *getRepo?did=$a times=60 status=429 retry-after=0
END
forget
# shellcheck disable=SC2016 # the inner shell's
exits 0 'many tries' sh -c 'ulimit -n 32; exec "$@"' sh at-fetchrepo \
	--allow-private -u "$directory" -d cars --retry-delay 10ms $a
is 'number' "$(tries $a)" 61

# The host says how long to wait, and that is too long: no other job asks it.
rm -rf cars
c=did:plc:cccccccccccccccccccccccc
put_did $c "$url" "$key"
printf '{"did":"%s","pds":"%s"}\n' $a "$url" $c "$url" >in
rules <<END
* *getRepo*did=$a status=429 retry-after=1000
END
forget
exits 1 '429 for too long' fetch --per-host 1 in
is 'both fail' "$(jq -c '[.did,.error,.retry]' out | sort)" \
	"[\"$c\",\"RateLimited\",true]
[\"$a\",\"RateLimited\",true]"
ok 'and say until when' test "$(jq -r .retryAfter out | sort -n |
	sed q)" -ge 999
is 'one was asked, once' "$(tries $a) $(tries $c)" '1 0'
is 'nothing is archived' "$(find cars -type f)" ''
rules </dev/null

# Redirects: a relay redirects to the PDS.
rm -rf cars
rules <<END
0 *getRepo* redirect=$directory%u
1 *getRepo* delay=100
END
for i in a b c d e f g h; do
	did=did:plc:$(printf %024d 0 | tr 0 $i)
	mkcar -n 3 -d "$did" -K key >x.car
	put $xrpc/"$did" <x.car
	echo "{\"did\":\"$did\",\"pds\":\"$url\"}"
done >in
forget
exits 0 'redirects' fetch --per-host 2 in
is 'are followed' "$(asked | sed 's/ .xrpc.*//' | sort | uniq -c |
	tr -s ' ')" ' 8 0 302
 8 1 200'
is 'the window holds there, too' "$(counts '.ports[1].maxInFlight')" 2
is 'the host is still the relay' "$(jq -r .pds out | sort -u)" "$url"
is 'all have come' "$(find cars -type f -exec at-carwalk {} + |
	grep -c '^{"type":"end"')" 8
rm -rf cars
put $xrpc/$a <a.car
put $xrpc/$b <b.car
fault 'endless redirects' "redirect=$url%u" 6 BadAnswer false \
	'more than 5 redirects'
fault 'a redirect to a file' 'redirect=file:///etc/passwd' 1 BadAnswer false \
	'=file:///etc/passwd: not a URL'
fault 'a redirect with a password' 'redirect=http://a:b@127.0.0.1/' 1 \
	BadAnswer false '=http://a:b@127.0.0.1/: names a user'

stop_faultyd
# Requests that wait have no open file.
rules <<'END'
* /xrpc/com.atproto.sync.getRepo* status=503 times=200
END
i=0
while [ $i -lt 60 ]; do
	i=$((i + 1))
	printf '{"did":"did:plc:%024d","pds":"%s"}\n' $i "$url" | tr 0189 abcd
done | sed "s#did:plc:\([^\"]*\)\",\"pds\":.*#did:plc:\1\",\"pds\":\"$url\"}#" >many.in
exits 1 'few descriptors, many that wait' sh -c 'ulimit -n 40
at-fetchrepo --allow-private -q -d cars --retries 1 --retry-delay 300ms many.in'
is 'each has its result' "$(grep -c '^{"type":"error"' out)" 60
rules </dev/null

done_testing
