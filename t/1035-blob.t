#!/bin/sh
# Blobs in the JSON of records
. "${0%/*}/lib/tap.sh"

ok 'blobs' "$unit"/blob
done_testing
