#!/bin/sh
# at-serve: the commands of its page that read repos from a copy, as they stand
# there: signatures are verified, and the accounts keep their hosts.
. "${0%/*}/lib/tap.sh"
. "$top/t/lib/load.sh"
. "$top/t/lib/serve.sh"

did=did:plc:aaaaaaaaaaaaaaaaaaaaaaaa
directory=$(printf %s $did | sha256sum | cut -c 1-2)
mkcar -d $did -n 30 -s 1 -K key -r 3m4xqkxkcac2a >a.car
mkdir -p "archive/$directory"
cp a.car "archive/$directory/did_plc_aaaaaaaaaaaaaaaaaaaaaaaa.car"
{
	at-carwalk -q archive
	printf '{"type":"plc","did":"%s","seq":1,"cid":"bafyreiaa",' $did
	printf '"createdAt":"2026-01-01T00:00:00.000Z","nullified":false,'
	printf '"operation":{"type":"plc_operation","rotationKeys":[],'
	printf '"verificationMethods":{"atproto":"%s"},"alsoKnownAs":' \
	    "$(cat key)"
	printf '["at://a.test"],"services":{"atproto_pds":{"type":'
	printf '"AtprotoPersonalDataServer","endpoint":"https://pds.test"}},'
	printf '"prev":null}}\n'
} | at-load served.db
start_serve --archive archive served.db

sed -n '/^export COPY/,/^\.Ed/p' "$top/man/at-serve.1" | sed '$d' |
	sed "s|http://127.0.0.1:2580|$url|g" >commands
ok 'the page has the commands' grep -q at-fetchrepo commands
exits 0 'they succeed' sh -e commands
same 'no messages' err </dev/null
is 'the account' "$(sql copy.db 'SELECT did, handle, pds, signature, records
    FROM account')" "$(printf '%s|' $did a.test https://pds.test verified)30"
sql served.db "SELECT rkey, cid FROM records ORDER BY 1, 2" >want
sql copy.db "SELECT rkey, cid FROM records ORDER BY 1, 2" >got
ok 'the same records' cmp got want

# --from: each program that asks hosts asks the copy instead

ATPIPE_PLC_URL=$url
export ATPIPE_PLC_URL
# from PROGRAM ARG...
from() {
	program=$1
	shift
	"$program" --allow-private --from "$url" "$@"
}
uri=$(sqlite3 served.db "SELECT 'at://$did/' || collection || '/' || rkey
    FROM records ORDER BY 1 LIMIT 1")
exits 0 'at-getrecord --from' from at-getrecord "$uri"
is 'gets the record' "$(jq -r '"at://\(.did)/\(.collection)/\(.rkey)"' out)" \
    "$uri"
exits 0 'at-describe --from' from at-describe $did
is 'names the server and the host' "$(jq -r '"\(.host) \(.pds)"' out)" \
    "$url https://pds.test"
exits 0 'at-listrecords --from' from at-listrecords --delay 0 $did
is 'lists the records' "$(jq -r 'select(.type == "record") | .did' out |
    sort | uniq -c | sed 's/^ *//')" "30 $did"
is 'the host of its repo line' \
    "$(jq -r 'select(.type == "repo") | .host' out)" "$url"
# shellcheck disable=SC2016 # for sh
exits 0 'at-fetchrepo --from, to standard output' sh -c \
    'at-fetchrepo --allow-private --from "$1" -o - "$2" >b.car' sh "$url" $did
ok 'sends the archived CAR' cmp a.car b.car

# Errors: the server is the host that failed, and no other one is asked.
missing=did:plc:bbbbbbbbbbbbbbbbbbbbbbbb
printf '{"did":"%s","pds":"https://pds.test","key":"%s"}\n' \
    $did "$(cat key)" $missing "$(cat key)" >jobs.in
exits 1 'a job that names its host' from at-fetchrepo -q -d more jobs.in
jq -r '"\(.type) \(.did) \(.host) \(.error)"' out | sort >got
same 'the server is asked, and its answer counts' got <<EOT
error $missing $url RepoNotFound
repo $did $url null
EOT
printf '{"did":"%s","cid":"%s"}\n' $did \
    bafkreihdwdcefgh4dqkjv67uzcmw7ojee6xedzdetojuzjevtenxquvyku >jobs.in
exits 1 'a blob that is not there' from at-fetchblob -q -d blobs jobs.in
is 'is an error of the server' "$(jq -r '"\(.host) \(.error)"' out)" \
    "$url MethodNotImplemented"

# The document of an account may name no host.
homeless=did:plc:cccccccccccccccccccccccc
mkcar -d $homeless -n 5 -s 2 -K key2 -r 3m4xqkxkcac2a >c.car
directory=$(printf %s $homeless | sha256sum | cut -c 1-2)
mkdir -p "archive/$directory"
cp c.car "archive/$directory/did_plc_cccccccccccccccccccccccc.car"
{
	at-carwalk -q c.car
	printf '{"type":"plc","did":"%s","seq":2,"cid":"bafyreicc",' $homeless
	printf '"createdAt":"2026-01-01T00:00:00.000Z","nullified":false,'
	printf '"operation":{"type":"plc_operation","rotationKeys":[],'
	printf '"verificationMethods":{"atproto":"%s"},"alsoKnownAs":[],' \
	    "$(cat key2)"
	printf '"services":{},"prev":null}}\n'
} | at-load served.db
uri2=$(sqlite3 served.db "SELECT 'at://$homeless/' || collection || '/' || rkey
    FROM records WHERE did = '$homeless' LIMIT 1")
exits 0 'at-getrecord: no host' from at-getrecord "$uri2" "$uri2"
is 'gets both records' "$(jq -r .type out | sort | uniq -c |
    sed 's/^ *//')" '2 record'
exits 0 'at-fetchrepo: no host' from at-fetchrepo -d homeless $homeless \
    $homeless
is 'names the server alone' "$(jq -r '"\(.host) \(.pds)"' out | sort -u)" \
    "$url null"
exits 1 'at-fetchblob: no host' from at-fetchblob -q -d blobs \
    "$homeless" bafkreihdwdcefgh4dqkjv67uzcmw7ojee6xedzdetojuzjevtenxquvyku
exits 0 'at-describe: no host' from at-describe $homeless $homeless
exits 0 'at-listrecords: no host' from at-listrecords --delay 0 $homeless
is 'lists its records' "$(jq -r 'select(.type == "record") | .did' out |
    sort | uniq -c | sed 's/^ *//')" "5 $homeless"

# A cursor belongs to the host that gave it.
printf '{"did":"%s","pds":"https://pds.test","rev":"3m4xqkxkcac2a",' $did \
    >jobs.in
printf '"collection":"%s","cursor":"zzz","counts":{"%s":26}}\n' \
    app.bsky.feed.post app.bsky.feed.post >>jobs.in
exits 0 'an interrupted listing' from at-listrecords --delay 0 jobs.in
is 'begins anew' "$(jq -r 'select(.type == "record") | .did' out |
    wc -l | tr -d ' ')" 30

stop_serve
exits 1 'a server that is gone' from at-getrecord -q --retries 0 "$uri"

unset ATPIPE_PLC_URL
for bad in relay ftp://a.test 'https://a.test/path'; do
	exits 2 "--from $bad" at-describe --from "$bad" $did
	ok 'says what it wants' grep -q '^at-describe: --from: ' err
done
exits 2 '--from http' at-describe --from "$url" $did
ok 'needs --allow-private' grep -q 'needs --allow-private' err
exits 2 'a program that asks no hosts' at-resolve --allow-private --from '' x
done_testing
