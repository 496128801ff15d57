#!/bin/sh
# at-getrecord: records with their proofs, and what proves nothing
. "${0%/*}/lib/tap.sh"
. "$top/t/lib/net.sh"

a=did:plc:aaaaaaaaaaaaaaaaaaaaaaaa
b=did:plc:bbbbbbbbbbbbbbbbbbbbbbbb
rev=3m4xqkxkcac2a

# get ARGUMENT...: run it, and remove times and ports from the output
get() {
	run at-getrecord --allow-private -u "$url" --retries 1 \
	    --retry-delay 10ms --stall 1s "$@"
	for file in out err; do
		sed -e 's/,"at":"[^"]*"//g' -e "s/127.0.0.1:$port/HOST/g" \
		    "$file" >plain
		mv plain "$file"
	done
}

# answers COLLECTION/RKEY FILE: the host's answer for the record of $a
answers() {
	put "xrpc/com.atproto.sync.getRecord/$a,${1%/*},${1#*/}" <"$2"
}

# failed ERROR RETRY MESSAGE: print the error line for the record $one
failed() {
	printf '{"type":"error","program":"at-getrecord",'
	printf '"input":"at://%s/%s","error":"%s",' $a "$one" "$1"
	printf '"message":"%s","retry":%s,"host":"http://HOST"}\n' "$3" "$2"
}

# fails NAME ERROR RETRY MESSAGE: the record $one fails so. MESSAGE is the text
# after the URL.
fails() {
	exits 1 "$1" get "at://$a/$one"
	failed "$2" "$3" "$asks: $4" >want
	same "$1: its line" out <want
	is "$1: stderr" "$(cat err)" "at-getrecord: $asks: $4"
}

start_faultyd -n 1
mkcar -n 40 -d $a -r $rev -K key -l keys >a.car
at-carwalk a.car >lines
put_did $a "$url" "$(cat key)" alice.test
one=$(sed -n '7s/ .*//p' keys) two=$(sed -n '30s/ .*//p' keys)
asks="http://HOST/xrpc/com.atproto.sync.getRecord?did=$a&collection=${one%/*}\
&rkey=${one#*/}"
answers "$one" a.car
answers "$two" a.car

# record COLLECTION/RKEY: print its line
record() {
	grep '^{"type":"record"' lines |
		grep "\"collection\":\"${1%/*}\",\"rkey\":\"${1#*/}\"" |
		sed 's/"source":"car"/"source":"part"/'
}

exits 0 'two records' get "at://$a/$one" "at://$a/$two"
same 'no message' err </dev/null
sort out >got
{
	record "$one"
	record "$two"
} | sort >want
same 'are those of the repo, as parts' got <want
is 'the account is looked up once' "$(asked | grep -c "/$a")" 1
{
	echo "at://$a/$one # a note"
	echo "at://$a/$two"
} >in
exits 0 'lines of URIs' get in
sort out >got
same 'the same' got <want

# A proof is about its key: the rest of the repo may be damaged.
mkcar -n 300 -d $a -r $rev -K holed.key -x 3 >holed.car
is 'a damaged repo: is refused as a whole' "$(at-carwalk -q holed.car |
    jq -r .error)" MissingBlock
at-carwalk -q --salvage holed.car | grep '^{"type":"record"' | head -n 1 >want
three=$(jq -r '"\(.collection)/\(.rkey)"' want)
answers "$three" holed.car
exits 0 'a damaged repo: one record' get "at://$a/$three"
jq -c .record want >has
jq -c .record out >got
same 'a damaged repo: is proved' got <has

# Lines as jobs
{
	record "$one" | jq -c 'del(.record) | .source = "live"'
	printf '{"did":"%s","collection":"%s","rkey":"%s"}\n' $a \
	    "${two%/*}" "${two#*/}"
	record "$one"
	echo "{\"type\":\"identity\",\"did\":\"$a\",\"handle\":null,$(:
	    )\"pds\":null,\"key\":null}"
	record "$one" | jq -c 'del(.record) | .source = "live" |
	    .action = "delete"'
} >in
exits 0 'lines' get in
{
	record "$one"
	record "$two"
	tail -n 3 in
} | sort >want
sort out >got
same 'those that lack their record are jobs' got <want

