#!/bin/sh
# TXT records of servers that answer well, badly or not at all
. "${0%/*}/lib.sh"

ok 'dns' u-dns
done_testing
