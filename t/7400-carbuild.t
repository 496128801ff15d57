#!/bin/sh
# at-carbuild: whole repos in pre-order, from CARs and from records
. "${0%/*}/lib/tap.sh"

# errors: print the errors of out
errors() {
	jq -r 'select(.type == "error") | .error' out
}

# no_file TEXT: x.car was not written
no_file() {
	is "$1: no file" "$(ls x.car .atpipe.* 2>/dev/null)" ''
}

# mkcar's pre-order is the oracle, except that it repeats a record that two keys
# share, as in random repos.
for shape in 'random 0 1' 'random 1 2' 'random 300 3' 'bsky 3000 4'; do
	# shellcheck disable=SC2086
	set -- $shape
	mkcar -k "$1" -n "$2" -s "$3" -K key -P private >pre.car
	case $1 in
	random) at-carbuild -o pre.car pre.car >line ;;
	esac
	for order in pre post shuffle twice; do
		mkcar -k "$1" -n "$2" -s "$3" -K key -o $order -p 4000000 \
			>$order.in
		exits 0 "$shape, $order" at-carbuild -o x.car $order.in
		ok "$shape, $order: in pre-order" cmp pre.car x.car
		is "$shape, $order: no message" "$(cat err)" ''
	done
	at-carwalk pre.car >lines
	exits 0 "$shape, records" at-carbuild -k private -o x.car lines
	ok "$shape, records: the same" cmp pre.car x.car
	is "$shape, records: the key" "$(jq -r .key out)" "$(cat key)"
	sort -R --random-source=lines lines >mixed
	exits 0 "$shape, records in any order" \
		at-carbuild -k private -o x.car - <mixed
	ok "$shape, records in any order: the same" cmp pre.car x.car
	rm -f x.car
done

mkcar -n 300 -s 9 -K key -P private >pre.car
at-carwalk pre.car >lines

# the line, which is a job
exits 0 'the line' at-carbuild -o x.car pre.car
is 'its fields' "$(jq -c '[keys_unsorted, .type, .car]' out)" \
    '[["type","did","rev","head","car","size","at"],"repo","x.car"]'
is 'its size' "$(jq .size out)" "$(wc -c <x.car | tr -d ' ')"
cp out line
is 'a job of at-carwalk' \
    "$(at-carwalk <line | jq -r .type | uniq -c | tr -s ' ')" \
    ' 1 repo
 1 commit
 300 record
 1 end'
exits 0 'standard output' at-carbuild -o - pre.car
ok 'the CAR' cmp pre.car out
is 'the line is on standard error' "$(jq -c '[.type, .car]' err)" \
    '["repo",null]'
zstd -q -c pre.car >pre.car.zst
exits 0 'zstd' at-carbuild -o x.car pre.car.zst
ok 'zstd: the same' cmp pre.car x.car
exits 0 'standard input' at-carbuild -o x.car <pre.car
ok 'standard input: the same' cmp pre.car x.car
exits 0 'over itself' at-carbuild -o x.car x.car
ok 'over itself: the same' cmp pre.car x.car
rm x.car

# copies that are whole together
mkcar -n 300 -s 9 -K key -x 2 >half.car
mkcar -n 300 -s 9 -K key -x 3 -o shuffle >third.car
exits 1 'a half' at-carbuild -o x.car half.car
is 'a half: error' "$(errors)" MissingBlock
no_file 'a half'
printf 'old\n' >x.car
exits 1 'two parts' at-carbuild -o x.car half.car third.car
is 'two parts: error' "$(errors)" MissingBlock
is 'two parts: the file of this name stays' "$(cat x.car)" old
size=$(wc -c <pre.car)
head -c $((size / 2)) pre.car >cut.car
cp pre.car wrong.car
printf '\377\377' | dd of=wrong.car bs=1 seek=2000 conv=notrunc 2>said
exits 0 'a cut copy and a damaged one' at-carbuild -o x.car cut.car wrong.car
ok 'a cut copy and a damaged one: whole' cmp pre.car x.car
is 'the damage' "$(sed 's/ baf[a-z2-7]*/ CID/; s/[0-9]\{3,\}/N/' err)" \
    'at-carbuild: cut.car: damaged: CAR is cut inside a block at byte N
