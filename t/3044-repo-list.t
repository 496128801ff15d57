#!/bin/sh
# The repos that a host lists: which pages are requested, and which lines are
# made.
. "${0%/*}/lib/tap.sh"
need_network

ok "pages and lines" "$unit"/repo-list

done_testing
