#!/bin/sh
# Which operations of a directory came before, the pace of requests, and entries
# of an export.
. "${0%/*}/lib/tap.sh"
need_network

ok "known operations, and the pace" "$unit"/export-known
set -- "$data"/fuzz/export-entry/*
exits 0 "entries" "$build"/t/fuzz/export-entry "$@"
is "entries: all were run" "$(cat out)" $#

done_testing
