#!/bin/sh
# JSON, reading and writing
. "${0%/*}/lib.sh"

ok 'json' u-json
done_testing
