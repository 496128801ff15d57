#!/bin/sh
# Which source decides an account's state, in both databases; what at-status
# does with it; and a PostgreSQL database of an older version.
. "${0%/*}/lib/tap.sh"
. "$top/t/lib/load.sh"
. "$top/t/lib/postgres.sh"

command -v jq >/dev/null || skip_all "no jq"

old=https://old.example new=https://new.example relay=https://relay.example

# said HOST DAY FIELDS: a repo line; identity HOST DAY; event DAY FIELDS;
# refused HOST DAY ERROR
said() {
	printf '{"type":"repo","did":"%s","host":"%s",%s,' "$did" "$1" "$3"
	echo "\"at\":\"2024-01-0${2}T00:00:00Z\"}"
}
identity() {
	printf '{"type":"identity","did":"%s","handle":null,' "$did"
	printf '"pds":"%s","key":null,' "$1"
	echo "\"at\":\"2024-01-0${2}T00:00:00Z\"}"
}
event() {
	printf '{"type":"account","did":"%s","service":"%s",' "$did" "$relay"
	echo "$2,\"at\":\"2024-01-0${1}T00:00:00Z\"}"
}
refused() {
	printf '{"type":"error","program":"at-fetchrepo","did":"%s",' "$did"
	printf '"host":"%s","error":"%s","message":"no",' "$1" "$3"
	echo "\"retry\":false,\"at\":\"2024-01-0${2}T00:00:00Z\"}"
}
gone='"active":false,"status":"takendown"'
away='"active":false,"status":"deactivated"'
repo "$did" "$r1" 4 | lines >whole

# decides NAME WANT PURGED: feed the lines of words about a loaded repo, in two
# orders. WANT is the status and the number of shown records, PURGED the number
# that is left after --purge-gone.
decides() {
	for order in cat tac; do
		db=$(database "$kind" state)
		at-load "$db" whole
		$order words | at-load "$db"
		is "$1 ($kind, $order)" "$(sql "$db" "SELECT status,
		    (SELECT count(*) FROM records) FROM accounts")" "$2"
		at-status --purge-gone "$db"
		is "and --purge-gone leaves" \
		    "$(sql "$db" 'SELECT count(*) FROM all_records')" "$3"
	done
}

