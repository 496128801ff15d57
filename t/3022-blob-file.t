#!/bin/sh
# The directory of at-fetchblob
. "${0%/*}/lib/tap.sh"

ok 'blobs' "$unit"/blob-file
done_testing
