#!/bin/sh
# at-load: the effect of the lines of each type and source.
. "${0%/*}/lib/tap.sh"
. "$top/t/lib/load.sh"

# live REV ACTION RKEY [CID]: print a line of the event stream
live() {
	printf '{"type":"record","did":"%s","rev":"%s","collection":%s,' \
	    "$did" "$1" '"com.example.like"'
	printf '"rkey":"%s","action":"%s","source":"live",' "$3" "$2"
	if [ "$2" = delete ]; then
		echo '"cid":null,"record":null}'
	else
		echo "\"cid\":\"bafyrei$4\",\"record\":{\"v\":\"$4\"}}"
	fi
}

# dated TYPE TIME FIELDS
dated() {
	printf '{"type":"%s","did":"%s",%s,"at":"%s"}\n' "$1" "$did" "$3" \
	    "2024-$2Z"
}

# shows NAME DATABASE STATEMENT WANT
shows() {
	is "$1" "$(sqlite3 -separator ' ' "$2" "$3")" "$4"
}

keys="SELECT rkey, rev, coalesce(record ->> '\$.v', 'as before') FROM records
    WHERE collection = 'com.example.like' ORDER BY rkey"
tombstones='SELECT rkey, rev FROM tombstones ORDER BY rkey'

# The event stream.
repo $did $r1 4 | lines >snapshot
at-load live.db snapshot
{ live $r2 create new a; live $r2 delete k0000001; } >events
exits 0 "live lines" at-load live.db events
shows "are applied" live.db "$keys" "k0000004 $r1 as before
new $r2 a"
shows "a delete leaves a tombstone" live.db "$tombstones" "k0000001 $r2"
live $r1 create k0000001 b | at-load live.db
shows "an earlier line changes nothing" live.db "$tombstones" "k0000001 $r2"
live $r3 update k0000001 c | at-load live.db
shows "a later one does" live.db "$keys" "k0000001 $r3 c
k0000004 $r1 as before
new $r2 a"
shows "and ends the tombstone" live.db "$tombstones" ""
live 3kz2222222222 delete other | at-load live.db
shows "a delete of what isn't there is kept" live.db "$tombstones" \
    "other 3kz2222222222"
repo $did 3kzz222222222 1 | lines | at-load live.db
shows "until a snapshot's floor passes it" live.db "$tombstones" ""
at-load backwards.db events snapshot
shows "events that come before the snapshot" backwards.db "$keys" \
    "k0000004 $r1 as before
new $r2 a"

# Parts.
repo $did $r2 4 edit=2 | lines | sed 's/"source":"car"/"source":"part"/' >part
cp backwards.db part.db
exits 0 "lines of source part" at-load part.db part
shows "only add and update" part.db 'SELECT rkey, rev FROM records
    ORDER BY rkey' "k0000001 $r2
k0000002 $r2
k0000003 $r2
k0000004 $r2
new $r2"
shows "and move no floor" part.db 'SELECT rev FROM floors' "$r1"
cp backwards.db partial.db
repo $did $r2 4 edit=2 | lines >whole
exits 0 "--partial" at-load --partial partial.db whole
sql part.db 'SELECT uri, rev, cid FROM records ORDER BY uri' >want
sql partial.db 'SELECT uri, rev, cid FROM records ORDER BY uri' >got
ok "makes parts of all lines" cmp got want
live $r3 delete k0000001 | at-load --partial partial.db
shows "also of deletions" partial.db 'SELECT count(*) FROM records' 5
grep -v k0000001 whole | at-load --partial none.db
shows "and opens nothing" none.db \
    'SELECT collection, status FROM import_states' "* pending"
printf '{"type":"%s","did":"%s","rev":"%s","partial":2,"collections":{}}\n' \
    commit "$did" $r3 end "$did" $r3 >partial
exits 0 "commit and end of a part" at-load live.db partial
shows "do nothing" live.db "SELECT count(*) FROM floors WHERE rev = '$r3'" 0

# Signatures.
for first in unchecked verified; do
	for second in unchecked verified; do
		rm -f signed.db*
		for s in $first $second $first; do
			repo $did $r1 3 signature="$s" | lines |
				at-load signed.db
		done
		want=verified
		[ $first$second != uncheckedunchecked ] || want=unchecked
		shows "$first, then $second" signed.db \
		    'SELECT signature FROM repos' $want
	done