# Absence
gone=${one%/*}/zzzz
answers "$gone" a.car
exits 1 'a record that is not there' get "at://$a/$gone"
{
	printf '{"type":"error","program":"at-getrecord","did":"%s",' $a
	printf '"rev":"%s","collection":"%s","rkey":"zzzz",' $rev "${one%/*}"
	printf '"error":"RecordNotFound","message":"%s: ' "${asks%=*}=zzzz"
	printf 'the repo has no such record at rev %s","retry":false,' $rev
	printf '"host":"http://HOST","source":"part"}\n'
} >want
same 'its absence is proved' out <want
cp out absent
exits 0 'at-load takes it' at-load x.db absent
rules <<END
* *getRecord* error=RecordNotFound
END
fails 'a host that only says so' Unproved true \
    'the host says RecordNotFound, without a proof'
jq -c . out >again
rules </dev/null
exits 0 'tried again' get --retry again
is 'the error is a job, and the record comes' "$(jq -r .type out |
    paste -sd ' ')" "record"

# What proves nothing: a block is missing, changed, or of another account.
mkcar -n 40 -d $a -r $rev -K key -x 2 >part.car
answers "$one" part.car
exits 1 'half of the blocks' get "at://$a/$one"
is 'prove nothing' "$(jq -r .error out)" Unproved
size=$(wc -c <a.car)
{
	head -c $((size - 9)) a.car
	printf X
	tail -c 8 a.car
} >changed.car
answers "$one" changed.car
exits 1 'a changed byte' get "at://$a/$one"
is 'is a bad block' "$(jq -r '.error' out)" BadBlock
head -c 500 a.car >cut.car
answers "$one" cut.car
exits 1 'a cut CAR' get "at://$a/$one"
is 'is one that is cut' "$(jq -r '[.error, .retry] | @tsv' out)" \
    'BadCar	true'
mkcar -n 40 -d $b -r $rev -K key >b.car
answers "$one" b.car
exits 1 'the repo of another account' get "at://$a/$one"
is 'is refused' "$(jq -r .error out)" WrongDid
mkcar -n 40 -d $a -r $rev -s 9 -K wrongkey -l otherkeys >wrong.car
answers "$one" wrong.car
exits 1 'another key' get "at://$a/$one"
is 'is a bad signature' "$(jq -r .error out)" BadSignature
echo '{"error":"x"}' >page
answers "$one" page
exits 1 'not a CAR' get "at://$a/$one"
is 'is an error' "$(jq -r .error out)" BadCar
rules <<END
* *getRecord* endless
END
answers "$one" a.car
exits 1 'an answer without an end' get "at://$a/$one"
is 'is too large' "$(jq -r .error out)" TooLarge
rules <<END
* *getRecord* error=RepoTakendown
END
fails 'taken down' RepoTakendown false 'faultyd: RepoTakendown'
rules </dev/null

# The key has changed since the cache looked it up.
mkcar -n 40 -d $a -r $rev -s 1 -K newkey -l newkeys >new.car
get --cache cache "at://$a/$one"
put_did $a "$url" "$(cat wrongkey)" alice.test
other=$(sed -n '7s/ .*//p' otherkeys)
answers "$other" wrong.car
exits 0 'a new key' get --cache cache "at://$a/$other"
is 'is looked up' "$(jq -r .type out | paste -sd ' ')" 'identity record'

# A former host proves the absence; then the look-up fails, or the present host.
put_did $a "$url" "$(cat key)" alice.test
get --cache former "at://$a/$gone"
rules <<END
* */$a status=500
END
exits 1 'a look-up that fails' get --cache former "at://$a/$gone"
is 'is the error, and of no rev' "$(jq -c '[.error, .retry, .input, .did,
    .rev, .collection]' out)" \
    '["HostError",true,"at://'"$a/$gone"'",null,null,null]'
rules </dev/null
put_did $a http://127.0.0.1:1 "$(cat key)" alice.test
exits 1 'a host that is down' get --cache former "at://$a/$gone"
is 'is the error, and of no rev' "$(jq -c 'select(.type == "error") |
    [.error, .retry, .input, .did, .rev, .collection]' out)" \
    '["ConnectionFailed",true,"at://'"$a/$gone"'",null,null,null]'
put_did $a "$url" "$(cat key)" alice.test

for word in "at://$a" "at://$a/com.example.a" "at://$a/x/y" alice.test; do
	exits 1 "$word" get --retries 0 "$word"
	is "$word: the error" "$(jq -r '[.error, .message] | @tsv' out)" \
	    "BadSyntax	$word: want a record, as at://account/collection/rkey"
done
echo $a >left-out
exits 1 'excluded' get --exclude left-out "at://$a/$one"
is 'the error' "$(jq -r .error out)" Excluded

stop_faultyd
done_testing
