#!/bin/sh
# at-describe: what hosts say about repos, and which requests it makes
. "${0%/*}/lib/tap.sh"
. "$top/t/lib/net.sh"

start_faultyd -n 3
# shellcheck disable=SC2086 # words
set -- $ports
old=http://127.0.0.1:$2 new=http://127.0.0.1:$3
key=did:key:zQ3shqwJEJyMBsBXCWyCBpUBMqxcon9oHB7mCvx4sSpMdLJwc
cid=bafyreicelctyn3rrhtidwzwqgs6t34sdax2togklj6mmxceaag7o5uwiua
rev=3kaaaaaaaaa22
status_of=xrpc/com.atproto.sync.getRepoStatus
latest_of=xrpc/com.atproto.sync.getLatestCommit
said_of=xrpc/com.atproto.repo.describeRepo

# did LETTER: print the did:plc that repeats the letter
did() {
	echo "did:plc:$(printf %24s '' | tr ' ' "$1")"
}
a=$(did a) b=$(did b) c=$(did c)

# describe ARGUMENT...: with one try, one at a time
describe() {
	forget
	run at-describe --allow-private --retries 0 -j 1 -u "$url" "$@"
}

# account LETTER [PDS]: write a document, and all answers of host 1
account() {
	account=$(did "$1")
	put_did "$account" "${2-$old}" $key alice.test
	echo "{\"did\":\"$account\",\"active\":true,\"rev\":\"$rev\"}" |
		put "@1/$status_of/$account"
	echo "{\"cid\":\"$cid\",\"rev\":\"$rev\"}" |
		put "@1/$latest_of/$account"
	echo "{\"did\":\"$account\",\"handle\":\"alice.test\",\"didDoc\":{},$(:
		)\"collections\":[\"a.b.one\",\"a.b.two\"]}" |
		put "@1/$said_of/$account"
}

# prints NAME STATUS: is the output, without times, equal to standard input?
prints() {
	sed 's/,"at":"20[0-9T:.-]*Z"//' out >got
	is "$1: status" "$status" "$2"
	same "$1" got
}

# gives NAME STATUS FIELDS METHODS: the fields of the result, without null, and
# the methods of the requests to hosts
gives() {
	jq -r 'select(.type != "identity") |
	    [.type, .active, .status, .rev[11:], .head[57:], .handle,
	    (.collections // [] | join(",")), .error, .message, .retry |
	    select(. != null and . != "")] | join(" ")' out >got
	is "$1" "$status $(sed "s|$old/xrpc/com.atproto.||g; s|?[a-z]*=did:[^:]*$(:
		):[a-z]*||g" got)" "$2 $3"
	is "$1: requests" "$(asked | sed -n \
		's/^[12] .*xrpc.com.atproto.[a-z]*\.\([A-Za-z]*\)?.*/\1/p' |
		tr '\n' ' ')" "$4"
}
at_host="\"pds\":\"$old\",\"key\":\"$key\""

# all fields
account a
describe "$a"
prints 'a DID' 0 <<END
{"type":"repo","did":"$a","rev":"$rev","head":"$cid","active":true,$(:
)"host":"$old","collections":["a.b.one","a.b.two"],"handle":"alice.test",$at_host}
END
is 'a DID: no message' "$(cat err)" ''
is 'a DID: requests' "$(asked)" "0 200 /$a
1 200 /$status_of?did=$a
1 200 /$latest_of?did=$a
1 200 /$said_of?repo=$a"
describe --status-only "$a"
prints '--status-only' 0 <<END
{"type":"repo","did":"$a","rev":"$rev","head":"$cid","active":true,$(:
)"host":"$old",$at_host}
END
is '--status-only: requests' "$(asked | wc -l)" 3
cat >in <<END
{"type":"identity","did":"$a","handle":"x.test","pds":"$old","key":null,$(:
)"n":1}
{"type":"repo","did":"$a","pds":"$old/","rev":"3kaaaaaaaaa2z","car":"x",$(:
)"size":5,"collections":["c.d.e"],"stale":true,"state":"failed"}
{"type":"record","did":"$a"}
{"did":"$a","pds":"$old","key":"did:key:zk","handle":"x.test"}
{"type":"error","did":"$a","retry":true,"pds":"$old"}
END
describe in
sed 's/,"at":"20[0-9T:.-]*Z"//' out | sort >lines
mv lines out
sort >want <<END
$(sed -n '1p;3p;5p' in)
{"type":"repo","did":"$a","rev":"$rev","head":"$cid","active":true,$(:
)"host":"$old","collections":["a.b.one","a.b.two"],"handle":"alice.test","pds":"$old",$(:
)"key":null,"n":1}
{"type":"repo","did":"$a","rev":"$rev","head":"$cid","active":true,$(:
)"host":"$old","collections":["a.b.one","a.b.two"],"handle":"alice.test","pds":"$old",$(:
)"car":"x","size":5}
{"type":"repo","did":"$a","rev":"$rev","head":"$cid","active":true,$(:
)"host":"$old","collections":["a.b.one","a.b.two"],"handle":"alice.test","pds":"$old",$(:
)"key":"did:key:zk"}
END
prints 'jobs that name the host' 0 <want
is 'jobs that name the host: the directory is not asked' \
	"$(asked | grep -c '^0')" 0

