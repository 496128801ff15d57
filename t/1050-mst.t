#!/bin/sh
# The tree: layers, building, walking; and the firehose's proofs, which are
# parts of a tree
. "${0%/*}/lib/tap.sh"

mst=$data/vectors/mst

jq -r '.[] | [.height, .key] | @tsv' "$mst/key_heights.json" >heights.in
is 'number of heights' "$(wc -l <heights.in)" 9
ok 'key_heights' "$unit"/mst heights <heights.in

jq -r '.[] | [(.left | @base64), (.right | @base64), .len] | @tsv' \
	"$mst/common_prefix.json" >prefixes.in
is 'number of prefixes' "$(wc -l <prefixes.in)" 13
ok 'common_prefix' "$unit"/mst prefixes <prefixes.in

tr '\n' ' ' <"$mst/example_keys.txt" >example.in
ok 'example_keys' "$unit"/mst example <example.in
ok 'example_keys without one of them' "$unit"/diff example <example.in

jq -r '.[] | [.comment, .leafValue, .rootBeforeCommit, .rootAfterCommit,
    (.keys | join(" ")), (.adds | join(" ")), (.dels | join(" ")),
    (.blocksInProof | join(" "))] | @tsv' \
	"$data/vectors/firehose/commit-proof-fixtures.json" >proofs.in
is 'number of proofs' "$(wc -l <proofs.in)" 6
ok 'commit-proof-fixtures' "$unit"/mst proofs <proofs.in
ok 'they are inverted' "$unit"/mst-edit proofs <proofs.in
ok 'their differences' "$unit"/diff proofs <proofs.in
ok 'they prove what was put and deleted' "$unit"/proof vectors <proofs.in

# Each proof is a slice: the walk succeeds, and counts the links to missing
# blocks.
for car in proof-*.car; do
	links=$(cat "${car%.car}.links")
	exits 0 "$car is accepted as a part" at-carwalk --partial "$car"
	is "$car: its lines" "$(jq -r '[.type, .partial] | join(" ")' out)" \
		"commit $links
end $links"
	exits 1 "$car is no repo" at-carwalk "$car"
	is "$car: its error" "$(jq -r '[.type, .error] | join(" ")' out)" \
		'error MissingBlock'
done

ok 'beyond the vectors' "$unit"/mst
ok 'the cursor' "$unit"/mst-cursor
ok 'a tree that is edited' "$unit"/mst-edit
ok 'what differs between two trees' "$unit"/diff
ok 'what a part of a tree proves' "$unit"/proof
done_testing
