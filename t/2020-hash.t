#!/bin/sh
# the hash functions of CIDs
. "${0%/*}/lib/tap.sh"

"$unit"/hash
