#!/bin/sh
# at-status: how far the accounts are, as jobs.
. "${0%/*}/lib.sh"
. "$top/t/load.sh"

command -v jq >/dev/null || skip_all "no jq"

# host NAME REV AT, failure NAME RETRY AT [FIELDS], cursor NAME COLLECTION REV
# CURSOR [COUNTS]
host() {
	printf '{"type":"repo","did":"did:web:%s.example","rev":"%s",' "$1" "$2"
	printf '"active":true,"at":"%s"}\n' "$3"
}
failure() {
	printf '{"type":"error","program":"at-fetchrepo",'
	printf '"did":"did:web:%s.example","error":"Timeout",' "$1"
	printf '"message":"no answer",%s"at":"%s"%s}\n' "$2" "$3" "${4-}"
}
cursor() {
	printf '{"type":"cursor","did":"did:web:%s.example",' "$1"
	printf '"collection":"com.example.%s","rev":"%s","cursor":"%s"' \
	    "$2" "$3" "$4"
	[ -z "${5-}" ] || printf ',"counts":{%s}' "$5"
	echo '}'
}

# all: the lines, without times that aren't known
all() {
	at-status records.db >lines || echo "status $?"
	jq -c 'if .state == "completed" or .state == "in_progress" and
	    (.cursor | not) then del(.at) else . end' lines
}
# dids OPTION...: the accounts alone
dids() {
	at-status "$@" records.db | jq -r '.did | split(":")[2] | .[:-8]' |
		tr '\n' ' ' | sed 's/ $//'
}

early=2024-01-01T00:00:00Z late=2024-01-02T00:00:00Z
{
	printf '{"type":"identity","did":"did:web:known.example",'
	printf '"handle":null,"pds":"https://pds.example","key":"did:key:z2",'
	echo "\"at\":\"$early\"}"
	host known $r1 $late
	repo did:web:whole.example $r2 6 | lines
	host whole $r2 $early
	repo did:web:old.example $r1 6 | lines
	host old $r3 $late
	repo did:web:cut.example $r1 6 | lines | sed '$d'
	failure tried '"retry":true,' $early
	failure waits '"retry":true,' $early ',"retryAfter":"2999-01-01T00:00:00Z"'
	failure final '"retry":false,' $early
	failure unsaid '' $early
	failure twice '"retry":false,' $early
	failure twice '"retry":true,' $late ',"retryAfter":60'
	cursor listed b $r1 old '"com.example.b":7'
	cursor listed c $r1 older '"com.example.c":7'
	cursor listed a $r2 page1 '"com.example.a":3'
	cursor listed a $r2 page2 '"com.example.a":5'
	cursor listed b $r2 'p\"1' '"com.example.a":5,"com.example.b":1'
	repo did:web:broken.example $r1 9 source=list filter=com.example.post |
		lines | sed '$d'
	cursor broken post $r1 9
	failure broken '"retry":true,' $late
	repo did:web:paged.example $r2 9 source=list filter=com.example.post |
		lines
	host paged $r2 $late
} >input
at-load records.db input 2>err

