#!/bin/sh
# at-load: operations of a PLC directory.
. "${0%/*}/lib/tap.sh"
. "$top/t/lib/load.sh"
. "$top/t/lib/operations.sh"

a=$(plc_did 2) b=$(plc_did 3)

# operations DATABASE: print them, without their JSON
operations() {
	sql "$1" 'SELECT did, seq, cid, nullified, audit FROM plc_operations
	    ORDER BY did, cid' | sed 's/|t|/|1|/; s/|f|/|0|/'
}

# latest DATABASE: print what the last operation of each DID says
latest() {
	sql "$1" 'SELECT did, handle, pds, tombstoned FROM plc_latest
	    ORDER BY did' | sed 's/|t$/|1/; s/|f$/|0/'
}

# all DATABASE: print the operations and what they say
all() {
	sql "$1" 'SELECT * FROM plc_operations ORDER BY did, cid;
	    SELECT * FROM plc_latest ORDER BY did'
}

# last NAME LINES WANT: load descriptions of operations of $a in every order of
# two, and compare what its last operation says
last() {
	for order in cat tac; do
		db=$(database "$kind" last)
		echo "$2" | plc_lines | $order >lines
		at-load "$db" lines
		is "$kind, $order: $1" "$(latest "$db")" "$3"
	done
}

# wins NAME LINES WANT: the same for the one row of an operation
wins() {
	for order in cat tac; do
		db=$(database "$kind" wins)
		echo "$2" | plc_lines | $order >lines
		at-load "$db" lines
		is "$kind, $order: $1" "$(operations "$db")" "$3"
	done
}

# Two DIDs: a renamed one, and one that was deleted. An operation is nullified.
cat >described <<EOT
2 01 create seq=1 cid=a handle=old.test pds=pds.test
2 02 operation seq=3 cid=b handle=thief.test pds=https://thief.test
3 03 operation seq=4 cid=c handle=b.test pds=https://pds.test
3 05 tombstone seq=6 cid=d
2 04 operation seq=5 cid=e handle=new.test pds=https://pds.test
2 02 operation seq=3 cid=b handle=thief.test pds=https://thief.test \
nullified=true
EOT
plc_lines <described >input

loads() {
	kind=$1
	db=$(database "$kind" plc)
	exits 0 "$kind: operations" at-load "$db" input
	is "$kind: it says nothing" "$(cat out err)" ""
	run at-load -v "$db" input
	is "$kind: it counts them" "$(cat err)" "at-load: 6 lines: 0 rows \
written, 0 confirmed, 0 skipped, 0 bad, 6 operations"
	is "$kind: at-status counts those that are there" \
	    "$(at-status --summary "$db" | grep -A 4 ^operations |
		tr -s ' ')" "operations 5
 audited 0
 not audited 4
 nullified 1"
	is "$kind: the table has them" "$(operations "$db")" \
"$a|1|bafyreiaaa||
$a|3|bafyreiaab|1|
$a|5|bafyreiaae||
$b|4|bafyreiaac||
$b|6|bafyreiaad||"
	is "$kind: their times" "$(sql "$db" "SELECT count(*)
	    FROM plc_operations WHERE cid = 'bafyreiaad' AND
	    created_at = '2026-01-01T00:00:05.000Z'")" 1
	sql "$db" "SELECT operation FROM plc_operations
	    WHERE cid = 'bafyreiaae'" >got
	jq -rj 'select(.cid == "bafyreiaae") | .operation | tojson + "\n"' \
	    input >want
	ok "$kind: the operation is as it was" cmp got want
	is "$kind: the view has what the last ones say" "$(latest "$db")" \
"$a|new.test|https://pds.test|0
$b|||1"
	is "$kind: and more" "$(sql "$db" "SELECT key, rotation_keys
	    FROM plc_latest WHERE did = '$a' AND
	    created_at = '2026-01-01T00:00:01.000Z' AND
	    updated_at = '2026-01-01T00:00:04.000Z'")" \
	    "$plc_key|[\"$plc_key\"]"
	is "$kind: they make no account" \
	    "$(sql "$db" 'SELECT count(*) FROM accounts')" 0
	sound "$db" && pass "$kind: it is sound" || fail "$kind: it is damaged"

	# Any order, repeated, and split.
	all "$db" >want
	for order in tac sort cat; do
		db=$(database "$kind" order)
		$order input >lines
		at-load --batch 1 "$db" lines
		all "$db" >got
		ok "$kind: $order" cmp got want
		at-load "$db" input lines
		all "$db" >got
		ok "$kind: $order and again" cmp got want
	done
	db=$(database "$kind" split)
	pids=
	for part in 1 2 3; do
		awk -v part="$part" 'NR % 3 + 1 == part' input >part"$part"
		at-load "$db" part"$part" input 2>said"$part" &
		pids="$pids $!"
	done
	for pid in $pids; do
		wait "$pid"
	done
	is "$kind: three processes" "$(cat said1 said2 said3)" ""
	all "$db" >got
	ok "$kind: give the same" cmp got want

	# Somebody sent a directory an operation that is not valid.
	commit='"rev":"3kaaaaaaaaa22","signature":"verified"'
	end='"rev":"3kaaaaaaaaa22","collections":{}'
	for did in $a $b; do
		printf '{"type":"error","program":"at-plcaudit","did":"%s",' \
		    "$did"
		printf '"cid":"bafyreiaaf","error":"BadSignature",'
		printf '"message":"x","retry":false,"seq":9,"at":"%s"}\n' \
		    2026-01-01T00:00:09Z
		[ "$did" = "$a" ] || break
		printf '{"type":"commit","did":"%s",%s}\n' "$did" "$commit"
		printf '{"type":"end","did":"%s",%s}\n' "$did" "$end"
	done >lines
	for order in cat tac; do
		db=$(database "$kind" invalid)
		$order lines >ordered
		exits 0 "$kind, $order: invalid operations" \
		    at-load "$db" ordered
		is "$kind, $order: are errors" "$(sql "$db" "SELECT rkey, cid,
		    program, error, message FROM errors WHERE did IS NULL
		    ORDER BY rkey")" \
