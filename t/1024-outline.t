#!/bin/sh
# The outline of JSON whose values may be wrong.
. "${0%/*}/lib/tap.sh"

ok "values are found" "$unit"/outline

done_testing