exits 0 "all accounts" at-status records.db
is "say nothing else" "$(cat err)" ""
ok "are lines as at-ndjson(5) has them" sh -c "at-load again.db out"
all >got
same "a line for each account, in order" got <<EOT
{"type":"repo","did":"did:web:broken.example","rev":"$r1",\
"collection":"com.example.post","cursor":"9","state":"failed",\
"program":"at-fetchrepo","error":"Timeout","message":"no answer",\
"retry":true,"attempts":1,"at":"$(sql records.db "SELECT started_at
    FROM import_states WHERE did = 'did:web:broken.example' AND
    cursor IS NOT NULL")"}
{"type":"repo","did":"did:web:cut.example","rev":"$r1","state":"in_progress"}
{"type":"repo","did":"did:web:final.example","state":"failed",\
"program":"at-fetchrepo","error":"Timeout","message":"no answer",\
"retry":false,"attempts":1,"at":"2024-01-01T00:00:00.000Z"}
{"type":"repo","did":"did:web:known.example","pds":"https://pds.example",\
"key":"did:key:z2","rev":"$r1","state":"pending",\
"at":"2024-01-02T00:00:00.000Z"}
{"type":"repo","did":"did:web:listed.example","rev":"$r2",\
"collection":"com.example.b","cursor":"p\\"1",\
"counts":{"com.example.a":5,"com.example.b":1},"state":"in_progress"}
{"type":"repo","did":"did:web:old.example","rev":"$r3","state":"completed",\
"loadedRev":"$r1"}
{"type":"repo","did":"did:web:paged.example","state":"completed",\
"loadedRev":"$r2"}
{"type":"repo","did":"did:web:tried.example","state":"failed",\
"program":"at-fetchrepo","error":"Timeout","message":"no answer",\
"retry":true,"attempts":1,"at":"2024-01-01T00:00:00.000Z"}
{"type":"repo","did":"did:web:twice.example","state":"failed",\
"program":"at-fetchrepo","error":"Timeout","message":"no answer",\
"retry":true,"attempts":2,"retryAfter":"2024-01-02T00:01:00.000Z",\
"at":"2024-01-02T00:00:00.000Z"}
{"type":"repo","did":"did:web:unsaid.example","state":"failed",\
"program":"at-fetchrepo","error":"Timeout","message":"no answer",\
"attempts":1,"at":"2024-01-01T00:00:00.000Z"}
{"type":"repo","did":"did:web:waits.example","state":"failed",\
"program":"at-fetchrepo","error":"Timeout","message":"no answer",\
"retry":true,"attempts":1,"retryAfter":"2999-01-01T00:00:00.000Z",\
"at":"2024-01-01T00:00:00.000Z"}
{"type":"repo","did":"did:web:whole.example","state":"completed",\
"loadedRev":"$r2"}
EOT
is "in the states of the view" "$(jq -r '.did + "|" + .state' got)" \
    "$(sql records.db 'SELECT did, status FROM repos ORDER BY did')"
is "a rev has the host's time" \
    "$(at-status --did did:web:old.example records.db | jq -r .at)" \
    2024-01-02T00:00:00.000Z

is "--pending" "$(dids --pending)" "cut known listed"
is "--failed" "$(dids --failed)" "broken final tried twice unsaid waits"
is "--retry-due" "$(dids --retry-due)" "broken tried twice"
is "--pending or --retry-due" "$(dids --pending --retry-due)" \
    "broken cut known listed tried twice"
is "--failed or --retry-due" "$(dids --failed --retry-due)" "$(dids --failed)"
is "--did" "$(dids --did did:web:waits.example)" waits
is "several, in order and once" "$(dids --did did:web:whole.example \
    --did did:web:cut.example --did did:web:whole.example \
    --did did:web:nobody.example)" "cut whole"
is "--did and --failed" "$(dids --failed --did did:web:whole.example \
    --did did:web:final.example)" final

# The lines go back in without doing anything.
at-status records.db >lines
exits 0 "the database takes its own lines" at-load records.db lines
at-status records.db >got
ok "and stands where it stood" diff got lines

# What goes on ends.
repo did:web:broken.example $r1 9 source=list filter=com.example.post |
	lines | at-load records.db
is "a listing that is complete has no cursor" \
    "$(at-status --did did:web:broken.example records.db |
	jq -c '[.state, .loadedRev, .rev, .cursor, .error]')" \
    "[\"completed\",\"$r1\",null,null,null]"
repo did:web:listed.example $r2 3 | lines | at-load records.db
is "nor has one whose repo came another way" \
    "$(at-status --did did:web:listed.example records.db |
	jq -c '[.state, .loadedRev, .rev, .cursor, .counts]')" \
    "[\"completed\",\"$r2\",null,null,null]"
cursor listed a $r2 page2 '"com.example.a":5' | at-load records.db
is "an old cursor that comes again is none" \
    "$(at-status --did did:web:listed.example records.db |
	jq -c '[.state, .cursor]')" '["completed",null]'
cursor listed a $r3 page1 | at-load records.db
is "a later one is" \
    "$(at-status --did did:web:listed.example records.db |
	jq -c '[.state, .rev, .cursor, .counts]')" \
    "[\"in_progress\",\"$r3\",\"page1\",null]"

# While another process writes.
mkfifo commands
: >answers
sqlite3 records.db <commands >>answers &
exec 3>commands
echo "BEGIN IMMEDIATE; DELETE FROM account; SELECT 'has it';" >&3
wait_for 'the writer has it' grep -q 'has it' answers
cksum records.db >want
exits 0 "while another process writes" at-status --pending records.db
is "what is committed is listed" "$(jq -r .did out | head -n 1)" \
    did:web:cut.example
cksum records.db >got
ok "and the file isn't touched" cmp got want
echo 'ROLLBACK;' >&3
exec 3>&-
wait

# Trouble.
# trouble NAME SAID ARGUMENT...: exit 2 and one line
trouble() {
	name=$1 said=$2
	shift 2
	exits 2 "$name" at-status "$@"
	is "is said" "$(head -n 1 err)" "at-status: $said"
}
trouble "no database" "which database?"
trouble "two" "one database, not 2" records.db records.db
trouble "what is no DID" "'x' isn't a DID" --did x records.db
trouble "a file that isn't there" \
    "missing.db: unable to open database file" missing.db
ok "isn't made" not test -e missing.db
: >empty.db
trouble "an empty file" "empty.db: an empty database" empty.db
trouble "a file that is no database" "input: file is not a database" input
sqlite3 other.db 'CREATE TABLE accounts (did)'
trouble "a database of something else" \
    "other.db: a database of something else" other.db
trouble "PostgreSQL" "postgresql:///x: PostgreSQL is not built in" \
    postgresql:///x
exits 2 "output that is lost" sh -c 'at-status records.db >/dev/full'
exits 0 "sqlite: in front of the name" at-status sqlite:records.db

# However many accounts there are, it takes no more memory.
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
