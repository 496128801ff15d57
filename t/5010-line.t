#!/bin/sh
# Lines of the stream, parsed.
. "${0%/*}/lib/tap.sh"

ok "lines are parsed, or refused" "$unit"/line

done_testing
