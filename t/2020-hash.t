#!/bin/sh
# the hash functions of CIDs
. "${0%/*}/lib.sh"

u-hash
