#!/bin/sh
# at-load --index: indexes that queries of the view `records` use.
. "${0%/*}/lib/tap.sh"
. "$top/t/lib/load.sh"

# plan DATABASE QUERY: print how the database would run it
plan() {
	case $1 in
	postgresql:*) sql "$1" "EXPLAIN $2" ;;
	*) sql "$1" "EXPLAIN QUERY PLAN $2" ;;
	esac
}

# uses NAME INDEX QUERY
uses() {
	plan "$db" "$3" >steps
	ok "$1" grep -q "$2" steps || diag <steps
}

# likes N ACCOUNTS: print N likes of as many subjects
likes() {
	awk -v n="$1" -v accounts="$2" -v rev="$r1" 'BEGIN {
		for (i = 0; i < n; i++)
			printf "{\"type\":\"record\",\"did\":\"did:web:a%d.example\"," \
			    "\"rev\":\"%s\",\"collection\":\"app.bsky.feed.%s\"," \
			    "\"rkey\":\"k%d\",\"action\":\"create\"," \
			    "\"source\":\"part\",\"cid\":\"bafyreia\",\"record\":{" \
			    "\"$type\":\"x\",\"langs\":[\"l%d\",\"en\"],\"n\":%d," \
			    "\"subject\":{\"uri\":\"at://s%d\"}}}\n", i % accounts, \
			    rev, i % 10 ? "like" : "repost", i, i % 500, i, i
		for (i = 0; i < accounts; i++)
			printf "{\"type\":\"identity\",\"did\":\"did:web:a%d.example\"," \
			    "\"handle\":\"a%d.example\",\"handleStatus\":\"valid\"," \
			    "\"pds\":\"https://pds.example\",\"key\":null," \
			    "\"at\":\"2026-01-01T00:00:00Z\"}\n", i, i
	}'
}
likes 20000 200 >input

like="FROM records WHERE collection = 'app.bsky.feed.like' AND
    record->'subject'->>'uri'"
