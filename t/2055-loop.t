#!/bin/sh
# The event loop under all that uses a network.
. "${0%/*}/lib/tap.sh"
need_network

ok 'file descriptors, timers and threads' "$unit"/loop
done_testing
