#!/bin/sh
# Records and keys that can't be given: one error each, and their siblings go on
# shellcheck disable=SC2016 # a $ is only a $ here
. "${0%/*}/lib/tap.sh"

# types: print the types of the lines of out
types() {
	jq -r '.type + (if .collection then " " + .collection else "" end)' out |
		tr '\n' ,
}

# record NAME ERROR MESSAGE: the file block is the middle record's block
record() {
	mkhostile record <block >x.car
	exits 1 "$1" at-carwalk x.car
	is "$1: the lines" "$(types)" "commit,record com.example.aaa,error \
com.example.bbb,record com.example.ccc,end,"
	is "$1: the error" "$(jq -r 'select(.type == "error") |
	    [.program, .rev, .rkey, .error, .retry, .source, .message] |
	    map(tostring) | join("|")' out)" \
		"at-carwalk|3m4xqkxkcac2a|2|$2|false|car|$3"
	jq -r 'select(.type == "error") | .record["$bytes"]' out >got
	base64 -w0 <block | tr -d = >want
	echo >>want
	ok "$1: its bytes" cmp want got
	is "$1: is counted" \
		"$(jq -c 'select(.type == "end") | [.errors, .collections]' out)" \
		'[1,{"com.example.aaa":1,"com.example.bbb":1,"com.example.ccc":1}]'
	is "$1: no other message" "$(cat err)" ''
}

# bad NAME MESSAGE OCTAL: a record that isn't strict, or has no JSON
bad() {
	# shellcheck disable=SC2059
	printf "$3" >block
	record "$1" BadRecord "DAG-CBOR: $2"
}

# good NAME JSON OCTAL: JSON is written as this version of jq writes it
good() {
	# shellcheck disable=SC2059
	printf "$3" | mkhostile record >x.car
	exits 0 "$1" at-carwalk x.car
	is "$1: its JSON" "$(jq -c 'select(.rkey == "2") | .record' out)" \
		"$(printf '%s\n' "$2" | jq -c .)"
}

bad 'half float' 'float at byte 3' '\241\141a\371\074\000'
bad 'double float' 'float at byte 3' '\241\141a\373\077\370\0\0\0\0\0\0'
bad 'NaN' 'float at byte 3' '\241\141a\373\177\370\0\0\0\0\0\0'
bad 'undefined' 'undefined at byte 3' '\241\141a\367'
bad 'indefinite map' 'indefinite length at byte 0' '\277\377'
bad 'indefinite list' 'indefinite length at byte 3' '\241\141a\237\377'
bad 'indefinite text' 'indefinite length at byte 3' '\241\141a\177\141a\377'
bad 'unsorted keys' 'keys out of order at byte 6' '\242\141b\001\141a\002'
bad 'a key twice' 'key that comes twice at byte 6' '\242\141a\001\141a\002'
bad 'an integer in too many bytes' \
	"head that isn't the shortest at byte 3" '\241\141a\030\001'
bad 'tag 0' 'tag other than 42 at byte 4' '\241\141a\300\141a'
bad '2^63' 'integer beyond 64 signed bits at byte 3' \
	'\241\141a\033\200\0\0\0\0\0\0\0'
bad '-2^64' 'integer beyond 64 signed bits at byte 3' \
	'\241\141a\073\377\377\377\377\377\377\377\377'
bad 'a lone surrogate' "text that isn't UTF-8 at byte 7" \
	'\241\141a\143\355\240\200'
bad 'bad UTF-8 in a key' "text that isn't UTF-8 at byte 3" '\241\141\377\001'
bad 'literal $link' \
	"key \$link or \$bytes, which JSON can't say at byte 7" \
	'\241\145$link\141a'
bad 'literal $bytes, deep down' \
	"key \$link or \$bytes, which JSON can't say at byte 12" \
	'\241\141a\201\241\146$bytes\100'
bad 'list' "record that isn't a map at byte 1" '\200'
bad 'text' "record that isn't a map at byte 2" '\141a'
bad 'null' "record that isn't a map at byte 1" '\366'
bad 'nothing' 'value is cut at byte 0' ''
bad 'two values' 'bytes after the value at byte 1' '\240\240'
bad 'a cut value' 'value is cut at byte 3' '\241\141a\143ab'
bad 'text of 2^64-1 bytes' 'value is cut at byte 3' \
	'\241\141a\173\377\377\377\377\377\377\377\377'
