#!/bin/sh
# Calls of a host's API: their URLs, and what their answers say.
. "${0%/*}/lib.sh"

ok "URLs and answers" u-xrpc

done_testing
