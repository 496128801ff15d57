#!/bin/sh
# growing arrays
. "${0%/*}/lib/tap.sh"

# One array asks for more memory than there is.
ASAN_OPTIONS=$ASAN_OPTIONS:allocator_may_return_null=1
export ASAN_OPTIONS

"$unit"/array
