#!/bin/sh
# at-fetchrepo: jobs, the archive, and what makes a request
. "${0%/*}/lib/tap.sh"
. "$top/t/lib/net.sh"

a=did:plc:aaaaaaaaaaaaaaaaaaaaaaaa
b=did:plc:bbbbbbbbbbbbbbbbbbbbbbbb
c=did:plc:cccccccccccccccccccccccc
older=3m4xqkxkcac2a newer=3m5xqkxkcac2a

# fetch ARGUMENT...: run it, and remove times and ports from the output
fetch() {
	run at-fetchrepo --allow-private -u "$url" --retry-delay 10ms \
	    --stall 1s --max-wait 2s "$@"
	jq -r .at out >when.out 2>/dev/null
	plain out
	plain err
}
plain() {
	sed -e 's/,"at":"[^"]*"//g' \
	    -e 's/,"fetched":"[a-z]*","received":[0-9]*//g' \
	    -e "s/127.0.0.1:$port\([^0-9]\)/HOST\1/g" \
	    -e "s/127.0.0.1:$other\([^0-9]\)/OTHER\1/g" "$1" >plain
	mv plain "$1"
}

# into ARGUMENT...: fetch into the archive cars
into() {
	fetch -d cars "$@"
}

# calls: print the requests since the last call, as "PORT CODE CALL, ..."
calls() {
	asked | sed -e 's,/xrpc/[a-z.]*\.,,' -e 's,/did:.*,document,' \
	    -e 's/?.*//' | paste -sd , | sed 's/,/, /g'
	forget
}

# gone: is the archive empty?
gone() {
	rm -rf cars
}

files() {
	find cars -type f | sort
}

# commit FILE: print the CID of its commit
commit() {
	at-carwalk "$1" | jq -r 'select(.type == "commit") | .cid'
}

