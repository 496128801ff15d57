#!/bin/sh
# Threads for work that would delay the event loop.
. "${0%/*}/lib/tap.sh"
need_network

ok 'jobs, large and small' "$unit"/workers
done_testing
