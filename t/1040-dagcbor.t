#!/bin/sh
# DAG-CBOR, and its JSON in both directions
. "${0%/*}/lib/tap.sh"

model=$data/vectors/data-model

ok 'fixtures' "$unit"/dagcbor fixtures back <"$model/data-model-fixtures.json"
ok 'valid' "$unit"/dagcbor valid <"$model/data-model-valid.json"
ok 'invalid' "$unit"/dagcbor invalid <"$model/data-model-invalid.json"

# from the blocks: the same JSON, in any order of its keys
jq -S '.[].json' "$model/data-model-fixtures.json" >want
jq -S . back >got
same 'the JSON of the fixtures' got <want

ok 'beyond the vectors' "$unit"/dagcbor
done_testing
