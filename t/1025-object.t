#!/bin/sh
# Members of an object by their names.
. "${0%/*}/lib/tap.sh"

ok "members are found" "$unit"/object

done_testing