done
repo $did $r2 3 | lines | at-load signed.db
shows "of a later rev unchecked counts" signed.db \
    'SELECT signature, head IS NOT NULL FROM repos' "unchecked 1"

# Listings, and snapshots of only some collections.
repo $did $r2 30 source=list filter=com.example.post | lines >list
repo $did $r1 30 | lines | at-load list.db
sed -n 1,4p list | at-load list.db 2>err
ok "a listing that isn't finished" grep -q "listing of rev $r2 in progress" err
printf '{"type":"cursor","did":"%s","collection":"%s","rev":"%s","%s"}\n' \
    "$did" com.example.post $r2 'cursor":"page2' | at-load list.db
shows "its cursor is kept" list.db "SELECT status, cursor FROM import_states
    WHERE collection = 'com.example.post'" "in_progress page2"
sed -n '5,$p' list >rest
exits 0 "continues in a later run" at-load list.db rest
shows "is completed without the cursor" list.db \
    "SELECT status, cursor, records_synced FROM import_states WHERE
    collection = 'com.example.post'" "completed  10"
shows "and the rest of the repo is as it was" list.db \
    'SELECT loaded_rev FROM repos' "$r1"
repo $did $r2 30 drop=5 filter=com.example.post | lines >car
exits 0 "a CAR of the listing's rev" at-load list.db car
shows "knows better" list.db "SELECT count(*) FROM records
    WHERE collection = 'com.example.post'" 8
exits 0 "the listing afterwards" at-load list.db list
shows "changes nothing" list.db "SELECT count(*) FROM records
    WHERE collection = 'com.example.post'" 8
repo $did $r2 6 filter=com.example.post | lines |
	sed 's/\["com.example.post"]/["com.example.*"]/' >pattern
rm -f pattern.db
repo $did $r1 9 | lines | at-load pattern.db
at-load pattern.db pattern
shows "a pattern covers its collections" pattern.db \
    'SELECT collection, count(*) FROM records GROUP BY 1' "com.example.post 2
org.example.x 3"

# A listing with a collection that failed.
repo $did $r1 30 | lines >before
repo $did $r2 30 source=list filter=com.example.post | lines >list
printf '{"type":"error","program":"at-listrecords","did":"%s","rev":"%s",%s}\n' \
    $did $r2 "$(printf '"collection":"%s","error":"%s","message":"no",%s' \
	com.example.like InvalidRequest \
	'"retry":false,"at":"2050-05-01T00:00:00.000Z","source":"list"')" >failure
states='SELECT collection, status, loaded_rev FROM import_states ORDER BY 1'
likes="SELECT count(*) FROM records WHERE collection = 'com.example.like'"
failed="* completed $r1
com.example.like failed 
com.example.post completed $r2"
for order in 'failure list' 'list failure' 'failure list failure list'; do
	rm -f failed.db*
	at-load failed.db before
	want=$(sqlite3 failed.db "$likes")
	# shellcheck disable=SC2086 # words
	cat $order >both
	exits 0 "$order" at-load failed.db both
	shows "$order: its state" failed.db "$states" "$failed"
	shows "$order: its error" failed.db \
	    'SELECT error FROM import_states WHERE error IS NOT NULL' \
	    InvalidRequest
	shows "$order: its records stay" failed.db "$likes" "$want"
	at-load failed2.db before
	for file in $order; do
		at-load failed2.db "$file"
	done
	shows "$order: a run each" failed2.db "$states" "$failed"
	rm -f failed2.db*
done
repo $did $r2 3 source=list filter=com.example.like | lines >later
exits 0 "a listing of it" at-load failed.db later
shows "makes up for it" failed.db "$states" "* completed $r1
com.example.like completed $r2
com.example.post completed $r2"
shows "its error is gone" failed.db \
    'SELECT DISTINCT error FROM import_states' ''
