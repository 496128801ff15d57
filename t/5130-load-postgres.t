#!/bin/sh
# at-load into PostgreSQL: what differs from SQLite.
. "${0%/*}/lib/tap.sh"
. "$top/t/lib/load.sh"
. "$top/t/lib/postgres.sh"

need_postgres
ok "PostgreSQL starts" postgres_start -F || done_testing
db=$(postgres_db records)

# record RKEY JSON
record() {
	printf '{"type":"record","did":"%s","rev":"%s",' "$did" $r1
	printf '"collection":"com.example.post","rkey":"%s",' "$1"
	printf '"action":"create","source":"car","cid":"bafyrei%s",' "$1"
	printf '"record":%s}\n' "$2"
}
query() {
	psql_at "$db" "$@"
}

{
	record aa '{"text":"plain \\ \"quoted\" \t é \ud83d\ude00","n":1}'
	record bb '{"text":"a\u0000b","\u0000":["\\u0000"]}'
	record cc '{"n":1e200000,"m":2}'
	record dd '{"n":1,"n":2}'
	record ee '{"n":9007199254740993}'
	printf '{"type":"end","did":"%s","rev":"%s","source":"car",' "$did" $r1
	printf '"collections":{"com.example.post":5}}\n'
} >input
exits 0 "records of all kinds" at-load -v "$db" input
is "are loaded" "$(cat err)" \
    "at-load: 6 lines: 5 rows written, 0 confirmed, 0 skipped, 0 bad"
is "only what jsonb accepts is there" "$(query "SELECT rkey, record
    FROM records WHERE record_text IS NULL ORDER BY rkey")" \
    'aa|{"n": 1, "text": "plain \\ \"quoted\" \t é 😀"}
ee|{"n": 9007199254740993}'
query "SELECT rkey, record, record_text FROM records
    WHERE record_text IS NOT NULL ORDER BY rkey" >got
same "what it doesn't beside its own text" got <<'EOT'
bb|{"�": ["\\u0000"], "text": "a�b"}|{"text":"a\u0000b","\u0000":["\\u0000"]}
cc|{"m": 2, "n": "1e200000"}|{"n":1e200000,"m":2}
dd|{"n": 2}|{"n":1,"n":2}
EOT
sed 's/\\u0000b/c/; s/"rev":"'$r1'"/"rev":"'$r2'"/; s/reibb/reibz/' input >next
exits 0 "another version" at-load "$db" next
is "takes the text's place" "$(query "SELECT record FROM records
    WHERE rkey = 'bb' AND record_text IS NOT NULL")" \
    '{"�": ["\\u0000"], "text": "ac"}'
is "times are times" "$(query "SELECT indexed_at BETWEEN
    now() - interval '10 minutes' AND now() FROM records LIMIT 1" \
    "SELECT completed_at >= started_at FROM import_states")" "t
t"

# The comments that psql(1) shows.
without() {
	query "SELECT relname FROM pg_class WHERE relkind IN ('r', 'v') AND
	    relnamespace = 'public'::regnamespace AND
	    obj_description(oid, 'pg_class') IS NULL"
}
is "each table and view has a comment" "$(without)" ""
is "and so have columns" "$(query "SELECT col_description(
    'changes'::regclass, 7)")" "create, update or delete"

at-load --schema "$db" >schema
other=$(postgres_db other)
ok "--schema is what psql takes" psql_at "$other" '\i schema'
exits 0 "and at-load" at-load "$other" input
columns() {
	psql_at "$1" "SELECT table_name, column_name, data_type, collation_name
	    FROM information_schema.columns WHERE table_schema = 'public'
	    ORDER BY 1, ordinal_position"
}
columns "$db" >want
columns "$other" | diff want - >got
same "and makes itself" got </dev/null

exits 0 "a schema by search_path" at-load \
    "$(psql_at "$db" 'CREATE SCHEMA mine' >&2
    echo "$db&options=-csearch_path%3Dmine")" input
is "is where its tables are" "$(query 'SELECT count(*) FROM mine.records')" 5
psql_at "$db" 'DROP SCHEMA mine CASCADE' 2>mode

query 'UPDATE atpipe SET version = 9'
exits 2 "tables of a later version" at-load "$db" input
is "are not written" "$(cat err)" "at-load: PostgreSQL: tables of version 9, \
this program supports 6"
exits 2 "and are not read" at-status "$db"
query 'UPDATE atpipe SET version = 5'
psql_at "$(postgres_db none)" 'CREATE TABLE account (x int)'
exits 2 "a database with such tables of its own" at-load \
    "postgresql:///none?host=$postgres_dir" input
is "is left alone" "$(cat err)" \
    'at-load: PostgreSQL: relation "account" already exists'
exits 2 "a database that is empty" at-status \
    "postgresql:///postgres?host=$postgres_dir"
is "has nothing to list" "$(cat err)" \
    "at-status: PostgreSQL: the database has no tables of at-load"
exits 2 "a database that isn't there" at-load \
    "postgresql:///nowhere?host=$postgres_dir" input
