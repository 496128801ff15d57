#!/bin/sh
# DAG-CBOR, and its JSON in both directions
. "${0%/*}/lib.sh"

model=$data/vectors/data-model

ok 'fixtures' u-dagcbor fixtures back <"$model/data-model-fixtures.json"
ok 'valid' u-dagcbor valid <"$model/data-model-valid.json"
ok 'invalid' u-dagcbor invalid <"$model/data-model-invalid.json"

# from the blocks: the same JSON, whatever the order of its keys
jq -S '.[].json' "$model/data-model-fixtures.json" >want
jq -S . back >got
same 'the JSON of the fixtures' got <want

ok 'beyond the vectors' u-dagcbor
done_testing
