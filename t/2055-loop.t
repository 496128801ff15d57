#!/bin/sh
# The event loop under all that uses a network.
. "${0%/*}/lib/tap.sh"

ok 'file descriptors, timers and threads' "$unit"/loop
done_testing
