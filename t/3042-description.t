#!/bin/sh
# The description of a repo: which calls are made, and what the answers mean.
. "${0%/*}/lib/tap.sh"
need_network

ok "calls and answers" "$unit"/description

done_testing
