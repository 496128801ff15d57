#!/bin/sh
# the CAR format, read from any input
. "${0%/*}/lib/tap.sh"

ok 'car' "$unit"/car
done_testing
