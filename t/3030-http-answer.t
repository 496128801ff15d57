#!/bin/sh
# How long a host wants to be left alone.
. "${0%/*}/lib/tap.sh"
need_network

ok "headers are understood" "$unit"/http-answer

done_testing