at-carbuild: wrong.car: damaged: block CID at byte N does not have its hash'
exits 0 'quiet' at-carbuild -q -o x.car wrong.car cut.car
is 'quiet: no message' "$(cat err)" ''
rm x.car

# other CARs
mkcar -n 300 -s 10 -K other.key >other.car
exits 1 'another commit' at-carbuild -o x.car pre.car other.car
is 'another commit: error' "$(errors)" BadCommit
no_file 'another commit'
exits 1 'no CAR' at-carbuild -o x.car pre.car "$top/README"
is 'no CAR: error' "$(errors)" BadCar
no_file 'no CAR'
exits 1 'no file' at-carbuild -o x.car nowhere pre.car
is 'no file: error' "$(errors)" Unreadable
no_file 'no file'
mkhostile left-too-high >hostile.car
exits 1 'a bad tree' at-carbuild -o x.car hostile.car
is 'a bad tree: error' "$(errors)" BadTree
no_file 'a bad tree'

# records: what is refused
# refuses ERROR NAME <LINES
refuses() {
	exits 1 "$2" at-carbuild -k private -o x.car -
	is "$2: error" "$(errors | sort -u)" "$1"
	no_file "$2"
}
sed -n '2s/zhxrhs64oiz/zhxrhs64oia/p' lines | cat lines - >bad
refuses WrongDid 'another account' <bad
sed -n '2s/3m4xqkxkcac2a/3m4xqkxkcac2b/p' lines | cat lines - >bad
refuses BadRev 'another snapshot' <bad
sed '2d' lines >bad
refuses BadTree 'a record less' <bad
sed '2s/"createdAt":"20/"createdAt":"21/' lines >bad
refuses BadRecord 'a record of another CID' <bad
sed -n '2s/"record":.*/"record":{}}/p' lines >bad
refuses BadRecord 'the same alone' <bad
echo '{"type":"error","program":"x","error":"Timeout","message":"m"}' |
	cat lines - >bad
refuses BadRecord 'an error line' <bad
echo '{"type":"record","did":"did:plc:x"}' | cat lines - >bad
refuses BadLine 'a line without its fields' <bad
jq -c 'select(.type == "record") | .source = "live"' lines | head -n 1 >live
{
	cat live
	sed -n 3p lines | jq -c --slurpfile a live '.source = "live" |
	    .rkey = $a[0].rkey | .collection = $a[0].collection'
} >bad
refuses BadLine 'two lines that differ' <bad
refuses BadLine 'nothing' </dev/null
at-carwalk -c app.bsky.feed.like pre.car >likes
sed '$d' likes >bad
refuses BadLine 'a collection, cut' <bad
sed '$s/3m4xqkxkcac2a/3m4xqkxkcac22/' likes >bad
refuses BadLine 'a collection, and the end of another snapshot' <bad
sed -n 2p lines | jq -c '.source = "live" | .rev = "3m4xqkxkcac2c"' >later
head -n 100 lines | cat - later >bad
refuses BadLine 'cut, and a later change' <bad
sort -R --random-source=lines likes >mixed
exits 0 'a collection, in any order' at-carbuild -k private -o x.car mixed
rm x.car

# records: changes of a live stream
: >changes
sed -n 2p lines | jq -c '.source = "live" | .rev = "3m4xqkxkcac2c" |
    .action = "delete" | del(.cid, .record)' >>changes
sed -n 3p lines >third
sed -n 4p lines | jq -c --slurpfile t third '.source = "live" |
    .rev = "3m4xqkxkcac2d" | .cid = $t[0].cid | .record = $t[0].record' \
	>>changes
sed -n 5p lines | jq -c '.source = "live" | .rev = "3m4xqkxkcac22" |
    .action = "delete" | del(.cid, .record)' >>changes