at-load failed.db failure
shows "and doesn't come back" failed.db "$states" "* completed $r1
com.example.like completed $r2
com.example.post completed $r2"
at-load failed2.db before failure
repo $did $r2 30 | lines >car
exits 0 "a CAR" at-load failed2.db car
shows "makes up for it, too" failed2.db "$states" "* completed $r2"

# A wrong record without a cid; one whose key is unknown.
rm -f wrong.db*
repo $did $r1 30 | lines | at-load wrong.db
repo $did $r2 30 source=list filter=com.example.post | lines >list
rkey=$(jq -r .rkey list | sed 1q)
jq -c --arg key "$rkey" 'if .type == "record" and .rkey == $key then
    {type: "error", program: "at-listrecords", did, rev, collection, rkey,
    error: "BadRecord", message: "no", retry: false, source} else . end' list >in
exits 0 "a wrong record" at-load wrong.db in
shows "is counted" wrong.db "SELECT status, loaded_rev, records_synced,
    records_failed FROM import_states WHERE collection = 'com.example.post'" \
    "completed $r2 9 1"
shows "and named" wrong.db 'SELECT rkey, error FROM errors' "$rkey BadRecord"
repo $did $r3 30 drop=2 source=list filter=com.example.post | lines |
	sed 's/"collections":{[^}]*}/"collections":{}/
	    s/"filter":\[[^]]*]/"filter":[]/' >in
exits 1 "an end that covers nothing" at-load wrong.db in
shows "completes nothing" wrong.db "SELECT loaded_rev FROM import_states
    WHERE collection = 'com.example.post'" "$r2"
shows "and removes nothing" wrong.db "SELECT count(*) FROM records
    WHERE collection = 'com.example.post'" 9

# Cursors of a listing of several collections.
# page COLLECTION CURSOR COUNTS [REV]
page() {
	printf '{"type":"cursor","did":"%s","collection":"com.example.%s",' \
	    "$did" "$1"
	printf '"rev":"%s","cursor":"%s","counts":{%s}}\n' \
	    "${4-$r2}" "$2" "$3"
}
cursors="SELECT collection, status, cursor, counts FROM import_states
    WHERE cursor IS NOT NULL ORDER BY collection"
l='"com.example.like"' p='"com.example.post"'
for c in like post; do
	repo $did $r2 9 source=list filter=com.example.$c | lines | sed '$d'
done >list
{
	sed -n 1,2p list; page like 4 "$l:2"
	sed -n 3p list; page like 7 "$l:3"
	sed -n 4p list; page post 2 "$l:3,$p:1"
} >pages
rm -f pages.db
at-load pages.db pages 2>err
shows "the counts of its cursors are kept" pages.db "$cursors" \
    "com.example.like in_progress 7 {$l:3}
com.example.post in_progress 2 {$l:3,$p:1}"
rows pages.db >want
cat pages pages >twice
at-load pages.db twice 2>err
rows pages.db >got
ok "pages that are repeated double nothing" cmp got want
page like 1 "$l:1" $r1 | at-load pages.db
shows "an earlier listing's cursor changes nothing" pages.db "$cursors" \
    "com.example.like in_progress 7 {$l:3}
com.example.post in_progress 2 {$l:3,$p:1}"
cp pages.db whole.db
{
	sed -n '5,$p' list; page post 8 "$l:3,$p:3"
	printf '{"type":"end","did":"%s","rev":"%s","collections":{%s},' \
	    "$did" $r2 "$l:3,$p:3"
	printf '"errors":0,"filter":["com.example.*"],"source":"list"}\n'
} >rest
exits 0 "the rest" at-load pages.db rest
shows "ends them" pages.db "$cursors" ""
shows "whatever pattern it names" pages.db \
    'SELECT collection, status, records_synced FROM import_states' \
    "com.example.* completed 6"
repo $did $r3 9 | lines | at-load whole.db
shows "as does a later CAR" whole.db \
    'SELECT collection, status, cursor FROM import_states' "* completed "
