#!/bin/sh
# contrib/examples: the scripts that query a database give the same answers with
# SQLite and PostgreSQL
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

# answers NAME FILE SCRIPT [OPERAND...]: the output is this file of
# t/data/examples
answers() {
	answers_name="$kind: $1" answers_file=$2 answers_script=$3
	shift 3
	exits 0 "$answers_name" "$examples/$answers_script" "$@"
	same "$answers_name: as it should be" out <"$want/$answers_file"
	same "$answers_name: nothing else" err </dev/null
}

# A replacement for duckdb that keeps its statement and its input
mkdir bin
cat >bin/duckdb <<'END'
#!/bin/sh
for last; do :; done
printf '%s\n' "$last" >statement
cat >given
file=$(sed -n "s/.*TO '\(.*\)' (FORMAT parquet.*/\1/p" statement |
    sed "s/''/'/g")
[ -e broken ] && exit 1
echo parquet >"$file"
END
chmod +x bin/duckdb

# parquet: print the input of duckdb for $db
parquet() {
	exits 0 "$kind: Parquet" env PATH="$PWD/bin:$PATH" \
	    "$examples/records-as-parquet" "$db" app.bsky.feed.post "it's.pq"
	is "$kind: says nothing" "$(cat out err)" ""
	is "$kind: its file is there, and no other" \
	    "$(find . -name '*.pq*')" "./it's.pq"
	is "$kind: it is of duckdb" "$(cat "it's.pq")" parquet
	is "$kind: duckdb has all records" "$(jq -r .uri given)" "$(sql "$db" \
	    "SELECT uri FROM records WHERE collection = 'app.bsky.feed.post'
	    ORDER BY uri")"
	is "$kind: as they are" "$(jq -c "select(.rkey == \"3kaaaaaaaaj22\") |
	    [.did, .collection, .record.text]" given)" \
	    "[\"$bob\",\"app.bsky.feed.post\",\"\ttab\"]"
	rm "it's.pq"
	touch broken
	exits 2 "$kind: duckdb fails" env PATH="$PWD/bin:$PATH" \
	    "$examples/records-as-parquet" "$db" '*' x.pq
	rm broken
	is "$kind: there is no file" "$(find . -name '*.pq*')" ""
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
	exits 0 "$kind: languages of no posts" \
	    "$examples/languages-over-time" "$empty"
	is "$kind: has nothing" "$(cat out err)" "no posts of any such month"
	answers posts posts-as-csv posts-as-csv "$db"
	answers search search-posts search-posts "$db" tea
	exits 0 "$kind: phrases" "$examples/search-posts" "$db" TEA 'a cup of'
	is "$kind: must all be there" "$(cut -f 3 out)" \
	    "at://$carol/app.bsky.feed.post/3kaaaaaaaaa22"
	exits 0 "$kind: no posts" "$examples/search-posts" "$empty" tea
	is "$kind: have no words" "$(cat out err)" ""
	exits 0 "$kind: likes" "$examples/records-as-csv" "$db" \
	    app.bsky.feed.post createdAt langs langs.1 reply.parent.uri text.a
	same "$kind: a column for each path" out <"$want/records-as-csv"
	exits 0 "$kind: a prefix" "$examples/records-as-csv" "$db" \
	    'app.bsky.actor.*' "\$type" avatar.mimeType
	tr -d '\r' <out >got
	same "$kind: has all of its collections" got <<-END
	"uri","\$type","avatar.mimeType"
	"at://$bob/app.bsky.actor.profile/self","app.bsky.actor.profile","image/jpeg"
	"at://$carol/app.bsky.actor.profile/self","app.bsky.actor.profile",""
	END
	exits 0 "$kind: none" "$examples/records-as-csv" "$empty" '*' -n --x
	is "$kind: is a header" "$(tr -d '\r' <out; cat err)" \
	    "\"uri\",\"'-n\",\"'--x\""
	exits 2 "$kind: no collection" "$examples/records-as-csv" "$db" \
	    "x' OR 1=1 --" text
	ok "$kind: shows the usage" grep -q '^usage: ' err
	parquet
	exits 0 "$kind: watch-backfill" "$examples/watch-backfill" -1 "$db"
	same "$kind: counts states" out <<-'END'
	      2 completed
	      1 pending
	2 of 3 accounts are through
	END
	[ "$kind" = postgresql ] || cp records.db kept.db
	sql "$db" 'DROP VIEW records'
	for name in follows-as-graph posts-as-csv languages-over-time; do
		exits 2 "$kind: $name: a query that fails" \
		    "$examples/$name" "$db"
	done
	exits 2 "$kind: search-posts: a query that fails" \
	    "$examples/search-posts" "$db" tea
}
each_database queries -F

without=$(command -v duckdb || :)
if [ -z "$without" ]; then
	exits 2 "no duckdb" "$examples/records-as-parquet" x.db '*' x.pq
	is "message" "$(cat out err)" "records-as-parquet: \
duckdb is not installed; it is at https://duckdb.org"
	skip "duckdb writes Parquet" "no duckdb"
else
	exits 0 "duckdb writes Parquet" "$examples/records-as-parquet" \
	    kept.db '*' real.pq
	is "and reads it" "$(duckdb -csv -noheader -c \
	    "SELECT count(*) FROM 'real.pq'")" \
	    "$(sql kept.db 'SELECT count(*) FROM all_records')"
fi

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
