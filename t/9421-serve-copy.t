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
stop_serve
done_testing
