#!/bin/sh
# at-status: the import states of accounts, as jobs.
. "${0%/*}/lib/tap.sh"
. "$top/t/lib/load.sh"

database() {
	echo "$1.db"
}
. "$top/t/lib/status.sh"
. "$top/t/lib/postgres.sh"

# While another process writes.
mkfifo commands
: >answers
sqlite3 records.db <commands >>answers &
exec 3>commands
echo "BEGIN IMMEDIATE; DELETE FROM account; SELECT 'has it';" >&3
wait_for 'the writer has it' grep -q 'has it' answers
cksum records.db >want
exits 0 "while another process writes" at-status --pending records.db
is "committed accounts are listed" "$(jq -r .did out | head -n 1)" \
    did:web:cut.example
cksum records.db >got
ok "and the file isn't touched" cmp got want
echo 'ROLLBACK;' >&3
exec 3>&-
wait

# Trouble.
trouble "a file that isn't there" \
    "missing.db: unable to open database file: No such file or directory" missing.db
trouble "nor to reset" \
    "missing.db: unable to open database file: No such file or directory" --reset --failed missing.db
trouble "nor to purge" \
    "missing.db: unable to open database file: No such file or directory" --purge-gone missing.db
ok "isn't made" not test -e missing.db
: >empty.db
trouble "an empty file" "empty.db: an empty database" empty.db
trouble "a file of lines" "input: not a database, but lines of JSON; $(:
    )the database is the first operand" input
for db in missing empty; do
	exits 0 "--cursors of a database that is $db" at-status --cursors $db.db
	same "prints none" out </dev/null
	ok "and says so" grep -q "^at-status: $db.db: .*; no cursors yet$" err
done
ok "the missing one isn't made" not test -e missing.db
exits 2 "--cursors of a file that is no database" at-status --cursors input
sqlite3 other.db 'CREATE TABLE accounts (did)'
trouble "a database of something else" \
    "other.db: not a database of at-load" other.db
if has_postgres; then
	exits 75 "a server that isn't there" \
	    at-status "postgresql:///x?host=$PWD"
	is "message" "$(cat err)" "at-status: PostgreSQL: connection to server \
on socket \"$PWD/.s.PGSQL.5432\" failed: No such file or directory"
fi
exits 2 "output that is lost" sh -c 'at-status records.db >/dev/full'
exits 0 "sqlite: in front of the name" at-status sqlite:records.db

# What several lines say may be too long for one.
{
	printf '{"type":"cursor","did":"did:web:long.example",'
	printf '"rev":"3kaaaaaaaaa22","collection":"com.example.a","cursor":"'
	head -c 9000000 /dev/zero | tr '\0' x
	printf '"}\n{"type":"error","program":"at-x","error":"x",'
	printf '"did":"did:web:long.example","message":"'
	head -c 9000000 /dev/zero | tr '\0' x
	printf '"}\n{"type":"repo","did":"did:web:other.example"}\n'
} >input
at-load long.db input
exits 0 "an account of more than a line" at-status long.db
same "is still a job, and so are others" out <<'EOT'
{"type":"repo","did":"did:web:long.example","rev":"3kaaaaaaaaa22","state":"failed"}
{"type":"repo","did":"did:web:other.example","state":"pending"}
EOT

# More accounts need no more memory.
at-load many.db /dev/null
sql many.db "WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n
    WHERE i < 200000) INSERT INTO account (did, pds)
    SELECT printf('did:web:a%06d.example', i * 7919 % 200000),
    'https://pds.example' FROM n"
exits 0 "many accounts" at-status many.db
is "are all listed" "$(wc -l <out)" 200000
ok "in order" sort -c out
if nm "$build/bin/at-status" | grep -q __asan; then
	skip "in little memory" "built with sanitizers"
else
	ok "in little memory" sh -c 'ulimit -v 60000; at-status many.db >out'
fi

done_testing
