#!/bin/sh
# at-load: input that isn't lines of the stream, and databases that can't be
# written. Each failure is one line.
. "${0%/*}/lib/tap.sh"
. "$top/t/lib/load.sh"
. "$top/t/lib/postgres.sh"

# Bad lines lose only themselves.
repo $did $r1 6 | lines >good
{
	sed -n 1,2p good
	echo 'not JSON'
	sed -n 3p good
	echo '{"type":"record","did":"did:web:a.example"}'
	echo '["type"]'
	echo '{"did":"did:web:a.example"}'
	sed -n 4p good | sed 's/"text":"[^}]*}/"text":"\\ud800"}/'
	printf '{"type":"error","error":"'
	head -c 17825792 /dev/zero | tr '\0' x
	echo '"}'
	sed -n '4,$p' good
	printf '{"type":"record","did":"did:web:a.exam'
} >bad
exits 1 "lines that are wrong" at-load bad.db bad
same "are named" err <<'EOT'
at-load: bad: line 3: not a JSON object
at-load: bad: line 5: no rev
at-load: bad: line 6: not a JSON object
at-load: bad: line 7: no type
at-load: bad: line 8: JSON: bad escape
at-load: bad: line 9: line of more than 16777216 bytes
at-load: bad: line 15: JSON: string without end
EOT
is "the others are loaded" "$(contents bad.db)" "$r1 6"
exits 1 "from standard input" at-load other.db <bad
is "the message has their numbers" "$(head -n 1 err)" \
    "at-load: line 3: not a JSON object"

sed -n 2p good | sed 's/"text":"[^}]*}/"text":"#"}/' | tr '#' '\377' >latin
exits 1 "a record that isn't UTF-8" at-load latin.db latin
is "is named" "$(cat err)" "at-load: latin: line 1: JSON: not UTF-8"
is "and not kept" "$(contents latin.db)" ""
exits 0 "no lines at all" at-load empty.db /dev/null

exits 1 "a file that isn't there" at-load files.db missing good
is "is named" "$(cat err)" "at-load: missing: can't open: No such file or directory"
is "and the next one loaded" "$(contents files.db)" "$r1 6"
exits 1 "a directory" at-load files.db .
is "is named" "$(cat err)" "at-load: .: a directory, want a file"
exits 2 "no database" at-load
if has_postgres; then
	exits 75 "a server that isn't there" \
	    at-load "postgresql:///x?host=$PWD" good
	is "message" "$(cat err)" "at-load: PostgreSQL: connection to server \
on socket \"$PWD/.s.PGSQL.5432\" failed: No such file or directory"
else
	for program in at-load at-status; do
		exits 2 "$program: a server" $program "postgresql:///x?host=$PWD"
		is "is nothing for this build" "$(cat err)" "$program: this build \
has no PostgreSQL (configure --without-postgresql)"
	done
fi
exits 0 "sqlite: in front of the name" at-load sqlite:named.db good
is "is not part of it" "$(contents named.db)" "$r1 6"

# trouble NAME DATABASE MESSAGE: exit status 2 and one line
trouble() {
	exits 2 "$1" at-load "$2" good
	is "message" "$(cat err)" "at-load: $2: $3"
}
trouble "a directory that isn't there" missing/records.db \
    "unable to open database file: No such file or directory"
trouble "a place that can't be written" /proc/records.db \
    "unable to open database file: No such file or directory"
trouble "a file of lines" good \
    "not a database, but lines of JSON; the database is the first operand"
echo text >text
trouble "a file that is not a database" text "file is not a database"
sqlite3 other.sqlite 'CREATE TABLE records (id)'
trouble "a database of something else" other.sqlite \
    "not a database of at-load"
cp named.db newer.db
known=$(sqlite3 newer.db 'PRAGMA user_version')
sqlite3 newer.db "PRAGMA user_version = $((known + 1))"
trouble "tables of a later version" newer.db \
    "tables of version $((known + 1)), this program supports $known"

# A file that can't grow; full disks are in 5240-load-full.t.
repo $did $r2 50000 | lines >much
limited() {
	(
		trap '' XFSZ
		ulimit -f 4096
		exec at-load "$@"
	)
}
at-load full.db good
exits 2 "a file that cannot grow" limited full.db much
is "message of one line" "$(wc -l <err)" 1
ok "with the database's name" grep -q \
    '^at-load: full.db: \(disk I/O error\|database or disk is full\)$' err
ok "the database is sound" test \
    "$(sql full.db 'PRAGMA integrity_check')" = ok
exits 0 "with more room it continues" at-load full.db much
is "and has it all" "$(contents full.db)" "$r1 6 $r2 49994"

# Another process that keeps the lock.
at-load busy.db good
mkfifo commands
: >answers
sqlite3 busy.db <commands >>answers &
exec 3>commands
echo "BEGIN IMMEDIATE; SELECT 'has it';" >&3
until grep -q 'has it' answers; do
	sleep 0.01
done
exits 75 "a database that another process holds" \
    at-load -t 100ms busy.db much
is "message" "$(cat err)" "at-load: busy.db: database is locked"
# Pauses can take much longer than they should: here up to a second each.
if (echo 1000000000 >/proc/self/timerslack_ns) 2>/dev/null; then
	exits 75 "-t is measured, whatever the pauses take" timeout 20 sh -c \
	    'echo 1000000000 >/proc/$$/timerslack_ns
	    exec at-load -t 500ms busy.db much'
else
	skip "slow pauses" "this system cannot make them"
fi
exits 0 "loaded lines need no lock" at-load -t 100ms busy.db good
echo 'COMMIT;' >&3
exec 3>&-
wait
exits 0 "afterwards it can be written" at-load busy.db much

exits 0 "--schema" at-load --schema
cp out schema
ok "is what makes the tables" sh -c 'sqlite3 made.db <schema'
exits 0 "which at-load then uses" at-load made.db good
sql made.db 'SELECT sql FROM sqlite_schema ORDER BY name' >got
sql named.db 'SELECT sql FROM sqlite_schema ORDER BY name' >want
ok "as its own" cmp got want
exits 2 "output that is lost" sh -c 'at-load --schema >/dev/full'

done_testing
