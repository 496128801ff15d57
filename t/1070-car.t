#!/bin/sh
# the CAR format, read from any input
. "${0%/*}/lib.sh"

ok 'car' u-car
done_testing
