#!/bin/sh
# How long a host wants no requests.
. "${0%/*}/lib/tap.sh"
need_network

ok "headers are understood" "$unit"/http-answer

done_testing
