#!/bin/sh
# All hosts of a relay, all repos of these hosts, and the database.
. "${0%/*}/lib/tap.sh"
. "$top/t/lib/net.sh"
command -v sqlite3 >/dev/null || skip_all 'no sqlite3'

# The first server is the relay; two hosts answer, and one is silent.
start_faultyd -n 4
relay=$url
# shellcheck disable=SC2086 # words
set -- $ports
jq -nc --arg b "127.0.0.1:$2" --arg c "127.0.0.1:$3" --arg d "127.0.0.1:$4" '{
    hosts: [{hostname: $b, status: "active", seq: 5, accountCount: 9},
	{hostname: "no host"}, {hostname: $d, status: "offline"},
	{hostname: $c}]}' |
	put @0/xrpc/com.atproto.sync.listHosts/index
for host in 1 2; do
	jq -nc --arg host $host '{cursor: "2", repos: [range(5) |
	    {did: "did:plc:h\($host)n\(.)", rev: "3kaaaaaaaaa22",
	    active: true}]}' | put @$host/xrpc/com.atproto.sync.listRepos/index
	echo "{\"repos\":[{\"did\":\"did:plc:h${host}last\"}]}" |
		put @$host/xrpc/com.atproto.sync.listRepos/2
done
echo '3 * hang' | rules

at-listhosts --allow-private -q -u "$relay" >hosts
is 'the relay names hosts that are none' "$? $(jq -r .type hosts | sort |
	uniq -c | tr -s ' ' | tr '\n' ',')" '1  1 error, 3 host,'
at-listrepos --allow-private -q --retries 0 -t 2 - <hosts >lists
is 'one host is silent' "$?" 1
is 'a result for each' "$(jq -r 'select(.program != "at-listhosts") |
	select(.type == "host" or .type == "error") |
	[.repos // .error, .status] | join(" ")' lists | sort | tr '\n' ',')" \
	'6 ,6 active,Timeout offline,'
is 'and the error of the other program' \
	"$(grep -c '"program":"at-listhosts"' lists)" 1
exits 0 'the lines are loaded' at-load records.db lists
is 'all accounts' "$(sqlite3 records.db \
	"SELECT count(*), count(DISTINCT did) FROM accounts")" '12|12'
is 'cursors' "$(at-status --cursors records.db | jq -r .service | sort)" \
	"$(printf 'http://127.0.0.1:%s\n' "$2" "$3" | sort)"

# The hosts of the database's accounts are jobs, too.
printf '{"type":"identity","did":"did:plc:h1n0","handle":null,%s,%s}\n' \
	"\"pds\":\"http://127.0.0.1:$2\"" '"key":null' | at-load records.db
forget
at-status --hosts records.db | at-listrepos --allow-private - >out
is '--hosts' "$? $(jq -c 'select(.type == "host") | [.accounts, .repos]' out)" \
	'0 [1,6]'
is 'two pages' "$(asked | wc -l)" 2
{
	at-status --cursors records.db
	at-status --hosts records.db
} | at-listrepos --allow-private - >out
is '--cursors before them' "$? $(jq -c 'select(.type == "host") |
	[.accounts, .repos]' out)" '0 [1,1]'
done_testing
