#!/bin/sh
# at-fetchblob: hosts with every kind of fault. Each blob has its error, nothing
# is left behind, and the blobs of other hosts come.
. "${0%/*}/lib/tap.sh"
. "$top/t/lib/net.sh"
. "$top/t/lib/blobs.sh"

a=did:plc:aaaaaaaaaaaaaaaaaaaaaaaa
b=did:plc:bbbbbbbbbbbbbbbbbbbbbbbb
get=com.atproto.sync.getBlob

# fetch ARGUMENT...
fetch() {
	run at-fetchblob --allow-private -u "$directory" -d blobs --retries 2 \
	    --retry-delay 10ms --stall 1s --max-wait 1s "$@"
}

# tries: print how often the blob $one was requested since the last call
tries() {
	asked | grep -c "getBlob?did=$a&cid=$one"
	forget
}

start_faultyd -n 3
directory=http://127.0.0.1:$port
first=$(echo "$ports" | cut -d ' ' -f 2) second=${ports##* }
host=http://127.0.0.1:$first
put_did $a "$host"
put_did $b "http://127.0.0.1:$second"
one=$(blob one) two=$(blob two) three=$(blob three)
large=$(blob "$(seq 2000)")
lists $a "$one" "$two"
lists $b "$three"
for did in $a $b; do
	for cid in $one $two $three $large; do
		serves "$did" "$cid"
	done
done

# fails NAME TRIES ERROR RETRY MESSAGE: the rules spoil the blob $one of $a,
# while $two and the blob of $b come. MESSAGE is the text after the URL; -
# stands for any. After that, the blob is fetched without faults.
fails() {
	rm -rf blobs
	forget
	exits 1 "$1" fetch $a $b
	is "$1: tries" "$(tries)" "$2"
	is "$1: others" "$(jq -r 'select(.type == "blob") | .cid' out |
	    sort)" "$(printf '%s\n' "$two" "$three" | sort)"
	jq -c 'select(.type == "error") | del(.at)' out >line
	fails_message=$5
	[ "$5" != - ] || fails_message=$(jq -r .message line |
		sed "s|^$host/xrpc/$get?did=$a&cid=$one: ||")
	fails_message="$host/xrpc/$get?did=$a&cid=$one: $fails_message"
	printf '{"type":"error","program":"at-fetchblob","did":"%s",' $a >want
	printf '"cid":"%s","error":"%s","message":"%s","retry":%s,' "$one" \
	    "$3" "$fails_message" "$4" >>want
	printf '"host":"%s"}\n' "$host" >>want
	same "$1: its line" line <want
	is "$1: stderr" "$(cat err)" "at-fetchblob: $fails_message"
	is "$1: the results" "$(jq -c 'select(.type == "repo") |
	    [.did, .blobs, .blobErrors]' out | sort | paste -sd ' ')" \
	    "[\"$a\",1,1] [\"$b\",1,0]"
	is "$1: the files" "$(find blobs -type f | wc -l)" 2
	rules </dev/null
	serves $a "$one"
	jq -c 'if .type == "error" then .retry = true else . end' out |
		grep '"error"' >again
	exits 0 "$1: tried again" fetch --retry again
	is "$1: one request, and no list" "$(asked | grep -c xrpc)" 1
	is "$1: and fetched" "$(cat "$(path_of "$one")")" one
}

# fault NAME RULE TRIES ...: as fails, with this rule
fault() {
	rules <<-END
	* *getBlob?did=$a&cid=$one $2
	END
	fault_name=$1
	shift 2
	fails "$fault_name" "$@"
}

printf owe | put "xrpc/$get/$a,$one"
fails 'wrong bytes' 2 BadBlock true \
    "3 bytes that don't have the hash of the CID"
printf on | put "xrpc/$get/$a,$one"
fails 'fewer bytes' 2 BadBlock true \
    "2 bytes that don't have the hash of the CID"
fault 'nothing' 'body=' 2 BadBlock true \
    "0 bytes that don't have the hash of the CID"
fault 'a page of HTML' 'status=404' 1 NotFound false 'HTTP status 404'
fault 'gone' 'error=BlobNotFound' 1 BlobNotFound false \
    'faultyd: BlobNotFound'
fault 'an error of the host' 'status=500' 3 HostError true 'HTTP status 500'
fault 'the connection is cut' 'cut=2' 3 ConnectionFailed true -
fault 'nothing more comes' 'stall=1' 3 Timeout true -
fault 'endless redirects' 'redirect=%u' 6 BadAnswer false \
    'more than 5 redirects'

