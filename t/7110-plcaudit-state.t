#!/bin/sh
# at-plcaudit --state: an audit that continues with later operations
. "${0%/*}/lib/tap.sh"

command -v jq >/dev/null || skip_all "no jq"

# audit FILE...: audit with the state; without the times of errors
audit() {
	run at-plcaudit -q --state state.db "$@"
	sed '/"type":"error"/s/"at":"[^"]*",//' out >out.new && mv out.new out
}
verdicts() {
	jq -r 'if .type == "error" then .error
	    elif .nullified then "null" else "valid" end' out |
	    tr '\n' ' ' | sed 's/ $//'
	echo
}

# An operation of yesterday is nullified today.
mkplc >log <<'EOT'
a - 0 k2 k1,k2
b a 1 k2 k1,k2
c a 259200001 k1 k1,k2
d c 259200002 k2 k1,k2
e d 900000000 k2 k1,p3
f e 900000001 p3 -
EOT
for n in 1 2 3 4 5 6; do
	sed -n ${n}p log >in
	audit in
	verdicts
done >got
same 'an operation a day' got <<'EOT'
valid
valid
null valid
valid
valid
valid
EOT
sed -n 3p log >in
rm state.db
sed 2q log >in
audit in
sed -n 3p log >in
audit in
audit in
is 'also if its reader was lost' "$(verdicts)" 'null valid'
cat in in in >in.3
audit in.3
is 'but only once' "$(verdicts)" 'null valid valid valid'
sed 1q out >out.1 && mv out.1 out
sed -n 2p log | sed 's/"createdAt":"[^"]*",/&"nullified":true,/
    s/}$/,"audit":"valid"}/' >want
sed 1q out >got
ok 'the line of yesterday is written again' cmp want got

# However late the reader comes again
sed -n '3,$p' log >in
audit in
audit in
is 'a reader that was lost for weeks' "$(verdicts)" \
    'null valid valid valid valid'

# Operations that come again, also those that logs have forgotten
audit log
is 'the rest' "$(verdicts)" 'null valid null valid valid valid valid'
audit log
is 'all again' "$(verdicts)" 'null valid null valid valid valid valid'
sed 's/"sig":"A/"sig":"B/; t
    s/"sig":"./"sig":"A/' log >in
audit in
is 'but not with another signature' "$(verdicts)" \
    'BadCid BadCid BadCid BadCid BadCid BadCid'
sed 's/"createdAt":"2026/"createdAt":"2027/' log >in
audit in
is 'nor at another time' "$(verdicts)" \
    'BadTime BadTime BadTime BadTime BadTime BadTime'
mkplc >in <<'EOT'
a - 0 k2 k1,k2
b a 2 k1 k1,k2 handle=b.test
EOT
sed 1d in >in.2
audit in.2
is 'nor another operation' "$(verdicts)" BadPrev

# Many logs in pieces give the same lines.
mkplc -n 3000 >in
at-plcaudit -q in | sort >want
rm -f state.db*
split -l 700 in piece.
for piece in piece.*; do
	audit "$piece"
	cat out
done | sort >got
ok 'the same lines from pieces' cmp want got

# The state is never behind a cursor that was written.
awk '{ print } NR % 50 == 0 { print "{\"type\":\"cursor\",\"service\":" \
    "\"https://plc.test\",\"stream\":\"/export\",\"cursor\":\"" NR "\"}" }' \
    in >in.cursors
rm -f state.db*
: >all
at=0 kills=0
while [ "$at" -lt 3000 ]; do
	awk -v at="$at" '$0 ~ /"cursor":"/ { split($0, p, "\"cursor\":\"")
	    if (p[2] + 0 <= at) next } $0 !~ /"type":"cursor"/ && ++n <= at {
	    next } { print }' in.cursors >rest
	at-plcaudit -q --state state.db -j 2 rest >part &
	pid=$!
	kills=$((kills + 1))
	if [ $kills -lt 12 ]; then
		wait_for 'some lines' test -s part
		kill -9 $pid
	fi
	wait $pid 2>/dev/null
	# What a reader would have stored: whole lines up to a cursor
	awk '{ held = held $0 "\n" } /"type":"cursor"/ { printf "%s", held
	    held = "" }' part >stored
	cat stored >>all
	at=$(sed -n 's/.*"type":"cursor".*"cursor":"\([0-9]*\)".*/\1/p' all |
	    tail -n 1)
	at=${at:-0}
done
ok 'it was killed' test $kills -gt 2
grep -v '"type":"cursor"' all | sort -u >got
sort -u want >want.2
ok 'and nothing is lost or refused' cmp want.2 got

# Only one process can use the state, also while it commits.
mkplc -n 20000 >log
awk '{ print } NR % 200 == 0 { print "{\"type\":\"cursor\",\"service\":" \
    "\"https://plc.test\",\"stream\":\"/export\",\"cursor\":\"" NR "\"}" }' \
    log >in
mkfifo pipe
at-plcaudit -q --state shared.db pipe >out.1 &
exec 3>pipe
cat in >&3 &
wait_for 'the first lines' test -s out.1
sed 1q log >in.2
exits 75 'another process uses the state' at-plcaudit --state shared.db in.2
is 'message' "$(cat err)" 'at-plcaudit: shared.db: database is locked'
wait $!
exec 3>&-
wait
is 'and finishes' "$(grep -c '"audit":"valid"' out.1)" 20000

# Other files
echo x >text
usage() {
	exits 2 "$1" at-plcaudit --state "$2" /dev/null
	is "$1: message" "$(cat err)" "at-plcaudit: $3"
}
usage 'not a database' text 'text: file is not a database'
usage 'no name' '' 'a state without a name'
usage 'a missing directory' no/where \
    'no/where: unable to open database file: No such file or directory'
if command -v sqlite3 >/dev/null; then
	sqlite3 other.db 'CREATE TABLE x (y)'
	usage 'another database' other.db 'other.db: a database of something else'
	sqlite3 state.db 'PRAGMA user_version = 3' >/dev/null
	usage 'a later version' state.db \
	    'state.db: a state of version 3, this program supports 2'
	sqlite3 state.db 'PRAGMA user_version = 2;
	    UPDATE log SET entries = substr(entries, 2)' >/dev/null
	exits 2 'a damaged state' at-plcaudit --state state.db in
	is 'message' "$(cat err)" 'at-plcaudit: a log of the state is damaged'
fi

done_testing
