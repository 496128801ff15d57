#!/bin/sh
# contrib/examples: those that query a database say the same of SQLite and of
# PostgreSQL
. "${0%/*}/lib/tap.sh"
. "$top/t/lib/load.sh"
command -v jq >/dev/null || skip_all "no jq"

examples=$top/contrib/examples
want=$data/examples
bob=did:plc:bbbbbbbbbbbbbbbbbbbbbbbb
carol=did:plc:cccccccccccccccccccccccc
dora=did:plc:dddddddddddddddddddddddd

mkcar -n 0 -R "$want/bob.records" -d $bob >bob.car
mkcar -n 0 -R "$want/carol.records" -d $carol >carol.car
at-carwalk bob.car carol.car >lines
jq -c . >>lines <<EOT
{"type":"identity","did":"$bob","handle":"bob.test","handleStatus":"valid",
 "pds":"https://pds.example.com","at":"2024-05-01T00:00:00Z"}
{"type":"identity","did":"$carol","handle":"bob.test","handleStatus":"invalid",
 "pds":null,"at":"2024-05-01T00:00:00Z"}
{"type":"identity","did":"$dora","handle":null,
 "pds":null,"at":"2024-05-01T00:00:00Z"}
EOT

# answers NAME FILE SCRIPT [OPERAND...]: this file of t/data/examples
answers() {
	answers_name="$kind: $1" answers_file=$2 answers_script=$3
	shift 3
	exits 0 "$answers_name" "$examples/$answers_script" "$@"
	same "$answers_name: as it should be" out <"$want/$answers_file"
	same "$answers_name: nothing else" err </dev/null
}

queries() {
	kind=$1
	db=$(database "$kind" records)
	empty=$(database "$kind" empty)
	at-load "$db" <lines
	at-load "$empty" </dev/null

	answers follows follows-as-graph follows-as-graph "$db"
	answers "follows -a" follows-as-graph-a follows-as-graph -a "$db"
	answers languages languages-over-time languages-over-time "$db"
	exits 1 "$kind: languages of no posts" \
	    "$examples/languages-over-time" "$empty"
	is "$kind: has nothing" "$(cat out err)" "no posts of any such month"
	answers posts posts-as-csv posts-as-csv "$db"
	answers search search-posts search-posts "$db" tea
	exits 0 "$kind: phrases" "$examples/search-posts" "$db" TEA 'a cup of'
	is "$kind: must all be there" "$(cut -f 3 out)" \
	    "at://$carol/app.bsky.feed.post/3kaaaaaaaaa22"
	exits 0 "$kind: no posts" "$examples/search-posts" "$empty" tea
	is "$kind: have no words" "$(cat out err)" ""
	exits 0 "$kind: watch-backfill" "$examples/watch-backfill" -1 "$db"
	same "$kind: counts states" out <<-'END'
	      2 completed
	      1 pending
	2 of 3 accounts are through
	END
	sql "$db" 'DROP VIEW records'
	for name in follows-as-graph posts-as-csv languages-over-time; do
		exits 2 "$kind: $name: a query that fails" \
		    "$examples/$name" "$db"
	done
	exits 2 "$kind: search-posts: a query that fails" \
	    "$examples/search-posts" "$db" tea
}
each_database queries -F

if [ -n "$postgres_dir" ]; then
	gone=$(postgres_url records)
	for name in follows-as-graph languages-over-time posts-as-csv; do
		exits 75 "$name: a server that isn't there" env PGCONNECT_TIMEOUT=1 \
		    "$examples/$name" "$gone"
		is "$name: has nothing" "$(cat out)" ""
		ok "$name: and says so" grep -q '^at-status: ' err
	done
fi

done_testing
