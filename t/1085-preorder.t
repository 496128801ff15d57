#!/bin/sh
# Writing a repo in pre-order
. "${0%/*}/lib/tap.sh"

ok 'preorder' "$unit"/preorder
done_testing