# states
for state in takendown suspended deactivated deleted desynchronized \
	throttled; do
	echo "{\"did\":\"$a\",\"active\":false,\"status\":\"$state\"}" |
		put "@1/$status_of/$a"
	describe "$a"
	gives "$state" 0 "repo false $state" 'getRepoStatus '
done
prints 'a state' 0 <<END
{"type":"repo","did":"$a","active":false,"status":"throttled",$(:
)"host":"$old",$at_host}
END
# says JSON: the answer about $a's status
says() {
	echo "$1" | put "@1/$status_of/$a"
	describe --status-only "$a"
}
says "{\"did\":\"$a\",\"active\":false,\"rev\":\"$rev\"}"
gives 'inactive' 0 'repo false 22' 'getRepoStatus '
says "{\"did\":\"$a\",\"active\":false,\"status\":\"A b\",\"rev\":\"x\"}"
gives 'inactive, and nonsense' 0 'repo false' 'getRepoStatus '
says "{\"did\":\"$a\",\"active\":true,\"status\":\"takendown\",\"rev\":7}"
gives 'active, whatever the status' 0 'repo true 22 ua' \
	'getRepoStatus getLatestCommit '
says "{\"did\":\"$a\"}"
gives 'active unless it says no' 0 'repo true 22 ua' \
	'getRepoStatus getLatestCommit '
for active in '"no"' '"false"' 0 '[false]' '"\ud83d"'; do
	says "{\"did\":\"$a\",\"active\":$active,\"status\":\"takendown\"}"
	gives "neither active nor not: $active" 0 'repo 22 ua' \
		'getRepoStatus getLatestCommit '
done
says "{\"did\":\"$a\",\"active\":null}"
gives 'null is absent' 0 'repo true 22 ua' 'getRepoStatus getLatestCommit '
echo "{\"did\":\"$a\",\"status\":\"takendown\"}" | put "@1/$status_of/$a"
cat >in <<END
{"type":"repo","did":"$a","active":false,"status":"suspended",$(:
)"at":"2026-01-02T03:04:05.000Z","pds":"$old","key":"did:key:zk"}
END
describe --status-only in
is 'a state that is unclear leaves that of the job' "$status $(cat out)" \
	"0 {\"type\":\"repo\",\"did\":\"$a\",\"rev\":\"$rev\",$(:
	)\"head\":\"$cid\",\"pds\":\"$old\",\"key\":\"did:key:zk\",$(:
	)\"at\":\"2026-01-02T03:04:05.000Z\",\"active\":false,$(:
	)\"status\":\"suspended\"}"
says "{\"did\":\"$b\",\"active\":true}"
gives 'of another' 1 'error BadAnswer sync.getRepoStatus: the answer is for another DID false' \
	'getRepoStatus '
says '{"active":true}'
gives 'of nobody' 1 'error BadAnswer sync.getRepoStatus: the answer is for another DID false' \
	'getRepoStatus '
says '[]'
gives 'no object' 1 'error BadAnswer sync.getRepoStatus: not a JSON object false' \
	'getRepoStatus '

