#!/bin/sh
# at-resolve --cache: what it keeps, for how long, and how it is used
. "${0%/*}/lib/tap.sh"
. "$top/t/lib/net.sh"

command -v sqlite3 >/dev/null || skip_all "no sqlite3"

a=did:plc:aaaaaaaaaaaaaaaaaaaaaaaa
b=did:plc:bbbbbbbbbbbbbbbbbbbbbbbb
start_faultyd -n 1
put_did $a http://pds.test '' alice.test

# resolve ARGUMENT...: with one try and the cache
resolve() {
	forget
	run at-resolve --allow-private --retries 0 -u "$url" --cache c "$@"
}

# is_now NAME STATUS FIELDS REQUESTS: the fields of the output line, without
# null
is_now() {
	is "$1" "$status $(jq -r '[.type, .did, .handle, .pds, .error,
	    .message, .retry, .stale | select(. != null)] | join(" ")' out)" \
	    "$2 $3"
	is "$1: requests" "$(asked | wc -l)" "$4"
}

# age SECONDS: make everything in the cache this much older
age() {
	sqlite3 c "UPDATE entry SET fault_ms = fault_ms - $1 * 1000,
	    value_ms = value_ms - $1 * 1000"
}

# move PDS: move the account there
move() {
	put_did $a "$1" '' alice.test
}

# found
found="identity $a alice.test http://pds.test"
resolve $a
is_now 'asked for' 0 "$found" 1
at=$(jq -r .at out)
move http://new.test
resolve $a
is_now 'kept' 0 "$found" 0
is 'the time is that of the answer' "$(jq -r .at out)" "$at"
age 3500
resolve $a
is_now 'for an hour' 0 "$found" 0
resolve --ttl 59m $a
is_now 'less with --ttl' 0 "$found" 0
resolve --ttl 58m $a
is_now 'that is over' 0 "identity $a alice.test http://new.test" 1
ok 'of another time' test "$(jq -r .at out)" '>' "$at"
move http://pds.test
resolve --ttl 0s $a
is_now '--ttl 0s' 0 "$found" 1
age 3601
resolve --ttl 2h $a
is_now 'more with --ttl' 0 "$found" 0
resolve $a
is_now 'over' 0 "$found" 1
age -7200
resolve $a
is_now 'what is of the future is not believed' 0 "$found" 1
run env ATPIPE_CACHE=c at-resolve --offline $a
is 'ATPIPE_CACHE' "$status $(jq -r .did out)" "0 $a"
is 'without --allow-private no plain http' "$(jq -r .pds out)" null

# not found
missing="error $b NotFound $b: not registered false"
resolve $b
is_now 'not there' 1 "$missing" 1
put_did $b http://b.test '' ''
resolve $b
is_now 'not there: kept' 1 "$missing" 0
is 'not there: said' "$(cat err)" "at-resolve: $b: not registered"
age 590
resolve $b
is_now 'not there: for ten minutes' 1 "$missing" 0
resolve --ttl 5m $b
is_now 'not there: or less' 0 "identity $b http://b.test" 1
mv "$www/$b" doc
resolve --ttl 0s $b
is_now 'not there again' 1 "$missing" 1
mv doc "$www/$b"
age 601
resolve $b
is_now 'not there: over' 0 "identity $b http://b.test" 1
printf 'HTTP/1.1 410 Gone\n\n' | put $b.http
resolve --ttl 0s $b
is_now 'tombstoned' 1 "error $b Tombstoned $b: tombstoned false" 1
resolve $b
is_now 'tombstoned: kept' 1 "error $b Tombstoned $b: tombstoned false" 0
resolve --offline $b
is_now 'what was before is forgotten' 1 \
	"error $b Tombstoned $b: tombstoned false" 0
printf 'HTTP/1.1 400 Bad\n\n{"error":"NoWay"}' | put $b.http
resolve --ttl 0s $b
is_now 'refused' 1 "error $b Refused $url/$b: HTTP status 400 false" 1
resolve $b
is_now 'refused: kept' 1 "error $b Refused $url/$b: HTTP status 400 false" 0
rm "$www/$b.http"

