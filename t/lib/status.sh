# shellcheck shell=sh
# shellcheck disable=SC2154,SC2086 # lib.sh and load.sh set them, to words
# Tests of at-status with a database of any kind. After tap.sh and load.sh, with
#
#	database NAME: make a database without tables, and print its name
#	sql DATABASE STATEMENT: run it, and print rows as sqlite3 does

command -v jq >/dev/null || skip_all "no jq"
db=$(database records)

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

# all: print all lines, without times of this run
all() {
	at-status "$db" >lines || echo "status $?"
	jq -c 'if .at > "2025" then del(.at) else . end' lines
}
# dids OPTION...: print only the accounts
dids() {
	at-status "$@" "$db" | jq -r '.did | split(":")[2] | .[:-8]' |
		tr '\n' ' ' | sed 's/ $//'
}

# bad NAME REV: a record that can't be stored
bad() {
	printf '{"type":"error","program":"at-carwalk","source":"live",'
	printf '"did":"did:web:%s.example","rev":"%s",' "$1" "$2"
	printf '"collection":"com.example.bad","rkey":"x",'
	echo '"error":"BadRecord","message":"no"}'
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
	failure waits '"retry":true,' $early \
	    ',"retryAfter":"2999-01-01T00:00:00Z"'
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
at-load "$db" input 2>err

exits 0 "all accounts" at-status "$db"
is "say nothing else" "$(cat err)" ""
ok "are lines as at-ndjson(5) has them" sh -c "at-load again.db out"
all >got
same "a line for each account, in order" got <<EOT
{"type":"repo","did":"did:web:broken.example","rev":"$r1",\
"collection":"com.example.post","cursor":"9","state":"failed",\
"program":"at-fetchrepo","error":"Timeout","message":"no answer",\
"retry":true,"retryAfter":"2024-01-02T00:01:00.000Z","attempts":1}
{"type":"repo","did":"did:web:cut.example","rev":"$r1","state":"in_progress"}
{"type":"repo","did":"did:web:final.example","state":"failed",\
"program":"at-fetchrepo","error":"Timeout","message":"no answer",\
"retry":false,"attempts":1,"at":"2024-01-01T00:00:00.000Z"}
{"type":"repo","did":"did:web:known.example","rev":"$r1",\
"pds":"https://pds.example","key":"did:key:z2","state":"pending",\
"at":"2024-01-02T00:00:00.000Z"}
{"type":"repo","did":"did:web:listed.example","rev":"$r2",\
"collection":"com.example.b","cursor":"p\\"1",\
"counts":{"com.example.a":5,"com.example.b":1},"state":"in_progress"}
{"type":"repo","did":"did:web:old.example","rev":"$r3","state":"completed",\
"loadedRev":"$r1","at":"2024-01-02T00:00:00.000Z"}
{"type":"repo","did":"did:web:paged.example","state":"completed",\
"loadedRev":"$r2","loadedFilter":[]}
{"type":"repo","did":"did:web:tried.example","state":"failed",\
"program":"at-fetchrepo","error":"Timeout","message":"no answer",\
"retry":true,"retryAfter":"2024-01-01T00:01:00.000Z","attempts":1,\
"at":"2024-01-01T00:00:00.000Z"}
{"type":"repo","did":"did:web:twice.example","state":"failed",\
"program":"at-fetchrepo","error":"Timeout","message":"no answer",\
"retry":true,"retryAfter":"2024-01-02T00:01:00.000Z","attempts":2,\
"at":"2024-01-02T00:00:00.000Z"}
{"type":"repo","did":"did:web:unsaid.example","state":"failed",\
"program":"at-fetchrepo","error":"Timeout","message":"no answer",\
"attempts":1,"at":"2024-01-01T00:00:00.000Z"}
{"type":"repo","did":"did:web:waits.example","state":"failed",\
"program":"at-fetchrepo","error":"Timeout","message":"no answer",\
"retry":true,"retryAfter":"2999-01-01T00:00:00.000Z","attempts":1,\
"at":"2024-01-01T00:00:00.000Z"}
{"type":"repo","did":"did:web:whole.example","state":"completed",\
"loadedRev":"$r2"}
EOT
is "in the states of the view" "$(jq -r '.did + "|" + .state' got)" \
    "$(sql "$db" 'SELECT did, status FROM repos ORDER BY did')"
is "a rev has the host's time" \
    "$(at-status --did did:web:old.example "$db" | jq -r .at)" \
    2024-01-02T00:00:00.000Z

is "an unfinished listing has the time it began" \
    "$(at-status --did did:web:broken.example "$db" |
	jq '.at[:-5] + "Z" | fromdate')" "$(sql "$db" "SELECT started_ms / 1000
    FROM coverage WHERE cursor = '9'")"

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

exits 0 "--summary" at-status --summary "$db"
same "is a table" out <<'EOT'
accounts                                      12
  completed                                    3
  in_progress                                  2
  pending                                      1
  gone                                         0
  failed                                       6
    can be retried                             4
    can be retried now                         3
records                                       24
  synced                                      24
  failed                                       0
hidden accounts                                0
failures                                       6
  Timeout                                      6
EOT

# The lines of at-status change nothing when at-load reads them.
at-status "$db" >lines
exits 0 "the database takes its own lines" at-load "$db" lines
at-status "$db" >got
ok "and has the same state" diff got lines

# A run that is continued also completes.
repo did:web:broken.example $r1 9 source=list filter=com.example.post |
	lines | at-load "$db"
is "a listing that is complete has no cursor" \
    "$(at-status --did did:web:broken.example "$db" |
	jq -c '[.state, .loadedRev, .rev, .cursor, .error]')" \
    "[\"completed\",\"$r1\",null,null,null]"
repo did:web:listed.example $r2 3 | lines | at-load "$db"
is "nor has one whose repo came another way" \
    "$(at-status --did did:web:listed.example "$db" |
	jq -c '[.state, .loadedRev, .rev, .cursor, .counts]')" \
    "[\"completed\",\"$r2\",null,null,null]"
cursor listed a $r2 page2 '"com.example.a":5' | at-load "$db"
is "an old cursor that comes again does not count" \
    "$(at-status --did did:web:listed.example "$db" |
	jq -c '[.state, .cursor]')" '["completed",null]'
cursor listed a $r3 page1 | at-load "$db"
is "a later one is" \
    "$(at-status --did did:web:listed.example "$db" |
	jq -c '[.state, .rev, .cursor, .counts]')" \
    "[\"in_progress\",\"$r3\",\"page1\",null]"

# ---- --reset ----

db=$(database reset)
# sizes: print the number of rows in the tables of imports
sizes() {
	for table in coverage snapshot snapshot_filter snapshot_count seen \
	    seen_key; do
		sql "$db" "SELECT count(*) FROM $table"
	done | tr '\n' ' '
}
entries() {
	sql "$db" 'SELECT account, collection, rkey, id, rev, state, indexed,
	    cid FROM entry ORDER BY account, collection, rkey'
}
{
	printf '{"type":"identity","did":"did:web:a.example",'
	printf '"handle":null,"pds":"https://pds.example","key":null,'
	echo "\"at\":\"$early\"}"
	host a $r1 $early
	repo did:web:a.example $r1 9 signature=verified | lines
	bad a $r2
	failure a '"retry":true,' 2998-01-01T00:00:00Z
	# A complete snapshot, one in progress, a listing, and a key without an
	# entry
	repo did:web:b.example $r1 9 | lines
	repo did:web:b.example $r2 12 drop=2 | lines | sed '$d'
	cursor b like $r3 page '"com.example.like":3'
	failure b '"retry":false,' 2998-01-01T00:00:00Z
	repo did:web:c.example $r1 3 | lines
	cursor d post $r1 page
	failure d '"retry":false,' $early
} | at-load -q "$db" 2>/dev/null
is "there is something to forget" "$(sizes)" "6 1 1 3 1 0 "
entries >before
exits 0 "--reset" at-status --reset --failed "$db"
same "gives the accounts that failed, as they are now" out <<EOT
{"type":"repo","did":"did:web:a.example","rev":"$r1",\
"pds":"https://pds.example","state":"pending","at":"2024-01-01T00:00:00.000Z"}
{"type":"repo","did":"did:web:b.example","state":"pending"}
{"type":"repo","did":"did:web:d.example","state":"pending"}
EOT
is "and says nothing else" "$(cat err)" ""
entries >after
ok "records do not change" cmp before after
is "floors stay, and nothing else" "$(sizes)" "3 0 0 0 0 0 "
is "only they" "$(sql "$db" "SELECT did, pattern, floor,
    coalesce(loaded, v.status, cursor, cursor_rev, counts),
    coalesce(listed, synced, skipped, v.failed, started_ms, completed_ms)
    FROM coverage v JOIN account a ON a.id = account
    WHERE did <> 'did:web:c.example' ORDER BY did")" \
    "did:web:a.example|*|$r1||
did:web:b.example|*|$r2||"
is "no commit, no failure, no load" "$(sql "$db" "SELECT did,
    coalesce(rev, head, data, signature, failed_rev, error, message),
    coalesce(records, whole, loaded_ms, failed_ms, attempts, retry, retry_ms)
    FROM account WHERE did <> 'did:web:c.example' ORDER BY did")" \
    "did:web:a.example||
did:web:b.example||
did:web:d.example||"
is "errors of records stay" "$(sql "$db" 'SELECT did, collection, rkey, error
    FROM errors')" "did:web:a.example|com.example.bad|x|BadRecord"
is "others are as they were" "$(dids --did did:web:c.example) $(at-status \
    --did did:web:c.example "$db" | jq -r .state)" "c completed"
exits 0 "a second time" at-status --reset --failed "$db"
is "prints nothing" "$(cat out)" ""
exits 0 "by a DID" at-status --reset --did did:web:a.example "$db"
is "the same" "$(jq -c '[.did, .state]' out)" '["did:web:a.example","pending"]'
exits 0 "one that isn't here" at-status --reset --did did:web:z.example "$db"
is "has no line" "$(cat out)" ""
is "and isn't made" "$(sql "$db" 'SELECT count(*) FROM account')" 4

repo did:web:a.example 3k22222222222 9 edit=1 | lines | sed '$d' |
	at-load -q "$db" 2>/dev/null
entries >after
ok "lines below the floor change nothing" cmp before after
repo did:web:a.example $r1 9 signature=verified | lines >again
exits 0 "the same again" at-load -v "$db" again
is "is confirmed" "$(cat err)" "at-load: 11 lines: 0 rows written, \
9 confirmed, 0 skipped, 0 bad"
is "and completed" "$(at-status --did did:web:a.example "$db" |
    jq -c '[.state, .loadedRev, .rev, .error]')" \
    "[\"completed\",\"$r1\",null,null]"
is "as it was" "$(sql "$db" "SELECT rev, signature, records FROM repos
    WHERE did = 'did:web:a.example'")" "$r1|verified|9"
repo did:web:b.example $r2 12 drop=2 | lines | at-load -v "$db" 2>err
is "and what was in progress is" "$(cat err)" "at-load: 8 lines: \
0 rows written, 6 confirmed, 0 skipped, 0 bad"
is "and completed" "$(at-status --did did:web:b.example "$db" |
    jq -c '[.state, .loadedRev]')" "[\"completed\",\"$r2\"]"
is "without what it didn't name" "$(sql "$db" "SELECT count(*)
    FROM records WHERE did = 'did:web:b.example'")" 6

# failing: print errors of the jobs of 2,500 accounts
failing() {
	awk -v at=$early 'BEGIN {
		for (i = 0; i < 2500; i++)
			printf "{\"type\":\"error\"," \
			    "\"program\":\"at-fetchrepo\"," \
			    "\"did\":\"did:web:a%04d.example\"," \
			    "\"error\":\"E%d\",\"message\":\"no\"," \
			    "\"retry\":false,\"at\":\"%s\"}\n",
			    i, i % 25 < 3 ? 1 : i % 25, at
	}'
}
db=$(database failing)
failing | at-load "$db"
exits 0 "a summary of many" at-status --summary "$db"
same "has separators, the most, and the rest" out <<'EOT'
accounts                                   2,500
  completed                                    0
  in_progress                                  0
  pending                                      0
  gone                                         0
  failed                                   2,500
    can be retried                             0
    can be retried now                         0
