#!/bin/sh
# The replacements for functions that a C library lacks
. "${0%/*}/lib/tap.sh"

"$unit"/compat
