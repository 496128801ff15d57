#!/bin/sh
# at-cardiff: two CARs to the changes between them
. "${0%/*}/lib/tap.sh"

did=did:plc:ewvi7nxzyoun6zhxrhs64oiz
older=3m3xqkxkcac2a old=3m4xqkxkcac2a new=3m5xqkxkcac2a

# record N: print a line for mkcar -R
record() {
	printf '%s {"n":%s}\n' "$1" "$2"
}

{ record a.b.c/kept 1; record a.b.c/same 2; record a.b.d/gone 3
	record x.y.z/edited 4; } >before
{ record a.b.c/kept 1; record a.b.c/new 5; record a.b.c/same 2
	record x.y.z/edited 6; } >after
mkcar -n 0 -r $old -R before -l old.cids >old.car
mkcar -n 0 -r $new -R after -l new.cids -K key >new.car

# cid FILE KEY: print the CID of a record
cid() {
	awk -v key="$2" '$1 == key { print $2 }' "$1"
}

# field CAR NAME: print a field of its commit line
field() {
	at-carwalk "$1" | jq -r "select(.type == \"commit\") | .$2"
}

rev="\"did\":\"$did\",\"rev\":\"$new\""
exits 0 "two CARs" at-cardiff old.car new.car
mv out changes
same "their changes" changes <<EOT
{"type":"record",$rev,"collection":"a.b.c","rkey":"new","action":"create",\
"source":"live","cid":"$(cid new.cids a.b.c/new)","record":{"n":5}}
{"type":"record",$rev,"collection":"a.b.d","rkey":"gone","action":"delete",\
"source":"live","prev":"$(cid old.cids a.b.d/gone)"}
{"type":"record",$rev,"collection":"x.y.z","rkey":"edited","action":"update",\
"source":"live","cid":"$(cid new.cids x.y.z/edited)","record":{"n":6},\
"prev":"$(cid old.cids x.y.z/edited)"}
{"type":"commit",$rev,"cid":"$(field new.car cid)",\
"data":"$(field new.car data)","version":3,"signature":"unchecked",\
"source":"live","since":"$old","prevData":"$(field old.car data)","ops":3}
EOT
is "no message" "$(cat err)" ''

# shape: print what matters of each line
shape() {
	jq -r '[.type, .action // empty, .collection // empty, .since // empty,
	    (if has("ops") then .ops else empty end), .whole // empty,
	    .unchanged // empty, .signature // empty, .error // empty,
	    .did // "none"] | join(" ")' "$@"
}

exits 0 "some collections" at-cardiff -c a.b.* old.car new.car
is "their changes, and ops" "$(shape out)" "record create a.b.c $did
record delete a.b.d $did
commit $old 2 unchecked $did"
is "and the filter" "$(sed -n '$p' out | jq -c .filter)" '["a.b.*"]'

exits 0 "with the key" at-cardiff -k "$(cat key)" --require-signature \
    old.car new.car
is "the signature of the new repo" "$(tail -n 1 out | jq -r .signature)" \
    verified
mkcar -n 1 -s 9 -K other -r $new >other.car
exits 1 "with another key" at-cardiff -k "$(cat other)" old.car new.car
is "nothing but an error" "$(shape out)" "error BadSignature $did"
exits 1 "an unknown key" at-cardiff --require-signature old.car new.car
is "NoKey" "$(shape out)" "error NoKey $did"

mkcar -n 0 -r $new -R before >recommitted.car
exits 0 "only the commit is new" at-cardiff old.car recommitted.car
is "no changes" "$(shape out)" "commit $old 0 unchecked $did"
exits 0 "the same commit" at-cardiff old.car old.car
same "is unchanged" out <<EOT
{"type":"end","did":"$did","rev":"$old","unchanged":true}
EOT
mkcar -n 0 -r $old >empty.car
exits 0 "the old repo is empty" at-cardiff empty.car recommitted.car
is "whole" "$(tail -n 1 out | jq -c '[.since, .ops, .whole]')" \
    "[\"$old\",4,true]"
mkcar -n 0 -r $new >emptied.car
exits 0 "the new repo is empty" at-cardiff old.car emptied.car
is "all is deleted" "$(shape out | sort | uniq -c | sort -n |
    sed 's/^ *//')" "1 commit $old 4 unchecked $did
