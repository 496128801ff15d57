#!/bin/sh
# Operations of a PLC directory: parsed, replayed, and kept.
. "${0%/*}/lib/tap.sh"

# The logs that a changed byte makes invalid anyway lack a readable signature.
jq -r '.[] | "\(.did) \(.cid) \(.operation | tojson)"' "$data"/plc/valid/*.json \
    "$data"/plc/invalid/log_invalid_[nu]*.json >operations
ok 'there are operations' test -s operations
check_operations() {
	"$unit"/plc-operation <operations
}
ok 'operations are parsed, and no change of a byte is missed' check_operations
ok 'logs are replayed' "$unit"/plc-log
ok 'logs and keys are kept' "$unit"/plc-state

done_testing
