#!/bin/sh
# at-plcaudit on a made-up export of thousands of accounts, with thefts,
# tombstones and invalid operations: the verdicts are those that mkplc expects,
# in any number of threads, in pieces and after kills, and at-load stores what
# mkplc says of each account.
. "${0%/*}/lib/tap.sh"
. "$top/t/lib/load.sh"
command -v jq >/dev/null || skip_all "no jq"

operations=5000

# make_export SEED: set what the functions below compare with
make_export() {
	mkplc -n $operations -s "$1" -t -x 20 -v verdicts -l latest >in
	last_of verdicts >last
}

# verdicts FILE...: print the number and verdict of each line
verdicts() {
	cat "$@" | jq -r 'select(.seq) | "\(.seq) \(if .type == "error" then
	    .error elif .nullified then "nullified" else "valid" end)"'
}

# last_of FILE: print the last verdict of each operation. All errors are one,
# because a log may have forgotten by the second time why it refused one.
last_of() {
	awk '{ v[$1] = $2 ~ /^[A-Z]/ ? "invalid" : $2 }
	    END { for (i in v) print i, v[i] }' "$1" | sort -n
}

for seed in 1 2 3; do
	make_export $seed
	for j in 1 4; do
		exits 1 "seed $seed, $j threads" at-plcaudit -q -j $j in
		verdicts out >got
		ok "each line has the verdict that is expected" \
		    cmp verdicts got
	done
done
cut -d ' ' -f 2 verdicts | sort -u >kinds
same "there is each kind" kinds <<'EOT'
AfterTombstone
BadCid
BadDid
BadPrev
BadSignature
BadTime
EarlyNullification
LateNullification
WeakNullification
nullified
valid
EOT
mkplc -n $operations -s 3 -t -x 20 | cmp - in
is "the same seed makes the same export" $? 0

# The DIDs one after the other
jq -r .did in | paste - in | sort -s -k 1,1 | cut -f 2 >by-did
at-plcaudit -q by-did >out
verdicts out | sort >got
sort verdicts >want
ok "another order of the DIDs gives the same verdicts" cmp want got

# The state in a temporary file, which is mapped
mapped() {
	mkfifo pipe
	at-plcaudit -q "$@" pipe >out &
	pid=$!
	exec 3>pipe
	cat in >&3
	wait_for "all lines" sh -c "test \$(wc -l <out) -ge \$(wc -l <verdicts)"
	grep -c '(deleted)$' "/proc/$pid/maps"
	exec 3>&-
	wait $pid
	rm pipe
}
is "no file is mapped" "$(mapped)" 0
ok "unless the memory is small" test "$(mapped --memory 64K)" -gt 0
verdicts out >got
ok "and then the lines are the same" cmp verdicts got

# Pieces, with a state; they are cut at other places for each seed.
for seed in 1 2 3; do
	awk -v n=$operations -v seed=$seed 'BEGIN { srand(seed); at = 1 }
	    { print >("piece." sprintf("%04d", at))
	    if (rand() < 12 / n) at++ }' in
	rm -f state.db*
	for piece in piece.*; do
		at-plcaudit -q --state state.db "$piece"
	done >out
	verdicts out >got
	ok "pieces give the same lines" cmp verdicts got
	rm piece.*
done

# Kills. A reader stores whole lines up to a cursor, and continues after it. The
# state may be ahead of it.
awk '{ print } NR % 40 == 0 { print "{\"type\":\"cursor\",\"service\":" \
    "\"https://plc.test\",\"stream\":\"/export\",\"cursor\":\"" NR "\"}" }' \
    in >cursors
rm -f state.db*
: >stored
kills=0 at=0
while [ "$at" -lt $operations ] && [ $kills -lt 40 ]; do
	first=$((at + at / 40 + 1))
	tail -n +$first cursors >rest
	at-plcaudit -q --state state.db -j 2 rest >part &
	pid=$!
	if [ $kills -lt 15 ]; then
		size=$((kills * kills * 7919 % 400000))
		wait_for "some output" sh -c "
		    test \$(wc -c <part) -ge $size || ! kill -0 $pid"
		kill -9 $pid 2>/dev/null
	fi
	wait $pid 2>/dev/null
	kills=$((kills + 1))
	awk '{ held = held $0 "\n" } /^{"type":"cursor"/ { printf "%s", held
	    held = "" }' part >>stored
	at=$(sed -n 's/^{"type":"cursor".*"cursor":"\([0-9]*\)".*/\1/p' \
	    stored | tail -n 1)
	at=${at:-0}
done
ok "it was killed again and again" test $kills -gt 3
verdicts stored >got
last_of got >got.last
ok "and each operation ends with its verdict" cmp last got.last

# A database of either kind
at-plcaudit -q in >audited
operation_verdicts() {
	sql "$1" "SELECT seq, CASE WHEN nullified THEN 'nullified'
	    ELSE 'valid' END FROM plc_operations WHERE audit = 'valid'
	    ORDER BY seq" | tr '|' ' '
}
# accounts DATABASE: print them in the form of mkplc
accounts() {
	case $1 in
	postgresql:*)
		time="to_char(%s AT TIME ZONE 'UTC',
		    'YYYY-MM-DD\"T\"HH24:MI:SS.MS\"Z\"')"
		;;
	*) time=%s ;;
	esac
	# shellcheck disable=SC2059 # a form
	sql "$1" "SELECT did, handle, pds, key,
	    CASE WHEN tombstoned THEN 1 ELSE 0 END,
	    $(printf "$time" created_at), $(printf "$time" updated_at)
	    FROM plc_latest"
}
grep ' valid$\| nullified$' last >want
sort latest >want.accounts
loads() {
	db=$(database "$1" plc)
	exits 0 "$1: at-load" at-load "$db" audited
	operation_verdicts "$db" >got
	ok "$1: stores the valid operations" cmp want got
	accounts "$db" | sort >got
	ok "$1: and what they say of each account" cmp want.accounts got
	db=$(database "$1" pieces)
	at-load "$db" stored
	accounts "$db" | sort >got
	ok "$1: and the same from the killed audits" cmp want.accounts got
}
each_database loads -F

done_testing
