#!/bin/sh
# The archive of operations: its files, and what a killed writer leaves.
. "${0%/*}/lib/tap.sh"
need_network

ok "files, kills, the lock" "$unit"/oplog
is "zstdcat reads them in their order" "$(zstdcat files/*.zst |
    sed 's/.*://; s/}//' | awk '$1 != NR' | head -n 3; zstdcat files/*.zst |
    wc -l)" 2000005

done_testing