start_faultyd -n 2
other=${ports#* }
mkcar -n 20 -d $a -r $older -K key >a.car
mkcar -n 25 -d $a -r $newer -K key >a2.car
mkcar -n 30 -d $b -r $older -K key >b.car
mkcar -n 20 -s 9 -K wrongkey >/dev/null
key=$(cat key) wrong=$(cat wrongkey)
mkcar -n 20 -d $a -r $older -K key -x 5 >broken.car
put_did $a "$url" "$key" alice.test
put_did $b "$url" "$key" bob.test
put_repo $a a.car
put_repo $b b.car
a_car=cars/69/did_plc_aaaaaaaaaaaaaaaaaaaaaaaa.car
is 'the shard is of the hash' "$(printf %s $a | sha256sum | cut -c 1-2)" 69
size=$(wc -c <a.car) head=$(commit a.car)
size2=$(wc -c <a2.car) head2=$(commit a2.car)

# failed DID ERROR RETRY MESSAGE [FIELDS]: print the error line of a job
failed() {
	printf '{"type":"error","program":"at-fetchrepo","did":"%s",' "$1"
	failed_host=
	case $4 in
	http://HOST/xrpc/*) failed_host=',"host":"http://HOST"' ;;
	esac
	printf '"error":"%s","message":"%s","retry":%s%s%s}\n' \
	    "$2" "$4" "$3" "$failed_host" "${5-}"
}
repo_url='http://HOST/xrpc/com.atproto.sync.getRepo?did='

# a_line FIELDS: print the line of a fetched repo, in the order of at-ndjson(5)
a_line() {
	printf '{"type":"repo","did":"%s","rev":"%s","head":"%s",' \
	    $a $older "$head"
	printf '"active":true,"host":"http://HOST","car":"%s","size":%d,' \
	    $a_car "$size"
	printf '"pds":"http://HOST"%s}\n' "$1"
}

# moved: print the lines of an account whose document has another host or key
# than the job
moved() {
	printf '{"type":"identity","did":"%s","handle":"alice.test",' $a
	printf '"handleStatus":"unchecked","pds":"http://HOST",'
	printf '"key":"%s"}\n' "$key"
	a_line ",\"key\":\"$key\""
}

# kinds of jobs
echo $a >in
exits 0 'a DID' into in
a_line ",\"key\":\"$key\"" >want
ok 'its line' cmp out want
is 'says nothing' "$(cat err)" ''
is 'asks the directory and the host' "$(calls)" \
	'0 200 document, 0 200 getRepo'
is 'the archive' "$(files)" $a_car
ok 'has the CAR as it came' cmp $a_car a.car
is 'for everybody to read' "$(stat -c %a $a_car)" 644

gone
exits 0 'a DID as an operand' into $a
ok 'its line' cmp out want
gone
exits 0 'a DID on standard input' into <in
ok 'its line' cmp out want
gone
echo "{\"did\":\"$a\",\"mine\":[1]}" >in
exits 0 'an object' into in
a_line ",\"key\":\"$key\",\"mine\":[1]" >want
same 'keeps its fields' out <want
forget
gone
cat >in <<END
{"type":"identity","did":"$a","handle":"alice.test","handleStatus":"valid",\
"pds":"$url","key":"$key","at":"2026-01-31T12:00:00.000Z"}
END
exits 0 'an identity' into in
plain in
{
	cat in
	a_line ",\"key\":\"$key\",\"handle\":\"alice.test\",\
\"handleStatus\":\"valid\""
} >want
same 'is copied, and is a job' out <want
is 'needs no directory' "$(calls)" '0 200 getRepo'
gone
echo "{\"type\":\"repo\",\"did\":\"$a\",\"pds\":\"$url\"}" >in
exits 0 'a repo with its host' into in
a_line '' >want
same 'its line' out <want
is 'needs no directory' "$(calls)" '0 200 getRepo'
gone
echo "{\"type\":\"repo\",\"did\":\"$a\",\"x\":null}" >in
exits 0 'a repo without' into in
a_line ",\"key\":\"$key\",\"x\":null" >want
same 'its line' out <want
is 'needs the directory' "$(calls)" '0 200 document, 0 200 getRepo'
gone
exits 1 'two accounts, one unknown' into $a $c
sort -r out >sorted
{
	a_line ",\"key\":\"$key\""
	failed $c NotFound false "$c: not registered"
} >want
same 'each has its line' sorted <want
is 'and a message says so' "$(cat err)" "at-fetchrepo: $c: not registered"
exits 1 'quietly' into -q $c
is 'says nothing' "$(cat err)" ''
forget

# other lines are copied
gone
{
	printf '\n{"type":"record","did":"%s"}\n' $b
	echo $a
	printf '{"type":"cursor","service":"https://x"}\n{"odd":1}\n'
} >in
exits 0 'other lines' into in
{
	printf '{"type":"record","did":"%s"}\n{"odd":1}\n' $b
	a_line ",\"key\":\"$key\""
	printf '{"type":"cursor","service":"https://x"}\n'
} >want
same 'are copied, a cursor after the jobs before it' out <want
forget

# Repos in the archive are asked for their rev; if the job names the rev, there
# is no request.
a_kept() {
	printf '{"type":"repo","did":"%s","rev":"%s","head":"%s",' \
	    $a $older "$head"
	printf '"car":"%s","size":%d%s}\n' "${2-$a_car}" "${3-$size}" "$1"
}
echo $a >in
exits 0 'archived' into -v in
a_line ",\"key\":\"$key\"" >want
same 'its line' out <want
is 'stderr sums up' "$(cat err)" \
	'at-fetchrepo: 0 fetched, 1 already archived, 0 failed'
is 'one small request' "$(calls)" '0 200 document, 0 200 getRepoStatus'
put_repo $a a2.car
exits 0 'and again, when it has changed' into in
is 'is an update' "$(calls)" \
	'0 200 document, 0 200 getRepoStatus, 0 200 getRepo'
ok 'of the archive' cmp $a_car a2.car
put_repo $a a.car
into --allow-rollback $a
forget
exits 0 '--archived-is-enough' into --archived-is-enough -v in
a_kept '' >want
same 'its line' out <want
is 'stderr sums up' "$(cat err)" \
	'at-fetchrepo: 0 fetched, 1 already archived, 0 failed'
is 'no request' "$(calls)" ''
echo "{\"type\":\"repo\",\"did\":\"$a\",\"rev\":\"$older\",\"pds\":\"$url\"}" \
	>in
exits 0 'archived at the rev' into in
a_kept ',"pds":"http://HOST"' >want
same 'its line' out <want
is 'no request' "$(calls)" ''
echo "{\"type\":\"repo\",\"did\":\"$a\",\"rev\":\"3m3xqkxkcac2a\"}" >in
exits 0 'archived at a later rev' into in
a_kept '' >want
same 'has the rev of the CAR' out <want
is 'no request' "$(calls)" ''
echo "{\"type\":\"repo\",\"did\":\"$a\",\"rev\":\"no TID\"}" >in
exits 1 'an invalid rev' into in
is 'is an error' "$(jq -r .error,.message out)" 'BadLine
line 1: rev is not a TID: no TID'
is 'no request' "$(calls)" ''
put_repo $a a2.car
echo "{\"type\":\"repo\",\"did\":\"$a\",\"rev\":\"$newer\"}" >in
exits 0 'archived at an earlier rev' into --archived-is-enough in
is 'is fetched' "$(calls)" \
	'0 200 document, 0 200 getRepoStatus, 0 200 getRepo'
ok 'and replaced' cmp $a_car a2.car
is 'alone' "$(files)" $a_car
put_repo $a a.car
echo "{\"type\":\"repo\",\"did\":\"$a\",\"rev\":\"3m6xqkxkcac2a\"}" >in
# old_rev NAME: the job failed because of its rev, and nothing was replaced
old_rev() {
	is "$1: OldRev" "$(jq -r '.error, .retry, .host, (.message |
	    sub("^[^ ]*: "; ""))' out)" "OldRev
true
http://HOST
rev $older is older than the archive's, $newer"
	ok "$1: the archive stays" cmp $a_car a2.car
	is "$1: nothing else is there" "$(files | grep aaaa)" $a_car
}
exits 1 'the host is behind the job, and behind the archive' into in
old_rev 'the host is behind'
is 'nothing is downloaded' "$(calls)" '0 200 document, 0 200 getRepoStatus'
cp out in
exits 1 'tried again' into --retry in
old_rev 'tried again'
is 'nothing is downloaded' "$(calls)" '0 200 document, 0 200 getRepoStatus'
sed 's/"type":"error"/"type":"repo"/' out >in
exits 1 'tried again, by at-status' into in
is 'nothing is downloaded' "$(calls)" '0 200 document, 0 200 getRepoStatus'
echo "{\"type\":\"repo\",\"did\":\"$a\",\"rev\":\"3m6xqkxkcac2a\"}" >in
rules <<'END'
* *getRepoStatus* status=501
* *getLatestCommit* status=501
END
exits 1 "the host does not know its rev" into in
old_rev "it can't tell"
is 'the difference, then the repo' "$(calls)" \
    '0 200 document, 0 501 getRepoStatus, '\
