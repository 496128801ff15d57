#!/bin/sh
# The collections of a listing.
. "${0%/*}/lib/tap.sh"

ok "collections are counted" "$unit"/collections

done_testing
