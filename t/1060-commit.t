#!/bin/sh
# the commit: what it says, what was signed
. "${0%/*}/lib/tap.sh"

ok 'commit' "$unit"/commit
done_testing