# The blobs of a record: a retry knows the type that the record says.
rm -rf blobs
rules <<END
* *getBlob?did=$a&cid=$one status=503
END
cat >record <<EOT
{"type":"record","did":"$a","rev":"3kaaaaaaaaa22","collection":"a.b.c",\
"rkey":"1","cid":"bafyreicelctyn3rrhtidwzwqgs6t34sdax2togklj6mmxceaag7o5uwiua",\
"record":{"a":{"\$type":"blob","ref":{"\$link":"$one"},"mimeType":"a/b",\
"size":3},"b":{"\$type":"blob","ref":{"\$link":"$two"},"size":3},\
"c":{"cid":"$three","mimeType":"c\/d"}}}
EOT
exits 1 'a blob of a record' fetch -q --retries 0 record
jq -c 'select(.type == "error") | [.cid, .mimeType, .retry]' out >got
same 'its error has the type' got <<EOT
["$one","a/b",true]
EOT
grep '"error"' out >again
exits 1 'it fails again' fetch -q --retry --retries 0 again
grep '"error"' out >again
rules </dev/null
exits 0 'and comes' fetch --retry again
is 'with the type of the record' "$(jq -r "select(.cid == \"$one\") |
    .mimeType" out)" a/b

# A transfer that breaks once
rm -rf blobs
rules <<END
* *getBlob?did=$a&cid=$one times=1 cut=2
END
exits 0 'cut once' fetch $a
is 'and fetched' "$(cat "$(path_of "$one")")" one

# Redirects to another host
rm -rf blobs
rules <<END
1 *getBlob?did=$a&cid=$one redirect=http://127.0.0.1:$second%u
END
exits 0 'a redirect' fetch $a
is 'is followed' "$(cat "$(path_of "$one")")" one
rm -rf blobs
printf owe | put "@2/xrpc/$get/$a,$one"
exits 1 'wrong bytes after a redirect' fetch $a
is 'are refused' "$(jq -r 'select(.cid) | select(.type == "error") |
    .error' out)" BadBlock
rm -rf "${www:?}/@2"

# Sizes: what comes counts, with and without a Content-Length.
lists $a "$one" "$large" "$two"
for how in sized chunked; do
	rm -rf blobs
	rules <<-END
	* *getBlob* $how
	END
	exits 1 "too large, $how" fetch --max-size 1K $a
	is "too large, $how: the error" "$(jq -c 'select(.type == "error") |
	    [.error, .message]' out)" "[\"TooLarge\",\"$host/xrpc/$get?did=$a\
&cid=$large: answer of more than 1024 bytes\"]"
	is "too large, $how: the others" "$(jq -r 'select(.type == "blob") |
	    .cid' out | sort)" "$(printf '%s\n' "$one" "$two" | sort)"
done

# The account is gone in the middle, or the host is.
rm -rf blobs
lists $a "$one" "$two"
rules <<END
1 *getBlob* error=RepoTakendown
END
exits 1 'taken down' fetch $a $b
is 'one error, of the account' "$(jq -c 'select(.type == "error") |
    [.did, .cid, .error, .retry]' out)" "[\"$a\",null,\"RepoTakendown\",false]"
rules <<END
1 *getBlob* status=503
END
for i in $(seq 30); do
	blob "many $i"
done >many
# shellcheck disable=SC2046 # words
lists $a $(cat many)
exits 1 'a host in trouble' fetch --retries 0 --per-host 1 $a $b
is 'gives up after five' "$(jq -c 'select(.type == "error") |
    [.cid != null, .error, .retry]' out | sort | uniq -c | tr -s ' ')" \
    ' 1 [false,"HostError",true]
 4 [true,"HostError",true]'

# The same for one blob: it says so once.
rules <<END
1 *getBlob* status=503
END
echo "{\"did\":\"$a\",\"cid\":\"$one\"}" >job
exits 1 'one blob of a host in trouble' fetch --retries 0 job
is 'its error' "$(jq -c '[.cid, .error, .retry]' out)" \
    "[\"$one\",\"HostError\",true]"
is 'one message' "$(wc -l <err)" 1

# Lists
rm -rf blobs
rules </dev/null
lists $a "$one"
# listing NAME ERROR MESSAGE: the list of $a, on standard input, fails so, and
# $one comes
listing() {
	rm -rf blobs
	put "xrpc/com.atproto.sync.listBlobs/$a"
	exits 1 "$1" fetch $a $b
	is "$1: its error" "$(jq -r 'select(.type == "error") |
	    "\(.did) \(.cid) \(.error) \(.message)"' out |
	    sed 's/http:[^ ]*/URL/')" "$a null $2 $3"
	is "$1: one result of each" "$(jq -r 'select(.type != "blob") |
	    .did' out | sort | paste -sd ' ')" "$a $b"
}
listing 'rubbish in a list' BadAnswer "$a: lists 6 that are not CIDs of\
 blobs, for example 5" <<EOT
{"cids":[5,"$one",null,{"cid":"$two"},"","../../../etc/passwd",
"bafyreicelctyn3rrhtidwzwqgs6t34sdax2togklj6mmxceaag7o5uwiua"]}
EOT
is 'the blob comes' "$(cat "$(path_of "$one")")" one
listing 'no list' BadAnswer 'URL not a list of objects' <<EOT
{"blobs":[]}
EOT
listing 'not JSON' BadAnswer 'URL not a JSON object' <<EOT
oops
EOT
echo "{\"cids\":[\"$two\"],\"cursor\":\"x\"}" |
	put "xrpc/com.atproto.sync.listBlobs/$a,x"