# loads KIND: run the test with that database
loads() {
	kind=$1
	{ said "$relay" 3 "$away"; identity "$new" 1
	  said "$new" 2 '"active":true'; } >words
	decides "a relay's later word doesn't hide" "active|4" 4
	said "$relay" 3 "$gone" >words
	decides "it counts alone, and removes nothing" "takendown|0" 4
	{ said "$relay" 1 '"active":true'; said "$old" 2 "$away"; } >words
	decides "of several like it the later one" "deactivated|0" 4
	{ identity "$old" 1; said "$old" 4 "$gone"; identity "$new" 2
	  said "$new" 3 '"active":true'; } >words
	decides "nor a former host's" "active|4" 4
	{ identity "$old" 1; said "$old" 4 "$gone"; identity "$new" 2; } >words
	decides "which counts alone" "takendown|0" 4
	{ identity "$new" 1; said "$new" 2 "$gone"; said "$relay" 3 '"active":true'; } >words
	decides "the account's host decides" "takendown|0" 0
	{ identity "$new" 1; said "$new" 2 "$away"; said "$new" 3 '"active":true'; } >words
	decides "as it says last" "active|4" 4
	{ event 3 "$gone"; identity "$new" 1; said "$new" 2 '"active":true'; } >words
	decides "or an event that is later" "takendown|0" 0
	{ event 2 "$gone"; identity "$new" 1; said "$new" 3 '"active":true'; } >words
	decides "but not an earlier one" "active|4" 4
	{ identity "$new" 1; said "$new" 2 '"active":true'
	  refused "$old" 3 RepoNotFound; } >words
	decides "what another host doesn't have" "active|4" 4
	{ identity "$new" 1; said "$new" 2 '"active":true'
	  refused "$new" 3 RepoNotFound; } >words
	decides "what the account's host doesn't have" "deleted|0" 0
	{ identity "$new" 1; said "$new" 2 '"active":true,"status":"suspended"'
	  said "$new" 3 '"status":"throttled"'
	  event 4 '"active":false,"status":"desynchronized"'; } >words
	decides "active wins, a relay's trouble is none" "active|4" 4
	{ identity "$new/" 1; said HTTPS://x 3 "$gone"
	  said https://NEW.example:443 2 '"active":true'; } >words
	decides "an origin may be written otherwise" "active|4" 4

	{ said "$new" 1 "\"active\":true,\"pds\":\"$new\""; said "$relay" 3 "$gone"
	} >words
	decides "without an identity the host that was asked as its" \
	    "active|4" 4
	{ said "$old" 1 "\"active\":true,\"pds\":\"$old\""
	  said "$new" 2 "\"active\":true,\"pds\":\"$new\""
	  said "$old" 3 "$away"; } >words
	decides "the last one" "active|4" 4
	{ said "$old" 3 "$gone,\"pds\":\"$old\""; identity "$new" 1
	  said "$new" 2 '"active":true'; } >words
	decides "not if there is an identity" "active|4" 4

	db=$(database "$kind" migrated)
	{ identity "$old" 1; said "$old" 2 "\"active\":true,\"rev\":\"$r3\""
	  said "$new" 3 "\"active\":true,\"rev\":\"$r2\""; identity "$new" 2
	  said "$old" 4 "\"active\":true,\"rev\":\"$r3\""; } >words
	for order in cat tac; do
		$order words | at-load "$db"
		is "at-status names the new host and its rev ($kind, $order)" \
		    "$(at-status "$db" | jq -r '[.pds, .rev] | @tsv')" \
		    "$new	$r2"
	done
}
each_database loads -F

# Thousands of hosts claim the account in turn.
db=$(database sqlite turns)
awk -v did="$did" 'BEGIN {
	for (i = 0; i < 20000; i++)
		printf "{\"type\":\"repo\",\"did\":\"%s\",\"active\":true," \
		    "\"host\":\"https://h%d.example\",\"pds\":" \
		    "\"https://h%d.example\"}\n", did, i, i
}' >lines
exits 0 "a line of another host doesn't read all words" \
    timeout 60 at-load "$db" lines
is "all are kept" "$(sql "$db" 'SELECT count(*) FROM word')" 20000

# upgraded: the tables of version 1
upgraded() {
	db=$(postgres_db older)
	"$postgres_bin/psql" -Xq "$db" <"$data/db/postgres-1.sql" >/dev/null
	sql "$db" 'CREATE VIEW mine AS SELECT did, status FROM accounts'
	sql "$db" "UPDATE account SET pds = 'http://[::1]:80'
	    WHERE did = 'did:web:a.example'"
	exits 2 "tables of version 1 are not read before they are upgraded" at-status "$db"
	is "message" "$(cat err)" "at-status: PostgreSQL: tables of version 1, \
at-load needs 6"
	exits 0 "they are brought up to date" at-load "$db" /dev/null
	is "with what was known" "$(sql "$db" 'SELECT * FROM mine
	    ORDER BY did')" "did:web:a.example|active
did:web:b.example|takendown
did:web:c.example|"
	is "and the columns of new tables" "$(sql "$db" "$columns")" \
	    "$(at-load "$(postgres_db newer)" /dev/null
	    sql "${db%older*}newer${db#*older}" "$columns")"
	is "and hosts as origins" "$(sql "$db" "SELECT own FROM account
	    WHERE did = 'did:web:a.example'")" "http://[::1]"
	exits 0 "nothing is removed" at-status -v --purge-gone "$db"
	is "on nobody's word" "$(cat err)" \
	    "at-status: 0 accounts, 0 records removed"
	{ identity "$new" 1; said "$new" 2 '"active":true'; } |
		sed "s/$did/did:web:b.example/" | at-load "$db"
	is "which the account's host overrules" "$(sql "$db" "SELECT status
	    FROM mine WHERE did = 'did:web:b.example'")" active
}
columns="SELECT table_name, column_name, data_type, collation_name
    FROM information_schema.columns WHERE table_schema = 'public' AND
    table_name <> 'mine' ORDER BY 1, 2"
