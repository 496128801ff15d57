#!/bin/sh
# Writing a repo in pre-order, from one CAR or from several
. "${0%/*}/lib/tap.sh"

ok 'preorder' "$unit"/preorder
ok 'merge' "$unit"/merge
done_testing