# errors that mean a state
account a
rm "$www/@1/$status_of/$a"
for state in takendown suspended deactivated; do
	case $state in
	takendown) name=Takendown ;;
	suspended) name=Suspended ;;
	*) name=Deactivated ;;
	esac
	echo "1 *getRepoStatus* error=Repo$name" | rules
	describe "$a"
	gives "Repo$name: $status_of" 0 "repo false $state" 'getRepoStatus '
	printf '1 *getRepoStatus* status=501\n1 *Latest* error=Repo%s\n' \
		$name | rules
	describe "$a"
	gives "Repo$name: $latest_of" 0 "repo false $state" \
		'getRepoStatus getLatestCommit '
	printf '1 *getRepoStatus* error=InvalidRequest\n%s error=Repo%s\n' \
		'1 *describe*' $name | rules
	describe "$a"
	gives "Repo$name: $said_of" 0 "repo false $state 22 ua" \
		'getRepoStatus getLatestCommit describeRepo '
done

# hosts that can't give the status
all='repo true 22 ua alice.test a.b.one,a.b.two'
for rule in status=501 error=InvalidRequest status=404 \
	'error=MethodNotImplemented status=501' \
	'error=NotFound status=404'; do
	echo "1 *getRepoStatus* $rule" | rules
	describe "$a"
	gives "$rule" 0 "$all" 'getRepoStatus getLatestCommit describeRepo '
done
account a
for rule in status=501 error=InvalidRequest; do
	echo "1 *getLatest* $rule" | rules
	describe "$a"
	is "$rule, then" "$status $(jq -r .type out)" '1 error'
done
rules </dev/null

# other faults
echo "{\"cid\":\"x\",\"rev\":\"$rev\"}" | put "@1/$latest_of/$a"
describe "$a"
gives 'no CID' 0 'repo true 22 alice.test a.b.one,a.b.two' \
	'getRepoStatus getLatestCommit describeRepo '
echo "{\"cid\":\"$cid\",\"rev\":7}" | put "@1/$latest_of/$a"
describe "$a"
gives 'no rev' 1 'error BadAnswer sync.getLatestCommit: rev or cid is missing false' \
	'getRepoStatus getLatestCommit '
account a
# describes JSON: set members of the description of $a
describes() {
	echo "{\"did\":\"$a\",$1}" | put "@1/$said_of/$a"
	describe "$a"
	requests='getRepoStatus getLatestCommit describeRepo '
}
describes '"handle":"handle.invalid","collections":[]'
gives 'no handle' 0 'repo true 22 ua' "$requests"
is 'no collections' "$(jq -c .collections out)" '[]'
describes '"handle":5'
gives 'no handle, no collections' 0 'repo true 22 ua' "$requests"
is 'collections that are missing in the answer' "$(jq -c .collections out)" null
describes '"collections":["a.b.one",5,null,"no NSID","",{"x":["c.d.e"]},["c.d.e"],"a.b.tw\u006f","a.b.two"]'
is 'a name that is not a collection' "$status $(jq -c 'select(.type == "repo") |
	.collections' out)" '1 ["a.b.one","a.b.two"]'
jq -c 'select(.type == "error") | del(.at, .message, .host)' out >got
for json in 5 null '"no NSID"' '""' '{"x":["c.d.e"]}' '["c.d.e"]' \
	'"a.b.tw\u006f"'; do
	printf '{"type":"error","program":"at-describe","did":"%s",%s' "$a" \
	    "\"rev\":\"$rev\",\"collection\":\"\",\"rkey\":\"\",\"key\":"
	printf '%s,"error":"BadKey","retry":false}\n' \
	    "$(printf '%s' "$json" | jq -Rs .)"
done >want
same 'a name that is not a collection: a message for each' got <want
is 'a name that is not a collection: why' "$(sed 1q out | jq -r .message)" \
	'lists the collection 5, which is not an NSID'
is 'a name that is not a collection: stderr' "$(sed 1q err)" \
	"at-describe: $a: lists the collection 5, which is not an NSID"
describes "\"collections\":[$(seq -s , 1 250),\"a.b.one\"]"
is 'many of them' "$status $(grep -c '"type":"error"' out) $(jq -c \
	'select(.type == "repo") | .collections' out)" '1 101 ["a.b.one"]'
is 'many of them: the last' "$(grep '"type":"error"' out | tail -n 1 |
	jq -r .message)" 'lists 150 more collections that are not NSIDs'
describes '"handle":"\ud83d","collections":["a.b.one","\ud83d","a.b.two"]'
is 'a value that is not JSON' "$status $(jq -c 'select(.type == "repo") |
	.collections' out)" '1 ["a.b.one","a.b.two"]'
describes '"collections":null'
is 'null means no collections' "$(jq -c .collections out)" '[]'
describes '"collections":{"a.b.one":1}'
is 'names that are not collections' "$status $(jq -c '[.type, .message,
	.collections]' out)" '1 ["error","lists the collection {\"a.b.one\":1}, which is not an NSID",null]
