#!/bin/sh
# keys and signatures: the vectors, and cases that they don't have
. "${0%/*}/lib/tap.sh"

crypto=$data/vectors/crypto

# lines FILTER FILE: print fields, separated by tabs
lines() {
	jq -r ".[] | $1 | map(tostring) | join(\"\\t\")" "$crypto/$2.json"
}

lines '["signature", .didDocSuite, .publicKeyDid, .publicKeyMultibase,
    .messageBase64, .signatureBase64, .validSignature, .comment]' \
	signature-fixtures >signatures
lines '["private-hex", .privateKeyBytesHex, .publicDidKey]' \
	w3c_didkey_K256 >private-hex
lines '["private-base58", .privateKeyBytesBase58, .publicDidKey]' \
	w3c_didkey_P256 >private-base58
is 'signatures' "$(wc -l <signatures)" 6
is 'private keys, secp256k1' "$(wc -l <private-hex)" 5
is 'private keys, P-256' "$(wc -l <private-base58)" 1

ok 'signature-fixtures' "$unit"/key vectors <signatures
ok 'w3c_didkey_K256' "$unit"/key vectors <private-hex
ok 'w3c_didkey_P256' "$unit"/key vectors <private-base58
ok 'beyond the vectors' "$unit"/key
ok 'private keys' "$unit"/keypair
done_testing
