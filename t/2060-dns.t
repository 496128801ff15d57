#!/bin/sh
# TXT records of servers that answer correctly, wrongly or not at all
. "${0%/*}/lib/tap.sh"
need_network

ok 'dns' "$unit"/dns
done_testing
