#!/bin/sh
# base32, base58, base64 and varints
. "${0%/*}/lib/tap.sh"

"$unit"/basen
