#!/bin/sh
# at-validate: where lexicons come from, which of them are used, and bad ones
. "${0%/*}/lib/tap.sh"

command -v jq >/dev/null || skip_all "no jq"
alice=did:plc:ewvi7nxzyoun6zhxrhs64oiz bob=did:plc:vath6jhrzqdqegcoffdgrxma
schema=com.atproto.lexicon.schema

# document ID PROPERTY: print a lexicon of a record that requires this string
document() {
	jq -cn --arg id "$1" --arg p "$2" '{lexicon: 1, id: $id, defs: {main: {
	    type: "record", key: "any", record: {type: "object",
	    required: [$p], properties: {($p): {type: "string"}}}}}}'
}

# with_one COLLECTION PROPERTY: print a record line with this property
with_one() {
	jq -cn --arg c "$1" --arg p "$2" '{type: "record",
	    did: "did:plc:h2qnjxmcrp5pdohnb2y5psjt", rev: "3n2u2zkhk4q2y",
	    collection: $c, rkey: "k", action: "create", source: "car",
	    cid: "bafyreic5q3b3mkijzjocv5kihmsw6cabrzitkwjkdenfufp2aqz25ewkyi",
	    record: {"$type": $c, ($p): "x"}}'
}

# published DID REV ID [DOCUMENT]: print a line of a lexicon that is a record,
# or of its deletion if there is no document
published() {
	jq -cn --arg did "$1" --arg rev "$2" --arg id "$3" --argjson doc \
	    "${4:-null}" --arg c $schema '{type: "record", did: $did,
	    rev: $rev, collection: $c, rkey: $id, action: "create",
	    source: "live",
	    cid: "bafyreic5q3b3mkijzjocv5kihmsw6cabrzitkwjkdenfufp2aqz25ewkyi",
	    record: ({"$type": $c} + $doc)} |
	    if $doc then . else del(.cid, .record) | .action = "delete" end'
}

a=com.example.a b=com.example.b
# shellcheck disable=SC2094 # these are words
{
	with_one $a one >one
	with_one $a two >two
	with_one $b one >b
}

# takes NAME LINE OPTION...: it succeeds, and only LINE is valid
takes() {
	takes_name=$1 takes_line=$2
	shift 2
	exits 0 "$takes_name" at-validate -m required "$@" "$takes_line"
	ok "$takes_name: no message" test ! -s err
	ok "$takes_name: the line is copied" cmp out "$takes_line"
}

# refuses NAME OPTION...: status 2, no output; err equals standard input
refuses() {
	refuses_name=$1
	shift
	exits 2 "$refuses_name" at-validate "$@" one
	ok "$refuses_name: no output" test ! -s out
	same "$refuses_name: says why" err
}

# leaves_out NAME LINE OPTION...: only LINE is valid; err equals standard input
leaves_out() {
	left_name=$1 left_line=$2
	shift 2
	exits 0 "$left_name" at-validate -m required "$@" "$left_line"
	ok "$left_name: the line is copied" cmp out "$left_line"
	same "$left_name: names what is skipped" err
}

# files and directories
mkdir -p dir/x/y dir/.hidden dir/empty
document $a one >dir/x/y/a.json
document $b one >dir/b.json
echo 'no lexicon' >dir/README
echo 'no lexicon' >dir/.hidden/x.json
echo 'no lexicon' >dir/x/.y.json
takes 'a file' one -l dir/x/y/a.json
takes 'a directory' one -l dir
takes 'another of its files' b -l dir
takes 'two files' b -l dir/b.json --lexicons dir/x/y/a.json
takes 'the same twice' one -l dir -l dir/x
cp dir/b.json dir/again.json
takes 'a copy' one -l dir
jq '.defs.main.description = "another"' dir/b.json >dir/again.json
takes 'a copy with another description' one -l dir
# Differences that don't matter to records: FILTER changes a copy
while read -r filter; do
	jq "$filter" dir/b.json >dir/again.json
	takes "the same: $filter" b -l dir
done <<'EOT'
.revision = 7
.defs.token = {type: "token"}
.defs.main.record.properties.one.knownValues = ["x"]
.defs.main.record.properties.one.default = "y"
.defs.main.record.nullable = []
.defs.main.record.new = {"any": "thing"}
EOT
rm dir/again.json
mkdir pair
jq '.defs.main.record.required = [] | .defs.main.record.properties += {
    r: {type: "ref", ref: "#o"}, u: {type: "union", refs: ["#o", "#p"]},
    e: {type: "string", enum: ["a", "b"]}, n: {type: "integer", enum: [1, 2]},
    b: {type: "blob", accept: ["a/b", "c/*"]}} |
    .defs += {o: {type: "object", properties: {}}, p: {type: "object",
    properties: {}}}' dir/b.json >pair/1.json
