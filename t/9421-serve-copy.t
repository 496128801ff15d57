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
same 'the server is asked, and the look-up after a failure counts' got <<EOT
error $missing null NotFound
repo $did $url null
EOT
printf '{"did":"%s","cid":"%s"}\n' $did \
    bafkreihdwdcefgh4dqkjv67uzcmw7ojee6xedzdetojuzjevtenxquvyku >jobs.in
exits 1 'a blob that is not there' from at-fetchblob -q -d blobs jobs.in
is 'is an error of the server' "$(jq -r '"\(.host) \(.error)"' out)" \
    "$url MethodNotImplemented"
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
