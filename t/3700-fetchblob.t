#!/bin/sh
# at-fetchblob: jobs, files, and what makes a request
. "${0%/*}/lib/tap.sh"
. "$top/t/lib/net.sh"
. "$top/t/lib/blobs.sh"

a=did:plc:aaaaaaaaaaaaaaaaaaaaaaaa
b=did:plc:bbbbbbbbbbbbbbbbbbbbbbbb

# fetch ARGUMENT...: run it, and remove times and ports from the output
fetch() {
	run at-fetchblob --allow-private -u "$url" --retry-delay 10ms \
	    --stall 1s --max-wait 2s -d blobs "$@"
	for file in out err; do
		sed -e 's/,"at":"[^"]*"//g' -e "s/127.0.0.1:$port/HOST/g" \
		    "$file" >plain
		mv plain "$file"
	done
}

# calls: print the requests since the last call, as "CALL VALUE", sorted
calls() {
	asked | sed -e 's,.*/xrpc/[a-z.]*\.,,' -e 's,.*/did:.*,document,' \
	    -e 's/?did=did:plc:\(.\)[a-z]*/ \1/' -e 's/&limit=[0-9]*//' \
	    -e 's/&cid=/ /' | sort
	forget
}

start_faultyd -n 1
one=$(blob one) two=$(blob two) three=$(blob three) none=$(blob)
for did in $a $b; do
	put_did "$did" "$url"
done
lists $a "$one" "$two"
lists $b "$two" "$three" "$none"
for did in $a $b; do
	for cid in $one $two $three $none; do
		serves "$did" "$cid"
	done
done

# line DID CID SIZE TYPE: the blob line
line() {
	printf '{"type":"blob","did":"%s","cid":"%s",%s"size":%d,' "$1" "$2" \
	    "${4:+\"mimeType\":\"$4\",}" "$3"
	printf '"path":"%s"}\n' "$(path_of "$2")"
}

# ends DID BLOBS ERRORS: the result of an account
ends() {
	printf '{"type":"repo","did":"%s","pds":"http://HOST",' "$1"
	printf '"blobs":%d,"blobErrors":%d}\n' "$2" "$3"
}

exits 0 'two accounts' fetch $a $b
same 'no message' err </dev/null
{
	line $a "$one" 3 text/plain
	line $a "$two" 3 text/plain
	line $b "$two" 3 text/plain
	line $b "$three" 5 text/plain
	line $b "$none" 0 text/plain
	ends $a 2 0
	ends $b 3 0
} >want
# Who finds the file of another account doesn't hear the type from the host.
for name in want out; do
	sed "/$two/s,\"mimeType\":\"text/plain\"\,,," $name | sort >$name.lines
done
same 'their lines' out.lines <want.lines
find blobs -type f | sort >got
for cid in $one $two $three $none; do
	path_of "$cid"
	echo
done | sort | grep . >want
same 'a shared blob has one file' got <want
is 'its bytes' "$(cat "$(path_of "$three")")" three
is 'an empty blob' "$(wc -c <"$(path_of "$none")")" 0
is 'the shard' "$(path_of "$two" | cut -d / -f 2)" \
    "$(printf two | sha256sum | cut -c 1-2)"
forget

exits 0 'again' fetch $a $b
calls >got
same 'what is there costs no request' got <<'EOT'
document
document
listBlobs a
listBlobs b
EOT
{
	line $a "$one" 3
	line $a "$two" 3
	line $b "$two" 3
	line $b "$three" 5
	line $b "$none" 0
	ends $a 2 0
	ends $b 3 0
} | sort >want
sort out >got
same 'the lines have no type, which nobody said' got <want

# Times are those of the files.
touch -d 2026-01-31T12:00:00Z "$(path_of "$one")"
at-fetchblob --allow-private -u "$url" -d blobs $a | jq -r \
    "select(.cid == \"$one\") | .at" >got
is 'the time of the file' "$(cat got)" 2026-01-31T12:00:00.000Z

# Jobs that are lines keep their fields, and the result is a job again.
rm -r blobs
forget
printf '{"type":"repo","did":"%s","pds":"%s","car":"x.car","shelf":7}\n' \
    $a "$url" >in
exits 0 'a repo line' fetch in
calls >got
{
	printf 'getBlob a %s\n' "$one" "$two" | sort
	echo listBlobs a
} >want
same 'its host is asked' got <want
grep repo out >got
ends $a 2 0 | sed 's/"pds":"[^"]*",//
s/}$/,"car":"x.car","shelf":7}/
s/"did":"[^"]*",/&"pds":"http:\/\/HOST",/' >want
same 'its result' got <want

jq -c . >in <<EOT
{"type":"identity","did":"$a","handle":null,"pds":"$url","key":null,
 "at":"2026-01-31T12:00:00Z"}
{"type":"blob","did":"$a","cid":"$one"}
{"type":"end","did":"$a","rev":"3kaaaaaaaaa22","collections":{}}
EOT
exits 0 'other lines' fetch in
grep -v '"path"\|"repo"' out >got
sed -e "s/127.0.0.1:$port/HOST/" -e 's/,"at":"[^"]*"//' in >want
same 'are copied, as is an identity' got <want
is 'and the identity is a job' "$(grep -c '"blobs":2' out)" 1

