#!/bin/sh
# Two repos, checked and compared in one pass
. "${0%/*}/lib/tap.sh"

ok 'compare' "$unit"/compare
done_testing
