#!/bin/sh
# at-serve: /ready, /health and /metrics
# shellcheck disable=SC2086 # no spaces in them
. "${0%/*}/lib/tap.sh"
. "$top/t/lib/serve.sh"
. "$top/t/lib/load.sh"
command -v jq >/dev/null || skip_all "no jq"

ok 'lag, history, reasons, metrics' "$unit"/serve-state

# ago SECONDS: a time in the past
ago() {
	date -u -d "@$(($(date +%s) - $1))" +%Y-%m-%dT%H:%M:%SZ
}

# cursor STREAM SECONDS CURSOR: a stream whose last event was that long ago
cursor() {
	printf '{"type":"cursor","service":"https://relay.example","stream":'
	printf '"%s","cursor":"%s","at":"%s"}\n' "$1" "$3" "$(ago "$2")"
}

events=com.atproto.sync.subscribeRepos

# counted: were the accounts counted?
counted() {
	get /metrics
	grep -q "^atpipe_accounts{state=\"completed\"} $1\$" body
}

lines_in() {
	repo did:web:a.example $r2 9 | lines
	printf '{"type":"error","program":"at-fetchrepo","did":"did:web:b.ex",'
	printf '"error":"Timeout","message":"no","retry":true,"at":"%s"}\n' \
	    "$(ago 5)"
	cursor com.atproto.sync.listRepos 99999 x
	cursor $events 3 1234
}

state() {
	db=$(database "$1" state)
	lines_in | at-load "$db"
	start_serve --lag 1m "$db"
	wait_for "$1: counts" counted 1
	get /ready
	is "$1: ready" "$code $(cat body)" '200 {"ready":true,"reasons":[]}'
	is "$1: it is never kept" "$(header cache-control)" no-store
	get /ready -I
	is "$1: HEAD of it" "$code" 200
	get /health
	is "$1: health" "$code $(jq -c '[.ready, .version != "", .accounts.total,
	    .accounts.completed, .accounts.failed, .records,
	    (.streams | length), .streams[0].cursor,
	    (.streams[0].lagSeconds | . >= 0 and . < 60)]' body)" \
	    '200 [true,true,2,1,1,9,1,"1234",true]'
	get /metrics
	is "$1: type of the metrics" "$code $(header content-type)" \
	    '200 text/plain; version=0.0.4; charset=utf-8'
	grep -v '^#\|_http_\|_seconds\|build_info' body >got
	same "$1: metrics" got <<-EOT
	atpipe_ready 1
	atpipe_accounts{state="completed"} 1
	atpipe_accounts{state="in_progress"} 0
	atpipe_accounts{state="pending"} 0
	atpipe_accounts{state="gone"} 0
	atpipe_accounts{state="failed"} 1
	atpipe_accounts_synced 1
	atpipe_accounts_unsynced{reason="new"} 1
	atpipe_accounts_failed{error="Timeout"} 1
	atpipe_accounts_retryable 1
	atpipe_records 9
	atpipe_records_bad 0
	atpipe_stream_cursor{service="https://relay.example",stream="$events"} 1234
	EOT
	ok "$1: requests are counted" \
	    grep -q '^atpipe_http_requests_total{route="ready",status="200"} 2$' \
	    body
	if command -v promtool >/dev/null; then
		ok "$1: promtool accepts them" promtool check metrics <body
	else
		skip "$1: promtool accepts them" "no promtool"
	fi
	repo did:web:b.ex $r2 9 | lines | at-load "$db"
	wait_for "$1: counts again" counted 2
	stop_serve
	is "$1: exit status" "$serve_status $(cat serve.err)" '0 '
	behind "$1"
}

# A stream that is too far behind, and an audit that stands still
behind() {
	db=$(database "$1" behind)
	{
		cursor $events 500 77
		cursor /export 400 78
		mkplc -n 50 -s 1 | at-plcaudit -q
		mkplc -n 50 -s 2 -t | sed 's/"createdAt":"20/"createdAt":"21/'
	} | at-load "$db" 2>/dev/null
	start_serve --lag 1m "$db"
	audit_is_behind() {
		get /ready
		grep -q AuditBehind body
	}
	wait_for "$1: operations" audit_is_behind
	is "$1: not ready" \
	    "$code $(jq -c '[.ready, [.reasons[] | [.reason, .stream,
	    (.seconds > 60)]]]' body)" \
	    "503 [false,[[\"StreamBehind\",\"/export\",true],[\"StreamBehind\",\"$events\",true],[\"AuditBehind\",null,true]]]"
	get /metrics
	ok "$1: the metrics say it" grep -q '^atpipe_ready 0$' body
	get /health
	is "$1: health does not fail" "$code $(jq .ready body)" '200 false'
	stop_serve
}

each_database state
done_testing
