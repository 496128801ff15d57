#!/bin/sh
# The repos that a host lists: which pages are asked for, and their lines.
. "${0%/*}/lib/tap.sh"
need_network

ok "pages and lines" "$unit"/repo-list

done_testing
