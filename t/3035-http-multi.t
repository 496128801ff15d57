#!/bin/sh
# libcurl on the loop: a connection whose socket its owner watches.
. "${0%/*}/lib/tap.sh"
need_network

ok 'a connection without HTTP' "$unit"/http-multi
done_testing