1 record delete a.b.d $did
1 record delete x.y.z $did
2 record delete a.b.c $did"

# Errors
# refused NAME ERROR MESSAGE OLD NEW
refused() {
	refused=$1 error=$2 message=$3
	shift 3
	exits 1 "$refused" at-cardiff "$@"
	is "$refused: one error" "$(jq -r '[.type, .error, .message] |
	    join(" ")' out)" "error $error $message"
	is "$refused: message" \
	    "$(sed -E 's/^at-cardiff: (did:[^ ]*|[^:]*): //' err)" \
	    "$message"
}
refused "back to an earlier rev" BadRev \
    "rev $old is earlier than the old repo's, $new" new.car old.car
is "names the file" "$(jq -r '.input, .rev, .did' out)" "old.car
$old
$did"
refused "two commits of one rev" BadRev \
    "two different commits have rev $new" recommitted.car new.car
mkcar -n 3 -d did:web:example.com -r $new >web.car
refused "two accounts" WrongDid \
    "the commit is of did:web:example.com, want $did" old.car web.car
is "is about the old one" "$(jq -r '.did, .rev, .input' out)" "$did
null
web.car"
refused "no old CAR" Unreadable "can't open: No such file or directory" \
    none.car new.car
is "names it" "$(jq -r .input out)" none.car
refused "no new CAR" Unreadable "can't open: No such file or directory" \
    old.car none.car
is "names it, and the account" "$(jq -r '.input, .did' out)" "none.car
$did"
refused "not a CAR" BadCar "$(at-carwalk before 2>&1 >/dev/null |
    sed 's/^at-carwalk: [^:]*: //')" before new.car
mkcar -n 300 -r $old >many.car
mkcar -n 300 -r $old -x 50 >holed.car
mkcar -n 300 -r $new -C 2 >later.car
mkcar -n 300 -r $new -C 2 -x 50 >later-holed.car
for pair in 'holed.car later.car' 'many.car later-holed.car' \
    'holed.car holed.car'; do
	# shellcheck disable=SC2086 # two names
	exits 1 "a block is missing: $pair" at-cardiff -q $pair
	is "nothing but an error" "$(shape out)" "error MissingBlock $did"
	is "without a message" "$(cat err)" ''
done
at-cardiff -q holed.car later.car >out
is "the old one lacks it" "$(jq -r .input out)" holed.car
at-cardiff -q many.car later-holed.car >out
is "the new one lacks it" "$(jq -r .input out)" later-holed.car

