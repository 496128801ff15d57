#!/bin/sh
# The handshake of a WebSocket: its request, its URLs, and answers of any form.
. "${0%/*}/lib/tap.sh"
need_network

ok 'request, answer, body' "$unit"/websocket-handshake
set -- "$data/fuzz/websocket-handshake"/*
exits 0 "the fuzzer's corpus" "$build/t/fuzz/websocket-handshake" "$@"
done_testing
