#!/bin/sh
# The parts of libcar/cli that a test can call.
. "${0%/*}/lib/tap.sh"

ok "operands are inputs, one after another" "$unit"/input </dev/null

done_testing