records                                        0
  synced                                       0
  failed                                       0
hidden accounts                                0
failures                                   2,500
  E1                                         300
  E10                                        100
  E11                                        100
  E12                                        100
  E13                                        100
  E14                                        100
  E15                                        100
  E16                                        100
  E17                                        100
  E18                                        100
  E19                                        100
  E20                                        100
  E21                                        100
  E22                                        100
  E23                                        100
  E24                                        100
  E3                                         100
  E4                                         100
  E5                                         100
  E6                                         100
  ...                                        300
EOT
exits 0 "--reset of many" at-status --reset --failed "$db"
is "each has a line" "$(jq -r .did out | sort -u | wc -l)" 2500
is "in order" "$(sort -c out && wc -l <out)" 2500
is "and is pending" "$(dids --pending | wc -w)" 2500

# ---- --purge-gone ----

db=$(database gone)
r4=3kddddddddd22
# state NAME STATUS AT: print an account event
state() {
	printf '{"type":"account","did":"did:web:%s.example","active":%s,' \
	    "$1" "$([ "$2" = active ] && echo true || echo false)"
	printf '"status":"%s","at":"%s"}\n' "$2" "$3"
}
# error NAME ERROR AT: print an error of the account's own host
error() {
	printf '{"type":"error","program":"at-fetchrepo",'
	printf '"host":"https://pds.example",'
	printf '"did":"did:web:%s.example","error":"%s",' "$1" "$2"
	printf '"message":"no","retry":false,"at":"%s"}\n' "$3"
}
# full NAME: print lines that give the account rows in all tables
full() {
	printf '{"type":"identity","did":"did:web:%s.example",' "$1"
	printf '"handle":"%s.example","handleStatus":"valid",' "$1"
	printf '"pds":"https://pds.example","key":"did:key:z2",'
	echo "\"at\":\"$early\"}"
	host "$1" $r1 $early
	repo "did:web:$1.example" $r1 6 signature=verified | lines
	repo "did:web:$1.example" $r3 3 | lines | sed '$d'
	cursor "$1" like $r3 page
	bad "$1" $r4
	printf '{"type":"record","did":"did:web:%s.example",' "$1"
	printf '"rev":"%s","collection":"com.example.post",' $r4
	echo '"rkey":"k0000002","action":"delete","source":"live"}'
}
# left: print each account's rows, and which of its columns have values
left() {
	sql "$db" "SELECT substr(did, 9, 5),
	    (SELECT count(*) FROM entry WHERE account = a.id),
	    (SELECT count(*) FROM error WHERE account = a.id AND job = ''),
	    (SELECT count(*) FROM snapshot WHERE account = a.id),
	    (SELECT count(*) FROM coverage v WHERE account = a.id AND
		coalesce(loaded, v.status, cursor) IS NOT NULL),
	    (SELECT max(floor) FROM coverage WHERE account = a.id),
	    CASE WHEN coalesce(handle, handle_status, pds, key, host_rev,
		host_head, car, rev, head, data, signature) IS NULL AND
		coalesce(resolved_ms, host_ms, car_ms, records, whole,
		loaded_ms) IS NULL THEN '' ELSE 'more' END, status,
	    status_ms / 1000, error,
	    (SELECT count(*) FROM error WHERE account = a.id AND job <> '')
	    FROM account a ORDER BY did"
}
{
	for name in alive deact suspe taken trash; do
		full $name
	done
	state deact deactivated $late
	state suspe suspended $late
	state taken takendown $late
	error trash RepoNotFound 2998-01-01T00:00:00Z
	host empty $r1 $early
	state empty takendown $late
	state never deleted $late
} | at-load -q "$db" 2>/dev/null
left >got
same "there is something to remove" got <<EOT
alive|7|1|1|2|$r3|more|active|1704067200||0
deact|7|1|1|2|$r3|more|deactivated|1704153600||0
empty|0|0|0|0||more|takendown|1704153600||0
never|0|0|0|0|||deleted|1704153600||0
suspe|7|1|1|2|$r3|more|suspended|1704153600||0
taken|7|1|1|2|$r3|more|takendown|1704153600||0
trash|7|1|1|2|$r3|more|deleted|32440608000|RepoNotFound|1
EOT
is "a deleted account is not pending" "$(dids --pending)" "alive deact suspe"
exits 0 "--summary" at-status --summary "$db"
same "knows it" out <<'EOT'
accounts                                       7
  completed                                    0
  in_progress                                  3
  pending                                      0
  gone                                         3
  failed                                       1
    can be retried                             0
    can be retried now                         0
