#!/bin/sh
# blocks found by CID
. "${0%/*}/lib/tap.sh"

ok 'blocks' "$unit"/blocks
done_testing
