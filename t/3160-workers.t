#!/bin/sh
# Threads for what would keep the event loop waiting.
. "${0%/*}/lib/tap.sh"
need_network

ok 'jobs, large and small' "$unit"/workers
done_testing
