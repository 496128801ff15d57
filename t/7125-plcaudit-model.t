#!/bin/sh
# at-plcaudit against a model in another language, which knows only the
# specification: random logs, whole, in pieces, and for a reader that is lost.
# ATPIPE_LOGS is the number of them, by default 4.
. "${0%/*}/lib/tap.sh"

command -v jq >/dev/null || skip_all "no jq"
model=$top/t/reference/plc-model.py
python3 -c 'import cryptography' 2>/dev/null ||
    skip_all "no python3 with cryptography"

# words FILE: print the CID and the verdict of each line
words() {
	jq -r 'select(.type == "plc" or .type == "error") | .cid + " " +
	    if .error then "invalid" elif .nullified then "null"
	    else "valid" end' "$1"
}

# last: print the last word for each CID that was valid once
last() {
	awk '$2 != "invalid" { word[$1] = $2 }
	    END { for (cid in word) print cid, word[cid] }' | sort
}

# untimed: remove the times of errors
untimed() {
	sed '/"type":"error"/s/"at":"[^"]*",//'
}

i=0
while [ $i -lt "${ATPIPE_LOGS:-4}" ]; do
	i=$((i + 1))
	form=plain
	[ $((i % 2)) -eq 0 ] || form=wild
	ok "$i: random logs" "$model" $i $((20 + i % 7 * 20)) \
	    $((5 + i % 5 * 8)) $form
	rm -f state.db
	at-plcaudit -q --state state.db operations >out
	words out >got
	same "$i: the verdicts" got <want
	at-plcaudit -q -j 1 operations | untimed >one
	at-plcaudit -q -j 4 operations | untimed >four
	ok "$i: the same from 4 threads" cmp one four

	# Each piece is audited twice, and its reader gets only the second.
	ok "$i: steady logs" "$model" $i 30 20 steady
	rm -f state.db operations.*
	split -l $((5 + i % 9 * 8)) operations operations.
	for piece in operations.*; do
		at-plcaudit -q --state state.db "$piece" >/dev/null
		at-plcaudit -q --state state.db "$piece" >out
		words out
	done | last >got
	last <want >want.last
	same "$i: in pieces, for a reader that is lost" got <want.last
	ok "$i: some were nullified" grep -q ' null' want.last
done

done_testing
