#!/bin/sh
# Keys of accounts, and messages that wait for them.
. "${0%/*}/lib/tap.sh"

ok "keys are kept, messages wait in their order" "$unit"/signer

done_testing