exits 0 'changes' at-carbuild -k private -o x.car changes lines
is 'the latest rev' "$(jq -r .rev out)" 3m4xqkxkcac2d
at-carwalk -k "$(cat key)" x.car >got || echo failed >>got
jq -r 'select(.type == "record") | [.rkey, .cid] | join(" ")' got >list
sed -n '3,$p' lines | jq -r --slurpfile t third 'select(.type == "record") |
    [.rkey, .cid] | join(" ")' |
	awk -v cid="$(jq -r .cid third)" 'NR == 2 { $2 = cid } { print }' >want
ok 'a deletion, an update, and one before the snapshot' cmp want list

# Each decompressor has a window of 128 MiB, until its file has been read.
if nm "$build/bin/at-carbuild" | grep -q __asan; then
	skip 'many compressed CARs' 'built with sanitizers'
else
	mkcar -n 3000 -s 4 >long.car
	zstd -q --long=27 --no-content-size <long.car >long.zst
	# shellcheck disable=SC2046 # words
	ok 'many compressed CARs' sh -c 'ulimit -v 1000000; at-carbuild \
		-o x.car "$@" >out' sh $(yes long.zst | head -n 30)
	rm -f x.car
	# All of them together take 300 MiB.
	mkcar -n 30000 -s 4 >long.car
	zstd -q -f <long.car >long.zst
	# shellcheck disable=SC2046 # words
	ok 'large compressed CARs' sh -c 'ulimit -d 180000; at-carbuild \
		-o x.car "$@" >out' sh $(yes long.zst | head -n 30)
	ok 'large compressed CARs: the same' cmp long.car x.car
	# shellcheck disable=SC2046 # words
	ok 'a CAR from a pipe, and others' sh -c 'ulimit -d 180000
		at-carbuild -o x.car "$@" - <long.zst >out' sh \
		$(yes long.zst | head -n 30)
	ok 'a CAR from a pipe: the same' cmp long.car x.car
	mkcar -n 1 -s 4 -R other >other.car
	# shellcheck disable=SC2046 # words
	exits 1 'large CARs of another commit' sh -c 'ulimit -d 180000
		at-carbuild -q -o y.car other.car "$@"' sh \
		$(yes long.zst | head -n 30)
	is 'large CARs of another commit: errors' \
	    "$(jq -r .error out | uniq -c | sed 's/ *//')" '30 BadCommit'
	rm -f x.car long.* other.car
fi

echo oops >notes
# shellcheck disable=SC2046 # words
exits 1 'many files that are no CARs' sh -c 'ulimit -n 50
	at-carbuild -q -o y.car "$@"' sh $(yes notes | head -n 100)
is 'many files that are no CARs: errors' \
    "$(jq -r .error out | uniq -c | sed 's/ *//')" '100 BadCar'
rm notes

# --did and --rev
exits 0 'an empty repo' at-carbuild -k private --did did:web:a.example.com \
	--rev 3m4xqkxkcac2a -o x.car </dev/null
at-carwalk x.car >got
is 'its lines' "$(jq -c '[.type, .did, .rev]' got)" \
    '["commit","did:web:a.example.com","3m4xqkxkcac2a"]
["end","did:web:a.example.com","3m4xqkxkcac2a"]'
exits 0 'another rev' at-carbuild -k private --rev 3m4xqkxkcac2z -o x.car lines
is 'its rev' "$(at-carwalk x.car | tail -n 1 | jq -r .rev)" 3m4xqkxkcac2z
rm x.car
exits 1 'lines of another DID' at-carbuild -k private --did did:web:a.b \
	-o x.car lines
is 'lines of another DID: error' "$(errors | sort -u)" WrongDid
no_file 'lines of another DID'

# usage
exits 2 'no -o' at-carbuild pre.car
is 'no -o: message' "$(head -n 1 err)" \
    'at-carbuild: no output is named (-o)'
exits 2 'a bad DID' at-carbuild -k private --did x -o x.car lines
exits 2 'a bad rev' at-carbuild -k private --rev x -o x.car lines
exits 2 '--rev without -k' at-carbuild --rev 3m4xqkxkcac2z -o x.car pre.car
exits 2 'no key there' at-carbuild -k "$top/README" -o x.car lines
exits 2 'no such key file' at-carbuild -k nowhere -o x.car lines
exits 2 'a file that cannot be made' at-carbuild -o pre.car/x pre.car
no_file 'usage'

done_testing
