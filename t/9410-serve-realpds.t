#!/bin/sh
# shellcheck disable=SC2119 # what is run without options
# at-serve beside the reference PLC directory: the same requests to both.
. "${0%/*}/lib/tap.sh"
. "$top/t/lib/realnet.sh"
. "$top/t/lib/realpds.sh"
. "$top/t/lib/load.sh"
. "$top/t/lib/serve.sh"
prepare_realpds
own_network
ok "the servers start" start_realpds --accounts 8 --records 2 || done_testing

at-plcexport --allow-private -u "$plc" | at-plcaudit >audited
curl -s "$plc/export?after=0" | awk 1 | jq -r .did | sort -u >dids
printf '%s\n' did:plc:aaaaaaaaaaaaaaaaaaaaaaaa did:plc:short did:web:a.test \
    >>dids
is "there are DIDs" "$(wc -l <dids)" 12

# both PATH [OPTION of curl...]: the file want has the reference's answer, got
# ours: the status, some headers, and the body
both() {
	both_path=$1
	shift
	for both_url in "$plc" "$url"; do
		curl -s -g --path-as-is -m 60 -D headers -o body \
		    -w '%{http_code}\n' "$@" "$both_url$both_path" >answer
		tr -d '\r' <headers | tr '[:upper:]' '[:lower:]' |
			grep '^\(content-type\|access-control-allow-origin\):' |
			sort >>answer
		[ ! -e body ] || cat body >>answer
		rm -f body
		[ "$both_url" = "$plc" ] && cp answer want || cp answer got
	done
}

# sorted FILE: an export with the names of each line in one order. The kit makes
# it without the package, and forgets a header in errors.
sorted() {
	sed '/^[0-9a-z]/!d; /^{/d; /^access-control/d' "$1"
	sed -n '/^{/p' "$1" | jq -cS .
}

compare() {
	kind=$1
	db=$(database "$kind" beside)
	at-load "$db" audited
	start_serve "$db"
	: >different
	n=0
	while read -r did; do
		for path in '' /data /log /log/audit /log/last /log/; do
			both "/$did$path"
			n=$((n + 1))
			cmp -s got want || {
				echo "/$did$path"
				cut -c 1-200 got
				cut -c 1-200 want
			} >>different
		done
	done <dids
	is "$kind: so many answers are compared" "$n" 72
	same "$kind: all are equal" different </dev/null

	: >different
	for query in '' '?after=0' '?after=3&count=4' '?count=0' '?count=x' \
	    '?count=2' '?after=x' '?after=2020-01-01' '?after=2020-01-01&count=3' \
	    '?after=2999-01-01T00:00:00.000Z' '?after=99999'; do
		both "/export$query"
		sorted got >got.sorted
		sorted want >want.sorted
		cmp -s got.sorted want.sorted || {
			echo "/export$query"
			diff want.sorted got.sorted | cut -c 1-200
		} >>different
	done
	same "$kind: exports are equal but for the order of names" different \
	    </dev/null

	did=$(head -n 1 dids)
	both "/$did/log" -I
	is "$kind: HEAD" "$(head -n 3 got)" "$(head -n 3 want)"
	both "/$did" -X OPTIONS -H 'Origin: https://x.test' \
	    -H 'Access-Control-Request-Method: POST' \
	    -H 'Access-Control-Request-Headers: content-type'
	is "$kind: OPTIONS" "$(head -n 1 got)" "$(head -n 1 want)"

	# at-resolve finds the same, also in the errors.
	at-resolve --allow-private -u "$plc" <dids 2>err.1 | sed 's/,"at".*//' |
		sed "s|$plc|URL|g" >want
	at-resolve --allow-private -u "$url" <dids 2>err.2 | sed 's/,"at".*//' |
		sed "s|$url|URL|g" >got
	sort -o want want
	sort -o got got
	is "$kind: at-resolve has a result for each" "$(wc -l <got)" 12
	ok "$kind: and the same one" cmp got want

	# A copy of the copy
	at-plcexport --allow-private -u "$url" | at-plcaudit |
		grep '"plc"' >copy
	grep '"plc"' audited >first
	same "$kind: a copy of the copy is a copy" copy <first
	stop_serve
	is "$kind: it says nothing" "$serve_status $(cat serve.err)" '0 '
}
compare sqlite
if postgres_find && ok "PostgreSQL starts" postgres_start -F; then
	compare postgresql
	postgres_stop
else
	skip "with PostgreSQL" "no server of PostgreSQL"
fi

done_testing
