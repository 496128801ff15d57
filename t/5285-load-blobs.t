#!/bin/sh
# at-load: blobs of accounts.
. "${0%/*}/lib/tap.sh"
. "$top/t/lib/load.sh"
. "$top/t/lib/postgres.sh"

a=did:plc:aaaaaaaaaaaaaaaaaaaaaaaa b=did:plc:bbbbbbbbbbbbbbbbbbbbbbbb
one=bafkreifkquj4hghi2i66klzpiak745tmnv4b4o7js7cgb267i4jiyktsbu
two=bafkreib7ytgp45cyodrmbwm7ohzq74dfnsg63va4yhl5hu3wwdn6nbpc6m

# line DID CID FIELDS: print a blob line
line() {
	printf '{"type":"blob","did":"%s","cid":"%s"%s}\n' "$1" "$2" "${3-}"
}

# blobs DATABASE: print the view
blobs() {
	sql "$1" "SELECT did, cid, mime_type, size, path, fetched_at
	    FROM blobs ORDER BY did, cid" |
		sed 's/2026-01-31 12:00:00+00/2026-01-31T12:00:00.000Z/'
}

at='"at":"2026-01-31T12:00:00Z"'
{
	line $a $one ",\"mimeType\":\"image/png\",\"size\":9,$(:
	    )\"path\":\"x/1\",$at"
	line $a $two ',"size":0,"path":"x/2"'
	line $b $one ",\"size\":9,\"path\":\"x/1\",$at"
	line $b $two
} >input

# loads KIND
loads() {
	kind=$1
	db=$(database "$kind" blobs)
	exits 0 "$kind: blobs" at-load "$db" input
	is "$kind: it says nothing" "$(cat out err)" ""
	blobs "$db" >got
	same "$kind: rows" got <<-EOT
	$a|$two||0|x/2|
	$a|$one|image/png|9|x/1|2026-01-31T12:00:00.000Z
	$b|$two||||
	$b|$one||9|x/1|2026-01-31T12:00:00.000Z
	EOT
	is "$kind: no account" "$(sql "$db" 'SELECT count(*) FROM accounts')" 0
	tac input >reversed
	exits 0 "$kind: again" at-load "$db" reversed input
	blobs "$db" >again
	same "$kind: nothing changes" again <got

	# Of several lines, one wins.
	{
		line $a $one ",\"size\":9,\"path\":\"x/1\",$at"
		line $a $one ',"path":"z","at":"2025-01-31T12:00:00Z"'
		line $a $two ",\"size\":1,\"path\":\"y\",$at"
	} >newer
	for order in cat tac; do
		db2=$(database "$kind" blobs$order)
		cat input newer | $order | at-load "$db2"
		blobs "$db2" >got.$order
	done
	same "$kind: any order" got.tac <got.cat
	sed "s#^$a|$two|.*#$a|$two||1|y|2026-01-31T12:00:00.000Z#" got >want
	same "$kind: the latest line counts" got.cat <want

	# Hidden with the account, and forgotten with it
	echo '{"type":"account","did":"'$a'","active":false,' \
	    '"status":"takendown","at":"2026-02-01T00:00:00Z"}' |
		at-load "$db"
	is "$kind: an account that is taken down" \
	    "$(sql "$db" 'SELECT DISTINCT did FROM blobs')" $b
	at-status -q --purge-gone "$db" >purged
	echo '{"type":"account","did":"'$a'","active":true,' \
	    '"at":"2026-02-02T00:00:00Z"}' | at-load "$db"
	is "$kind: --purge-gone removed them" \
	    "$(sql "$db" 'SELECT DISTINCT did FROM blobs')" $b
	at-status -q --forget --did $b --did $a "$db" >forgotten
	is "$kind: forgotten" "$(sql "$db" 'SELECT * FROM blobs')" ''
	echo $b >list
	exits 0 "$kind: excluded" at-load --exclude list "$db" input
	is "$kind: is left out" \
	    "$(sql "$db" 'SELECT DISTINCT did FROM blobs')" $a

	# An error about a blob is not one of its account.
	printf '{"type":"error","program":"at-fetchblob","did":"%s",' $b >in
	printf '"cid":"%s","error":"BadBlock","retry":true}\n' $one >>in
	exits 0 "$kind: an error about a blob" at-load "$db" in
	is "$kind: changes nothing" "$(sql "$db" 'SELECT count(*) FROM errors
	    UNION ALL SELECT count(*) FROM repos')" '0
0'
	line $a '' >in
	exits 1 "$kind: no CID" at-load "$db" in
}
loads sqlite
if postgres_find; then
	ok 'PostgreSQL starts' postgres_start -F || done_testing
	loads postgresql
else
	skip 'PostgreSQL' 'no server of PostgreSQL'
fi
done_testing
