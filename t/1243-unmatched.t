#!/bin/sh
# If -c names a collection of which no input had records, a warning names it.
. "${0%/*}/lib/tap.sh"

command -v jq >/dev/null || skip_all "no jq"
mkcar -n 30 >a.car
mkcar -n 30 -s 2 >b.car

# warns NAME COLLECTIONS...: the program warned about these
warns() {
	lib_name=$1 what=$2
	shift 2
	for nsid; do
		echo "$what$nsid"
	done >want
	same "$lib_name" err <want
}
carwalk='at-carwalk: no repo had records of '
like=app.bsky.feed.like post=app.bsky.feed.post
exits 0 'one that is mistyped' at-carwalk -c ${post}s a.car b.car
warns 'is named once' "$carwalk" ${post}s
exits 0 'two of three' at-carwalk -c com.x.* -c $post -c $like.* a.car
warns 'are named' "$carwalk" "$like.*" 'com.x.*'
exits 0 'those that are there' at-carwalk -c $post -c 'app.bsky.*' a.car
warns 'are not' "$carwalk"
exits 0 'with -q' at-carwalk -q -c ${post}s a.car
warns 'nothing is said' "$carwalk"
exits 0 'no -c' at-carwalk a.car
warns 'nothing is said' "$carwalk"
exits 0 'no repo was read' at-carwalk -c $post </dev/null
warns 'nothing is said' "$carwalk"
echo x >bad.car
exits 1 'no repo could be read' at-carwalk -c $post bad.car
is 'only this message' "$(grep -c 'had records' err)" 0
mkcar -n 0 >none.car
exits 0 'a repo without records' at-carwalk -c $post none.car
warns 'has none' "$carwalk" $post
exits 0 'a repo that has them' at-carwalk -c $post none.car a.car none.car
warns 'is enough' "$carwalk"
head -c 5000 a.car >cut.car
exits 1 'a damaged repo' at-carwalk -q --salvage -c $post cut.car

# An unchanged repo may have records of them.
rev=$(at-carwalk a.car | jq -r 'select(.type == "end") | .rev')
echo '{"type":"repo","car":"a.car","loadedRev":"'"$rev"'"}' >line
exits 0 'all repos unchanged' at-carwalk -c ${post}s <line
warns 'nothing is said' "$carwalk"
echo '{"type":"repo","car":"b.car"}' >>line
exits 0 'some repos unchanged' at-carwalk -c $like.x <line
warns 'nothing is said' "$carwalk"

# at-validate
mkdir lexicons
jq -cn --arg id $post '{lexicon: 1, id: $id, defs: {main: {type: "record",
    key: "any", record: {type: "object", properties: {}}}}}' >lexicons/p.json
at-carwalk a.car >lines
validate='at-validate: no line had records of '
exits 0 'at-validate' at-validate -l lexicons -c ${post}s -c $post lines
warns 'at-validate: names it' "$validate" ${post}s
same 'at-validate: copies all lines' out <lines
exits 0 'at-validate -q' at-validate -q -l lexicons -c ${post}s lines
warns 'at-validate -q: says nothing' "$validate"
grep -v '"type":"record"' lines >others
exits 0 'at-validate: no records' at-validate -l lexicons -c ${post}s others
warns 'at-validate: no records: says nothing' "$validate"

# at-listrecords
if ! has_network; then
	skip 'at-listrecords' 'this build has no network'
	done_testing
fi
. "$top/t/lib/net.sh"
start_faultyd -n 1
a=did:plc:aaaaaaaaaaaaaaaaaaaaaaaa
mkcar -n 3 -d $a -K key >a.car
put_did $a "$url" "$(cat key)"
put_repo $a a.car
listing() {
	run at-listrecords --allow-private -u "$url" --retries 0 --delay 0 "$@"
}
list=xrpc/com.atproto.repo.listRecords/$a
echo '{"records":[]}' | put $list,${post}s
at-carwalk a.car | jq -c --arg c $post '
    select(.type == "record" and .collection == $c) | {records: [{cid,
    uri: "at://\(.did)/\(.collection)/\(.rkey)", value: .record}]}' |
	head -n 1 | put $list,$post
listrecords='at-listrecords: no repo had records of '
exits 0 'at-listrecords' listing -c $post -c ${post}s -c 'com.x.*' $a
is 'at-listrecords: lists those there are' "$(grep -c '"type":"record"' out)" 1
warns 'at-listrecords: names the others' "$listrecords" ${post}s 'com.x.*'
exits 0 'at-listrecords -q' listing -q -c ${post}s $a
warns 'at-listrecords -q: says nothing' "$listrecords"
exits 1 'at-listrecords: no repo' listing -c ${post}s did:plc:h2qnjxmcrp5pdohnb2y5psjt
is 'at-listrecords: only this message' "$(grep -c 'had records' err)" 0

done_testing
