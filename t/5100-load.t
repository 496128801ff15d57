#!/bin/sh
# at-load: snapshots one after another, in any order, and incomplete ones.
. "${0%/*}/lib/tap.sh"
. "$top/t/lib/load.sh"

repo $did $r1 300 | lines >first
repo $did $r2 300 drop=3 edit=50 | lines >second

exits 0 "a repo is loaded" at-load want.db first
same "nothing is printed" out </dev/null
same "and no message" err </dev/null
is "all records are there" "$(contents want.db)" "$r1 300"
is "the import is completed" "$(sql want.db 'SELECT collection, status,
    records_synced, records_failed FROM import_states')" "*|completed|300|0"
is "the repo is loaded" "$(sql want.db 'SELECT rev, loaded_rev, signature,
    records, status FROM repos')" "$r1|$r1|unchecked|300|completed"
is "the floor is there" "$(sql want.db 'SELECT * FROM floors')" "$did|*|$r1"
is "no snapshot is left" "$(sql want.db 'SELECT count(*) FROM snapshot')" 0
is "a record is as it came" "$(sql want.db "SELECT record, uri FROM records
    WHERE did = '$did' AND collection = 'com.example.like' AND
    rkey = 'k0000001'")" \
    "{\"n\":1,\"text\":\"some text that is as long as a short post,\
 \\\"é\\\"\"}|at://$did/com.example.like/k0000001"

rows want.db >want
cksum <want.db >sum
exits 0 "again from standard input" at-load want.db <first
ok "nothing was written" sh -c 'cksum <want.db | cmp - sum'
at-load -v want.db first 2>err
ok "all lines were skipped" grep -q ': 0 rows written.* 302 skipped' err

i=0
while [ $i -lt 5 ]; do
	i=$((i + 1))
	{ echo $i; seq 9999; } >seed
	shuf --random-source=seed first >shuffled
	exits 0 "shuffled, $i" at-load "shuffled$i.db" shuffled
	rows "shuffled$i.db" >got
	ok "the same rows" cmp got want
done
cat first first | shuf --random-source=seed >twice
exits 0 "twice, shuffled" at-load twice.db twice
rows twice.db >got
ok "the same rows" cmp got want

cp want.db next.db
exits 0 "a later snapshot" at-load next.db second
is "what it hasn't is gone, what it confirms stays" "$(contents next.db)" \
    "$r1 196 $r2 4"
rows next.db >next
exits 0 "an earlier one afterwards" at-load next.db first
rows next.db >got
ok "changes nothing" cmp got next
exits 0 "the later one first" at-load other.db second first
is "the same records, all of its rev" "$(contents other.db)" "$r2 200"
cat first second | shuf --random-source=seed >both
exits 0 "both mixed" at-load mixed.db both
sql mixed.db 'SELECT uri, cid FROM records ORDER BY uri' >got
sql next.db 'SELECT uri, cid FROM records ORDER BY uri' >want
ok "the same records" cmp got want

# incomplete NAME SAID: load the file `part` after the first snapshot
incomplete() {
	sql next.db 'SELECT count(*) FROM snapshot' >/dev/null
	rm -f part.db*
	at-load part.db first
	exits 1 "$1" at-load part.db part
	is "message" "$(cat err)" \
	    "at-load: $did: snapshot of rev $r2 in progress: $2"
	is "nothing is removed" \
	    "$(sql part.db 'SELECT count(*) FROM records')" 300
	is "it is in progress" \
	    "$(sql part.db 'SELECT status FROM import_states
	    WHERE collection IN ("*", "com.example.like") AND
	    status <> "completed" LIMIT 1')" in_progress
	is "the repo isn't loaded" \
	    "$(sql part.db 'SELECT loaded_rev FROM repos')" "$r1"
	exits 0 "the whole snapshot completes it" at-load part.db second
	rows part.db >got
	ok "the same rows" cmp got next
}
sed '$d' second >part
incomplete "no end" "200 records and no end"
sed 5d second >part
incomplete "a record is missing" "199 of 200 records"
sed '1d;$d' second >part
incomplete "neither commit nor end" "200 records and no end"

rm -f part.db*
at-load part.db first
sed -n '1,100p' second | at-load part.db 2>/dev/null
exits 1 "the rest alone, in another run, lacks the first part's end" \
    at-load part.db <<EOT
$(sed -n '101,150p' second)
EOT
exits 0 "what is left completes it" at-load part.db <<EOT
$(sed -n '151,$p' second)
EOT
rows part.db >got
ok "the same rows" cmp got next

repo did:web:a.example $r1 10 | lines | sed 4d >part
at-load open.db part 2>/dev/null
exits 0 "open snapshots of earlier runs aren't named" at-load open.db first
same "no message" err </dev/null

# A job that fails, and then finds what is already loaded
failure() {
	sqlite3 m.db "SELECT status, error, attempts FROM repos;
	    SELECT status, error FROM import_states; SELECT count(*) FROM errors"
}
mkcar -n 400 -s 1 -d "$did" >m.car
job="{\"type\":\"repo\",\"did\":\"$did\",\"car\":\"m.car\"}"
load() {
	echo "$job" | at-carwalk -q | at-load m.db
}
load
failure >want
mv m.car away.car
load
is "a failure is kept" "$(sqlite3 m.db 'SELECT status, error FROM repos')" \
    'failed|Unreadable'
mv away.car m.car
load
failure >got
ok "until the job is done, though it brought nothing new" cmp got want

# Keys longer than any valid one
long=$(printf '%02000d' 0)
for key in 'a a' "b $long" "c $long"; do
	printf '{"type":"error","program":"at-carwalk","did":"%s",%s,%s}\n' \
	    "$did" '"rev":"3m4xqkxkcac2a","collection":"com.example.a"' \
	    '"rkey":"'"$key"'","key":"com.example.a/'"$key"'","error":"BadKey"'
done >keys
exits 1 "bad keys of any length" at-load k.db keys
is "are kept" "$(sqlite3 k.db 'SELECT count(*) FROM errors')" 3

done_testing
