#!/bin/sh
# The progress of a program, as a line.
. "${0%/*}/lib/tap.sh"

ok "a line says it calmly, in any room" "$unit"/progress

done_testing
