#!/bin/sh
# at-serve: a PLC directory of the operations in the database.
. "${0%/*}/lib/tap.sh"
. "$top/t/lib/serve.sh"
. "$top/t/lib/load.sh"
. "$top/t/lib/operations.sh"

kit=$data/plc/kit
json='application/json; charset=utf-8'

# The logs of the reference directory, in the order of their times.
jq -s -c 'flatten | sort_by(.createdAt) | to_entries[] | {type: "plc"} +
    .value + {seq: (.key + 1)}' "$kit"/*.log.json >kit.lines
at-plcaudit kit.lines | jq -s -c 'group_by(.cid)[] | .[-1]' >input

a=$(plc_did 2) b=$(plc_did 3) c=$(plc_did 4) d=$(plc_did 5) e=$(plc_did 6)
plc_lines >made <<EOF
2 01 create cid=a handle=old.test pds=pds.test
3 02 junk cid=b
4 03 operation cid=c handle=c.test pds=https://pds.test audit=valid seq=101
4 04 operation cid=d handle=forged.test pds=https://pds.test seq=102
5 05 operation cid=e handle=one.test pds=https://pds.test seq=103
5 06 operation cid=f handle=two.test pds=https://pds.test seq=104 \
nullified=true
6 07 operation cid=g handle=last.test pds=https://pds.test seq=105
7 08 operation cid=b handle=b.test pds=https://pds.test
7 08 operation cid=d handle=d.test pds=https://pds.test
7 08 operation cid=c handle=c.test pds=https://pds.test
EOF
cat made >>input

# answers NAME PATH STATUS TYPE: GET it and compare the body with the file want
answers() {
	get "$2"
	is "$kind, $1: status and type" "$code $(header content-type)" "$3 $4"
	if cmp -s body want; then
		pass "$kind, $1: body"
	else
		fail "$kind, $1: body"
		diff want body | cut -c 1-200 | diag
	fi
}

# text: standard input without its last LF
text() {
	awk 'NR > 1 { printf "\n" } { printf "%s", $0 }'
}

# refuses NAME PATH STATUS MESSAGE
refuses() {
	printf '{"message":"%s"}' "$4" >want
	answers "$1" "$2" "$3" "$json"
}

documents() {
	for log in "$kit"/*.log.json; do
		name=${log##*/}
		name=${name%.log.json}
		did=$(jq -r '.[0].did' "$log")
		doc=$kit/$name.did.json
		if [ -e "$doc" ]; then
			text <"$doc" >want
			answers "$name" "/$did" 200 \
			    'application/did+ld+json; charset=utf-8'
			jq -c '[.[] | select(.nullified | not)][-1] |
			    .did as $did | .operation | {did: $did,
			    verificationMethods, rotationKeys, alsoKnownAs,
			    services}' "$log" | text >want
			answers "$name: data" "/$did/data" 200 "$json"
		else
			refuses "$name" "/$did" 404 "DID not available: $did"
			refuses "$name: data" "/$did/data" 404 \
			    "DID not available: $did"
		fi
		text <"$log" >want
		answers "$name: audit" "/$did/log/audit" 200 "$json"
		jq -c '[.[] | select(.nullified | not).operation]' "$log" |
			text >want
		answers "$name: log" "/$did/log" 200 "$json"
		jq -c '[.[] | select(.nullified | not).operation][-1]' "$log" |
			text >want
		answers "$name: last" "/$did/log/last" 200 "$json"
	done
}

others() {
	printf '{"did":"%s","verificationMethods":{"atproto":"%s"},' "$a" \
	    "$plc_key" >want
	printf '"rotationKeys":["%s","%s"],"alsoKnownAs":["at://old.test"],' \
	    "$plc_key" "$plc_key" >>want
	printf '"services":{"atproto_pds":{"type":%s,"endpoint":%s}}}' \
	    '"AtprotoPersonalDataServer"' '"https://pds.test"' >>want
	answers "the first form: data" "/$a/data" 200 "$json"
	get "/$a/"
	is "$kind, with a slash at the end" "$code $(jq -r .id body)" "200 $a"
	get "/$(echo "$a" | sed 's/:/%3A/g')"
	is "$kind, encoded" "$code $(jq -r .id body)" "200 $a"
	refuses "no operation" "/$b" 500 "The last operation can't be read"
	get "/$b/log/last"
	is "$kind, but it is in the log" "$code $(cat body)" \
	    '200 {"type":"junk","a":"\u0000"}'
	get "/$c"
	is "$kind, a forged operation isn't the last one" \
	    "$(jq -r '.alsoKnownAs[]' body)" at://c.test
	get "/$c/log/audit"
	is "$kind, nor in the log" "$(jq length body)" 1
	get "/$d"
	is "$kind, nor is a nullified one the last" \
	    "$(jq -r '.alsoKnownAs[]' body)" at://one.test
	get "/$(plc_did 7)"
	is "$kind, of several at one time, the greatest CID is the last" \
	    "$(jq -r '.alsoKnownAs[]' body)" at://d.test
	never=did:plc:aaaaaaaaaaaaaaaaaaaaaaaa
	for path in '' /data /log /log/audit /log/last; do
		refuses "unknown$path" "/$never$path" 404 \
		    "DID not registered: $never"
	done
	refuses "no DID" '/a%22%5Cb' 404 'DID not registered: a\"\\b'
	refuses "no DID, NUL" '/a%00' 400 'control character in the URL'
}