'0 501 getLatestCommit, 0 200 getRepo, 0 200 getRepo'
exits 1 'not verified' into --no-verify in
old_rev 'not verified'
exits 1 'compressed' into --zstd in
old_rev 'compressed'
put_repo $a broken.car
exits 1 'not verified, and with holes' into --no-verify in
old_rev 'not verified, and with holes'
echo 'no CAR at all' | put xrpc/com.atproto.sync.getRepo/$a
exits 1 'no CAR over one that has a rev' into --no-verify in
is 'is an error' "$(jq -c '[.error,.retry]' out)" '["BadCar",true]'
ok 'and the archive stays' cmp $a_car a2.car
put_repo $a a.car
rules </dev/null
exits 0 '--allow-rollback' into --allow-rollback in
a_line ",\"key\":\"$key\"" >want
same 'is believed' out <want
ok 'and what it serves replaces the CAR' cmp $a_car a.car
forget

# Two processes: the one that began first gets an older CAR, and finishes last.
gone
put older.car <a.car
rules <<'END'
* *getRepo* times=1 file=older.car delay=3000
END
at-fetchrepo --allow-private -u "$url" -q -d cars $a >first.out 2>&1 &
first=$!
asking() {
	asked | grep -q getRepo
}
wait_for 'the first request' asking
put_repo $a a2.car
exits 0 'another process' into $a
ok 'has the newer CAR' cmp $a_car a2.car
wait $first
cp first.out out
plain out
old_rev 'the first process'
put_repo $a a.car
rules </dev/null
forget
gone
mkdir -p cars/69
cp b.car $a_car
exits 0 "another account's CAR in its place" into $a
is 'is fetched' "$(calls)" '0 200 document, 0 200 getRepo'
ok 'and replaced' cmp $a_car a.car
head -c 100 a.car >$a_car
exits 0 'half a CAR in its place' into $a
is 'is fetched' "$(calls)" '0 200 document, 0 200 getRepo'
ok 'and replaced' cmp $a_car a.car

# A list says that the account isn't active. Does the host agree?
for state in '"active":false,"status":"deactivated"' '"active":false' \
    '"status":"takendown"'; do
	echo "{\"type\":\"repo\",\"did\":\"$a\",\"rev\":\"$older\",$state,$(:
		)\"host\":\"http://relay.test\"}" >in
	echo "* *getRepoStatus* body='{\"did\":\"$a\",\"active\":false,$(:
		)\"status\":\"deactivated\",\"rev\":\"$older\"}'" | rules
	exits 1 "the list says $state, and so does the host" into in
	is 'which is heard' "$(jq -c '[.error,.host]' out)" \
		'["RepoDeactivated","http://HOST"]'
	is 'as it is asked' "$(calls)" '0 200 document, 0 200 getRepoStatus'
	rules </dev/null
	exits 0 "the list says $state, the host does not" into in
	a_line ",\"key\":\"$key\"" >want
	same 'the host is believed' out <want
	exits 0 '--archived-is-enough' into --archived-is-enough in
	forget
done
echo "{\"did\":\"$a\",\"rev\":\"$older\",\"active\":true,$(:
	)\"status\":\"desynchronized\"}" >in
exits 0 'the list is behind, and says active' into in
is 'nobody is asked' "$(calls)" ''

# --refresh is the default behaviour
exits 0 'refresh' into --refresh $a
a_line ",\"key\":\"$key\"" >want
same 'its line' out <want
is 'asks for the latest' "$(calls)" '0 200 document, 0 200 getRepoStatus'
put_repo $a a2.car
into $b
forget
exits 0 'one of two changed' into -v $a $b
is 'stderr sums up' "$(cat err)" \
	'at-fetchrepo: 1 fetched, 1 already archived, 0 failed'
is 'and only it is fetched' "$(calls | tr , '\n' | grep -c 'getRepo$')" 1
ok 'and replaced' cmp $a_car a2.car
is 'with its rev' "$(jq -r "select(.did == \"$a\") | .rev,.head,.size" out)" \
	"$newer
