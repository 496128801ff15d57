#!/bin/sh
# The hosts that a relay lists: which names are usable, and which lines are made.
. "${0%/*}/lib/tap.sh"
need_network

ok "names and lines" "$unit"/host-list

done_testing
