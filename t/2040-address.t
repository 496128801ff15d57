#!/bin/sh
# network addresses: which are public
. "${0%/*}/lib.sh"

ok 'address' u-address
done_testing