page like 4 "$l:2" | at-load whole.db
shows "after which they come too late" whole.db "$cursors" ""
repo $did $r1 9 filter=com.example.like | lines | at-load whole.db
page post 4 "$l:2" 3kd2222222222 | at-load whole.db
repo $did 3kc2222222222 9 | lines | at-load whole.db
shows "but not an earlier one" whole.db "$cursors" \
    "com.example.post in_progress 4 {$l:2}"
{
	dated error 01-01T00:00:00 '"collection":"com.example.like","error":"X"'
	page like 4 "$l:2" $r3
	repo $did $r1 9 filter=com.example.post | lines
} >mixed
rm -f other.db
at-load other.db mixed
shows "nor the end of another collection, or its failure" other.db "$cursors" \
    "com.example.like failed 4 {$l:2}"

# Errors of records.
{
	repo $did $r1 3 | lines | sed '$d'
	printf '{"type":"error","program":"at-carwalk","did":"%s",' "$did"
	printf '"rev":"%s","collection":"com.example.like",' $r1
	printf '"rkey":"bad","cid":"bafyreibad","error":"BadRecord",'
	printf '"message":"float","source":"car","at":"2024-01-01T00:00:00Z"}\n'
	printf '{"type":"error","program":"at-carwalk","did":"%s",' "$did"
	printf '"rev":"%s","collection":"","key":"nonsense",' $r1
	printf '"cid":"bafyreibad","error":"BadKey","source":"car"}\n'
	repo $did $r1 3 | lines | tail -n 1 | sed 's/like":1/like":2/'
} >errors
errors='SELECT collection, rkey, error FROM errors ORDER BY rkey'
exits 0 "errors of records count as keys" at-load errors.db errors
shows "and are kept" errors.db "$errors" ' "nonsense" BadKey
com.example.like bad BadRecord'
shows "as failed" errors.db \
    'SELECT status, records_synced, records_failed FROM import_states' \
    "completed 3 1"
rows errors.db >want
shuf --random-source=errors errors >shuffled
at-load shuffled.db shuffled
rows shuffled.db >got
ok "in any order" cmp got want
live $r2 create bad good | at-load errors.db
shows "a later record ends the error" errors.db "$errors" ' "nonsense" BadKey'
repo $did $r3 3 | lines | at-load errors.db
shows "a later snapshot all of them" errors.db "$errors" ""

# Errors of jobs.
failure='{"type":"error","program":"at-fetchrepo","did":"%s",'
failure=$failure'"error":"%s",%s}\n'
# shellcheck disable=SC2059
printf "$failure" \
    did:web:a.example Timeout '"message":"slow","at":"2024-01-01T00:00:00Z"' \
    did:web:a.example Timeout '"message":"slow","at":"2024-01-01T00:00:00Z"' \
    did:web:a.example HostDown \
    '"message":"no","at":"2024-01-02T00:00:00Z","retryAfter":60' \
    did:web:b.example RepoTakendown '"at":"2024-01-02T00:00:00Z"' >failures
exits 0 "errors of jobs" at-load failures.db failures
shows "are kept" failures.db "SELECT did, status, error, message, attempts,
    retry_at FROM repos ORDER BY did" \
    "did:web:a.example failed HostDown no 2 2024-01-02T00:01:00.000Z
did:web:b.example failed RepoTakendown  1 "
shows "as the account's state" failures.db \
    "SELECT status FROM accounts WHERE did = 'did:web:b.example'" takendown
shows "and the import's" failures.db \
    'SELECT did, status, error FROM import_states ORDER BY did LIMIT 1' \
    "did:web:a.example failed HostDown"
{ repo did:web:a.example $r1 2 | lines; cat failures; } >after
exits 0 "a load after them" at-load failures.db after
shows "ends them" failures.db "SELECT status, error, attempts FROM repos
    WHERE did = 'did:web:a.example'" "completed  "
shows "with the error" failures.db \
    "SELECT count(*) FROM errors WHERE did = 'did:web:a.example'" 0
echo '{"type":"error","program":"at-resolve","input":"x","error":"BadSyntax"}' |
	at-load failures.db
shows "an error without a DID" failures.db \
    "SELECT did, rkey, program, error FROM errors WHERE rkey = 'x'" \
    " x at-resolve BadSyntax"
echo '{"type":"error","program":"at-resolve","input":"nobody.example",' \
    '"error":"NotFound","message":"no such handle","retry":false}' |
	at-load failures.db
