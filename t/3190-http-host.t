#!/bin/sh
# The windows of hosts: which hosts count as slow.
. "${0%/*}/lib/tap.sh"
need_network

ok 'http-host' "$unit"/http-host
done_testing
