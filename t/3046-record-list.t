#!/bin/sh
# The records that a host lists: which calls are made, and which lines are made.
. "${0%/*}/lib/tap.sh"
need_network

ok "calls and lines" "$unit"/record-list

done_testing
