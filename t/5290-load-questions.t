#!/bin/sh
# What servers ask a database: accounts, handles, lists in pages, records, blobs
. "${0%/*}/lib/tap.sh"
. "$top/t/lib/load.sh"

# identity NAME HANDLE STATUS [DAY]: print a line of did:web:NAME.example
identity() {
	printf '{"type":"identity","did":"did:web:%s.example",' "$1"
	printf '"handle":"%s","handleStatus":"%s",' "$2" "$3"
	printf '"pds":"https://pds.example","key":null,'
	printf '"at":"2026-01-%sT00:00:00Z"}\n' "${4-01}"
}
# status NAME STATUS: print what the host says
status() {
	printf '{"type":"repo","did":"did:web:%s.example",' "$1"
	printf '"active":false,"status":"%s","rev":"%s",' "$2" "$r1"
	printf '"host":"https://pds.example","at":"2026-01-02T00:00:00Z"}\n'
}
# operation DID HANDLE SEQ [TYPE]: print a line of a directory
operation() {
	printf '{"type":"plc","did":"%s","seq":%d,"cid":"bafyreia%d",' \
	    "$1" "$3" "$((3 + $3))"
	printf '"createdAt":"2026-01-01T00:00:0%d.000Z","nullified":false,' "$3"
	case ${4-} in
	tombstone) printf '"operation":{"type":"plc_tombstone","prev":"a"}}\n' ;;
	*)	printf '"operation":{"type":"plc_operation","rotationKeys":[],'
		printf '"verificationMethods":{},"alsoKnownAs":["at://%s"],' \
		    "$2"
		printf '"services":{},"prev":null}}\n'
		;;
	esac
}
plc=did:plc:bbbbbbbbbbbbbbbbbbbbbbbb

{
	identity a alice.test valid
	identity a2 alice.test valid 03
	identity a3 alice.test unchecked 05
	identity b alic.test invalid
	identity c alice-b.test unchecked
	identity e alicf.test valid
	identity t alice.taken.test valid
	identity f fred.test unchecked
	identity g fred.test invalid 09
	status t takendown
	status u suspended
	status v deactivated
	status w deleted
	status x vanished
	operation $plc alice.plc.test 1
	operation did:web:a.example alice.plc.test 2
	operation did:web:t.example alice.plc.test 2
	operation did:plc:cccccccccccccccccccccccc alice.gone.test 1
	operation did:plc:cccccccccccccccccccccccc x 2 tombstone
	operation did:plc:dddddddddddddddddddddddd alice.old.test 1
	operation did:plc:dddddddddddddddddddddddd new.test 2
	identity n none.test unchecked
	operation did:web:n.example n.test 1
	operation did:web:n.example n.test 2 tombstone
	repo did:web:a.example "$r2" 9 | lines
	repo did:web:b.example "$r2" 1 filter=com.example.like | lines
	printf '{"type":"repo","did":"did:web:b.example","rev":"%s",' "$r3"
	printf '"head":"bafyreihost","host":"https://pds.example","at":'
	printf '"2026-01-02T00:00:00Z"}\n'
	printf '{"type":"record","did":"did:web:a.example","rev":"%s",' "$r3"
	printf '"collection":"org.example.gone","rkey":"x","action":"delete",'
	printf '"source":"live"}\n'
	for cid in 4 2 3; do
		printf '{"type":"blob","did":"did:web:a.example","cid":'
		printf '"bafkrei%d","mimeType":"image/png","size":3,' $cid
		printf '"path":"x","at":"2026-01-02T00:00:00Z"}\n'
	done
	printf '{"type":"record","did":"did:web:z.example","rev":"%s",' "$r1"
	printf '"collection":"com.example.odd","rkey":"x","action":"create",'
	printf '"source":"part","cid":"bafyreia","record":'
	printf '{"b":1,"a":"\\u0000"}}\n'
} >input

# asks NAME ARGUMENT...: does the database answer what standard input says?
asks() {
	asks_name="$kind: $1"
	shift
	exits 0 "$asks_name" "$unit/ask" "$db" "$@"
	same "$asks_name: what it says" out
}