shows "one of a handle" failures.db "SELECT did, rkey, program, error, message,
    line ->> '\$.retry' FROM errors WHERE rkey = 'nobody.example'" \
    " nobody.example at-resolve NotFound no such handle 0"

# When a job may be tried again.
retries=0
# retried RETRYAFTER WANT [AT]
retried() {
	retries=$((retries + 1))
	{
		printf '{"type":"error","program":"at-fetchrepo",'
		printf '"error":"Timeout","did":"did:web:r%d.example",' \
		    $retries
		printf '"retryAfter":%s%s}\n' "$1" \
		    "${3-,\"at\":\"2024-01-01T00:00:00Z\"}"
	} >failure
	at-load retries.db failure
	shows "retryAfter $1" retries.db "SELECT retry_at FROM repos
	    WHERE did = 'did:web:r$retries.example'" "$2"
	shows "is kept as it is" retries.db "SELECT line -> '\$.retryAfter'
	    FROM errors WHERE did = 'did:web:r$retries.example'" "$1"
}
retried 60 2024-01-01T00:01:00.000Z
retried 1.5 2024-01-01T00:00:01.500Z
retried '"2024-01-02T00:00:00Z"' 2024-01-02T00:00:00.000Z
retried '"2024-01-02T01:00:00+01:00"' 2024-01-02T00:00:00.000Z
retried 1e300 2025-01-01T00:00:00.000Z
retried 60 '' ''
for after in '"soon"' '""' -60 true null '[60]'; do
	echo '{"type":"error","program":"at-fetchrepo","error":"Timeout",' \
	    "\"did\":\"did:web:r.example\",\"retryAfter\":$after}" >failure
	exits 1 "retryAfter $after" at-load retries.db failure
	ok 'message' grep -q 'line 1: retryAfter is n' err
done
shows 'none of them is kept' retries.db "SELECT count(*) FROM repos
    WHERE did = 'did:web:r.example'" 0

# Every name is accepted, known or unknown.
sed -n '/^\.Sh ERROR NAMES/,/^\.Ss Not in lines/s/^\.It Cm //p' \
    "$top/man/at-ndjson.5" | tr -s ' ,' '\n' >names
echo 'Some.Name of a host' >>names
while read -r name; do
	printf '{"type":"error","program":"at-x","error":"%s",' "$name"
	printf '"message":"m","did":"did:web:%s.example"}\n' \
	    "$(echo "$name" | tr -dc A-Za-z)"
done <names >lines
ok "at-ndjson(5) names errors" test "$(wc -l <names)" -gt 20
exits 0 "errors of all names" at-load names.db lines
shows "are kept" names.db 'SELECT error FROM errors ORDER BY 1' \
    "$(sort names)"
shows "as failures" names.db \
    "SELECT count(*) FROM import_states WHERE status = 'failed'" \
    "$(wc -l <names)"

# What an error says about the account.
stated='SELECT status, (SELECT count(*) FROM records),
    (SELECT count(*) FROM all_records) FROM accounts'
# told PROGRAM ERROR WANT: the error of an account that was active
told() {
	rm -f stated.db*
	at-load stated.db snapshot
	{
		dated repo 01-01T00:00:00 '"active":true'
		dated error 01-02T00:00:00 "\"program\":\"$1\",\"error\":\"$2\""
	} >lines
	at-load stated.db lines
	shows "$2 of $1" stated.db "$stated" "$3"
}
told at-fetchrepo RepoTakendown "takendown 0 4"
told at-describe RepoSuspended "suspended 0 4"
told at-resolve Tombstoned "deleted 0 4"
told at-resolve NoPds "active 4 4"
told at-resolve RepoNotFound "active 4 4"
told at-describe RepoNotFound "deleted 0 4"
told at-fetchrepo RepoNotFound "deleted 0 4"
told at-listrecords RepoNotFound "deleted 0 4"
dated identity 01-03T00:00:00 '"handle":"a.example","pds":null' |
	at-load stated.db
repo $did $r2 5 | lines | at-load stated.db
shows "no identity and no load brings it back" stated.db "$stated" "deleted 0 5"
shows "though it is loaded" stated.db 'SELECT status, error FROM repos' \
    "completed "
dated repo 01-04T00:00:00 "\"rev\":\"$r2\",\"car\":\"a.car\"" |
	at-load stated.db