indexes() {
	db=$(database "$1" indexed)
	at-load "$db" input
	exits 0 "$1: --index" at-load \
	    --index app.bsky.feed.like:subject.uri \
	    --index app.bsky.feed.like:langs.0 --index indexed_at \
	    "$db" /dev/null
	is "$1: it says nothing" "$(cat out err)" ""
	uses "$1: a path" 'record:subject.uri' "SELECT did $like = 'at://s77'"
	is "$1: finds what it has to" "$(sql "$db" "SELECT did, rkey $like
	    = 'at://s77'")" "did:web:a77.example|k77"
	uses "$1: a range" 'record:subject.uri' \
	    "SELECT did $like BETWEEN 'at://s77' AND 'at://s779'"
	is "$1: has all of it" "$(sql "$db" "SELECT count(*) $like
	    BETWEEN 'at://s77' AND 'at://s779'")" 91
	uses "$1: an element of an array" 'record:langs.0' \
	    "SELECT did FROM records WHERE collection = 'app.bsky.feed.like'
	    AND record->'langs'->>0 = 'l77'"
	uses "$1: a time" 'entry_indexed_at' "SELECT uri FROM records
	    WHERE indexed_at > '2040-01-01T00:00:00Z'"
	uses "$1: a handle" 'account_handle' "SELECT uri FROM accounts
	    JOIN records USING (did) WHERE handle = 'a7.example'"
	uses "$1: the parts of a uri" 'entry_key\|entry_pkey' \
	    "SELECT record FROM records WHERE did = 'did:web:a77.example' AND
	    collection = 'app.bsky.feed.like' AND rkey = 'k77'"

	# The query of the page.
	case $1 in
	postgresql)
		by_uri="WITH it AS (SELECT
		    'at://did:web:a77.example/app.bsky.feed.like/k77' AS uri)
		    SELECT did, rkey FROM it, records
		    WHERE did = split_part(it.uri, '/', 3) AND
		    collection = split_part(it.uri, '/', 4) AND
		    rkey = split_part(it.uri, '/', 5)"
		key='entry_pkey'
		;;
	*)	by_uri="WITH parts AS (SELECT '[\"' || replace(substr(
		    'at://did:web:a77.example/app.bsky.feed.like/k77', 6),
		    '/', '\",\"') || '\"]' AS p)
		    SELECT did, rkey FROM parts, records
		    WHERE did = p->>0 AND collection = p->>1 AND rkey = p->>2"
		key='entry_key (account=? AND collection=? AND rkey=?)'
		;;
	esac
	uses "$1: a uri" "$key" "$by_uri"
	is "$1: finds its record" "$(sql "$db" "$by_uri")" \
	    "did:web:a77.example|k77"

	exits 0 "$1: the same again" at-load \
	    --index app.bsky.feed.like:subject.uri "$db" input
	# shellcheck disable=SC2016 # a name
	exits 0 "$1: a name with a dollar" at-load \
	    --index 'app.bsky.feed.like:$type' "$db" /dev/null
	sound "$db" && pass "$1: it stays sound" || fail "$1: it is damaged"

	# Records may have these values, and an index must not refuse them.
	{
		for text in "$(printf '%020000d' 7)" 'a\u0000b' ''; do
			echo "\"subject\":{\"uri\":\"$text\"}"
		done
		echo '"subject":{"uri":{"uri":[1,2]}}'
		echo '"subject":[1]'
		echo '"subject":null'
		echo '"subject":{"uri":1e400}'
	} | awk -v rev="$r2" -v did="$did" '{
		printf "{\"type\":\"record\",\"did\":\"%s\",\"rev\":\"%s\"," \
		    "\"collection\":\"app.bsky.feed.like\",\"rkey\":\"h%d\"," \
		    "\"action\":\"create\",\"source\":\"part\"," \
		    "\"cid\":\"bafyreia\",\"record\":{%s}}\n", did, rev, NR, $0
	}' >odd
	awk -v rev="$r2" -v did="$did" 'BEGIN {
		for (i = 0; i < 60; i++) { open = open "["; shut = shut "]" }
		printf "{\"type\":\"record\",\"did\":\"%s\",\"rev\":\"%s\"," \
		    "\"collection\":\"app.bsky.feed.like\",\"rkey\":\"deep\"," \
		    "\"action\":\"create\",\"source\":\"part\"," \
		    "\"cid\":\"bafyreia\",\"record\":{\"subject\":%s%s}}\n", did,
		    rev, open, shut
	}' >>odd
	exits 0 "$1: odd records" at-load "$db" odd
	is "$1: are loaded" "$(sql "$db" "SELECT count(*) FROM records
	    WHERE did = '$did'")" "$(wc -l <odd)"
	is "$1: and found" "$(sql "$db" "SELECT rkey $like =
	    '$(printf '%020000d' 7)'")" h1
	sound "$db" && pass "$1: it stays sound" || fail "$1: it is damaged"

	db=$(database "$1" together)
	pids=
	for i in 1 2 3; do
		at-load --index a.b.c:x --index a.b.c:y.0 "$db" /dev/null \
		    2>said"$i" &
		pids="$pids $!"
	done
	for pid in $pids; do
		wait "$pid"
	done
	is "$1: several at once" "$(cat said1 said2 said3)" ""
}
each_database indexes -F

# bad TEXT WHY
bad() {
	exits 2 "--index '$1'" at-load --index "$1" x.db input
	is "is refused" "$(sed 1q err)" "at-load: --index: '$1': $2; want an \
NSID and a path, such as app.bsky.feed.like:subject.uri, or indexed_at"
}
parts="a part of a path is a key of letters, digits, _, - and \$, or a number"
bad uri "there is no ':'"
bad '' "there is no ':'"
bad app.bsky.feed.like "there is no ':'"
bad like:subject "it does not start with an NSID"
bad 'app.bsky.feed.*:subject' "it does not start with an NSID"
for path in '' . subject. .uri subject..uri 0 0.uri "it's" 'a b' 'a"b' é \
    a.1x 'a[0]' 'a->b' 'a.1234567'; do
	bad "app.bsky.feed.like:$path" "$parts"
done
bad "app.bsky.feed.like:$(printf '%051d' 0 | tr 0 a)" "the path is too long"
ok "no file is made" [ ! -e x.db ]

done_testing
