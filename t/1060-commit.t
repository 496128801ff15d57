#!/bin/sh
# the commit: what it says, what was signed
. "${0%/*}/lib.sh"

ok 'commit' u-commit
done_testing
