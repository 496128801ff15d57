#!/bin/sh
# blocks found by CID
. "${0%/*}/lib.sh"

ok 'blocks' u-blocks
done_testing
