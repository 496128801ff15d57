#!/bin/sh
# at-listrepos over many hosts is killed, and resumes with the cursors that
# at-load has kept.
. "${0%/*}/lib/tap.sh"
. "$top/t/lib/net.sh"
command -v sqlite3 >/dev/null || skip_all 'no sqlite3'

start_faultyd -n 6
list=xrpc/com.atproto.sync.listRepos

# Each host has 12 pages of 3 repos.
index=0
for host_port in $ports; do
	for page in $(seq 12); do
		jq -nc --argjson host $index --argjson page "$page" '{
		    repos: [range(3) | {did:
			"did:plc:h\($host)p\($page)n\(.)"}]} +
		    if $page < 12 then {cursor: "\($page + 1)"} else {} end' |
			put "@$index/$list/$([ "$page" = 1 ] && echo index ||
			    echo "$page")"
	done
	echo "http://127.0.0.1:$host_port"
	index=$((index + 1))
done >hosts

rows() {
	sqlite3 records.db "SELECT count(*) FROM $1" 2>/dev/null || echo 0
}
# has N: are at least N accounts in the database?
has() {
	[ "$(rows accounts)" -ge "$1" ]
}

# run_and_kill N: list and load until the database has N accounts, then kill
run_and_kill() {
	mkfifo lines
	at-load --batch 5 records.db <lines 2>/dev/null &
	loader=$!
	{
		at-status --cursors records.db 2>/dev/null
		cat hosts
	} >work
	at-listrepos --allow-private - <work >lines 2>/dev/null &
	lister=$!
	wait_for "$1 accounts" has "$1"
	kill -KILL $lister $loader
	wait $lister $loader 2>/dev/null
	rm lines
}

# Pages after the second are slow, so that no host is complete at first.
echo '* *cursor=* delay=300' | rules
run_and_kill 20
ok 'some are missing' not has 216
first=$(rows cursors)
ok 'some hosts have a cursor' test "$first" -ge 1
run_and_kill 100
ok 'some are missing again' not has 216
rules </dev/null
at-status --cursors records.db >cursors
cat cursors hosts >work
forget
at-listrepos --allow-private - <work >out 2>err
is 'the last run' "$? $(cat err)" '0 '
is 'has a result for each host' "$(grep -c '"type":"host"' out)" 6
at-load records.db out
is 'all accounts' "$(rows accounts)" 216
is 'each once' "$(sqlite3 records.db 'SELECT count(DISTINCT did)
	FROM accounts')" 216
# It asks for the page of each cursor and for those that follow.
want=$(jq -s 'map(13 - (.cursor | tonumber)) | add' cursors)
from_start=$((12 * (6 - $(wc -l <cursors))))
is 'no page before a cursor is asked for again' "$(asked | wc -l)" \
	$((want + from_start))
done_testing
