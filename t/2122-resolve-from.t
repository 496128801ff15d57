#!/bin/sh
# at-resolve --from: answers from a database, without the network
. "${0%/*}/lib/tap.sh"
. "$top/t/lib/load.sh"
. "$top/t/lib/operations.sh"
need_network

a=$(plc_did 2) b=$(plc_did 3) none=$(plc_did 7)

# resolve ARGUMENT...: with a directory that nobody serves
resolve() {
	run at-resolve -u https://127.0.0.1:1 --retries 0 "$@"
}

# summary: print what the lines say
summary() {
	jq -r '[.type, .error, .did // .input, .handle, .pds, .at[0:19]] |
	    @tsv' out | tr '\t' '|'
}

plc_lines >input <<EOT
2 01 create seq=1 handle=old.test pds=old.test
2 03 operation seq=3 cid=c handle=a.test pds=https://new.test
2 04 operation seq=4 cid=d handle=thief.test nullified=true
3 04 operation seq=5 cid=e handle=b.test
3 05 tombstone seq=6 cid=f
4 01 operation seq=7 cid=g handle=twice.test pds=http://pds.test
5 01 operation seq=8 cid=h handle=twice.test
6 01 junk cid=i
EOT

answers() {
	db=$(database "$1" from)
	at-load "$db" input
	resolve --from "$db" "$a"
	is "$1: a DID: status" "$status" 0
	is "$1: says nothing" "$(cat err)" ""
	same "$1: a DID" out <<END
{"type":"identity","did":"$a","handle":"a.test","handleStatus":"unchecked",\
"pds":"https://new.test","key":"$plc_key","at":"2026-01-01T00:00:03.000Z"}
END
	resolve --from "$db" @A.test
	is "$1: a handle" "$(summary)" \
	    "identity||$a|a.test|https://new.test|2026-01-01T00:00:03"
	echo "{\"handle\":\"a.test\",\"shelf\":7}" >one
	resolve --from "$db" one
	is "$1: a job keeps its fields" "$(jq -c '[.did, .shelf]' out)" \
	    "[\"$a\",7]"
	resolve --from "$db" "$(plc_did 4)"
	is "$1: a host of plain http" "$(summary)" \
	    "identity||$(plc_did 4)|twice.test||2026-01-01T00:00:01"
	resolve --allow-private --from "$db" "$(plc_did 4)"
	is "$1: with --allow-private" "$(jq -r .pds out)" http://pds.test
	resolve --from "$db" "$(plc_did 6)"
	is "$1: what isn't an operation says nothing" "$(summary)" \
	    "identity||$(plc_did 6)|||2026-01-01T00:00:01"

	# Failures.
	resolve --from "$db" "$b"
	is "$1: a tombstone: status" "$status" 1
	is "$1: message" "$(cat err)" "at-resolve: $b: tombstoned"
	is "$1: is as of its operation" "$(summary)" \
	    "error|Tombstoned|$b|||2026-01-01T00:00:05"
	for name in "$none" did:web:a.test old.test thief.test b.test; do
		resolve --from "$db" "$name"
		is "$1: not there: $name" \
		    "$status $(jq -r '[.error, .message] | @tsv' out)" \
		    "1 NotFound	$name: not in the database"
	done
	resolve --from "$db" twice.test
	same "$1: a handle of two DIDs" out <<END
{"type":"error","program":"at-resolve","input":"twice.test",\
"error":"BadAnswer","message":"twice.test: several DIDs have this handle",\
"retry":false,"at":$(jq .at out)}
END
	printf 'printer.local\na b\n' >names
	resolve -q --from "$db" names
	is "$1: names that no account has" \
	    "$(jq -r '[.error, .message] | @tsv' out)" \
"BadSyntax	printer.local: no account can have this handle
BadSyntax	a b: neither DID nor handle"

	# Lines of other types, while at-load writes.
	{ cat input; echo "{\"type\":\"repo\",\"did\":\"$a\"}"
	  echo '{"type":"identity","did":"did:web:x.test"}'; } >lines
	resolve -q --from "$db" lines
	is "$1: other lines" "$(grep -vc '"type":"plc"' out)" 9
	at-load "$db" input &
	resolve -q --from "$db" lines
	wait $!
	is "$1: beside at-load" "$? $(grep -vc '"type":"plc"' out)" "0 9"
}
each_database answers -F

# What is no such database.
resolve --from missing.db "$a"
is "a missing database" "$status $(sed 1q err)" \
    "2 at-resolve: missing.db: unable to open database file: No such file or \
directory"
ok "is not made" test ! -e missing.db
sqlite3 old.db <"$data/db/version-5.sql" >mode
resolve --from old.db "$a"
is "a database of an older version" "$status $(cat err)" \
    "2 at-resolve: old.db: tables of version 5, at-load needs 8"
resolve --from old.db --check-handles "$a"
is "with --check-handles" "$status $(sed 1q err)" \
    "2 at-resolve: --check-handles needs the network, without --from"

# Lines that come slowly: at-resolve holds no lock while it waits.
db=$(database sqlite slow)
at-load "$db" input
mkfifo pipe
at-resolve -q --from "$db" <pipe >slow.out &
pid=$!
exec 4>pipe
echo "$a" >&4
wait_for "the first answer" grep -q identity slow.out
is "another process can empty the log" "$(sqlite3 "$db" \
    'PRAGMA wal_checkpoint(TRUNCATE)')" "0|0|0"
exec 4>&-
ok "the program ends" wait $pid

# The reader exits when much is unread.
awk 'BEGIN { for (i = 0; i < 1000; i++) print "did:plc:" \
    "aaaaaaaaaaaaaaaaaaaaaaaa" }' >many
lags() {
	[ "$(awk '$1 == "wchar:" { print $2 }' "/proc/$pid/io")" -gt 16384 ]
}
at-resolve -q --from "$db" many >pipe &
pid=$!
exec 4<pipe
wait_for "much to be unread" lags
head -n 1 <&4 >first
exec 4<&-
wait $pid
is "SIGPIPE ends the program" "$?" 141
ok "after the first line" grep -q NotFound first

done_testing