shows "nor does a line that doesn't say" stated.db "$stated" "deleted 0 5"
dated repo 01-01T12:00:00 '"active":true' | at-load stated.db
shows "nor an earlier one" stated.db "$stated" "deleted 0 5"
dated repo 01-04T12:00:00 '"active":false,"status":"throttled"' |
	at-load stated.db
shows "nor one that is about the relay" stated.db "$stated" "deleted 0 5"
dated repo 01-05T00:00:00 '"active":true,"status":"suspended"' |
	at-load stated.db
shows "but a later one" stated.db "$stated" "active 5 5"
dated error 01-06T00:00:00 '"program":"at-describe","error":"Tombstoned"' |
	at-load stated.db
shows "an error counts though the repo was loaded since" stated.db "$stated" \
    "deleted 0 5"
shows "and is no failure of it" stated.db 'SELECT status FROM repos' completed
{
	dated identity 01-06T12:00:00 '"pds":"https://pds.example"'
	dated repo 01-07T00:00:00 '"active":true,"host":"https://pds.example"'
} >>lines
at-load stated.db lines
shows "until the host serves it again" stated.db "$stated" "active 5 5"
tac lines | at-load stated.db
shows "in any order" stated.db "$stated" "active 5 5"

# Accounts.
{
	key='"pds":"https://pds.example","key":"did:key:z2"'
	dated identity 02-01T00:00:00 \
	    '"handle":"new.example","handleStatus":"valid",'"$key"
	dated identity 01-01T00:00:00.5 \
	    '"handle":"old.example","handleStatus":"invalid","pds":null'
	dated repo 02-01T00:00:00 \
	    "\"rev\":\"$r3\",\"head\":\"bafyreihead\",\"active\":true"
	dated repo 01-01T00:00:00 \
	    "\"rev\":\"$r1\",\"active\":false,\"status\":\"suspended\""
	dated repo 01-15T00:00:00 '"car":"cars/a.car"'
	echo '{"type":"cursor","service":"wss://relay.example","cursor":"123"}'
	echo '{"type":"cursor","service":"wss://relay.example","cursor":"124"}'
	echo '{"type":"cursor","service":"wss://relay.example",' \
	    '"collection":"com.example.a","cursor":"a7",' \
	    '"at":"2024-01-01T00:00:00Z"}'
} >accounts
rm -f accounts.db
for order in cat tac; do
	$order accounts >ordered
	exits 0 "accounts ($order)" at-load accounts.db ordered
	shows "the later word counts" accounts.db \
	    'SELECT handle, handle_status, pds, key, status, resolved_at
	    FROM accounts' "new.example valid https://pds.example did:key:z2\
 active 2024-02-01T00:00:00.000Z"
	shows "of the repo too" accounts.db \
	    'SELECT rev, loaded_rev, head, car, status FROM repos' \
	    "$r3  bafyreihead cars/a.car pending"
done
at-load accounts.db accounts
shows "but of a cursor the one that came last" accounts.db \
    'SELECT service, collection, cursor, last_event_time FROM cursors
    ORDER BY collection' "wss://relay.example  124 
wss://relay.example com.example.a a7 2024-01-01T00:00:00.000Z"
at-load accounts.db snapshot
for status in takendown suspended deactivated deleted active throttled; do
	at=$(date -u +%Y-%m-%dT%H:%M:%S.%NZ)
	printf '{"type":"account","did":"%s","active":false,"status":"%s",' \
	    "$did" $status >account
	printf '"at":"%s"}\n' "$at" | cat account - |
		at-load accounts.db
	case $status in
	active | throttled) want="4 4" ;;
	*) want="0 4" ;;
	esac
	shows "records of an account that is $status" accounts.db \
	    'SELECT (SELECT count(*) FROM records),
	    (SELECT count(*) FROM all_records)' "$want"
done

# Unknown types and fields.
printf '{"type":"future","did":"x"}\n{"type":"future"}\n\n' >unknown
exits 0 "lines of unknown types" at-load accounts.db unknown
is "are named once" "$(cat err)" \
    "at-load: lines of type future: unknown type, ignored"

done_testing
