#!/bin/sh
# at-carwalk: jobs whose records are already in a database
. "${0%/*}/lib/tap.sh"

did=did:plc:ewvi7nxzyoun6zhxrhs64oiz
rev=3m5xqkxkcac2a older=3m5xqkxkcac22
mkcar -n 300 -s 1 -r $rev -K key >pre.car
mkcar -n 300 -s 1 -r $rev -K key -o post >post.car
mkcar -n 300 -s 1 -r $rev -x 3 >holed.car
zstd -q pre.car 2>/dev/null || cp pre.car pre.car.zst
head -c 300 pre.car >cut.car
unchanged="{\"type\":\"end\",\"did\":\"$did\",\"rev\":\"$rev\""

# walk CAR FIELDS ARGUMENT...: print the lines after a job with these fields
walk() {
	printf '{"type":"repo","did":"%s","car":"%s"%s}\n' $did "$1" "$2" >job
	shift 2
	at-carwalk -q "$@" <job >lines
	status=$?
	cmp -s job lines || sed 1d lines >out
}

loaded=",\"loadedRev\":\"$rev\""
some=",\"loadedFilter\":[\"app.bsky.feed.*\",\"app.bsky.graph.follow\"]"
for car in pre.car post.car pre.car.zst cut.car; do
	walk $car "$loaded"
	is "$car" "$status $(cat out)" "0 $unchanged,\"unchanged\":true}"
done
walk pre.car "$loaded" -c app.bsky.feed.post -c app.bsky.graph.*
is "the whole repo is loaded: any collections" "$(cat out)" \
    "$unchanged,\"filter\":[\"app.bsky.feed.post\",\"app.bsky.graph.*\"],\
\"unchanged\":true}"
walk pre.car "$loaded$some" -c app.bsky.feed.post -c app.bsky.graph.follow
is "collections that are" "$(jq -r .unchanged out)" true
walk pre.car "$loaded" --require-signature -k "$(cat key)"
is "signed" "$(cat out)" "$unchanged,\"unchanged\":true}"
walk pre.car "$loaded" --salvage
is "to salvage" "$(cat out)" "$unchanged,\"unchanged\":true}"

# walked NAME CAR FIELDS ARGUMENT...: the whole repo is walked
walked() {
	name=$1
	shift
	walk "$@"
	is "$name" "$status $(sed -n '$p' out | jq -c '[.type, .unchanged]')" \
	    '0 ["end",null]'
}
walked "another rev" pre.car ",\"loadedRev\":\"$older\""
walked "only collections, and the whole is asked for" pre.car "$loaded$some"
walked "others are asked for" pre.car "$loaded$some" -c app.bsky.graph.block
walked "more are" pre.car "$loaded$some" -c app.bsky.feed.post \
    -c app.bsky.graph.*
walked "none from a CAR" pre.car "$loaded,\"loadedFilter\":[]" \
    -c app.bsky.feed.post
walked "a part" pre.car "$loaded" --partial

# failed NAME ERROR CAR FIELDS ARGUMENT...
failed() {
	name=$1 want=$2
	shift 2
	walk "$@"
	is "$name" "$status $(jq -r '.error // .type' out)" "1 $want"
}
other=did:key:zQ3shbLeR1AEdMzFENqw7iSsDPRD6pxocPgrfRx9ykSDEj1B9
failed "another's key" BadSignature pre.car "$loaded,\"key\":\"$other\""
failed "no key, but required" NoKey pre.car "$loaded" --require-signature
printf '{"type":"repo","did":"did:plc:other","car":"pre.car"%s}\n' "$loaded" \
	>job
exits 1 "another account" at-carwalk -q <job
is "message" "$(sed 1d out | jq -r .error)" WrongDid
# The commit is the first block, and its signature is at the end.
cp pre.car bad.car
printf 'X' | dd of=bad.car bs=1 seek=200 conv=notrunc 2>/dev/null
failed "a commit that isn't what its CID says" BadBlock bad.car "$loaded"
failed "a file that isn't there" Unreadable none.car "$loaded"
failed "what is not loaded is checked" MissingBlock holed.car \
    ",\"loadedRev\":\"$older\""

done_testing