listing 'a cursor again' BadAnswer 'URL the cursor stays the same' <<EOT
{"cids":["$one"],"cursor":"x"}
EOT
ok 'the first page came' test -s "$(path_of "$one")"
rules <<END
1 *listBlobs* body='{"cids":["$one"],"cursor":"%r"}'
END
listing 'cursors without an end' BadAnswer 'URL 100 pages brought nothing new' \
    </dev/null
rules </dev/null
echo "{\"cids\":[\"$two\",\"$one\"]}" |
	put "xrpc/com.atproto.sync.listBlobs/$a,x"
echo "{\"cids\":[\"$one\",\"$one\"],\"cursor\":\"x\"}" |
	put "xrpc/com.atproto.sync.listBlobs/$a"
rm -rf blobs
exits 0 'a blob that is listed again' fetch $a
is 'counts once' "$(jq -r 'select(.type == "repo") | .blobs' out)" 2

# A slow host holds up only its own jobs.
rm -rf blobs
lists $a "$one" "$two" "$large"
rules <<END
1 *getBlob* drip=1
END
at-fetchblob --allow-private -u "$directory" -d blobs -j 2 --per-host 2 \
    --hosts 2 --stall 60s $a $b >slow.out 2>slow.err &
slow=$!
wait_for 'the blob of the other host' grep -q "$b.*blobs/" slow.out
pass 'the other host is done'
wait_for 'its result' grep -q '"type":"repo".*'$b slow.out
ok 'while the slow one goes on' not grep -q '"type":"repo".*'$a slow.out

# Killed, it leaves no file without its name, and goes on.
wait_for 'a slow blob' test -e "$(path_of "$one")"
kill -KILL $slow
wait $slow 2>/dev/null
find blobs -name '.atpipe*' >got
same 'nothing else is left' got </dev/null
rules </dev/null
forget
had=$(find blobs -type f | wc -l)
exits 0 'it goes on' fetch $a $b
is 'with what is missing' "$(asked | grep -c getBlob)" $((4 - had))
find blobs -type f -exec sha256sum {} + |
	awk '{ print substr($1, 1, 2), substr($2, 7, 2) }' |
	awk '$1 != $2' >got
same 'each file is in its place' got </dev/null

# Several accounts of a host have the same blob: one asks, and the others wait.
c=did:plc:cccccccccccccccccccccccc d=did:plc:dddddddddddddddddddddddd
put_did $c "$host"
put_did $d "$host"
for did in $a $c $d; do
	lists "$did" "$one"
	serves "$did" "$one"
done
# together NAME STATUS REQUESTS RULE...: fetch the blob for all; results go to
# `have`, as DID and CID or error
together() {
	rm -rf blobs
	forget
	cat >waiting
	rules <waiting
	exits "$2" "$1" fetch $a $c $d
	is "$1: requests" "$(asked | grep -c getBlob)" "$3"
	jq -r 'if .type == "error" then "\(.did) \(.error)" elif .type == "blob"
	    then "\(.did) \(.cid)" else empty end' out | sort >have
}
together 'one blob of three accounts' 0 1 <<END
* *getBlob* delay=700
END
same 'all have it' have <<EOT
$a $one
$c $one
$d $one
EOT
together 'the first one is refused' 1 3 <<END
* *getBlob?* first=1 times=1 delay=700 error=BlobNotFound
* *getBlob* delay=300
END
is 'the first one is refused: the others have it' \
    "$(cut -d ' ' -f 2 have | sort | uniq -c | tr -s ' ')" \
    "$(printf ' 1 BlobNotFound\n 2 %s' "$one" | sort -k 2)"
together 'nobody has it' 1 3 <<END
* *getBlob* delay=700 error=BlobNotFound
END
same 'nobody has it: each is told' have <<EOT
$a BlobNotFound
$c BlobNotFound
$d BlobNotFound
EOT
together 'the host is in trouble' 1 3 <<END
* *getBlob* delay=700 status=503
END
same 'the host is in trouble: all fail alike' have <<EOT
$a HostError
$c HostError
$d HostError
EOT
is 'the host is in trouble: one request, and its retries' \
    "$(asked | grep getBlob | sort -u | wc -l)" 1
rules </dev/null
lists $a "$one" "$two" "$large"

# The account moved: the look-up in the cache is old.
rm -rf blobs
put_did $a http://127.0.0.1:1
fetch --cache cache -q --retries 0 --ttl 1d $a
put_did $a "$host"
exits 0 'a former host' fetch --cache cache --retries 0 --ttl 1d $a
is 'the identity is told' "$(jq -r 'select(.type == "identity") | .pds' out)" \
    "$host"
is 'and the blobs come' "$(jq -r 'select(.type == "repo") | .blobs' out)" 3

stop_faultyd
done_testing
