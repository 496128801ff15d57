#!/bin/sh
# at-resolve: plc lines as jobs, without the network
. "${0%/*}/lib/tap.sh"
. "$top/t/lib/load.sh"
. "$top/t/lib/operations.sh"
need_network

a=$(plc_did 2) b=$(plc_did 3)
resolve() {
	run at-resolve -u https://127.0.0.1:1 --retries 0 "$@"
}

# results: print the output without the lines that were copied
results() {
	grep -v '^{"type":"plc"' out
}

plc_lines >input <<EOT
2 01 create seq=1 cid=a handle=a.test pds=pds.test
2 02 operation seq=2 cid=b handle=thief.test nullified=true
2 03 operation seq=3 cid=c handle=b.test pds=http://pds.test audit=valid
3 04 tombstone seq=4 cid=d nullified=false
EOT
echo '{"type":"cursor","service":"https://plc.test","cursor":"4"}' >>input
resolve input
is "status" "$status" 1
is "message" "$(cat err)" "at-resolve: $b: tombstoned"
results >got
same "an identity or an error of each that is not nullified" got <<END
{"type":"identity","did":"$a","handle":"a.test","handleStatus":"unchecked",\
"pds":"https://pds.test","key":"$plc_key","at":"2026-01-01T00:00:01.000Z"}
{"type":"identity","did":"$a","handle":"b.test","handleStatus":"unchecked",\
"pds":null,"key":"$plc_key","at":"2026-01-01T00:00:03.000Z"}
{"type":"error","program":"at-resolve","did":"$b","error":"Tombstoned",\
"message":"$b: tombstoned","retry":false,"at":"2026-01-01T00:00:04.000Z"}
{"type":"cursor","service":"https://plc.test","cursor":"4"}
END
grep '^{"type":"plc"\|cursor' out >got
ok "the lines are copied, the cursor last" cmp got input
resolve --allow-private input
is "a host of plain http" "$(jq -r 'select(.handle == "b.test") | .pds' out)" \
    http://pds.test

# A tombstone that a later operation nullifies.
plc_lines >revived <<EOT
4 01 operation cid=e handle=c.test
4 02 tombstone cid=f
4 03 operation cid=g handle=d.test
4 02 tombstone cid=f nullified=true
EOT
resolve -q revived
results | jq -r '[.type, .error, .active, .handle, .at[0:23]] | @tsv' >got
same "deletes an account and revives it" got <<END
identity			c.test	2026-01-01T00:00:01.000
error	Tombstoned			2026-01-01T00:00:02.000
identity			d.test	2026-01-01T00:00:03.000
account		true		2026-01-01T00:00:02.001
END

# Times before those that a line can have, and the last one.
plc_lines <<EOT | sed 's/2026-01-01T00:00:\(....-\)/\1/' >timed
2 0000-01-01T00:00:00.000 operation handle=a.test
2 1969-12-31T23:59:59.999 tombstone
2 1970-01-01T00:00:00.000 tombstone nullified=true
3 9999-12-31T23:59:59.999 operation handle=b.test
3 9999-12-31T23:59:59.999 tombstone nullified=true
EOT
resolve -q timed
results | jq -r '[.type, .handle, .at] | @tsv' >got
same "times that no line can have" got <<END
identity	a.test	1970-01-01T00:00:00.001Z
error		1970-01-01T00:00:00.001Z
account		1970-01-01T00:00:00.002Z
identity	b.test	9999-12-31T23:59:59.999Z
account		9999-12-31T23:59:59.999Z
END

# What isn't an operation.
{
	echo '3 01 junk' | plc_lines
	printf '{"type":"plc","did":"%s"}\n' "$a"
	printf '{"type":"plc","did":"%s","cid":1}\n' "$a"
	printf '{"type":"plc"}\n'
} >bad
resolve bad
is "bad lines" "$status" 1
results | jq -r '[.type, .error, .did // .input, .message] | @tsv' >got
same "are errors" got <<END
error	BadLine	$b	$b: not an operation of a PLC directory
error	BadLine	$a	$a: a plc line without operation or createdAt
error	BadLine	$a	line 3: cid is not a CID
error	BadLine	line 4	line 4: neither did nor handle
END
# Into a database: accounts are as of the last operation, in any order, and a
# nullified tombstone is none.
plc_lines >input <<EOT
2 01 create seq=1 cid=a handle=a.test pds=pds.test
2 03 operation seq=3 cid=c handle=b.test pds=https://new.test
3 04 tombstone seq=4 cid=d
4 01 operation seq=5 cid=e handle=c.test
4 02 tombstone seq=6 cid=f
4 03 operation seq=7 cid=g handle=d.test
4 02 tombstone seq=6 cid=f nullified=true
EOT
accounts() {
	for order in cat tac; do
		db=$(database "$1" accounts)
		$order input | at-resolve -q | at-load "$db"
		is "$1, $order: accounts" "$(sql "$db" 'SELECT did, handle, pds,
		    status FROM accounts ORDER BY did')" \
"$a|b.test|https://new.test|
$b|||deleted
$(plc_did 4)|d.test||active"
		is "$1, $order: operations" "$(sql "$db" 'SELECT count(*)
		    FROM plc_operations')" 6
	done
}
each_database accounts -F

done_testing