# failed
echo '* * status=503' | rules
down="error $b HostError $url/$b: HTTP status 503 true"
resolve --ttl 0s $b
is_now 'down' 1 "$down" 1
resolve $b
is_now 'down: kept' 1 "$down" 0
age 28
resolve $b
is_now 'down: for half a minute' 1 "$down" 0
resolve --ttl 20s $b
is_now 'down: or less' 1 "$down" 1
age 31
resolve $b
is_now 'down: over' 1 "$down" 1

# stale
resolve $a
is_now 'still young' 0 "$found" 0
at=$(jq -r .at out)
age 3600
at=$(jq -nr --arg at "$at" '$at | sub("\\.[0-9]+"; "") | fromdate - 3600 |
	todate[:19]')
resolve $a
is_now 'an older answer' 0 "$found true" 1
is 'an older answer: its time' "$(jq -r '.at[:19]' out)" "$at"
is 'an older answer: no message' "$(cat err)" ''
resolve $a
is_now 'an older answer: kept' 0 "$found true" 0
echo "{\"did\":\"$a\",\"stale\":false,\"shelf\":1}" >in
resolve in
is 'an older answer: the job does not say so' "$(jq -c '[.stale, .shelf]' \
	out)" '[true,1]'
printf '* %s\n' '* hang' | rules
age 31
resolve --stall 1s $a
is_now 'or time is over' 0 "$found true" 1
printf '* %s\n' '* status=429 retry-after=100' | rules
age 31
resolve --max-wait 1s $a
is_now 'or the directory is busy' 0 "$found true" 1
rules </dev/null
age 31
resolve $a
is_now 'and new again' 0 "$found" 1
age 3601
printf '* %s\n' '* body=nonsense' | rules
resolve $a
is_now 'an answer that is wrong is one' 1 \
	"error $a BadAnswer the DID document isn't a JSON object false" 1
rules </dev/null
age 601
resolve $a
is_now 'over, too' 0 "$found" 1

# no requests
resolve --offline $a
is_now '--offline' 0 "$found" 0
age 100000
resolve --offline $a
is_now '--offline: of any age' 0 "$found true" 0
unknown=did:plc:uuuuuuuuuuuuuuuuuuuuuuuu
resolve --offline $unknown
is_now '--offline: unknown' 1 \
	"error $unknown Offline $unknown: not in the cache true" 0
resolve --offline did:plc:x
is '--offline: no DID' "$(jq -r .error out)" BadSyntax
echo unknown.test >in
resolve --offline in
is_now '--offline: an unknown handle' 1 \
	"error Offline unknown.test: not in the cache true" 0

# Handles whose DIDs are in the cache, so that no DNS query is made
# know HANDLE DID, fault HANDLE ERROR
know() {
	sqlite3 c "REPLACE INTO entry (name, value, value_ms)
	    VALUES ('$1', CAST('$2' AS BLOB), strftime('%s') * 1000)"
}
fault() {
	sqlite3 c "REPLACE INTO entry (name, value_ms, error, message,
	    after_ms, fault_ms) VALUES ('$1', 0, '$2', 'm', 0,
	    strftime('%s') * 1000)"
}
resolve $a
know alice.test $a
printf '%s\n' alice.test @alice.test at://alice.test Alice.TEST '@ALICE.test ' \
	'{"handle":"Alice.test","shelf":1}' >in
resolve in
is 'a handle' "$status $(jq -c '[.did, .handle, .handleStatus, .input,
	.shelf]' out | uniq -c | tr -s ' ')" "0  5 $(:
	)[\"$a\",\"alice.test\",\"valid\",null,null]
 1 [\"$a\",\"alice.test\",\"valid\",null,1]"
is 'a handle: requests' "$(asked)" ''
know other.test $a
echo @Other.test >in
resolve in
is_now 'a handle of another' 1 "error $a WrongHandle $(:
	)other.test resolves to $a, whose handle is alice.test false" 1
is 'a handle of another: input' "$(jq -r .input out)" @Other.test
resolve --offline in
is_now 'a handle of another, offline' 1 "error $a WrongHandle $(:
	)other.test resolves to $a, whose handle is alice.test false" 0
