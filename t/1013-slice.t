#!/bin/sh
# The order of texts.
. "${0%/*}/lib/tap.sh"

"$unit"/slice
