#!/bin/sh
# network addresses: which of them are public
. "${0%/*}/lib/tap.sh"
need_network

ok 'address' "$unit"/address
done_testing