records                                       15
  synced                                      15
  failed                                       0
hidden accounts                                6
  deleted                                      2
  takendown                                    2
  deactivated                                  1
  suspended                                    1
failures                                       1
  RepoNotFound                                 1
EOT
exits 0 "--purge-gone of one" at-status --purge-gone -v \
    --did did:web:taken.example --did did:web:alive.example "$db"
is "says what it was" "$(cat err)" "at-status: 1 accounts, 5 records removed"
is "and no line" "$(cat out)" ""
exits 0 "--purge-gone" at-status --purge-gone "$db"
is "says nothing" "$(cat out err)" ""
left >got
same "and nothing is left behind" got <<EOT
alive|7|1|1|2|$r3|more|active|1704067200||0
deact|7|1|1|2|$r3|more|deactivated|1704153600||0
empty|0|0|0|0|||takendown|1704153600||0
never|0|0|0|0|||deleted|1704153600||0
suspe|7|1|1|2|$r3|more|suspended|1704153600||0
taken|0|0|0|0|$r3||takendown|1704153600||0
trash|0|0|0|0|$r3||deleted|32440608000|RepoNotFound|1
EOT
is "and nothing of their snapshots" "$(sizes)" "8 3 3 9 3 0 "
is "a failure stays one" "$(dids --failed)" trash
exits 0 "--purge-gone again" at-status --purge-gone -v "$db"
is "has nothing to do" "$(cat err)" "at-status: 0 accounts, 0 records removed"