$head2
$size2"
put_repo $a a.car
into --allow-rollback $a
forget
# unknown RULE CALLS: a host that doesn't know getRepoStatus
unknown() {
	echo "* *getRepoStatus* $1" | rules
	exits 0 "getRepoStatus: $1" into $a
	is "$1: getLatestCommit is asked" "$(calls)" \
	    "0 200 document, 0 $2 getRepoStatus, 0 200 getLatestCommit"
	printf '%s\n' "* *getRepoStatus* $1" "* *getLatestCommit* $1" | rules
	exits 0 "neither: $1" into $a
	is "$1: it is fetched" "$(calls)" "0 200 document, \
0 $2 getRepoStatus, 0 $2 getLatestCommit, 0 200 getRepo"
}
unknown status=501 501
unknown status=404 404
unknown error=InvalidRequest 400
unknown 'error=MethodNotImplemented status=501' 501
echo "* *getRepoStatus* body='{\"did\":\"$a\",\"active\":true}'" | rules
exits 0 'a status without a rev' into $a
is 'getLatestCommit is asked' "$(calls)" \
	'0 200 document, 0 200 getRepoStatus, 0 200 getLatestCommit'
rules <<'END'
* *getRepoStatus* status=404
* *getLatestCommit* body='{"rev":1}'
END
exits 1 'nonsense' into $a
is 'is an error' "$(jq -r '.error,.retry,.message' out)" "BadAnswer
false
http://HOST/xrpc/com.atproto.sync.getLatestCommit?did=$a: rev or cid is missing"
ok 'and the archive stays' cmp $a_car a.car
forget

# states of an archived account
for state in takendown.Takendown suspended.Suspended \
	deactivated.Deactivated deleted.NotFound; do
	error=Repo${state#*.} state=${state%.*}
	echo "* *getRepoStatus* body='{\"did\":\"$a\",\"active\":false,\
\"status\":\"$state\"}'" | rules
	exits 1 "archived and $state" into $a
	failed $a "$error" false "http://HOST/xrpc/com.atproto.sync.$(:
		)getRepoStatus?did=$a: the account is $state" >want
	same "$state: its line" out <want
	is "$state: nothing is downloaded" "$(calls)" \
	    '0 200 document, 0 200 getRepoStatus'
done
for state in desynchronized throttled nonsense; do
	echo "* *getRepoStatus* body='{\"did\":\"$a\",\"active\":false,\
\"status\":\"$state\"}'" | rules
	exits 0 "archived and $state" into $a
	is "$state: getRepo has the last word" "$(calls)" \
	    '0 200 document, 0 200 getRepoStatus, 0 200 getRepo'
done
for state in '"active":false' '"active":false,"status":"nonsense"' \
    '"active":"no"' '"status":"takendown"'; do
	echo "* *getRepoStatus* body='{\"did\":\"$a\",$state,\"rev\":$(:
		)\"$older\"}'" | rules
	exits 0 "$state, and the archived rev" into $a
	is "$state: getRepo has the last word" "$(calls)" \
	    '0 200 document, 0 200 getRepoStatus, 0 200 getRepo'
	echo '* *getRepo?* error=RepoTakendown' |
		cat "$lib_tmp/net/main/rules" - >both
	rules <both
	exits 1 "$state, and getRepo refuses" into $a
	is "$state: the host isn't said to serve it" "$(jq -r .error out)" \
	    RepoTakendown
	forget
done
ok 'the archive stays' cmp $a_car a.car
rules </dev/null
gone
forget
exits 0 'refresh, nothing archived' into --refresh $a
is 'is fetched' "$(calls)" '0 200 document, 0 200 getRepo'

# the signature
gone
echo "{\"did\":\"$a\",\"pds\":\"$url\",\"key\":\"$key\"}" >in
exits 0 "the job's key" into in
a_line ",\"key\":\"$key\"" >want
same 'its line' out <want
is 'needs no directory' "$(calls)" '0 200 getRepo'
gone
echo "{\"did\":\"$a\",\"pds\":\"$url\",\"key\":\"$wrong\"}" >in
exits 0 "a key of yesterday" into in
moved >want
same "an identity and its line have today's" out <want
is 'the document was read' "$(calls)" \
	'0 200 getRepo, 0 200 document, 0 200 getRepo'
put_did $a "$url" "$wrong"
gone
echo "{\"did\":\"$a\",\"pds\":\"$url\",\"key\":\"$wrong\"}" >in
exits 1 'a wrong key' into in
failed $a BadSignature false \
	"$repo_url$a: the signature isn't the key's" \
	",\"pds\":\"http://HOST\",\"key\":\"$wrong\"" >want
same 'its error' out <want
is 'after one look at the document' "$(calls)" '0 200 getRepo, 0 200 document'
is 'nothing is archived' "$(files)" ''
mkcar -n 20 -s 8 -K wrongkey >/dev/null
echo "{\"did\":\"$a\",\"pds\":\"$url\",\"key\":\"$(cat wrongkey)\"}" >in
exits 1 'two wrong keys' into in
is 'its error' "$(jq -r '.error // .key' out)" "$wrong
BadSignature"
is 'after another download' "$(calls)" \
	'0 200 getRepo, 0 200 document, 0 200 getRepo'
