#!/bin/sh
# How far a program is, as a line.
. "${0%/*}/lib/tap.sh"

ok "a line says it calmly, in any room" "$unit"/progress

done_testing