{
	repo did:web:taken.example $r1 6 | lines
	host taken $r3 2024-01-03T00:00:00Z
	state taken active 2024-01-03T00:00:00Z
	repo did:web:taken.example $r3 3 | lines
} | at-load "$db"
is "an account that comes back" "$(at-status --did did:web:taken.example \
    "$db" | jq -c '[.state, .loadedRev]')" "[\"completed\",\"$r3\"]"
is "has the lines from its floor on" "$(sql "$db" "SELECT rev, count(*)
    FROM records WHERE did = 'did:web:taken.example' GROUP BY rev")" "$r3|3"
awk -v at=$early 'BEGIN {
	for (i = 0; i < 250; i++)
		printf "{\"type\":\"repo\",\"did\":\"did:web:b%03d.example\"," \
		    "\"rev\":\"3kaaaaaaaaa22\",\"active\":true," \
		    "\"at\":\"%s\"}\n{\"type\":\"account\"," \
		    "\"did\":\"did:web:b%03d.example\",\"active\":false," \
		    "\"status\":\"takendown\",\"at\":\"%s\"}\n", i, at, i, at
}' | at-load "$db"
exits 0 "--purge-gone of many" at-status --purge-gone -v "$db"
is "of all of them" "$(cat err)" "at-status: 250 accounts, 0 records removed"

