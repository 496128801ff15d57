#!/bin/sh
# Lines of the stream, parsed.
. "${0%/*}/lib.sh"

ok "lines are parsed, or refused" u-line

done_testing
