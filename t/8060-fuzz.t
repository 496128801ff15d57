#!/bin/sh
# The fuzzers' corpora: what the fuzzers found once, and what covers the code
. "${0%/*}/lib/tap.sh"

for target in blob car commit dagcbor dagjson diddoc frame jetstream json \
    lexicon lexicon-record mst mst-cursor mst-edit plc-identity plc-operation \
    proof; do
	set -- "$data/fuzz/$target"/*
	exits 0 "$target" "$build/t/fuzz/$target" "$@"
	is "$target: all were run" "$(cat out)" $#
	ok "$target: there are some" test $# -gt 20
done

done_testing
