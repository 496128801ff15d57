#!/bin/sh
# at-carwalk: every record is printed, whatever the order of the blocks and the
# kind of input
. "${0%/*}/lib/tap.sh"

# list FILE: print "key cid" of its records
list() {
	jq -r 'select(.type == "record") | .collection + "/" + .rkey + " " + .cid' \
		"$1"
}

# The same repo in every order; the lists and all output are the same.
for shape in 'random 0 1' 'random 1 2' 'random 2 3' 'random 3 4' \
	'random 10 5' 'random 100 6' 'random 100 7' 'random 1000 8' \
	'random 3000 9' 'bsky 1 10' 'bsky 300 11' 'bsky 3000 12'; do
	# shellcheck disable=SC2086
	set -- $shape
	mkcar -k "$1" -n "$2" -s "$3" -l want -K key -o pre >pre.car
	exits 0 "$shape: pre" at-carwalk pre.car
	is "$shape: no message" "$(cat err)" ''
	mv out pre
	list pre >got
	ok "$shape: the same list" cmp want got
	for order in post shuffle twice; do
		mkcar -k "$1" -n "$2" -s "$3" -K key -o $order >$order.car
		exits 0 "$shape: $order" at-carwalk $order.car
		ok "$shape: $order gives the same" cmp pre out
	done
	exits 0 "$shape: signed" at-carwalk -k "$(cat key)" shuffle.car
	sed 's/"signature":"unchecked"/"signature":"verified"/' pre >signed
	ok "$shape: signed gives the same" cmp signed out
	is "$shape: counts" "$(jq -s 'map(select(.type == "record")) | length' pre)" \
		"$(jq 'select(.type == "commit") | .records' pre)"
	is "$shape: counts of collections" \
		"$(jq -cS 'select(.type == "end") | .collections' pre)" \
		"$(jq -s 'map(select(.type == "record") | .collection) |
		    group_by(.) | map({(.[0]): length}) | add // {}' pre |
		    jq -cS .)"
done

