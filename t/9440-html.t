#!/bin/sh
# The text of pages
. "${0%/*}/lib/tap.sh"
need_network

"$unit"/html