questions() {
	kind=$1
	db=$(database "$1" asked)
	exits 0 "$1: it is loaded" at-load "$db" input
	asks "an account" profile did:web:a.example <<EOT
did:web:a.example active handle=alice.test check=valid pds=https://pds.example rev=$r2 head=bafyreijaaaaaaaaaaaaaaaaaaaaaaaa whole=$r2 of=bafyreijaaaaaaaaaaaaaaaaaaaaaaaa
EOT
	asks "one whose host is ahead" profile did:web:b.example <<EOT
did:web:b.example active handle=alic.test check=invalid pds=https://pds.example rev=$r3 head=bafyreihost whole=$r2 of=bafyreibaaaaaaaaaaaaaaaaaaaaaaaa
EOT
	asks "none" profile did:web:nobody.example </dev/null
	for pair in t:takendown u:suspended v:deactivated w:deleted \
	    x:inactive n:deleted; do
		exits 0 "$1: state ${pair#*:}" "$unit/ask" "$db" profile \
		    "did:web:${pair%:*}.example"
		is "$1: is named" "$(cut -d ' ' -f 2 out)" "${pair#*:}"
	done

	asks "the holder of a handle" holder alice.test <<EOT
alice.test did:web:a2.example valid
EOT
	asks "one that wasn't checked" holder fred.test <<EOT
fred.test did:web:f.example unchecked
EOT
	asks "a checked claim" checked alice.test <<EOT
alice.test did:web:a2.example valid
EOT
	asks "no checked claim" checked fred.test </dev/null
	asks "an account that is taken down" checked alice.taken.test \
	    </dev/null
	asks "a search" search alice 20 <<EOT
alice-b.test did:web:c.example unchecked
alice.plc.test $plc
alice.test did:web:a.example valid
alice.test did:web:a2.example valid
alice.test did:web:a3.example unchecked
EOT
	asks "a search with a limit" search alice 2 <<EOT
alice-b.test did:web:c.example unchecked
alice.plc.test $plc
EOT
	for wild in 'a%' 'alice_test' 'a*' '%' '_' 'al[i]ce'; do
		asks "a wildcard $wild" search "$wild" 20 </dev/null
	done
	asks "all of a handle" search alicf.test 20 <<EOT
alicf.test did:web:e.example valid
EOT

	exits 0 "$1: accounts" "$unit/ask" "$db" repos 0 100
	sort out >got
	same "$1: accounts with a rev" got <<EOT
did:web:a.example rev=$r2 head=bafyreijaaaaaaaaaaaaaaaaaaaaaaaa
did:web:b.example rev=$r3 head=bafyreihost
did:web:t.example rev=$r1 takendown
did:web:u.example rev=$r1 suspended
did:web:v.example rev=$r1 deactivated
did:web:w.example rev=$r1 deleted
did:web:x.example rev=$r1 vanished
EOT
	exits 0 "$1: by collection" "$unit/ask" "$db" repos-of \
	    com.example.like 0 100
	sort out >got
	same "$1: accounts with a record" got <<EOT
did:web:a.example
did:web:b.example
EOT
	exits 0 "$1: one account" "$unit/ask" "$db" repos-of \
	    com.example.like 0 1
	is "$1: others follow" "$(tail -n 1 out)" more
	asks "a collection without records" repos-of org.example.gone 0 9 \
	    </dev/null
	asks "an unknown collection" repos-of org.example.none 0 9 </dev/null

	exits 0 "$1: a record" "$unit/ask" "$db" record did:web:a.example \
	    com.example.post k0000002
	is "$1: its key and CID" "$(cut -d ' ' -f 1,2 out)" \
	    "k0000002 bafyreicaaaaaaaaaaaaaaaaaaaaaaaa"
	is "$1: its JSON" "$(cut -d ' ' -f 3- out | jq -c '[.n, .text]')" \
	    '[2,"some text that is as long as a short post, \"é\""]'
	asks "a record that was deleted" record did:web:a.example \
	    org.example.gone x </dev/null
	exits 0 "$1: one that jsonb can't keep" "$unit/ask" "$db" record \
	    did:web:z.example com.example.odd x
	same "$1: is as it came" out <<'EOT'
x bafyreia {"b":1,"a":"\u0000"}
EOT
	for list in 'records k0000008 k0000005 k0000002' \
	    'records-up k0000002 k0000005 k0000008'; do
		name=${list%% *}
		exits 0 "$1: $name" "$unit/ask" "$db" "$name" \
		    did:web:a.example com.example.post 100
		is "$1: $name: all" "$(cut -d ' ' -f 1 out | tr '\n' ' ')" \
		    "${list#* } "
		exits 0 "$1: $name after one" "$unit/ask" "$db" "$name" \
		    did:web:a.example com.example.post 1 k0000005
		is "$1: $name: the next" "$(cut -d ' ' -f 1 out)" \
		    "${list##* }"
	done
	asks "the collections" collections did:web:a.example <<EOT
com.example.like
com.example.post
org.example.x
EOT
	asks "of nobody" collections did:web:nobody.example </dev/null
	asks "a blob" blob did:web:a.example bafkrei2 <<EOT
bafkrei2 image/png
EOT
	asks "a blob of somebody else" blob did:web:b.example bafkrei2 \
	    </dev/null
	asks "blobs" blobs did:web:a.example '' 2 <<EOT
bafkrei2
bafkrei3
EOT
	asks "and the rest" blobs did:web:a.example bafkrei3 2 <<EOT
bafkrei4
EOT
}
each_database questions
done_testing
