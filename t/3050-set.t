#!/bin/sh
# A set of names that were seen before.
. "${0%/*}/lib/tap.sh"

ok "byte strings are known again" "$unit"/set

done_testing
