#!/bin/sh
# Loops in threads
. "${0%/*}/lib/tap.sh"

"$unit"/parallel