bad 'a link of no CID' 'link that is not a CID at byte 8' \
	'\241\141a\330\052\102\000\001'

# levels N: print a list in a list in a list
levels() {
	printf '\241\141a'
	head -c "$(($1 - 2))" /dev/zero | tr '\000' '\201'
	printf '\200'
}
levels 10000 >block
record '10,000 levels' BadRecord \
	'DAG-CBOR: nested too deeply at byte 35'
levels 33 >block
record '33 levels' BadRecord \
	'DAG-CBOR: nested too deeply at byte 35'
levels 32 | mkhostile record >x.car
exits 0 '32 levels' at-carwalk x.car

# Sizes: {"a": text}, a record of this number of bytes
# sized BYTES OCTAL
sized() {
	# shellcheck disable=SC2059
	printf "\\241\\141a\\172$2"
	head -c "$(($1 - 8))" /dev/zero | tr '\000' "${3:-x}"
}
sized 1048577 '\000\017\377\371' >block
record '1 MiB and a byte' TooLarge \
	'record of 1048577 bytes, at most 1048576'
sized 1048576 '\000\017\377\370' | mkhostile record >x.car
exits 0 '1 MiB' at-carwalk x.car
is '1 MiB: comes out' "$(jq -r '.record.a // empty' out | wc -c)" 1048569
sized 1048576 '\000\017\377\370' '\001' | mkhostile record >x.car
exits 0 '1 MiB of control characters' at-carwalk x.car
ok 'is a line of the maximum length' test "$(wc -c <out)" -lt 16777216

(
	printf '\241\141a\232\000\002\000\001'
	head -c 131073 /dev/zero
) >block
record '131,073 entries' BadRecord \
	'DAG-CBOR: container with too many entries at byte 3'
(
	printf '\241\141a\232\000\002\000\000'
	head -c 131072 /dev/zero
) | mkhostile record >x.car
exits 0 '131,072 entries' at-carwalk x.car
is '131,072 entries: come out' \
	"$(jq '.record.a // empty | length' out)" 131072
(
	printf '\241\171\040\001'
	head -c 8193 /dev/zero | tr '\000' k
	printf '\001'
) >block
record 'key of 8,193 bytes' BadRecord \
	'DAG-CBOR: key of too many bytes at byte 8197'

good 'text with everything' '{"a":"\u0000\u0001\u001f\"\\/\n€🦋"}' \
	'\241\141a\156\000\001\037"\\/\012\342\202\254\360\237\246\213'
ok 'text with everything: the bytes' grep -qF \
	'"a":"\u0000\u0001\u001f\"\\/\n€🦋"' out
good '9007199254740993' '{"a":9007199254740993}' \
	'\241\141a\033\000\040\000\000\000\000\000\001'
ok 'an integer that jq has not' grep -q '"a":9007199254740993' out
good 'deep special names' '{"$type":"x","$typo":{"$links":1}}' \
	'\242\145$type\141x\145$typo\241\146$links\001'

# Keys. The error has the collection, if there is one, and the whole key.
# key NAME COLLECTION RKEY KEY OCTAL
key() {
	# shellcheck disable=SC2059
	printf "$5" | mkhostile key >x.car
	exits 1 "key, $1" at-carwalk x.car
	is "key, $1: types of the lines" "$(jq -r .type out | sort | tr '\n' ,)" \
		'commit,end,error,record,record,'
	is "key, $1: the error" "$(jq -c 'select(.type == "error") |
	    [.error, .collection, .rkey, .key, .source, .record]' out)" \
		"[\"BadKey\",$2,$3,$4,\"car\",{\"\$bytes\":\"oWFuAg\"}]"
	is "key, $1: counts" "$(jq -c 'select(.type == "end") | .errors,
	    (.collections | add)' out | tr '\n' ,)" \
		"1,$([ "$2" = '""' ] && echo 2 || echo 3),"
	is "key, $1: all" "$(jq 'select(.type == "commit") | .records' out)" 3
}
key 'NUL' '"com.example.bbb"' '"a\u0000b"' '"com.example.bbb/a\u0000b"' \
	'com.example.bbb/a\000b'