indexes="SELECT indexname, indexdef FROM pg_indexes
    WHERE schemaname = 'public' ORDER BY 1"
# second: the tables of version 2
second() {
	db=$(postgres_db second)
	"$postgres_bin/psql" -Xq "$db" <"$data/db/postgres-2.sql" >/dev/null
	sql "$db" 'CREATE VIEW mine AS SELECT service, cursor FROM cursors'
	exits 0 "tables of version 2 are brought up to date" \
	    at-load "$db" /dev/null
	is "with the columns of new tables" "$(sql "$db" "$columns")" \
	    "$(sql "${db%second*}newer${db#*second}" "$columns")"
	is "and the same cursors" "$(sql "$db" "SELECT service, stream,
	    collection, cursor FROM cursors JOIN mine USING (service, cursor)
	    ORDER BY 1")" "https://pds.example||com.example.post|y
https://relay.example|||123"
	is "and records" "$(sql "$db" 'SELECT count(*) FROM all_records')" 2
	is "no change is recorded" "$(sql "$db" 'SELECT * FROM changes')" ""
	is "views have comments" "$(sql "$db" "SELECT obj_description(
	    'changes'::regclass, 'pg_class')")" \
	    "What became of rows of all_records, if --changes is on"
}
# third: the tables of version 3, with a user's own view
third() {
	db=$(postgres_db third)
	"$postgres_bin/psql" -Xq "$db" <"$data/db/postgres-3.sql" >/dev/null
	sql "$db" 'CREATE VIEW mine AS SELECT did, unsynced FROM repos'
	exits 0 "tables of version 3 get those of operations" \
	    at-load "$db" /dev/null
	is "with the columns of new tables, too" "$(sql "$db" "$columns")" \
	    "$(sql "${db%third*}newer${db#*third}" "$columns")"
	is "which are empty" "$(sql "$db" 'SELECT did FROM plc_operations
	    UNION ALL SELECT did FROM plc_latest')" ""
	is "records are as they were" \
	    "$(sql "$db" 'SELECT count(*) FROM all_records')" 2
}
# fourth: the tables of version 4
fourth() {
	db=$(postgres_db fourth)
	"$postgres_bin/psql" -Xq "$db" <"$data/db/postgres-4.sql" >/dev/null
	exits 0 "tables of version 4 get that of blobs" at-load "$db" /dev/null
	is "with its columns" "$(sql "$db" "$columns")" \
	    "$(sql "${db%fourth*}newer${db#*fourth}" "$columns")"
	is "which has none" "$(sql "$db" 'SELECT did FROM blobs')" ""
	is "operations are as they were" \
	    "$(sql "$db" 'SELECT handle FROM plc_latest')" old.test
	is "the new view has a comment" "$(sql "$db" "SELECT obj_description(
	    'blobs'::regclass, 'pg_class')")" \
	    "Which file has which blob of an account"
}
# fifth: the tables of version 5
fifth() {
	db=$(postgres_db fifth)
	"$postgres_bin/psql" -Xq "$db" <"$data/db/postgres-5.sql" >/dev/null
	exits 0 "tables of version 5 get another index" at-load "$db" /dev/null
	is "the indexes are those of new tables" "$(sql "$db" "$indexes")" \
	    "$(sql "${db%fifth*}newer${db#*fifth}" "$indexes")"
	is "blobs are as they were" \
	    "$(sql "$db" 'SELECT cid FROM blobs')" bafkreia
}
if postgres_find; then
	ok "PostgreSQL starts again" postgres_start -F || done_testing
	upgraded
	second
	third
	fourth
	fifth
else
	skip "an upgrade of PostgreSQL" "no server of PostgreSQL"
fi

done_testing