put_did $a http://pds.test '' other.test
resolve in
is_now 'a handle that is new' 0 "identity $a other.test http://pds.test" 1
put_did $a http://pds.test '' ''
resolve --ttl 0s $a
echo alice.test >in
resolve in
is_now 'a handle of one that has none' 1 "error $a WrongHandle $(:
	)alice.test resolves to $a, whose handle is none false" 1
know nobody.test did:plc:nnnnnnnnnnnnnnnnnnnnnnnn
echo nobody.test >in
resolve in
is_now 'a handle of nobody' 1 "error did:plc:nnnnnnnnnnnnnnnnnnnnnnnn $(:
	)NotFound did:plc:nnnnnnnnnnnnnnnnnnnnnnnn: not registered false" 1
know other.test did:example:1
echo other.test >in
resolve in
is 'a handle of another method' "$(jq -c '[.did, .error]' out)" \
	'["did:example:1","Unsupported"]'
put_did $a http://pds.test '' alice.test
resolve --ttl 0s $a
is 'not checked' "$(jq -r .handleStatus out)" unchecked
# checked NAME STATUS
checked() {
	resolve --check-handles $a
	is "$1" "$status $(jq -r '[.handle, .handleStatus, .stale] | @csv' \
		out)" "0 \"alice.test\",\"$2\","
}
checked 'checked' valid
know alice.test $b
checked 'another DID' invalid
for error in NotFound BadAnswer; do
	fault alice.test $error
	checked "$error" invalid
done
for error in DnsFailed Timeout HostError ConnectionFailed TlsFailed \
	RateLimited; do
	fault alice.test $error
	checked "$error" unchecked
done
sqlite3 c "DELETE FROM entry WHERE name = 'alice.test'"
resolve --check-handles --offline $a
is 'checked, but not known' "$status $(jq -r .handleStatus out)" '0 unchecked'

# several processes with one new cache
seq 1 60 | tr 0-9 a-j | while read -r id; do
	did=did:plc:$(printf %24s "$id" | tr ' ' k)
	put_did "$did" '' '' ''
	echo "$did"
done >dids
forget
for i in 1 2 3 4; do
	at-resolve --allow-private -u "$url" --cache shared dids >out.$i \
		2>>err.all &
	pids="${pids-} $!"
done
for pid in $pids; do
	wait "$pid" || fail "of several: status $?"
done
is 'several: no message' "$(cat err.all)" ''
is 'several: all is there' "$(jq -r .did out.1 out.2 out.3 out.4 | sort |
	uniq -c | tr -s ' ' | cut -d ' ' -f 2 | sort -u)" 4
is 'several: is kept' "$(sqlite3 shared 'SELECT count(*) FROM entry
	WHERE value IS NOT NULL')" 60
forget
run at-resolve --allow-private -u "$url" --cache shared dids
is 'several: and known' "$status $(jq -r .did out | sort -u | wc -l) $(asked |
	wc -l)" '0 60 0'

# files that aren't a cache
# refused NAME FILE MESSAGE
refused() {
	run at-resolve --allow-private -u "$url" --cache "$2" dids
	is "$1" "$status $(cat out err)" "2 at-resolve: $3"
}
echo 'a page of text' >text
cp text before
refused 'a text' text 'text: file is not a database'
ok 'a text: is left as it was' cmp text before
sqlite3 other 'CREATE TABLE t (x)'
cp other before
refused 'another database' other 'other: a database of something else'
ok 'another database: is left as it was' cmp other before
sqlite3 shared 'PRAGMA user_version = 2'
refused 'a version' shared \
	'shared: a cache of version 2, this program supports 1'
mkdir dir
refused 'a directory' dir 'dir: unable to open database file: Is a directory'
refused 'no directory' no/c \
	'no/c: unable to open database file: No such file or directory'
refused 'no name' '' 'a cache without a name'
: >empty
run at-resolve --allow-private -u "$url" --cache empty $b
is 'an empty file becomes one' "$status $(sqlite3 empty \
	'SELECT name FROM entry')" "0 $b"

done_testing