key 'control character' '"com.example.bbb"' '"\u001b[2J"' \
	'"com.example.bbb/\u001b[2J"' 'com.example.bbb/\033[2J'
key 'emoji' '"com.example.bbb"' '"🦋"' '"com.example.bbb/🦋"' \
	'com.example.bbb/\360\237\246\213'
key 'no UTF-8' '"com.example.bbb"' '{"$bytes":"/w"}' \
	'{"$bytes":"Y29tLmV4YW1wbGUuYmJiL/8"}' 'com.example.bbb/\377'
key 'no UTF-8 before the slash' '""' '""' '{"$bytes":"Y29tLv8uYmJiL3g"}' \
	'com.\377.bbb/x'
key 'no slash' '""' '""' '"com.example.bbb"' 'com.example.bbb'
key 'only a slash' '""' '""' '"/"' '/'
key 'nothing before the slash' '""' '""' '"/x"' '/x'
key 'nothing after it' '"com.example.bbb"' '""' '"com.example.bbb/"' \
	'com.example.bbb/'
key 'two slashes' '"com.example.bbb"' '"x/y"' '"com.example.bbb/x/y"' \
	'com.example.bbb/x/y'
key 'no NSID' '""' '""' '"com.example/x"' 'com.example/x'
key 'NSID with a digit first' '""' '""' '"com.example.3b/x"' \
	'com.example.3b/x'
key 'dot' '"com.example.bbb"' '"."' '"com.example.bbb/."' 'com.example.bbb/.'
key 'two dots' '"com.example.bbb"' '".."' '"com.example.bbb/.."' \
	'com.example.bbb/..'
key 'space' '"com.example.bbb"' '"a b"' '"com.example.bbb/a b"' \
	'com.example.bbb/a b'
key 'quote' '"com.example.bbb"' '"a\"b"' '"com.example.bbb/a\"b"' \
	'com.example.bbb/a"b'
key 'an empty collection and key' '""' '""' '"//"' '//'
long=$(head -c 513 /dev/zero | tr '\000' k)
key 'rkey of 513' '"com.example.bbb"' "\"$long\"" \
	"\"com.example.bbb/$long\"" "com.example.bbb/$long"
long=$long$(head -c 496 /dev/zero | tr '\000' k)
key '1,025 bytes' '"com.example.bbb"' "\"$long\"" \
	"\"com.example.bbb/$long\"" "com.example.bbb/$long"

long=$(head -c 512 /dev/zero | tr '\000' k)
printf 'com.example.bbb/%s' "$long" | mkhostile key >x.car
exits 0 'rkey of 512' at-carwalk x.car
is 'it comes out' "$(jq -r 'select(.collection == "com.example.bbb") | .rkey' \
	out)" "$long"
head -c 9000 /dev/zero | tr '\000' k | mkhostile key >x.car
exits 1 'key of 9,000 bytes' at-carwalk x.car
is 'condemns the tree' "$(jq -r '[.type, .error] | join(" ")' out)" \
	'error BadTree'

# Only requested records are decoded, and only they give errors.
printf '\200' | mkhostile record >x.car
exits 0 'a bad record of another collection' at-carwalk -c com.example.aaa x.car
is 'its lines' "$(types)" 'commit,record com.example.aaa,end,'
exits 1 'of this collection' at-carwalk -c com.example.bbb x.car
is 'its lines' "$(types)" 'commit,error com.example.bbb,end,'
printf '/x' | mkhostile key >x.car
exits 0 'a bad key of no collection' at-carwalk -c com.example.bbb x.car
is 'its lines' "$(types)" 'commit,end,'

# With --salvage and --partial, the error has the same source as the other
# lines.
printf '\200' | mkhostile record >x.car
exits 1 'as a part' at-carwalk --partial x.car
is 'source' "$(jq -r 'select(.type == "error") | .source' out)" part

done_testing