["repo",null,null]'
echo "{\"did\":\"$b\",\"collections\":[]}" | put "@1/$said_of/$a"
describe "$a"
gives 'a description of another' 1 \
	'error BadAnswer repo.describeRepo: the answer is for another DID false' "$requests"
account a
for answer in 'status=500' 'error=InternalServerError status=500'; do
	echo "1 *describe* $answer" | rules
	describe "$a"
	gives "describeRepo: $answer" 1 "error $(case $answer in
	error*) echo InternalServerError repo.describeRepo: \
		faultyd: InternalServerError ;;
	*) echo HostError repo.describeRepo: HTTP status 500 ;;
	esac) true" "$requests"
done
echo '1 *describe* endless' | rules
describe "$a"
gives 'a description without end' 1 'error TooLarge repo.describeRepo: answer of more than 4194304 bytes false' \
	"$requests"
rules </dev/null

# accounts without a host, or without a document
put_did "$b" '' '' ''
describe "$b"
gives 'no host' 1 "error NoPds $b: its document names no host false" ''
describe "$c"
gives 'no account' 1 "error NotFound $c: not registered false" ''
is 'no account: said' "$(cat err)" "at-describe: $c: not registered"

# An account has moved: the directory is asked once.
not_found='error RepoNotFound sync.getRepoStatus: faultyd: RepoNotFound false'
account b "$new"
mv "$www/@1" "$www/@2"
account a
rm -r "$www/@1"
printf '{"type":"repo","did":"%s","pds":"%s","key":"did:key:zoLd","shelf":1}\n' \
	"$b" "$old" >in
describe in
prints 'moved' 0 <<END
{"type":"identity","did":"$b","handle":"alice.test","handleStatus":"unchecked",$(:
)"pds":"$new","key":"$key"}
{"type":"repo","did":"$b","rev":"$rev","head":"$cid","active":true,$(:
)"host":"$new","collections":["a.b.one","a.b.two"],"handle":"alice.test","pds":"$new",$(:
)"key":"$key","shelf":1}
END
was='"at":"2026-01-01T00:00:00Z"'
cat >known <<END
{"type":"identity","did":"$b","handle":null,"pds":"$old","key":null,$was}
{"type":"repo","did":"$b","active":false,"status":"takendown","host":"$old",$was}
END
requests=$(asked)
if command -v sqlite3 >/dev/null; then
	at-load moved.db known
	at-status moved.db >job
	describe job
	at-load moved.db out
	is 'moved: the database learns it' "$(sqlite3 moved.db \
	    'SELECT pds, status FROM accounts')" "$new|active"
	is 'moved: purge-gone' "$(at-status -v --purge-gone moved.db 2>&1)" \
	    'at-status: 0 accounts, 0 records removed'
	at-status moved.db >job
	describe job
	is 'moved: the next job succeeds' "$(jq -r .type out)" repo
fi
is 'moved: requests' "$requests" "1 400 /$status_of?did=$b
0 200 /$b
2 200 /$status_of?did=$b
2 200 /$latest_of?did=$b
2 200 /$said_of?repo=$b"
mv "$www/@2/$status_of/$b" status
describe in
is 'moved to a host that does not know' "$status $(jq -c \
	'select(.error) | [.error, .pds]' out)" "1 [\"RepoNotFound\",\"$old\"]"
is 'moved to a host that does not know: requests' "$(asked)" \
	"1 400 /$status_of?did=$b
0 200 /$b
2 400 /$status_of?did=$b"
mv status "$www/@2/$status_of/$b"
for rule in status=500 hang reset status=501 'status=429 retry-after=999'; do
	echo "1 * $rule" | rules
	describe -t 500ms in
	is "moved away from: $rule" "$(jq -c '[.type, .pds]' out)" \
		"[\"identity\",\"$new\"]
