#!/bin/sh
# Times of lines, written and read.
. "${0%/*}/lib/tap.sh"

ok "times are written and read" "$unit"/rfc3339

done_testing
