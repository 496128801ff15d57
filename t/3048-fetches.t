#!/bin/sh
# The blobs that a host lists, one blob, and one record: which calls are made,
# and which answers are accepted
. "${0%/*}/lib/tap.sh"
need_network

ok "lists of blobs" "$unit"/blob-list
ok "blobs" "$unit"/blob-fetch
is "a blob leaves no file without its name" "$(find blobs -type f)" ''
ok "records" "$unit"/record-fetch

done_testing
