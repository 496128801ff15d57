#!/bin/sh
# The accounts of a run: which of them are remembered, and how many.
. "${0%/*}/lib/tap.sh"
need_network

ok "turns" "$unit"/turns

done_testing
