#!/bin/sh
# The text of pages
. "${0%/*}/lib/tap.sh"

"$unit"/html