[\"repo\",\"$new\"]"
done
rules </dev/null
printf '{"type":"repo","did":"%s","pds":"%s","key":"%s"}\n' "$a" "$old" \
	$key >in
put_did "$a" "$old" $key ''
describe in
gives 'not moved' 1 "$not_found" 'getRepoStatus '
is 'not moved: requests' "$(asked | cut -c 1-5)" '1 400
0 200'
echo "0 * status=500" | rules
describe in
gives 'a directory that is down' 1 "error HostError $url/$a: HTTP status 500 true" \
	'getRepoStatus '
is 'a directory that is down: no word of the host' \
	"$(jq -c '[.host, .active, .status]' out)" '[null,null,null]'
echo "1 * status=500
0 * status=500" | rules
describe in
is 'neither answers' "$status $(jq -c '[.error, .host, .retry]' out)" \
	"1 [\"HostError\",\"$old\",true]"
echo "0 * status=410" | rules
describe in
gives 'an account that is gone' 1 "error Tombstoned $a: tombstoned false" \
	'getRepoStatus '
rules </dev/null
describe "$a"
gives 'resolved a moment ago' 1 "$not_found" 'getRepoStatus '
is 'resolved a moment ago: not again' "$(asked | grep -c ^0)" 1

# If an account may have left a host, that host's answer doesn't count either.
left='{"active":false,"status":"deactivated","did":'
echo "$left\"$b\"}" | put "@1/$status_of/$b"
echo "$left\"$a\"}" | put "@1/$status_of/$a"
sed "s/$a/$b/; s/,\"key\".*/}/" in >moved.in
describe moved.in
gives 'moved, and deactivated where it was' 0 "$all" \
	'getRepoStatus getRepoStatus getLatestCommit describeRepo '
is 'its new host says so' "$(jq -r '.host // empty' out)" "$new"
describe in
gives 'deactivated where it is' 0 'repo false deactivated' 'getRepoStatus '
is 'its host says so' "$(jq -r .host out)" "$old"
is 'after a look at the directory' "$(asked | cut -c 1-5)" '1 200
0 200'
echo "0 * status=503" | rules
describe in
is 'deactivated, a directory that is down' "$status $(jq -c '[.type, .error,
	.retry, .host, .active, .status]' out)" \
	'1 ["error","HostError",true,null,null,null]'
rules </dev/null
describe --cache stale --ttl 1ms "$a"
echo "0 * status=503" | rules
describe --cache stale --ttl 1ms "$a"
is 'deactivated, by a document of yesterday' "$status $(jq -c '[.type, .error,
	.retry, .host, .active, .status]' out)" \
	'1 ["error","HostError",true,null,null,null]'
rules </dev/null
rm -r "$www/@1"

put_did "$a" '' $key ''
describe --cache c --status-only "$a"
is 'cached without a host' "$status $(jq -r .error out)" '1 NoPds'
put_did "$a" "$old" $key ''
describe --cache c --status-only "$a"
is 'has one since' "$(jq -r '.host // .error // empty' out)" "$old"
describe --cache c "$a"
put_did "$a" "$new" $key ''
mv "$www/@2/$status_of/$b" status
sed "s/$b/$a/" status >"$www/@2/$status_of/$a"
mv status "$www/@2/$status_of/$b"
cp "$www/@2/$latest_of/$b" "$www/@2/$latest_of/$a"
describe --cache c --status-only "$a"
is 'moved since it was cached' "$status $(jq -r .pds out | uniq)" "0 $new"
describe --cache c --status-only "$a"
is 'and cached anew' "$status $(asked | cut -c 1 | tr -d '\n')" '0 22'

# handles whose DID is in the cache, so that no DNS query is made
if command -v sqlite3 >/dev/null; then
	put_did "$b" "$new" '' alice.test
	describe --cache c --ttl 0s --status-only "$b"
	sqlite3 c "REPLACE INTO entry (name, value, value_ms)
	    VALUES ('alice.test', CAST('$b' AS BLOB), strftime('%s') * 1000)"
	printf '%s\n' '@Alice.test' '{"handle":"alice.test","n":1}' >in
	describe --cache c --status-only in
	prints 'a handle' 0 <<-END
	{"type":"repo","did":"$b","rev":"$rev","head":"$cid",$(:
	)"active":true,"host":"$new","handle":"alice.test","pds":"$new"}
	{"type":"repo","did":"$b","rev":"$rev","head":"$cid",$(:
	)"active":true,"host":"$new","handle":"alice.test","pds":"$new","n":1}
	END
	describe --cache c in
	is 'a handle: one message' "$status $(grep -o '"handle":"[^"]*"' \
		out | uniq -c | tr -s ' ')" '0  2 "handle":"alice.test"'
else
	skip 'a handle: one message' 'no sqlite3'
	skip 'a handle: status' 'no sqlite3'
	skip 'a handle' 'no sqlite3'
fi
done_testing
