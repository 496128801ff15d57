#!/bin/sh
# What a host says of a repo: which calls are made, and what they mean.
. "${0%/*}/lib/tap.sh"
need_network

ok "calls and answers" "$unit"/description

done_testing