# ---- --hosts ----

hosts=$(database hosts)
# identity NAME PDS: the line of an account; PDS is JSON
identity() {
	printf '{"type":"identity","did":"did:web:%s.example",' "$1"
	printf '"handle":null,"pds":%s,"key":null,"at":"%s"}\n' "$2" "$early"
}
{
	identity a '"https://b.example"'
	identity b '"https://a.example:8443"'
	identity c '"https://b.example"'
	identity d null
	printf '{"type":"repo","did":"did:web:e.example","rev":"%s",' $r1
	printf '"host":"https://c.example","at":"%s"}\n' "$early"
	printf '{"type":"host","host":"https://d.example","accounts":5}\n'
} | at-load "$hosts" 2>err
is "a host line is no news for at-load" "$? $(cat err)" "0 "
exits 0 "--hosts" at-status --hosts "$hosts"
is "now" "$(jq -r '.at[:10]' out | sort -u)" "$(date -u +%F)"
sed 's/,"at":"[^"]*"//' out >lines
same "the hosts of accounts" lines <<'EOT'
{"type":"host","host":"https://a.example:8443","accounts":1}
{"type":"host","host":"https://b.example","accounts":2}
EOT

# ---- while at-load runs ----

repo did:web:again.example $r1 6 | lines >again
mkfifo feed
at-load "$db" feed 2>running &
loader=$!
exec 4>feed
is_loaded() {
	[ "$(sql "$db" "SELECT loaded_rev FROM repos
	    WHERE did = 'did:web:again.example'")" = $r1 ]
}
cat again >&4
wait_for "what is loaded" is_loaded
exits 0 "--reset" at-status --reset --did did:web:again.example "$db"
ok "forgets it" not is_loaded
cat again >&4
wait_for "what is loaded again" is_loaded
exec 4>&-
wait $loader
is "by the same at-load" "$? $(cat running)" "0 "

