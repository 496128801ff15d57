#!/bin/sh
# What was met before.
. "${0%/*}/lib.sh"

ok "byte strings are known again" u-set

done_testing
