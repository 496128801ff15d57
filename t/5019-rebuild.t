#!/bin/sh
# A repo made of lines
. "${0%/*}/lib/tap.sh"

ok 'rebuild' "$unit"/rebuild
done_testing