while read -r filter; do
	jq "$filter" pair/1.json >pair/2.json
	takes "the same: $filter" b -l pair
done <<'EOT'
del(.defs.main.record.required)
.defs.main.record.properties.r.ref = "com.example.b#o"
.defs.main.record.properties.u.refs = ["com.example.b#p", "#o", "#p"]
.defs.main.record.properties.u.closed = false
.defs.main.record.properties.e.enum = ["b", "a", "b"]
.defs.main.record.properties.n.enum = [2, 1]
.defs.main.record.properties.b.accept = ["c/*", "a/b"]
EOT
while read -r filter; do
	jq "$filter" pair/1.json >pair/2.json
	leaves_out "another: $filter" b -l pair <<-'EOF'
	at-validate: pair/2.json: left out: differs from pair/1.json
	EOF
done <<'EOT'
.defs.main.key = "tid"
.defs.main.record.required = ["one"]
.defs.main.record.nullable = ["one"]
.defs.main.record.properties.one.maxLength = 9
.defs.main.record.properties.one.minGraphemes = 1
.defs.main.record.properties.one.format = "did"
.defs.main.record.properties.one.const = "x"
.defs.main.record.properties.one.type = "unknown"
.defs.main.record.properties.new = {type: "string"}
del(.defs.main.record.properties.e)
.defs.main.record.properties.r.ref = "#p"
.defs.main.record.properties.u.refs = ["#p"]
.defs.main.record.properties.u.closed = true
.defs.main.record.properties.e.enum = []
.defs.main.record.properties.n.enum = [1]
.defs.main.record.properties.n.minimum = 1
.defs.main.record.properties.b.accept = ["c/*"]
.defs.main.record.properties.b.maxSize = 1
.defs.o.properties.x = {type: "array", items: {type: "boolean"}}
.defs.q = .defs.p
EOT
ln -s . dir/loop
takes 'a directory that has itself' one -l dir
mkfifo dir/fifo.json
leaves_out 'a FIFO in a directory' one -l dir <<'EOT'
at-validate: dir/fifo.json: left out: not a regular file
EOT
rm dir/fifo.json
ln -s "$PWD/dir/x/y/a.json" link.json
takes 'a link' one -l link.json
refuses 'nothing there' -l nowhere <<'EOT'
at-validate: -l nowhere: can't open: No such file or directory
EOT
refuses 'an empty directory' -l dir -l dir/empty <<'EOT'
at-validate: -l dir/empty: no lexicons there
EOT
deep=deep
for i in 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2; do
	deep=$deep/$i
done
mkdir -p $deep
refuses 'very deep directories' -l deep <<EOT
at-validate: -l deep: ${deep%/2}: directories more than 32 deep
EOT

# bad files
mkdir bad
printf '{"lexicon":1,"id":"com.example.c","defs":{"main":{"type":"recor"}}}' \
    >bad/c.json
printf '{"lexicon":2,"id":"com.example.d","defs":{}}' >bad/d.json
printf '{"lexicon":1' >bad/e.json
: >bad/f.json
head -c 1100000 /dev/zero | tr '\0' ' ' >bad/g.json
printf '{"name":"x","version":"1.0.0"}' >bad/package.json
exits 0 'bad files' at-validate -m required -l dir -l bad one
ok 'the others count' cmp out one
is 'each is named' "$(sed 's/^at-validate: \(bad[^:]*\): left out: .*/\1/' \
    err | sort)" \
"bad/c.json
bad/d.json
bad/e.json
bad/f.json
bad/g.json
bad/package.json"
ok 'with the place' grep -q '^at-validate: bad/c.json: .*: /defs/main.*type' err
ok 'and the rule' grep -q '^at-validate: bad/d.json: .*: /lexicon' err
ok 'a large one is too large' \
    grep -q '^at-validate: bad/g.json: .*: more than 1048576 bytes' err
ok 'a file that is not a lexicon' \
    grep -q '^at-validate: bad/package.json: .*: not a lexicon' err
