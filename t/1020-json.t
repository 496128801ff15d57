#!/bin/sh
# JSON, reading and writing
. "${0%/*}/lib/tap.sh"

ok 'json' "$unit"/json
done_testing