is "message" "$(cat err)" "at-load: PostgreSQL: connection to server on \
socket \"$postgres_dir/.s.PGSQL.5432\" failed: \
FATAL:  database \"nowhere\" does not exist"
postgres_db latin "ENCODING 'SQL_ASCII' TEMPLATE template0" >mode
exits 2 "another encoding" at-load "postgresql:///latin?host=$postgres_dir" \
    input
is "message, too" "$(cat err)" \
    "at-load: PostgreSQL: the database's encoding is SQL_ASCII, not UTF8"

# The queries of at-load(1) for PostgreSQL: both databases give the same
# answers.
awk '/^\.Bd/ { open = 1 } /^\.Ed/ { if (sql != "") print sql; open = 0; sql = "" }
    open && sub(/^\$ sqlite3 records\.db "/, "") { sql = " " }
    open && sql != "" && !done[sql] {
	sub(/^> /, "")
	last = sub(/"$/, "")
	sql = sql " " $0
	if (last) { print sql; sql = ""; open = 0 }
    }' "$top/man/at-load.1" >queries
db=$(postgres_db asked)
at-carwalk "$data/car/alice.car" >alice
at-load "$db" alice
at-load asked.db alice
printf '{"type":"error","did":"did:web:%s.example","error":"%s"}\n' \
    a Timeout b Timeout c RepoNotFound >failed
at-load "$db" failed
at-load asked.db failed
ok "there are six" [ "$(wc -l <queries)" -ge 6 ]
while read -r sql; do
	query "$sql" | sort >got
	sqlite3 asked.db "$sql" | sort >want
	ok "$(echo "$sql" | cut -c 1-60)" test -s want
	diff want got >differ
	same "the same in both" differ </dev/null
done <queries

# Lines that say nothing about an account don't create it.
{
	printf '{"type":"record","did":"did:web:bad.example","rev":"%s",' $r1
	printf '"collection":"com.example.a","rkey":"k","action":"create",'
	echo '"source":"live","cid":"bafyreia","record":{"a":}}'
	printf '{"type":"end","did":"did:web:part.example","rev":"%s",' $r1
	echo '"collections":{},"partial":1}'
	repo did:web:good.example $r1 1 | lines
} >input
exits 1 "lines that say nothing" at-load "$db" input
is "make no account" "$(query "SELECT did FROM accounts
    WHERE did LIKE 'did:web:%d.example' OR did LIKE 'did:web:part%'")" \
    did:web:good.example

# New accounts wait for the lock of what accounts share. Meanwhile everything is
# loaded again, with the temporary table from which changes are merged.
repo did:web:lock.example $r1 30 | lines >input
at-load "$db" input
{
	repo did:web:lock.example $r2 30 edit=5 drop=4 | lines
	printf '{"type":"record","did":"did:web:lock.example","rev":"%s",' $r3
	printf '"collection":"com.example.new","rkey":"k","action":"create",'
	echo '"source":"live","cid":"bafyreia","record":{}}'
} >input
mkfifo hold
"$postgres_bin/psql" -XqAt "$db" <hold >held 2>&1 &
holder=$!
exec 3>hold
echo "SELECT pg_advisory_lock(1635020849, 1);" >&3
holds() {
	[ -s held ]
}
wait_for "another one that holds it" holds
at-load -t 1s "$db" input 2>err 3>&- &
pid=$!
wait_for "the lock in vain" grep -q "lock timeout; trying again" err
exec 3>&-
wait $holder
wait $pid
is "but then goes on" $? 0
is "with everything" "$(query "SELECT count(*) FROM records
    WHERE did = 'did:web:lock.example'")" 24

# Keys that are looked up as a range; all, some or few of them exist, in any
# order.
db=$(postgres_db ranges)
mixed() {
	awk -v seed="$1" 'BEGIN { srand(seed) } { print rand() "\t" $0 }' |
		sort | cut -f 2-
}
repo $did $r1 9000 | lines >first
repo $did $r2 9000 edit=7 drop=5 | lines >second
repo $did $r3 9000 edit=3 source=live | lines | grep example.post | mixed 1 |
	head -n 600 >third
for input in first second third; do
	at-load ranges.db $input
	exits 0 "$input: lines" at-load "$db" $input
done
all='SELECT did, collection, rkey, rev, cid FROM all_records
    ORDER BY did, collection, rkey'
sql ranges.db "$all" >want
query "$all" >got
ok "are the same rows as in SQLite" cmp want got
db=$(postgres_db mixed)
{ mixed 2 <first; mixed 3 <second; mixed 4 <third; } >input
exits 0 "in no order" at-load --batch 700 "$db" input
query "$all" >got
ok "they are the same, too" cmp want got

# If several start at the same time, one of them makes the tables.
db=$(postgres_db many)
pids=
for i in 1 2 3 4; do
	repo did:web:a$i.example $r1 20 | lines >lines.$i
	at-load "$db" lines.$i 2>err.$i &
	pids="$pids $!"
done
# shellcheck disable=SC2086 # numbers
wait $pids
is "four at the same time" "$(cat err.?)" ""
is "load their own lines" "$(query 'SELECT count(*), count(DISTINCT did)
    FROM records')" "80|4"

done_testing
