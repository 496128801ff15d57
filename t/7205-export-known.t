#!/bin/sh
# Which operations of a directory came before, and the pace of requests.
. "${0%/*}/lib/tap.sh"
need_network

ok "known operations, and the pace" "$unit"/export-known

done_testing