# ---- what at-status ignores ----

sql "$db" 'DROP VIEW all_records'
sql "$db" 'DROP VIEW records'
sql "$db" 'DROP VIEW tombstones'
sql "$db" 'DROP TABLE entry'
exits 0 "--summary needs no entries" at-status --summary "$db"
exits 0 "the jobs need none either" at-status "$db"
exits 0 "--reset needs none either" at-status --reset --pending "$db"
is "which prints pending accounts" "$(jq -r .state out | sort | uniq -c |
    tr -s ' ')" " 3 pending"

# ---- options ----

# trouble NAME MESSAGE ARGUMENT...: exit status 2 and one line
trouble() {
	name=$1 said=$2
	shift 2
	exits 2 "$name" at-status "$@"
	is "message" "$(head -n 1 err)" "at-status: $said"
}
trouble "--hosts and --cursors" "--cursors allows no other option" \
    --hosts --cursors "$db"
trouble "--hosts and --did" "--hosts allows no other option" --hosts \
    --did did:web:a "$db"
trouble "no database" "no database is named"
trouble "two" "want one database, have 2" "$db" "$db"
trouble "what isn't a DID" "--did: 'x' isn't a DID" --did x "$db"
selects="--reset needs --did, --failed, --outdated, --pending, --retry-due"
selects="$selects or --unsynced"
trouble "--reset of nothing" "$selects" --reset "$db"
alone="--summary allows no other option"
trouble "--summary and --reset" "$alone" --summary --reset --failed "$db"
trouble "--summary and --purge-gone" "$alone" --summary --purge-gone "$db"
trouble "--summary and --pending" "$alone" --summary --pending "$db"
trouble "--summary and --did" "$alone" --summary --did did:web:a "$db"
alone="--purge-gone allows only --did"
trouble "--purge-gone and --reset" "$alone" --purge-gone --reset \
    --did did:web:a "$db"
trouble "--purge-gone and --failed" "$alone" --purge-gone --failed "$db"
