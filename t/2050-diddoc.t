#!/bin/sh
# DID documents, current and older ones
. "${0%/*}/lib/tap.sh"

ok 'the rules' "$unit"/diddoc

did=did:plc:h2qnjxmcrp5pdohnb2y5psjt
exits 0 'a document of today' "$unit"/diddoc "$data/car/alice.did.json" $did http
same 'what it says' out <<'EOT'
handle alice.test
pds http://127.0.0.1:2583
key did:key:zQ3shV7S2iC3MbktvrVQ9isCtPSLXNQHS6UM7oDgLjUmrKjXg
EOT
exits 0 'without http' "$unit"/diddoc "$data/car/alice.did.json" $did
same 'it has no host then' out <<'EOT'
handle alice.test
pds 
key did:key:zQ3shV7S2iC3MbktvrVQ9isCtPSLXNQHS6UM7oDgLjUmrKjXg
EOT
exits 1 'of another DID' "$unit"/diddoc "$data/car/alice.did.json" "${did}x"
same 'is not an answer' out <<'EOT'
BadAnswer: the id of the DID document isn't the DID
EOT

exits 0 'a legacy document' "$unit"/diddoc "$data/did/legacy.json" \
    did:plc:apyxnowlec5ckgft7h3xldss http
same 'what it says' out <<'EOT'
handle alice.test
pds http://127.0.0.1:2583
key did:key:zQ3shVRJmxxpgThyyANxHUncVViFZFT1mxXeTz3JpPjiZQUAX
EOT
done_testing
