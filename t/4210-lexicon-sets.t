#!/bin/sh
# at-validate: seventeen sets of lexicons, as projects publish them, load
# together. Each has its own copies of the protocol's lexicons.
. "${0%/*}/lib/tap.sh"

command -v jq >/dev/null || skip_all "no jq"

# Each set has a lexicon of its own, and a copy of all of the protocol's, which
# a filter of jq changes. The first ten changes don't matter to records.
cat >filters <<'EOT'
.
.description = "ours"
.revision = 3
.. |= if type == "object" and has("description") and (.description | type) == "string" then del(.description) else . end
.. |= if type == "object" and has("knownValues") then .knownValues += ["com.example.x#y"] else . end
.. |= if type == "object" and .type == "string" then .default = "x" else . end
.. |= if type == "object" and .type == "union" and (.closed | not) then .closed = false else . end
.. |= if type == "object" and has("required") then .required |= reverse else . end
.. |= if type == "object" and has("refs") then .refs |= reverse else . end
.defs.note = {type: "token", description: "ours"}
.defs.main.description = 7
if .id == "app.bsky.feed.post" then .defs.main.record.properties.text.maxGraphemes = 1000 else . end
if .id == "app.bsky.feed.like" then .defs.main.key = "any" else . end
if .id == "app.bsky.actor.profile" then .defs.main.record.properties.extra = {type: "integer"} else . end
if .id == "com.atproto.repo.strongRef" then del(.defs.main.required) else . end
if .id == "app.bsky.embed.images" then .defs.main.properties.images.items.ref = "#lost" else . end
if .id == "app.bsky.graph.follow" then del(.lexicon) else . end
EOT
n=0
while read -r filter; do
	n=$((n + 1))
	mkdir -p "sets/$n"
	find "$data/lexicons" -name '*.json' | while read -r path; do
		jq "$filter" "$path" >"sets/$n/${path##*/}"
	done
	jq -n --arg id "com.example.set$n" '{lexicon: 1, id: $id, defs: {main: {
	    type: "record", key: "any", record: {type: "object",
	    required: ["subject"], properties: {
	    subject: {type: "ref", ref: "com.atproto.repo.strongRef"}}}}}}' \
	    >"sets/$n/own.json"
	jq -cn --arg c "com.example.set$n" '{type: "record",
	    did: "did:plc:h2qnjxmcrp5pdohnb2y5psjt", rev: "3n2u2zkhk4q2y",
	    collection: $c, rkey: "k", action: "create", source: "car",
	    cid: "bafyreic5q3b3mkijzjocv5kihmsw6cabrzitkwjkdenfufp2aqz25ewkyi",
	    record: {"$type": $c, subject: {uri: "at://did:web:example.com",
	    cid: "bafyreic5q3b3mkijzjocv5kihmsw6cabrzitkwjkdenfufp2aqz25ewkyi"}}}'
done <filters >own
is 'seventeen sets' "$n" 17
echo '{"name": "set", "private": true}' >sets/3/package.json
printf '{"lexicon": 1,' >sets/4/broken.json
jq '.record.subject |= del(.cid)' -c own >wrong

# sets: print the options for all sets
sets() {
	echo -l "$data/lexicons"
	for i in 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17; do
		echo "-l sets/$i"
	done
}

# shellcheck disable=SC2046 # these are words
exits 0 'all of them' at-validate -m required $(sets) own
ok 'records of each are valid' cmp out own
for name in 4/broken.json 3/package.json 17/follow.json 16/images.json; do
	ok "bad: $name" grep -q "^at-validate: sets/$name: left out: " err
done
is 'a bad description' "$(grep -c '^at-validate: sets/11/' err)" 9
for name in 12/post.json 13/like.json 14/profile.json 15/strongRef.json; do
	ok "another: $name" grep -q \
	    "^at-validate: sets/$name: left out: differs from $data/lexicons/" err
done
is 'no other message' "$(grep -vc '^at-validate: sets/11/' err)" 8
is 'and each once' "$(sort err | uniq -d)" ''
# shellcheck disable=SC2046
exits 1 'invalid ones' at-validate $(sets) wrong
is 'are found' "$(jq -r '.problems[] | .path + " " + .rule' out | sort | uniq -c |
    tr -s ' ')" ' 17 /subject/cid required'

# The first one is used.
at-carwalk "$data/car/alice.car" >alice
# shellcheck disable=SC2046
exits 0 'a repo' at-validate -q --summary $(sets) alice
grep -v com.example err >want
at-validate --summary -l "$data/lexicons" alice 2>&1 >/dev/null |
	grep -v com.example >got
ok 'has the same table as with only the first set' cmp got want
jq -c 'select(.collection == "app.bsky.feed.like") | .rkey = "x"' alice |
	head -n 1 >like
exits 1 "a like's key" at-validate -l "$data/lexicons" -l sets/13 like
exits 0 'by another set' at-validate -l sets/13 -l "$data/lexicons" like

# Many bad documents with one id: each is reported once. A good one that
# replaces a bad one isn't reported.
mkdir same good
lexicon() { # id reference
	jq -cn --arg id "$1" --arg ref "$2" '{lexicon: 1, $id, defs: {main: {
	    type: "record", key: "any", record: {type: "object",
	    properties: {a: {type: "ref", $ref}}}}, o: {type: "object",
	    properties: {}}}}'
}
i=0
while [ $((i += 1)) -le 40 ]; do
	lexicon com.example.same "#none$i" >"same/$i.json"
done
lexicon com.example.good '#none' >same/good.json
lexicon com.example.good '#o' >good/good.json
exits 0 'many bad ones' at-validate -l same -l good /dev/null
is 'each is named' "$(sed 's/: left out: .*//' err | sort)" "$(
	printf 'at-validate: %s\n' same/* | sort)"
ok 'as what it is' test "$(grep -c 'no such definition$' err)" -ge 17
is 'and not as a difference' "$(grep differs err)" ''

# shellcheck disable=SC2046
exits 2 'strictly' at-validate --strict-lexicons $(sets) own
ok 'no output' test ! -s out

done_testing