exits 2 'strictly' at-validate --strict-lexicons -l dir -l bad one
ok 'no output' test ! -s out
is 'they are counted' "$(tail -n 1 err)" 'at-validate: 6 bad lexicons'
exits 2 'only bad files' at-validate -l bad one
is 'are no lexicons' "$(tail -n 1 err)" 'at-validate: no lexicons'
mkdir reference
printf '%s%s' '{"lexicon":1,"id":"com.example.r","defs":{"main":{"type":"object",' \
    '"properties":{"a":{"type":"ref","ref":"com.example.b#x"}}}}}' \
    >reference/r.json
takes 'a reference to what is not there' one -l reference -l dir/x
leaves_out 'a reference to a wrong place' one -l reference -l dir <<'EOT'
at-validate: reference/r.json: left out: com.example.r: reference to com.example.b#x: no such definition
EOT
exits 2 'strictly' at-validate --strict-lexicons -l reference -l dir one
is 'that is an error' "$(tail -n 1 err)" 'at-validate: 1 bad lexicon'

# records
published $alice 3m4xqkxkcac2a $a "$(document $a one)" >own
takes 'a lexicon that is a record' one -l own
ok 'standard input' sh -c 'at-validate -m required -l /dev/stdin one <own'
{
	echo '{"type":"identity","did":"did:plc:x"}'
	published $alice 3m4xqkxkcac2a $b "$(document $b one)"
	cat b
	cat own
	echo
} >lines
takes 'among other lines' b -l lines
takes 'with a file' b -l dir/b.json -l own
takes 'the same as a file' one -l dir -l own
{ cat own; sed "s/$alice/$bob/" own; } >both
takes 'the same of two accounts' one -l both
grep -v schema lines >none
refuses 'no lexicon among the lines' -l none <<'EOT'
at-validate: -l none: no lexicons there
EOT
mkcar -n 3 >x.car
refuses 'a CAR' -l x.car <<'EOT'
at-validate: -l x.car: neither a directory, nor named *.json, nor NDJSON
EOT

# of one account, the latest is used
published $alice 3m5xqkxkcac2a $a "$(document $a two)" >later
cat own later >l1
cat later own >l2
takes 'a later rev' two -l l1
takes 'an earlier rev' two -l l2
published $alice 3m6xqkxkcac2a $a >gone
{ cat gone later own; published $alice 3m5xqkxkcac2a $b "$(document $b one)"; } \
    >l3
exits 1 'one that was deleted' at-validate -m required -l l3 one
is 'is not there' "$(jq -r .problems[].rule out)" unknown
{ cat gone; published $alice 3m7xqkxkcac2a $a "$(document $a two)"; } >l4
takes 'and again' two -l l4

# two that differ
published $bob 3m7xqkxkcac2a $a "$(document $a two)" >other
leaves_out 'two accounts differ' one -l own -l other <<EOT
at-validate: at://$bob/$schema/$a: left out: differs from at://$alice/$schema/$a
EOT
leaves_out 'the first one counts' two -l other -l own <<EOT
at-validate: at://$alice/$schema/$a: left out: differs from at://$bob/$schema/$a
EOT
{ cat other own; sed 's/3m4x/3m8x/' other; } >l5
leaves_out 'whatever came later' two -l l5 <<EOT
at-validate: at://$alice/$schema/$a: left out: differs from at://$bob/$schema/$a
EOT
refuses 'strictly' --strict-lexicons -l own -l other <<EOT
at-validate: at://$bob/$schema/$a: left out: differs from at://$alice/$schema/$a
at-validate: lexicons differ; --authority says whose counts
EOT
takes 'one is an authority' one --authority $alice -l own -l other
takes 'the other is' two -l other -l own --authority=$bob
leaves_out 'an account that is neither' one -l own -l other \
    --authority did:web:example.com <<EOT
at-validate: at://$bob/$schema/$a: left out: differs from at://$alice/$schema/$a
EOT
leaves_out 'both are' one --authority $bob --authority $alice -l own -l other \
    <<EOT
at-validate: at://$bob/$schema/$a: left out: differs from at://$alice/$schema/$a
EOT
leaves_out 'a file and an account differ' one -l other -l dir <<EOT
at-validate: at://$bob/$schema/$a: left out: differs from dir/x/y/a.json
EOT
exits 0 'quietly' at-validate -q -l other -l dir one
ok 'no message' test ! -s err
takes 'the account is an authority' two --authority $bob -l dir -l other
exits 0 'what is skipped is named' at-validate -v --authority $bob -l dir \
    -l other two
