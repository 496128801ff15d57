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

# The documents of the reference directory are those of the last operations.
for log in "$data"/plc/kit/*.log.json; do
	name=${log##*/}
	doc=${log%.log.json}.did.json
	[ -e "$doc" ] || continue
	jq -r 'last | "\(.did) \(.operation | tojson)"' "$log" >operation
	"$unit"/plc-document <operation >got
	ok "the document of $name" cmp got "$doc"
done
ok 'documents' "$unit"/plc-document test
ok 'notes' "$unit"/plc-notes

done_testing
