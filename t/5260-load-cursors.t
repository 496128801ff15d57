#!/bin/sh
# at-load: where lists and streams of hosts resume.
. "${0%/*}/lib/tap.sh"
. "$top/t/lib/load.sh"

# cursor STREAM CURSOR DAY [COLLECTION]: print a line, without empty fields
cursor() {
	printf '{"type":"cursor","service":"wss://relay.example"'
	[ -z "$1" ] || printf ',"stream":"%s"' "$1"
	[ -z "${4-}" ] || printf ',"collection":"%s"' "$4"
	printf ',"cursor":"%s"' "$2"
	[ -z "$3" ] || printf ',"at":"2026-01-0%sT00:00:00.000Z"' "$3"
	echo '}'
}
repos=com.atproto.sync.subscribeRepos
kept() {
	sql "$db" 'SELECT stream, collection, cursor FROM cursors
	    ORDER BY stream, collection' | tr '\n' ' ' | sed 's/ $//'
}

loads() {
	db=$(database "$1" cursors)
	{
		cursor com.atproto.sync.listRepos a 1
		cursor "$repos" 7 1
		cursor /subscribe 12 1
		cursor com.atproto.sync.listReposByCollection b 1 com.example.a
		cursor com.atproto.sync.listReposByCollection c 1 com.example.b
	} | at-load "$db"
	is "$1: each list and stream has its cursor" "$(kept | tr ' ' '\n' |
	    LC_ALL=C sort)" "/subscribe||12
com.atproto.sync.listReposByCollection|com.example.a|b
com.atproto.sync.listReposByCollection|com.example.b|c
com.atproto.sync.listRepos||a
com.atproto.sync.subscribeRepos||7"

	exits 0 "$1: --cursors" at-status --cursors "$db"
	{
		cursor /subscribe 12 1
		cursor com.atproto.sync.listRepos a 1
		cursor com.atproto.sync.listReposByCollection b 1 com.example.a
		cursor com.atproto.sync.listReposByCollection c 1 com.example.b
		cursor "$repos" 7 1
	} >want
	ok "$1: prints them as they were" cmp out want
	cp out printed
	exits 0 "$1: which at-load takes" at-load \
	    "$(database "$1" copy)" printed
	exits 2 "$1: --cursors allows no other option" \
	    at-status --cursors --pending "$db"
	db=$(database "$1" order)
	{ cursor "$repos" 9 3; cursor "$repos" 8 2; } | at-load "$db"
	is "$1: an earlier time doesn't replace a later one" "$(kept)" \
	    "$repos||9"
	cursor "$repos" 10 3 | at-load "$db"
	is "$1: of one time the later line counts" "$(kept)" "$repos||10"
	cursor "$repos" 11 4 | at-load "$db"
	is "$1: a later time counts" "$(kept)" "$repos||11"
	cursor "$repos" 12 "" | at-load "$db"
	is "$1: and a line without one" "$(kept)" "$repos||12"
	cursor "" 5 1 | at-load "$db"
	is "$1: a line without a stream has a row of its own" \
	    "$(sql "$db" "SELECT cursor FROM cursors WHERE stream IS NULL")" 5
	cursor 7 x 1 | sed 's/"7"/7/' >bad
	exits 1 "$1: a stream that is not a string" at-load "$db" bad
	is "$1: message" "$(cat err)" \
	    'at-load: bad: line 1: stream is not a non-empty string'
}
each_database loads -F

done_testing
