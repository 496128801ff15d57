#!/bin/sh
# network addresses: which are public
. "${0%/*}/lib/tap.sh"

ok 'address' "$unit"/address
done_testing
