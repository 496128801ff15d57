#!/bin/sh
# Looking up blocks by CID
. "${0%/*}/lib/tap.sh"

ok 'blocks' "$unit"/blocks
done_testing
