#!/bin/sh
# What was met before.
. "${0%/*}/lib/tap.sh"

ok "byte strings are known again" "$unit"/set

done_testing
