#!/bin/sh
# Lines of every type, written.
. "${0%/*}/lib/tap.sh"

ok "lines are written" "$unit"/write

done_testing
