#!/bin/sh
# at-load: the figures of import_states, and the messages about snapshots at the
# end, whatever comes later or in between.
. "${0%/*}/lib/tap.sh"
. "$top/t/lib/load.sh"
. "$top/t/lib/growth.sh"

like=com.example.like

repo $did $r1 300 | lines >whole1
repo $did $r2 600 | lines >whole2
repo $did $r3 90 filter=$like source=list | lines >like3
repo $did $r1 60 filter=$like source=list | lines >like1

at-load a.db whole1
at-load a.db like3
is "a later part does not change the figures of the whole" \
    "$(states a.db)" "*|completed|$r1|300|0|0
$like|completed|$r3|30|0|0"

at-load b.db whole1
head -n 41 whole2 | at-load b.db 2>/dev/null
head -n 10 like3 | at-load b.db 2>/dev/null
is "an import in progress counts its own snapshot" "$(states b.db)" \
    "*|in_progress|$r1|40|0|0
$like|in_progress||10|0|0"
at-load b.db like3
is "also when the part is completed" "$(states b.db)" \
    "*|in_progress|$r1|0|0|0
$like|completed|$r3|30|0|0"
at-load b.db whole2
is "and what the part had before is skipped" "$(states b.db)" \
    "*|completed|$r2|400|200|0
$like|completed|$r3|30|0|0"

at-load c.db like1
repo $did $r2 90 filter=$like source=list | lines | head -n 10 |
    at-load c.db 2>/dev/null
is "a part in progress" "$(states c.db)" "$like|in_progress|$r1|10|0|0"
repo $did $r3 300 | lines | at-load c.db
is "ends with the whole, by the figures of that" "$(states c.db)" \
    "*|completed|$r3|300|0|0
$like|completed|$r3|100|0|0"

at-load d.db whole1
at-status --reset --did $did d.db >/dev/null
is "a reset leaves none" "$(states d.db)" "*|pending||0|0|0"
at-load d.db whole1
is "until it is loaded again" "$(states d.db)" "*|completed|$r1|300|0|0"

# cursor N: print the cursor of a listing that has listed N likes
cursor() {
	printf '{"type":"cursor","did":"%s","collection":"%s","rev":"%s",' \
	    $did $like $r3
	printf '"cursor":"c%d","counts":{"%s":%d}}\n' "$1" $like "$1"
}

job() {
	sql "$1" "SELECT status, cursor FROM import_states
	    WHERE collection IN ('*', '$like')"
}

for db in e f; do
	{ head -n 10 like3; cursor 10; } | at-load $db.db 2>/dev/null
	at-status --reset --did $did $db.db >/dev/null
	{ sed -n 11,20p like3; cursor 20; } | at-load $db.db 2>/dev/null
done
sed -n '21,$p' like3 | at-load e.db 2>/dev/null
is "a listing that was reset in its midst begins anew" "$(job e.db)" \
    "in_progress|"
at-load e.db like3
is "and is completed" "$(states e.db)" "$like|completed|$r3|30|0|0"
is "if it was cut, too, it goes on" "$(job f.db)" "in_progress|c20"
sed -n '21,$p' like3 | at-load f.db 2>/dev/null
is "and then begins anew" "$(job f.db)" "in_progress|"
cursor 20 | at-load f.db 2>/dev/null
is "also if the cursor comes once more" "$(job f.db)" "in_progress|"

# failure: print the error of a job of the account
failure() {
	printf '{"type":"error","program":"at-fetchrepo","did":"%s",' $did
	printf '"error":"Timeout","message":"m","retry":true,"at":"%s"}\n' \
	    2100-01-01T00:00:00Z
}

at-load g.db whole1
at-load g.db whole2
failure | at-load g.db
tail -n 1 whole1 | at-load g.db
is "an old end clears no newer failure" \
    "$(sql g.db 'SELECT status, error FROM repos')" "failed|Timeout"
tail -n 1 whole2 | at-load g.db
is "the end of a loaded snapshot does" \
    "$(sql g.db 'SELECT status, error FROM repos')" "completed|"

sed '$s/"com.example.like":100/"com.example.like":99/' whole1 >fewer
exits 1 "an end that counts fewer records than came" at-load h.db fewer
same "says so" err <<EOT
at-load: fewer: line 302: $did: the end of rev $r1 counts 99 records of \
$like, but 100 came
EOT
is "and is taken" "$(states h.db)" "*|completed|$r1|300|0|0"
i=0
while [ $i -lt 103 ]; do
	i=$((i + 1))
	sed -n "1,2s/$did/did:web:f$i.example/p" whole1
	printf '{"type":"end","did":"did:web:f%s.example","rev":"%s",' $i $r1
	echo "\"collections\":{\"$like\":0},\"errors\":0,\"source\":\"car\"}"
done >ends
exits 1 "103 such ends" at-load h.db ends
is "in 101 messages" "$(tail -n 1 err; wc -l <err)" \
    "at-load: and 3 more ends that count fewer records
101"

growth snapshots 1001 >many
exits 1 "more snapshots than are kept" at-load i.db many
is "twenty are named, the others counted" "$(sed -n '1,20d; p' err)" \
    "at-load: and 980 more snapshots in progress
at-load: forgot 1 unfinished snapshots of accounts with too many of them"
is "the earliest one is forgotten" "$(sql i.db 'SELECT count(*), min(rev) >
    (SELECT min(rev) FROM records) FROM snapshot')" "1000|1"
is "but not its record" "$(sql i.db 'SELECT count(*) FROM records')" 1001
repo $did 3kzzzzzzzzz22 300 | lines >newest
at-load -q i.db newest 2>err
is "a newer one is completed" "$(sql i.db "SELECT status, records_synced
    FROM import_states WHERE collection = '*'")" "completed|300"
is "and those before it are gone" \
    "$(sql i.db 'SELECT count(*) FROM snapshot')" 0

i=0
while [ $i -lt 50 ]; do
	i=$((i + 1))
	head -n 2 whole1 | sed "s/$did/did:web:h$i.example/"
done >unended
exits 1 "50 accounts without an end" at-load j.db unended
is "in 21 messages" "$(tail -n 1 err; wc -l <err)" \
    "at-load: and 30 more snapshots in progress
21"

done_testing