same 'on request' err <<EOT
at-validate: dir/x/y/a.json: left out: differs from at://$bob/$schema/$a
EOT
document $a two >dir/two.json
leaves_out 'two files differ' two -l dir <<EOT
at-validate: dir/x/y/a.json: left out: differs from dir/two.json
EOT
leaves_out 'the first -l counts' one -l dir/x -l dir <<EOT
at-validate: dir/two.json: left out: differs from dir/x/y/a.json
EOT
rm dir/two.json
exits 2 'no DID' at-validate -l dir --authority example.com one
is 'is a usage error' "$(head -n 1 err)" \
    "at-validate: --authority: 'example.com' is a handle; use its DID, which \
at-resolve prints"

# bad records, which may be anybody's, are skipped
{
	cat own
	published $bob 3m4xqkxkcac2a com.example.y "$(document $b one)"
	published $bob 3m4xqkxkcac2a com.example.z '{"lexicon":1}'
	published $bob 3m4xqkxkcac2a $b '{"lexicon":1,"id":"com.example.b"}'
	published $bob 3m4xqkxkcac2a com.example.r "$(cat reference/r.json)"
	published $bob 3m4xqkxkcac2a com.example.b "$(document $b one |
	    jq '.defs.main.key = "nothing"')"
	echo '{"type":"record","did":"x"}'
	echo '{"type":"record"'
} >strange
exits 0 'bad records' at-validate -l strange -l dir one
ok 'the line is copied' cmp out one
is 'each is named' "$(sed "s/^at-validate: //; s,at://$bob/$schema/,," err |
    cut -d : -f 1-3 | sed 's/: \/.*//' | sort)" \
"com.example.b: left out
com.example.r: left out: com.example.r
com.example.y: left out: its id 'com.example.b' is not its record key
com.example.z: left out: its id '' is not its record key
strange: line 7: left out
strange: line 8: left out"
exits 0 'quietly' at-validate -q -l strange -l dir one
ok 'no message' test ! -s err
grep -v "$a\|com.example.r" strange >bad.lines
exits 2 'only bad ones' at-validate -l bad.lines one
is 'are no lexicons' "$(tail -n 1 err)" 'at-validate: no lexicons'

# Lexicons from a repo: at-carwalk reads a CAR.
{
	find "$data/lexicons" -name '*.json' -exec jq -c . {} + | while
		read -r line; do
		printf '%s/%s %s\n' $schema "$(echo "$line" | jq -r .id)" \
		    "$(echo "$line" | jq -c --arg t $schema '{"$type": $t} + .')"
	done
	echo "$schema/com.example.bad {\"lexicon\":1,\"id\":\"com.example.bad\"}"
} >records
mkcar -n 5 -R records >lexicons.car
exits 0 'the CAR of a repo of lexicons' at-carwalk lexicons.car
ok 'has them' grep -q "\"$schema\":10" out
mv out walked
at-carwalk "$data/car/alice.car" >alice
run at-validate --summary -l walked alice
is 'records are checked by them' "$(awk '$1 == "all" { print $2, $3, $5 }' \
    err)" '67 0 28'
ok 'the bad one is named' grep -q "^at-validate: at://$alice/$schema/com.example.bad: left out: " err
at-validate --summary -l "$data/lexicons" alice >want 2>&1
ok 'as by the files' cmp -s out alice

if [ -n "${ATPIPE_LEXICONS-}" ]; then
	exits 0 'all lexicons of ATPIPE_LEXICONS' at-validate \
	    -l "$ATPIPE_LEXICONS" one
else
	skip 'all published lexicons' 'ATPIPE_LEXICONS is not set'
fi

# If an authority's document is bad, the file is used again.
rm -rf dir
mkdir dir
document $a one >dir/a.json
document $b one >dir/b.json
published $alice 3n2u2zkhk4q2y $a "$(jq -cn --arg id $a '{lexicon: 1, id: $id,
    defs: {main: {type: "record", key: "any", record: {type: "object",
    properties: {x: {type: "ref", ref: "#nowhere"}}}}}}')" >given
with_one $a "two" >line
exits 1 "an authority's bad lexicon" at-validate -l dir -l given \
    --authority $alice line
is "the file counts" "$(jq -r .error out)" InvalidRecord
ok "it is named" grep -q "$alice/$schema/$a: left out: .*no such definition" err

done_testing
