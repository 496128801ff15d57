#!/bin/sh
# How far a program is, as a line.
. "${0%/*}/lib.sh"

ok "a line says it calmly, in any room" u-meter

done_testing