# Revs of an archive
shard=cars/$(printf %s $did | sha256sum | cut -c 1-2)
kept=$shard/.did_plc_${did##*:}
mkdir -p "$kept"
cp new.car "$shard/did_plc_${did##*:}.car"
zstd -q old.car -o "$kept/$old.car.zst"
mkcar -n 2 -r $older >"$kept/$older.car"
for revs in '' $old "$old $new"; do
	# shellcheck disable=SC2086 # words
	exits 0 "-d: revs: $revs" at-cardiff -d cars $did $revs
	same "-d: the same changes" out <changes
done
exits 0 "-d: the kept ones" at-cardiff -d cars/ $did $older $old
is "-d: their revs" "$(tail -n 1 out | jq -r '.since, .rev')" "$older
$old"
exits 0 "-d: the same rev twice" at-cardiff -d cars $did $new
is "-d: unchanged" "$(shape out)" "end true $did"
refused "-d: back" BadRev "rev $older is earlier than the old repo's, $old" \
    -d cars $did $old $older
is "-d: back: names the file" "$(jq -r '.input, .did' out)" \
    "$kept/$older.car
$did"
absent=3m4aaaaaaaa2a
refused "-d: no such rev" Unreadable "the archive has no rev $absent of this\
 account, only $new, $old, $older" -d cars $did $absent
is "-d: no such rev: names it" "$(jq -r '.input, .did, .rev' out)" "$absent
$did
null"
is "-d: no such rev: message" "$(cat err)" "at-cardiff: $absent: the archive\
 has no rev $absent of this account, only $new, $old, $older"
refused "-d: no such new rev" Unreadable "the archive has no rev $absent of\
 this account, only $new, $old, $older" -d cars $did $older $absent
refused "-d: another account" Unreadable \
    "the archive has no readable CAR of this account" \
    -d cars did:web:example.com
is "-d: another account: names it" "$(jq -r '.input, .did' out)" \
    "did:web:example.com
did:web:example.com"
for n in 2 3 4 5 6 7; do
	touch "$kept/3m2${n}qkxkcac2a.car"
done
cp "$kept/$older.car" "$kept/3m27qkxkcac2a.car.zst"
refused "-d: many revs" Unreadable "the archive has no rev $absent of this\
 account, only $new, $old, $older, 3m27qkxkcac2a, 3m26qkxkcac2a and 4 more" \
    -d cars $did $absent
cp new.car "$kept/$old.car.zst"
refused "-d: another rev" BadRev "a CAR of rev $new, want $old" -d cars $did
cp web.car "$kept/$old.car.zst"
refused "-d: a CAR of another account" WrongDid \
    "the commit is of did:web:example.com, want $did" -d cars $did
rm -r "$kept"
refused "-d: nothing kept" Unreadable "the archive has no rev before $new of\
 this account, only $new" -d cars $did
mkdir "$kept"
cp old.car "$kept/$old.car"
echo oops >"$shard/did_plc_${did##*:}.car"
refused "-d: the newest is damaged" Unreadable "the archive has no readable\
 newest CAR of this account, only $old" -d cars $did
refused "-d: it may be the damaged one" Unreadable "the archive has no rev\
 $new of this account, only $old; the newest CAR is missing or damaged" \
    -d cars $did $old $new
exits 0 "-d: others are not" at-cardiff -d cars $did $old $old
mkfifo "$kept/$older.car"
refused "-d: a FIFO" Unreadable "not a regular file" -d cars $did $older $old
mv "$shard" elsewhere
ln -s ../elsewhere "$shard"
exits 2 "-d: a link in place of a directory" at-cardiff -d cars $did
is "-d: a link: message" "$(cat err)" \
    "at-cardiff: $shard: a symbolic link, want a directory"
usage_error "-d: no DID" "-d needs a DID" at-cardiff -d cars
usage_error "-d: a file" "'old.car' isn't a DID" \
    at-cardiff -d cars old.car new.car
usage_error "-d: no rev" "'new.car' isn't a rev" \
    at-cardiff -d cars $did new.car
usage_error "-d: three revs" "want a DID and at most two revs" \
    at-cardiff -d cars $did $old $new $new
usage_error "-d: no directory" "-d: 'none' isn't a directory" \
    at-cardiff -d none $did

usage_error "one operand" "want two operands, old and new" at-cardiff old.car
usage_error "three" "want two operands, old and new" at-cardiff 1 2 3
usage_error "standard input twice" \
    "only one of the CARs can be standard input" at-cardiff - -
mkdir directory
usage_error "a directory and a file" \
    "'directory' is a directory, and 'old.car' is a file" \
    at-cardiff directory old.car

# Other forms of the input
# changed NAME CMD...: it gives the same changes
changed() {
	exits 0 "$1" "$2" "$3" "$4"
	same "$1: the same changes" out <changes
}
zstd -q old.car -o old.car.zst
zstd -q new.car -o new.car.zst
changed "compressed" at-cardiff old.car.zst new.car.zst
at-cardiff - new.car <old.car >out
same "from standard input" out <changes
at-cardiff old.car - <new.car.zst >out
same "compressed, from a pipe" out <changes
mkcar -n 3000 -r $old >1.car
mkcar -n 3000 -r $new -C 10 >2.car
exits 0 "in the order of the tree" at-cardiff 1.car 2.car
mv out changes
for order in post shuffle twice; do
	mkcar -n 3000 -r $old -o $order >3.car
	mkcar -n 3000 -r $new -C 10 -o $order >4.car
	changed "$order" at-cardiff 3.car 4.car
done

# The changes are those between the lists of records.
mkcar -n 3000 -r $old -l 1.list >/dev/null
mkcar -n 3000 -r $new -C 10 -l 2.list >/dev/null
join -a 1 -a 2 -e - -o 0,1.2,2.2 1.list 2.list | awk '$2 != $3' >want
jq -r 'select(.type == "record") | "\(.collection)/\(.rkey) \(.prev // "-"
    ) \(.cid // "-")"' changes >got
same "exactly the changes of the records" got <want
ok "some hundred" test "$(wc -l <got)" -gt 200

# More changes than are kept in memory
mkcar -n 110000 -r $new >large.car
exits 0 "more changes than are remembered" at-cardiff empty.car large.car
jq -c 'select(.type == "record") | [.collection, .rkey, .cid, .record]' out \
    >got
at-carwalk large.car | jq -c 'select(.type == "record") |
    [.collection, .rkey, .cid, .record]' >want
ok "all of them" cmp got want

# A summary
exits 0 "a summary" at-cardiff --summary old.car new.car
same "its table" err <<'EOT'
collection    created    updated    deleted
a.b.c               1          0          0
a.b.d               0          0          1
x.y.z               0          1          0
all                 1          1          1
EOT
exits 0 "of nothing" at-cardiff --summary old.car old.car
is "its table" "$(cat err)" \
    "collection    created    updated    deleted
all                 0          0          0"

# A record that JSON can't express counts as a change.
mkcar -n 1 -r $older >base.car
printf '\241\141a\373\077\370\000\000\000\000\000\000' >float
mkhostile record key <float >float.car
exits 1 "a record with a float" at-cardiff base.car float.car
is "is an error line, and counts" "$(shape out | grep -v ' a.b\|app')" \
    "record create com.example.aaa $did
error com.example.bbb BadRecord $did
record create com.example.ccc $did
commit $older 4 unchecked $did"

# Two directories. Only at-fetchrepo makes CARs of some names; any will do.
mkdir -p a/1f a/2f b/1f b/2f
at-carwalk --help >a/1f/notes.txt
cp old.car a/1f/changed.car
cp new.car b/1f/changed.car
cp old.car a/1f/same.car
zstd -q old.car -o b/1f/same.car.zst
cp old.car a/2f/gone.car
cp new.car b/2f/added.car
cp holed.car a/2f/holed.car
cp later.car b/2f/holed.car
exits 1 "two directories" at-cardiff a/ b
is "each account has one result" "$(shape out | grep -v ^record)" \
    "commit $old 3 unchecked $did
end true $did
commit 4 true unchecked $did
error MissingBlock $did
error Unreadable $did"
is "the files of the errors" "$(jq -r 'select(.type == "error") | .input,
    .message' out | sed 's/baf[a-z2-7]*/CID/')" "a/2f/holed.car
record CID is missing
a/2f/gone.car
the new directory has no CAR of this name"
is "messages" "$(sed 's/baf[a-z2-7]*/CID/' err)" \
    "at-cardiff: a/2f/holed.car: record CID is missing
at-cardiff: a/2f/gone.car: the new directory has no CAR of this name"
exits 0 "an account that is new" at-cardiff directory b/1f
is "is whole" "$(shape out | grep -v ^record)" "commit 4 true unchecked $did
commit 4 true unchecked $did"
mkdir none
mkdir fifo
mkfifo fifo/new.car
cp new.car directory
exits 1 "a FIFO in place of an old CAR" at-cardiff -q fifo directory
is "a FIFO is not opened" "$(jq -r '.input, .message' out)" "fifo/new.car
not a regular file"
rm directory/new.car
exits 0 "nothing in them" at-cardiff directory none
is "says so" "$(cat err)" "at-cardiff: none: no *.car or *.car.zst files there"
exits 1 "as progress" at-cardiff -p a b
is "has the number of pairs" "$(tail -n 1 err | grep -o '^[a-z-]*: 5 done, 2 f')" \
    "at-cardiff: 5 done, 2 f"

# Hostile CARs: the same verdict as at-carwalk's. at-cardiff doesn't count the
# records of collections, so it has no limit for them.
mkhostile | grep -v '^\(record\|key\|value\|many-collections\)$' >attacks
n=0
while read -r attack; do
	mkhostile "$attack" key >attack.car
	n=$((n + 1))
	walked=$(at-carwalk -q attack.car | jq -r 'select(.type == "error" and
	    (has("collection") | not)) | "\(.error): \(.message)"')
	for pair in 'base.car attack.car' 'attack.car attack.car'; do
		# shellcheck disable=SC2086 # two names
		at-cardiff -q $pair >out
		compared=$(jq -r 'select(.type == "error" and
		    (has("collection") | not)) | "\(.error): \(.message)"' out)
		[ "$walked" = "$compared" ] ||
			echo "$attack: $pair: $compared, want $walked"
	done
done <attacks >differ
same "hostile CARs fail as in at-carwalk" differ </dev/null
ok "many attacks: $n" test $n -gt 80
done_testing