# exported FILTER: print what the database has of each operation, by this order
exported() {
	jq -s -c --arg order "$1" 'map(select($order != "seq" or .seq)) |
	    sort_by(.[$order], .cid)[] | if $order == "seq" then {did, cid,
	    seq, createdAt, operation, type: "sequenced_op"} else {did, cid,
	    createdAt, operation, nullified: (.nullified == true)} end' input
}

exports() {
	lines=application/jsonlines
	exported seq >all
	text <all >want
	answers "export by seq" '/export?after=0' 200 "$lines"
	head -n 2 all | text >want
	answers "two" '/export?after=0&count=2' 200 "$lines"
	sed -n 3,5p all | text >want
	answers "the next three" '/export?after=2&count=3x' 200 "$lines"
	: >want
	answers "after the last" '/export?after=105' 200 "$lines"
	answers "far after" "/export?after=$(printf '%040d' 0 | tr 0 9)" 200 \
	    "$lines"
	exported createdAt >all
	text <all >want
	answers "export by time" '/export' 200 "$lines"
	answers "empty parameters" '/export?after=&count=' 200 "$lines"
	answers "from 1970" \
	    '/export?after=1970-01-01T00:00:00.000Z&count=5000' 200 "$lines"
	time=$(sed -n 4p all | jq -r .createdAt)
	jq -c --arg time "$time" 'select(.createdAt > $time)' all | text >want
	answers "later" "/export?after=$time" 200 "$lines"
	jq -c 'select(.createdAt > "2026-01-01")' all | text >want
	answers "after a date" '/export?after=2026-01-01' 200 "$lines"
	for count in 0 -1 x 0x10; do
		refuses "count=$count" "/export?count=$count" 400 \
		    'Invalid count parameter'
	done
	for after in x -1 2026-13-01 1e3; do
		refuses "after=$after" "/export?after=$after" 400 \
		    'Invalid after parameter'
	done
}

writes() {
	for did in "$a" x; do
		get "/$did" -H 'Content-Type: application/json' -d '{}'
		is "$kind, POST" "$code $(cat body)" "501 {\"message\":\"$(:
		    )This server is a copy of a directory and takes no $(:
		    )operations\"}"
	done
	get /export -d x
	is "$kind, POST of a route that reads" "$code $(header allow)" \
	    '405 GET, HEAD, OPTIONS'
	get "/$a" -X OPTIONS
	is "$kind, OPTIONS" "$code $(header allow)" \
	    '204 GET, HEAD, POST, OPTIONS'
	get "/$a" -I
	is "$kind, HEAD" "$code $(header content-length)" \
	    "200 $(curl -s "$url/$a" | wc -c)"
	get "/$a" -H "If-None-Match: $(header etag)"
	is "$kind, If-None-Match" "$code" 304
}

# The programs find in the server what is in the database.
programs() {
	printf '%s\n' "$a" "$c" "$d" "$e" >dids
	jq -r '.[0].did' "$kit"/[anr]*.log.json >>dids
	at-resolve --allow-private -u "$url" <dids | jq -c 'del(.at)' |
		sort >got
	at-resolve --allow-private --from "$db" <dids | jq -c 'del(.at)' |
		sort >want
	is "$kind, at-resolve -u: all" "$(wc -l <want)" "$(wc -l <dids)"
	ok "$kind, at-resolve -u: answers as --from" cmp got want
	exits 1 "$kind, at-resolve -u: a tombstone, and nothing" \
	    at-resolve --allow-private -u "$url" \
	    "$(jq -r '.[0].did' "$kit/tombstoned.log.json")" \
	    did:plc:aaaaaaaaaaaaaaaaaaaaaaaa
	is "$kind, at-resolve -u: says which is which" \
	    "$(jq -r .error out | sort | tr '\n' ' ')" 'NotFound Tombstoned '
	at-plcexport --allow-private -u "$url" | jq -c 'select(.type == "plc") |
	    {did, seq, cid, createdAt, operation}' >got
	jq -s -c 'sort_by(.seq)[] | select(.seq) |
	    {did, seq, cid, createdAt, operation}' input >want
	ok "$kind, at-plcexport -u: copies what has a number" cmp got want
}

# plans: do the statements of the export use the indexes?
plans() {
	for order in seq ms; do
		what="SELECT did FROM plc_operation WHERE $order > 5"
		[ "$order" = ms ] && by='ms, cid' || by=seq
		[ "$order" = ms ] || what="$what AND seq >= 0"
		what="$what ORDER BY $by LIMIT 3"
		case $db in
		postgresql:*) sql "$db" "SET enable_seqscan = off;
		    SET enable_sort = off; EXPLAIN $what" ;;
		*) sql "$db" "EXPLAIN QUERY PLAN $what" ;;
		esac >plan
		ok "$kind, the export by $order uses an index" \
		    grep -q "plc_operation_$order" plan
	done
}

directory() {
	kind=$1
	db=$(database "$kind" directory)
	at-load "$db" input
	start_serve "$db"
	documents
	others
	exports
	writes
	programs
	plans
	stop_serve
	is "$kind, it stops" "$serve_status" 0
	same "$kind, and says nothing" serve.err </dev/null
}
each_database directory

done_testing
