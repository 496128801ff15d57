#!/bin/sh
# The collections of a listing.
. "${0%/*}/lib.sh"

ok "collections are counted" u-counts

done_testing
