#!/bin/sh
# Calls of a host's API: their URLs, and the fields of their answers.
. "${0%/*}/lib/tap.sh"
need_network

ok "URLs and answers" "$unit"/xrpc

done_testing