exits 1 'a wrong key in the document' into $a
is 'its error' "$(jq -r .error out)" BadSignature
is 'the document was just read' "$(calls)" '0 200 document, 0 200 getRepo'
put_did $a "$url" "$wrong"
into --cache cache $a
put_did $a "$url" "$key" alice.test
forget
exits 0 'an old document in the cache' into --cache cache $a
is 'is read again' "$(calls)" '0 200 getRepo, 0 200 document, 0 200 getRepo'
gone
exits 0 'a new one' into --cache cache $a
is 'is not' "$(calls)" '0 200 getRepo'
gone
echo "{\"did\":\"$a\",\"pds\":\"$url\",\"key\":\"did:key:znonsense\"}" >in
exits 0 'an invalid key' into in
moved >want
same "an identity and its line have the document's" out <want
put_did $c "$url" "$wrong"
sed "s,$a,$c," "$www/$a" >doc
gone
forget

# An account rotates its key. The archived CAR was signed with the old key.
mkcar -n 20 -s 9 -d $a -r $older -K key2 >rotated.car
key2=$(cat key2)
into $a
put_did $a "$url" "$key2"
forget
exits 1 'rotated, and the host serves the old commit' into $a
is 'its fault' "$(jq -c '[.error,.host]' out)" \
	'["BadSignature","http://HOST"]'
is 'asks, also for the whole repo' "$(calls)" \
    '0 200 document, 0 200 getRepoStatus, 0 200 getRepo, 0 200 getRepo'
ok 'the archive stays' cmp $a_car a.car
# rotated REV KEY ARGUMENT...: run a job with this rev and key
rotated() {
	echo "{\"did\":\"$a\",\"pds\":\"$url\",\"rev\":\"$1\",$(:
		)\"key\":\"$2\"}" >in
	shift 2
	exits 0 'a job with the key' into "$@" in
}
rotated $older "$key"
is "the old key: no request" "$(calls)" ''
put_repo $a rotated.car
rotated $older "$key2" --archived-is-enough
is 'the new key, a new commit at this rev: is fetched' "$(calls)" \
	'0 200 getRepoStatus, 0 200 getRepo'
ok 'and replaces it' cmp $a_car rotated.car
rotated $older "$key2"
is 'and then is archived' "$(calls)" ''
rotated $older "$key"
is 'a key of before: the document has the new one' "$(calls)" \
	'0 200 getRepoStatus, 0 200 getRepo, 0 200 getRepo, 0 200 document'
is 'which its lines have' "$(jq -r .key out | uniq)" "$key2"
exits 0 'no job knows the key' into --no-verify $a
ok 'the same CAR' cmp $a_car rotated.car
cp out in
exits 0 'at-carwalk verifies by the line' at-carwalk <in
is 'with the key of the archived CAR' "$(jq -r '.signature // empty' out)" \
	verified
put_did $a "$url" "$key" alice.test
put_repo $a a.car
gone
forget

# --zstd
if command -v zstd >/dev/null; then
	exits 0 '--zstd' into --zstd $a
	is 'the name' "$(files)" $a_car.zst
	zstd -dc $a_car.zst | cmp - a.car
	is 'holds the CAR' $? 0
	is 'the line has name and size' "$(jq -r .car,.size out)" "$a_car.zst
$(wc -c <$a_car.zst)"
	exits 0 'at-carwalk reads it' at-carwalk -k "$key" $a_car.zst
	forget
	exits 0 'compressed, plain would do' into --archived-is-enough $a
	a_kept '' $a_car.zst "$(wc -c <$a_car.zst)" >want
	same 'its line' out <want
	is 'no request' "$(calls)" ''
	put_repo $a a2.car
	echo "{\"did\":\"$a\",\"rev\":\"$newer\"}" >in
	exits 0 'compressed and old' into in
	is 'a plain one takes its place' "$(files)" $a_car
	put_repo $a a.car
	exits 0 'a level' into --allow-rollback --zstd=19 $a
	is 'a compressed one takes its place' "$(files)" $a_car.zst
	zstd -dc $a_car.zst | cmp - a.car
	is 'and holds the CAR' $? 0
	gone
else
	skip '--zstd' 'no zstd program'
fi
for level in 0 20 x; do
	exits 2 "level $level" into --zstd=$level $a
	is 'message' "$(wc -l <err)" 2
done
forget