# Records
rm -r blobs
forget
record() {
	printf '{"type":"record","did":"%s","rev":"3kaaaaaaaaa22",' $a
	printf '"collection":"com.example.a","rkey":"%s",' "$1"
	printf '"action":"create","source":"car","cid":"%s","record":%s}\n' \
	    bafyreicelctyn3rrhtidwzwqgs6t34sdax2togklj6mmxceaag7o5uwiua "$2"
}
# ref CID TYPE: a blob in a record
ref() {
	# shellcheck disable=SC2016 # JSON
	printf '{"$type":"blob","ref":{"$link":"%s"},"mimeType":"%s",' \
	    "$1" "$2"
	printf '"size":3}'
}
{
	record 1 '{"text":"no blob"}'
	record 2 "{\"a\":[$(ref "$one" a/b),$(ref "$one" a/b)]}"
	record 3 "{\"old\":{\"cid\":\"$two\",\"mimeType\":\"c\/d\"}}"
	record 4 "{\"not\":{\"cid\":\"$three\",\"uri\":\"at:\/\/x\"}}"
	record 5 "{\"not\":{\"cid\":\"hello\",\"mimeType\":\"x\"}}"
} >records
exits 0 'records' fetch records
same 'no message' err </dev/null
grep '"record"' out >got
same 'all are copied' got <records
grep -v '"record"' out | sort >got
{
	line $a "$one" 3 a/b
	line $a "$two" 3 c/d
} | sort >want
same 'and their blobs are fetched, each once' got <want
calls >got
{
	echo document
	printf 'getBlob a %s\n' "$one" "$two" | sort
} >want
same 'without a list' got <want
exits 0 'again' fetch records
same 'no request' got <<EOT
$(calls; cat got)
EOT

# Many records with the same blob, such as the picture of a link
rm -r blobs
for i in $(seq 40); do
	record "$i" "{\"a\":$(ref "$one" a/b)}"
done >many
exits 0 'many records with one blob' fetch many
calls >got
{
	echo document
	echo "getBlob a $one"
} >want
same 'ask for it once' got <want
is 'each has its line' "$(grep -v '"record"' out | sort | uniq -c)" \
    "$(printf '%7d %s' 40 "$(line $a "$one" 3 a/b)")"
gone=$(blob gone)
for i in $(seq 40); do
	record "$i" "{\"a\":$(ref "$gone" a/b)}"
done >many
exits 1 'many records with one that is not there' fetch many
# Lines that are read after the answer ask again.
ok 'ask for it seldom' test "$(calls | grep -c getBlob)" -lt 20
is 'each has its error' "$(grep -c '^{"type":"error".*'"$gone" out)" 40
sed -i '$d' records
block=bafyreicelctyn3rrhtidwzwqgs6t34sdax2togklj6mmxceaag7o5uwiua
record 6 "{\"no\":$(ref $block x)}" >in
exits 1 'a block as a blob' fetch in
{
	printf '{"type":"error","program":"at-fetchblob","did":"%s",' $a
	printf '"cid":"%s","mimeType":"x","error":"BadCid",' $block
	printf '"message":"%s: not the CID of a blob","retry":false}\n' $block
} >want
sed -n 2p out >got
same 'its line' got <want
is 'and message' "$(cat err)" "at-fetchblob: $block: not the CID of a blob"

# One blob of an account
rm -r blobs
forget
echo '{"did":"'$b'","cid":"'"$three"'","mimeType":"e/f","shelf":7}' >in
exits 0 'one blob' fetch in
is 'its line' "$(cat out)" "$(line $b "$three" 5 e/f | sed 's/}$/,"shelf":7}/')"
echo '{"did":"'$b'","cid":"../../x"}' >in
exits 1 'what is not a CID' fetch in
is 'its error' "$(jq -c '[.did, .error, .message]' out)" \
    '["'$b'","BadSyntax","'$b': cid is not a CID"]'
echo '{"did":"'$b'","cid":5}' >in
exits 0 'a cid that is not a string' fetch in
is 'names an account' "$(grep -c '"blobs":3' out)" 1

echo '{"handle":"alice.invalid","cid":"'"$three"'"}' >in
exits 1 'one blob of a handle that nobody has' fetch in
is 'its error' "$(jq -c '[.did, .input, .cid, .error]' out)" \
    '[null,"alice.invalid","'"$three"'","BadSyntax"]'

# Left out
echo $a >left-out
exits 1 'excluded' fetch --exclude left-out $a records
is 'errors, no lines' "$(jq -c '[.did, .error, .cid]' out | sort -u)" \
    '["'$a'","Excluded",null]'

usage_error 'no directory' 'want -d' at-fetchblob $a
usage_error 'a file' "-d: 'in' isn't a directory" at-fetchblob -d in $a
usage_error 'a small limit' \
    "--max-size: '100' is too small, the minimum is 1K" \
    at-fetchblob -d blobs --max-size 100 $a

ln -s /tmp "blobs/$(printf one | sha256sum | cut -c 1-2)"
exits 2 'a link in place of a directory' fetch $a
is 'is refused' "$(cat err)" "at-fetchblob: blobs/$(printf one |
    sha256sum | cut -c 1-2): a symbolic link, want a directory"

stop_faultyd
done_testing