# the parts of a line
mkcar -k bsky -n 1 -s 10 >one.car
exits 0 'one record' at-carwalk one.car
sed 's/"record":{.*/"record":…/' out >got
same 'its lines' got <<-'END'
	{"type":"commit","did":"did:plc:ewvi7nxzyoun6zhxrhs64oiz","rev":"3m4xqkxkcac2a","cid":"bafyreicxhm4quxxyix72sqiz3dqln4674qxogyhcrzfrf2d7tngngggoa4","data":"bafyreieuswybmo5uma3j7zubc7vesefynq3o5r7vhoupgjwvb23cc3ooby","version":3,"signature":"unchecked","records":1,"source":"car"}
	{"type":"record","did":"did:plc:ewvi7nxzyoun6zhxrhs64oiz","rev":"3m4xqkxkcac2a","collection":"app.bsky.feed.post","rkey":"3ke6kg3wk2222","action":"create","source":"car","cid":"bafyreifeqdgefrwbghkinmo4dk66dtj6afnxwiquwywrl37tmfaa63r6ii","record":…
	{"type":"end","did":"did:plc:ewvi7nxzyoun6zhxrhs64oiz","rev":"3m4xqkxkcac2a","collections":{"app.bsky.feed.post":1},"errors":0,"source":"car"}
	END

# every kind of input
mkcar -k bsky -n 1500 -s 20 >a.car
at-carwalk a.car >want
exits 0 'standard input, a file' at-carwalk <a.car
ok 'gives the same' cmp want out
run sh -c 'cat a.car | at-carwalk'
is 'standard input, a pipe' "$status" 0
ok 'gives the same' cmp want out
exits 0 'operand -' at-carwalk - <a.car
ok 'gives the same' cmp want out
run sh -c '(dd bs=1 count=3; sleep 0.1; dd bs=2 count=1; cat) <a.car 2>dd |
    at-carwalk'
is 'a pipe that comes in pieces' "$status" 0
ok 'gives the same' cmp want out
mkfifo fifo
{ cat a.car >fifo; } &
exits 0 'a FIFO as operand' timeout 20 at-carwalk fifo
kill $! 2>/dev/null
ok 'gives the same' cmp want out

if command -v zstd >/dev/null; then
	zstd -q a.car
	cp a.car.zst odd-name.car
	exits 0 'zstd' at-carwalk odd-name.car
	ok 'gives the same' cmp want out
	exits 0 'zstd on standard input' at-carwalk <a.car.zst
	ok 'gives the same' cmp want out
	run sh -c 'cat a.car.zst | at-carwalk'
	is 'zstd from a pipe' "$status" 0
	ok 'gives the same' cmp want out
	run sh -c 'zstd -q --no-check -19 <a.car | at-carwalk'
	is 'zstd without a checksum' "$status" 0
	ok 'gives the same' cmp want out
else
	skip 'zstd' 'no zstd program'
fi

# as jobs
did=did:plc:ewvi7nxzyoun6zhxrhs64oiz
printf '{"type":"repo","did":"%s","car":"a.car"}\n' $did >jobs.in
exits 0 'a repo line' at-carwalk <jobs.in
cat jobs.in want | cmp -s - out
is 'the line, then the same' $? 0
exits 0 'a CAR and a job' at-carwalk a.car - <jobs.in
cat want jobs.in want | cmp -s - out
is 'one after the other' $? 0
exits 0 'twice the same operand' at-carwalk a.car a.car
cat want want | cmp -s - out
is 'one after the other' $? 0

# only some collections: the lines are those of the whole repo, with other
# counts
at-carwalk a.car >whole
# filtered NAME JQ ARGUMENT...
filtered() {
	name=$1 wanted=$2
	shift 2
	exits 0 "$name" at-carwalk "$@" a.car
	jq -c "select(.type == \"record\" and (.collection | $wanted))" \
		whole >want
	jq -c 'select(.type == "record")' out >got
	ok "$name: the records" cmp want got
	is "$name: how many" "$(jq 'select(.type == "commit") | .records' out)" \
		"$(wc -l <want)"
	is "$name: counts" \
		"$(jq -cS 'select(.type == "end") | .collections' out)" \
		"$(jq -cS "select(.type == \"end\") | .collections |
		    with_entries(select(.key | $wanted))" whole)"
}
filtered 'one collection' '. == "app.bsky.feed.post"' -c app.bsky.feed.post
is 'filter' "$(jq -c '.filter // empty' out)" '["app.bsky.feed.post"]
["app.bsky.feed.post"]'
filtered 'a prefix' 'startswith("app.bsky.feed.")' -c 'app.bsky.feed.*'
filtered 'two' 'test("^app.bsky.graph.|post$")' -c 'app.bsky.graph.*' \
	-c app.bsky.feed.post -c app.bsky.feed.post
is 'filter, sorted' "$(jq -c '.filter // empty' out)" \
	'["app.bsky.feed.post","app.bsky.graph.*"]
["app.bsky.feed.post","app.bsky.graph.*"]'
filtered 'all' 'true' -c 'app.*'
filtered 'none' 'false' -c com.example.nothing
filtered 'not a prefix of a segment' 'false' -c app.bsky.feed.pos
filtered 'nor a child' 'false' -c 'app.bsky.feed.post.*'
for bad in '' '*' 'app' 'app.bsky' 'app.*.post' 'app.bsky.feed.' '.*' \
	'app.bsky.feed.post/x' 'app..*'; do
	exits 2 "no pattern: '$bad'" at-carwalk -c "$bad" a.car
	is 'nothing is written' "$(cat out)" ''
done

# a collection whose name begins with the name of another one
printf 'com.example.aaab/2' | mkhostile key >x.car
exits 0 'com.example.aaa and com.example.aaab' at-carwalk x.car
is 'are two' "$(jq -c '.collections // empty' out)" \
	'{"com.example.aaa":1,"com.example.aaab":1,"com.example.ccc":1}'
is 'are two in the records' "$(list out | cut -d ' ' -f 1 | tr '\n' ,)" \
	'com.example.aaa/1,com.example.aaab/2,com.example.ccc/3,'
exits 0 'one of them' at-carwalk -c com.example.aaa x.car
is 'is one' "$(list out | cut -d ' ' -f 1)" com.example.aaa/1

# Records that aren't decoded are verified all the same.
exits 1 'a bad block elsewhere' sh -c \
	'mkhostile block-bad-hash | at-carwalk -c com.example.aaa'
exits 0 'an invalid record elsewhere' sh -c \
	'printf x | mkhostile record | at-carwalk -c com.example.aaa'

done_testing