# --retry
# carwalk REV RETRY FIELDS: print an error line of at-carwalk
carwalk() {
	printf '{"type":"error","program":"at-carwalk","did":"%s",' $a >in
	printf '"rev":"%s",%s"error":"MissingBlock","message":"x",' \
	    "$1" "${3-}" >>in
	printf '"retry":%s,"at":"2026-01-31T12:00:00.000Z","car":"%s"}\n' \
	    "$2" $a_car >>in
}
into $a
forget
carwalk $older true
exits 0 "at-carwalk's error" into in
plain in
ok 'is copied without --retry' cmp out in
carwalk $older true
exits 0 'with --retry' into --retry in
a_line ",\"key\":\"$key\"" >want
same 'its line' out <want
is 'is always fetched' "$(calls)" '0 200 document, 0 200 getRepo'
carwalk $older false
exits 0 'a final error' into --retry in
plain in
ok 'is copied' cmp out in
carwalk $older true '"collection":"a.b.c","rkey":"x",'
exits 0 'that of a record' into --retry in
plain in
ok 'is copied' cmp out in
is 'neither asks anybody' "$(calls)" ''
rules <<'END'
* /xrpc/*getRepo* status=500
END
carwalk $older true
exits 1 'if the host fails' into --retry in
is 'its error has the car' "$(jq -c '[.program,.error,.retry,.car]' out)" \
	"[\"at-fetchrepo\",\"HostError\",true,\"$a_car\"]"
cp out in
rules </dev/null
forget
exits 0 'and then answers' into --retry in
is 'is fetched' "$(calls)" '0 200 document, 0 200 getRepo'
gone
rules <<'END'
* /xrpc/*getRepo* times=1 status=501
* /xrpc/*getRepo* times=6 status=500
END
exits 1 'final, and then not' into $a
is 'is final' "$(jq -c '[.error,.retry]' out)" '["Unsupported",false]'
exits 1 'fails temporarily' into $a
cp out in
exits 0 'is tried again' into --retry in
a_line ",\"key\":\"$key\"" >want
same 'its line' out <want
gone
forget

# --no-verify
exits 0 '--no-verify' into --no-verify $a
a_line ",\"key\":\"$key\"" >want
same 'its line' out <want
gone
put_repo $a broken.car
exits 0 '--no-verify, a CAR with holes' into --no-verify $a
ok 'is archived' cmp $a_car broken.car
is 'with its rev' "$(jq -r .rev out)" $older
at-carwalk -q $a_car | sed 's/,"car"//' >in
is 'at-carwalk finds it out' "$(jq -r .error in)" MissingBlock
put_repo $a a.car
gone
echo 'no CAR at all' | put xrpc/com.atproto.sync.getRepo/$a
exits 0 '--no-verify, no CAR' into --no-verify $a
is 'is archived' "$(cat $a_car)" 'no CAR at all'
is 'without a rev' "$(jq -c '[.rev,.head,.car,.size]' out)" \
	"[null,null,\"$a_car\",14]"
put_repo $a a.car
forget
exits 0 'and is nothing to keep' into $a
is 'is fetched' "$(calls)" '0 200 document, 0 200 getRepo'
gone

# --max-size
exits 1 'too large' into --max-size $((size - 1)) $a
failed $a TooLarge false \
	"$repo_url$a: answer of more than $((size - 1)) bytes" >want
same 'its error' out <want
is 'no further try' "$(calls)" '0 200 document, 0 200 getRepo'
is 'nothing is archived' "$(files)" ''
exits 0 'just small enough' into --max-size "$size" $a
gone
forget

# -o -
exits 0 '-o -' fetch -o - $a
ok 'the CAR' cmp a.car out
size_o=$(a_line ",\"key\":\"$key\"" | sed 's/"car":"[^"]*",//')
is 'its line is on stderr' "$(cat err)" "$size_o"
put_repo $a broken.car
exits 1 '-o -, a CAR with holes' fetch -o - --retries 1 $a
is 'no bytes' "$(cat out)" ''
is 'its error' "$(jq -rR 'fromjson? | .error' err)" MissingBlock
put_repo $a a.car
exits 2 '-o -, two jobs' fetch -o - $a $b
is 'message' "$(grep ^at- err)" \
	'at-fetchrepo: -o takes one repo, but there is another job'
is 'no byte' "$(cat out)" ''
into $a
forget
exits 0 '-o - knows no archive' fetch -o - $a
ok 'the CAR' cmp a.car out
is 'is fetched' "$(calls)" '0 200 document, 0 200 getRepo'
mkdir tmp
exits 0 '-o - has a TMPDIR' env TMPDIR=tmp at-fetchrepo --allow-private \
	-u "$url" -o - $a
is 'nothing is left there' "$(ls -A tmp)" ''
exits 2 '-o -, no TMPDIR' env TMPDIR=/nonexistent at-fetchrepo \
	--allow-private -u "$url" -o - $a
is 'message' "$(cat err)" "at-fetchrepo: can't make a file in /nonexistent\
: No such file or directory"
gone

# usage NAME MESSAGE ARGUMENT...
usage() {
	usage_name=$1 usage_message=$2
	shift 2
	exits 2 "$usage_name" at-fetchrepo "$@"
	is "$usage_name: says why" "$(head -n 1 err)" \
	    "at-fetchrepo: $usage_message"
	is "$usage_name: and nothing else" "$(wc -l <err) $(cat out)" '2 '
}
usage 'neither -d nor -o' 'want either -d or -o -' $a
usage 'both' 'want either -d or -o -' -d cars -o - $a
usage '-o file' "-o: 'x.car' isn't -; for a file use -o - >file" -o x.car $a
usage '-o - --zstd' '--zstd needs -d' -o - --zstd $a
usage '--max-size 0' "--max-size: '0' is too small, the minimum is 1K" \
    -d cars --max-size 0 $a
usage 'plain http' "http://127.0.0.1:1: plain http needs --allow-private" \
	-d cars -u http://127.0.0.1:1 $a
is 'no archive is made' "$(ls -d cars 2>/dev/null)" ''
forget

# private addresses
echo "{\"did\":\"$a\",\"pds\":\"https://127.0.0.1:$port\"}" >in
exits 1 'a private address' at-fetchrepo -u https://127.0.0.1:1 \
	--retry-delay 10ms -d cars in
is 'is an error' "$(jq -r .error out)" PrivateAddress
is 'and nobody is asked' "$(calls)" ''

# a moved host
echo "{\"did\":\"$a\",\"pds\":\"http://127.0.0.1:$other\"}" >in
rules <<'END'
1 *getRepo* error=RepoNotFound
END
exits 0 'another host' into in
moved >want
same 'an identity and its line have the new one' out <want
is 'is found in the document' "$(calls)" \
	'1 400 getRepo, 0 200 document, 0 200 getRepo'
gone
rules <<'END'
1 *getRepo* status=503
END
exits 0 'the old one is out of order' into --retries 1 in
is 'is found in the document' "$(calls)" \
	'1 503 getRepo, 1 503 getRepo, 0 200 document, 0 200 getRepo'
gone
echo "{\"did\":\"$a\",\"pds\":\"http://127.0.0.1:1\"}" >in
exits 0 'the old one is gone' into --retries 1 in
moved >want
same 'an identity and its line have the new one' out <want
forget
gone
echo "{\"did\":\"$c\",\"pds\":\"$url\"}" >in
rm "$www/$c"
exits 1 'neither host nor directory know it' into in
is 'the directory has the last word' "$(jq -c '[.error,.message]' out)" \
	"[\"NotFound\",\"$c: not registered\"]"
is 'each is asked once' "$(calls)" '0 400 getRepo, 0 404 document'
put_did $c ''
exits 1 'no host' into $c
failed $c NoPds false "$c: its document names no host" >want
same 'its error' out <want
forget

# states of accounts
put_did $c "$url" "$key"
for error in RepoNotFound RepoTakendown RepoSuspended RepoDeactivated; do
	rules <<-END
	* *getRepo* error=$error
	END
	exits 1 $error into $c
	failed $c $error false "$repo_url$c: faultyd: $error" >want
	same "$error: its line" out <want
	is "$error: stderr" "$(cat err)" \
	    "at-fetchrepo: $repo_url$c: faultyd: $error"
	is "$error: is final" "$(calls)" \
	    '0 200 document, 0 400 getRepo'
done
rules </dev/null
is 'nothing is archived' "$(files 2>/dev/null)" ''

# handles whose DIDs are in a cache
handles() {
	sqlite3 cache "INSERT INTO entry (name, value, value_ms)
	    VALUES ('alice.test', '$a', strftime('%s') * 1000)"
	echo Alice.test >in
	exits 0 'a handle' into --cache cache in
	a_line ",\"key\":\"$key\"" | sed 's/,"pds"/,"handle":"alice.test"&/' \
		>want
	same 'its line' out <want
	is 'asks the host' "$(calls)" '0 200 getRepo'
	exits 0 'archived' into --archived-is-enough --cache cache in
	a_kept ",\"handle\":\"alice.test\",\
\"pds\":\"http://HOST\",\"key\":\"$key\"" >want
	same 'its line' out <want
	is 'no request' "$(calls)" ''
	gone
	printf '%s\n' alice.test $a Alice.test >twice
	exits 0 'a handle and its DID' into --cache cache twice
	is 'each has its line' "$(jq -r '"\(.did) \(.handle)"' out | sort |
		uniq -c | tr -s ' ')" " 2 $a alice.test
 1 $a null"
	is 'for one download' "$(calls)" '0 200 getRepo'
	echo '{"handle":"alice.test"}' >in
	exits 0 'an object with a handle' into --cache cache in
	is 'its DID' "$(jq -r .did,.handle out)" "$a
alice.test"
	sqlite3 cache "INSERT INTO entry (name, value, value_ms)
	    VALUES ('mallory.test', '$a', strftime('%s') * 1000)"
	exits 1 "another account's handle" into --cache cache <<'END'
mallory.test
END
	is 'is an error' "$(jq -c '[.did,.input,.error,.retry]' out)" \
		"[\"$a\",\"mallory.test\",\"WrongHandle\",false]"
}
if command -v sqlite3 >/dev/null; then
	handles
else
	skip handles 'no sqlite3'
fi
exits 1 'neither' into <<'END'
neither_nor
END
is 'is an error' "$(jq -c '[.did,.input,.error,.retry]' out)" \
	'[null,"neither_nor","BadSyntax",false]'
gone
forget

# A DID that comes twice has two results.
printf '%s\n' $a $b $a "{\"did\":\"$a\"}" $b >in
exits 0 'duplicates' into -v in
is 'each has its result' "$(jq -r .did out | sort | uniq -c |
	tr -s ' ' | paste -sd ,)" " 3 $a, 2 $b"
is 'the archive has one of each' "$(files | wc -l)" 2
ok 'which is whole' cmp $a_car a.car
is 'each is asked for once' "$(calls | sed 's/, /\n/g' | sort | uniq -c |
	tr -s ' ' | paste -sd ,)" ' 2 0 200 document, 2 0 200 getRepo'
is 'and its lines are the same' "$(sort -u out | wc -l)" 2
gone
rules <<'END'
* *getRepo* delay=500
END
awk -v did=$a 'BEGIN { for (i = 0; i < 6000; i++) print did }' >in
exits 0 'very often, while the first is under way' into in
a_line ",\"key\":\"$key\"" | sed p >want
is 'each has its line' "$(uniq -c out | tr -s ' ')" " 6000 $(sed -n 1p want)"
is 'of when the host said so' "$(sort -u when.out | wc -l)" 1
is 'for one download' "$(calls)" '0 200 document, 0 200 getRepo'
rules </dev/null
# quick CMD...: at least one of several runs takes less than a second, the
# longest wait
quick() {
	for _ in 1 2 3 4 5; do
		timeout --foreground 0.9 "$@" >out 2>err && return
	done
	return 1
}
ok 'and nothing is waited for at the end' quick at-fetchrepo \
	--allow-private -u "$url" -d cars $a $a
gone
forget

# again REST CALLS: after a bare DID, a job with these fields makes these
# requests
again() {
	printf '%s\n' $a "{\"did\":\"$a\"$1}" >in
	exits 0 "again with $1" into in
	is "each has its line" "$(jq -r '.rev // empty' out | uniq -c |
	    tr -s ' ')" " 2 $older"
	is "it asks" "$(calls)" "0 200 document, 0 200 getRepo$2"
	gone
}
again ",\"rev\":\"$older\"" ''
again ",\"rev\":\"$newer\"" ', 0 200 getRepoStatus'
again ",\"pds\":\"$url\"" ''
again ",\"pds\":\"$url\",\"key\":\"$key\"" ''
again ",\"pds\":\"http://127.0.0.1:$other\"" ', 1 200 getRepoStatus'
again ",\"pds\":\"$url\",\"key\":\"$wrong\"" \
	', 0 200 getRepoStatus, 0 200 getRepo, 0 200 getRepo, 0 200 document'
exits 0 'again, when the answer is too old' into --ttl 0 $a $a
is 'asks again' "$(calls)" '0 200 document, 0 200 getRepo, '\
'0 200 document, 0 200 getRepoStatus'
gone
printf '%s\n' "{\"did\":\"$a\",\"pds\":\"$url\"}" $a >in
exits 0 'the host of a job is not that of the document' into in
is 'which is asked for' "$(calls)" \
	'0 200 getRepo, 0 200 document'
gone
rules <<'END'
* *getRepo* error=RepoTakendown
END
exits 1 'duplicates that fail' into $a $a
is 'each has its error' "$(jq -r .error out | uniq -c | tr -s ' ')" \
	' 2 RepoTakendown'
is 'and has asked itself' "$(calls)" '0 200 document, 0 400 getRepo, '\
'0 200 document, 0 400 getRepo'
rules <<'END'
* *getRepo* status=503
END
printf '%s\n' $a $a "{\"did\":\"$a\",\"pds\":\"$url\"}" >in
exits 1 'duplicates that fail for now' into --retries 1 in
is 'each has its error' "$(jq -c '[.error,.retry,.host]' out | uniq -c |
	tr -s ' ')" ' 3 ["HostError",true,"http://HOST"]'
is 'after the tries of one' "$(calls)" \
	'0 200 document, 0 503 getRepo, 0 503 getRepo'
rules <<'END'
0 *getRepo* status=503
END
printf '%s\n' $a "{\"did\":\"$a\",\"pds\":\"http://127.0.0.1:$other\"}" \
	"{\"did\":\"$a\",\"rev\":\"$older\"}" $a >in
exits 1 'one names another host' into --retries 0 in
is 'which is asked, and what it has is enough' "$(jq -r '.error // .rev' out |
	paste -sd ' ')" "HostError $older $older HostError"
is 'by one request' "$(calls)" \
	'0 200 document, 0 503 getRepo, 1 200 getRepo'
rules </dev/null
gone
forget

# many processes, one archive
for i in $(seq 40); do
	did=did:plc:$(printf %024d "$i" | tr 0189 abcd)
	mkcar -n 5 -d "$did" -r $older -K key >x.car
	put_did "$did" "$url" "$key"
	put xrpc/com.atproto.sync.getRepo/"$did" <x.car
	echo "$did"
done >dids
cat dids dids dids >in
rules <<'END'
* *getRepoStatus* status=501
* *getLatestCommit* status=501
END
for option in '' --zstd; do
	# shellcheck disable=SC2086 # no word or one
	run xargs -a in -P 8 -n 15 at-fetchrepo --allow-private -u "$url" \
	    -d cars $option
	is "8 processes $option: status" "$status" 0
	is "8 processes $option: stderr" "$(cat err)" ''
	is 'all have their result' "$(jq -r .did out | sort | uniq -c |
		awk '$1 == 3' | wc -l)" 40
	is 'a file each' "$(files | wc -l)" 40
	files | xargs at-carwalk >walked
	is 'which is whole' "$? $(grep -c '^{"type":"end"' walked)" '0 40'
	is 'and named in the lines' "$(jq -r .car out | sort -u |
		xargs ls 2>&1 | sort)" "$(files)"
	gone
done

stop_faultyd
done_testing
