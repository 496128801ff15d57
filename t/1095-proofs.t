#!/bin/sh
# Proofs and differences of repos: what is cut out, and which lines it becomes
. "${0%/*}/lib/tap.sh"

ok 'proofs that are cut' "$unit"/proof-cut
ok 'the lines of proofs' "$unit"/proofs
ok 'the lines of differences' "$unit"/changes
done_testing