"$a|bafyreiaaf|at-plcaudit|BadSignature|x
$b|bafyreiaaf|at-plcaudit|BadSignature|x"
		is "$kind, $order: no import fails" "$(sql "$db" "SELECT did,
		    status FROM import_states")" "$a|completed"
		is "$kind, $order: nor is there an account more" \
		    "$(sql "$db" "SELECT did FROM accounts")" "$a"
		is "$kind, $order: nothing to do" \
		    "$(at-status --outdated "$db")" ''
	done

	row="$a|1|bafyreiaaa"
	wins "nullified stays so" \
	    "2 01 operation seq=1 nullified=true
2 01 operation seq=1 nullified=false" "$row|1|"
	wins "not nullified is more than unknown" \
	    "2 01 operation seq=1
2 01 operation seq=1 nullified=false" "$row|0|"
	wins "a number is more than none" \
	    "2 01 operation
2 01 operation seq=1" "$row||"
	wins "an audited line wins" \
	    "2 01 operation seq=1 nullified=false audit=valid
2 01 operation seq=7 nullified=true" "$row|0|valid"
	wins "of two, the nullified one" \
	    "2 01 operation seq=1 nullified=false audit=valid
2 01 operation seq=1 nullified=true audit=valid" "$row|1|valid"

	last "the time counts, not the number" \
	    "2 02 operation seq=1 cid=a handle=a.test
2 01 operation seq=2 cid=b handle=b.test" "$a|a.test||0"
	last "at one time, the number" \
	    "2 01 operation seq=1 cid=b handle=a.test
2 01 operation seq=2 cid=a handle=b.test" "$a|b.test||0"
	last "without numbers, the CID" \
	    "2 01 operation cid=a handle=a.test
2 01 operation cid=b handle=b.test" "$a|b.test||0"
	last "an audited operation hides one that isn't" \
	    "2 01 operation cid=a handle=a.test audit=valid
2 02 operation cid=b handle=b.test" "$a|a.test||0"
	db=$(database "$kind" forged)
	echo "2 01 operation cid=a audit=valid
2 02 operation cid=b audit=valid
2 00 operation cid=c" | plc_lines | at-load "$db"
	is "$kind: nor does one change when the DID was created" \
	    "$(sql "$db" "SELECT did FROM plc_latest WHERE
	    created_at = '2026-01-01T00:00:01.000Z'")" "$a"
	last "a nullified tombstone" \
	    "2 01 operation cid=a handle=a.test
2 02 tombstone cid=b nullified=true" "$a|a.test||0"
	last "all are nullified" \
	    "2 01 operation cid=a handle=a.test nullified=true
2 02 operation cid=b handle=a.test nullified=true" ""
	last "what isn't an operation" "2 01 junk cid=a" "$a|||0"

	# The longest keys.
	db=$(database "$kind" long)
	awk 'BEGIN {
		did = "did:web:"
		while (length(did) < 2048)
			did = did sprintf("x%x.", length(did) * 7919)
		cid = "bafyrei"
		for (x = 7; length(cid) < 256; x = (x * 48271) % 2147483647)
			cid = cid substr("abcdefghijklmnopqrstuvwxyz234567",
			    x % 32 + 1, 1)
		printf "{\"type\":\"plc\",\"did\":\"%s\",\"cid\":\"%s\"," \
		    "\"createdAt\":\"2026-01-01T00:00:00Z\"," \
		    "\"operation\":{}}\n", substr(did, 1, 2047) "x", cid
	}' >lines
	exits 0 "$kind: the longest DID and CID" at-load "$db" lines
	is "$kind: are stored" "$(sql "$db" 'SELECT length(did), length(cid)
	    FROM plc_operations')" "2048|256"

	# Cursors, and excluded accounts.
	echo '{"type":"cursor","service":"https://plc.test",
	    "stream":"/export","cursor":"6"}' | tr -d '\n' >cursor
	db=$(database "$kind" excluded)
	at-load "$db" input cursor
	is "$kind: a cursor" "$(sql "$db" 'SELECT service, stream, cursor
	    FROM cursors')" "https://plc.test|/export|6"
	echo "$a" >list
	exits 0 "$kind: --exclude" at-load --exclude list "$db" input
	is "$kind: removes operations and ignores others" "$(latest "$db")" \
	    "$b|||1"
	at-load "$db" input
	exits 0 "$kind: at-status --forget" \
	    at-status --forget --did "$a" "$db"
	is "$kind: removes them, too" "$(latest "$db")" "$b|||1"
}
each_database loads -F

done_testing
