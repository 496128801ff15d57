#!/bin/sh
# The commit: its fields, and the bytes that were signed
. "${0%/*}/lib/tap.sh"

ok 'commit' "$unit"/commit
done_testing
