#!/bin/sh
# messages of the event stream: their form, and commits verified by inversion
. "${0%/*}/lib/tap.sh"

ok 'messages' "$unit"/event
done_testing
