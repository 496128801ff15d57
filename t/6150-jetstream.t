#!/bin/sh
# events of Jetstream: their lines, and what at-load makes of them
. "${0%/*}/lib/tap.sh"

ok 'events' "$unit"/jetstream
ok 'URLs' "$unit"/jetstream-url
done_testing
