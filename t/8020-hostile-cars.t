#!/bin/sh
# CARs with one fault: each gives one error and no record
. "${0%/*}/lib/tap.sh"

# What mkhostile makes, and the expected result: exit status and error, or the
# number of records; then the message, with CID instead of a CID of the repo.
: >seen

# make NAME: write the attack to NAME.car
make() {
	echo "$1" >>seen
	mkhostile "$1" key >"$1.car"
}

# said: print the last diagnostics without CIDs
said() {
	sed 's/baf[a-z2-7]\{56,\}/CID/g; s/Qm[A-Za-z0-9]\{44\}/CID/g' err
}

# hostile NAME ERROR MESSAGE
hostile() {
	make "$1"
	exits 1 "$1" at-carwalk "$1.car"
	is "$1: one error" "$(jq -r '"\(.type) \(.error) \(.input)", .message' out)" \
		"error $2 $1.car
$(sed "s/^at-carwalk: $1.car: //" err)"
	is "$1: says why" "$(said)" "at-carwalk: $1.car: $3"
}

# harmless NAME RECORDS: there is no message
harmless() {
	make "$1"
	exits 0 "$1: harmless" at-carwalk "$1.car"
	is "$1: number of records" "$(grep -c '^{"type":"record"' out)" "$2"
	is "$1: no message" "$(cat err)" ''
}

harmless plain 3

# the header
hostile varint-without-end BadCar 'no length at byte 0'
hostile header-of-1-gib BadCar \
	'not a CAR: header of 1073741824 bytes, at most 65536'
hostile header-of-2-63 BadCar \
	'not a CAR: header of 9223372036854775807 bytes, at most 65536'
hostile header-of-nothing BadCar 'not a CAR: header of 0 bytes, at most 65536'
hostile header-no-roots BadCar 'CAR without a root'
hostile header-lacks-roots BadCar 'CAR without a root'
hostile header-lacks-version BadCar \
	'CAR header: DAG-CBOR: no version at byte 8'
hostile header-version-2 BadCar \
	"$(v2='CARv2 whose data has 17557856153590558720 bytes from'
	echo "$v2 byte 13817746382451179816")"
hostile header-unknown-key BadCar \
	'CAR header: DAG-CBOR: unknown key at byte 3'
hostile header-tail BadCar \
	'CAR header: DAG-CBOR: bytes after the map at byte 17'
hostile header-no-map BadCar 'CAR header: DAG-CBOR: no map at byte 1'
hostile header-no-cbor BadCar \
	'CAR header: DAG-CBOR: value is cut at byte 1'
hostile root-absent MissingBlock "root CID is missing"
hostile root-raw BadCommit 'root CID is not a dag-cbor sha2-256 link'
hostile root-identity BadCommit 'root bafyqaana is not a dag-cbor sha2-256 link'
hostile root-v0 BadCommit 'root CID is not a dag-cbor sha2-256 link'
harmless two-roots 3

# sections
hostile section-varint-without-end BadCar 'no length at byte 736'
hostile section-varint-long BadCar 'no length at byte 736'
hostile section-of-2-63 TooLarge \
	'section of 9223372036854775807 bytes at byte 736, at most 2097152'
hostile section-of-nothing BadCar 'empty section at byte 736'
hostile section-no-cid BadCar 'section at byte 736: CID is cut'
hostile section-long-cid BadCar \
	'section at byte 736: CID of more than 100 bytes'
hostile section-cid-v2 BadCar 'section at byte 736: CID of version 2'
hostile section-cut BadCar 'CAR is cut inside a block at byte 741'
harmless section-of-2-mib 3
hostile section-too-large TooLarge \
	'section of 2097153 bytes at byte 736, at most 2097152'
hostile block-bad-hash BadBlock \
	'block CID at byte 736 does not have its hash'
hostile block-bad-hash-blake BadBlock \
	'block CID at byte 736 does not have its hash'
hostile block-bad-identity BadBlock \
	'block bafkqaalb at byte 736 does not have its hash'
harmless unlinked 3

# the tree: order
hostile subtree-twice BadTree 'node CID: key out of order'
hostile prefix-too-long BadTree 'node CID: prefix longer than the key before'
hostile prefix-not-longest BadTree "node CID: prefix that isn't the longest"
hostile prefix-of-the-first BadTree \
	'node CID: prefix longer than the key before'
hostile keys-out-of-order BadTree 'node CID: key out of order'
hostile key-twice BadTree 'node CID: key out of order'
hostile key-before-its-prefix BadTree 'node CID: key out of order'
hostile key-empty BadTree 'node CID: key out of order'
hostile key-of-8193 BadTree 'node CID: key of too many bytes'
hostile left-too-high BadTree 'node CID: key out of order'
hostile right-too-low BadTree 'node CID: key out of order'
hostile middle-too-high BadTree 'node CID: key out of order'
hostile middle-too-low BadTree 'node CID: key out of order'
hostile deep-too-high BadTree 'node CID: key out of order'
hostile key-of-the-parent BadTree 'node CID: key out of order'

# layers
hostile key-of-another-layer BadTree 'node CID: key of another layer'
hostile child-of-another-layer BadTree 'node CID: key of another layer'
hostile child-above BadTree 'node CID: key of another layer'
hostile empty-node-missing BadTree 'node CID: key of another layer'
harmless empty-node-between 2
hostile empty-root BadTree 'node CID: root without entries'
hostile empty-leaf BadTree 'node CID: empty node'
hostile empty-node-two-deep BadTree 'node CID: empty node'
hostile below-layer-0-left BadTree 'node CID: subtree below layer 0'
hostile below-layer-0-right BadTree 'node CID: subtree below layer 0'
hostile below-layer-0-empty BadTree 'node CID: subtree below layer 0'

# form and presence
hostile node-link-raw BadTree 'node: want l at byte 79'
hostile node-link-sha2-512 BadTree 'node: want l at byte 74'
hostile node-link-identity BadTree 'node: want l at byte 74'
hostile node-absent MissingBlock "node CID is missing"
hostile root-node-absent MissingBlock "node CID is missing"
hostile record-absent MissingBlock "record CID is missing"
hostile record-of-unknown-hash MissingBlock "record CID is missing"
hostile value-null BadTree "node: want an entry's v at byte 31"
hostile node-lacks-l BadTree 'node: want l at byte 72'
hostile node-extra-field BadTree 'node: bytes after the map at byte 75'
hostile node-lacks-t BadTree "node: want an entry's t at byte 26"
hostile node-key-text BadTree 'node: want an entry and its k at byte 7'
hostile node-long-head BadTree 'node: want an entry and its k at byte 9'
hostile node-prefix-negative BadTree "node: want an entry's p at byte 25"
hostile node-prefix-2-32 BadTree "node: want an entry's p at byte 25"
hostile node-many-entries BadTree 'node: want an entry and its k at byte 76'
hostile node-indefinite BadTree 'node: want a map with e at byte 3'
hostile node-link-cut BadTree "node: want an entry's v at byte 71"
hostile node-no-map BadTree 'node: want a map with e at byte 0'
hostile node-is-a-record BadTree 'node: want a map with e at byte 0'
hostile node-of-nothing BadTree 'node: want a map with e at byte 0'
hostile node-of-6-mb TooLarge \
	'section of 6808813 bytes at byte 100, at most 2097152'

hostile many-collections TooLarge \
	'collections whose names take 15728678 bytes, at most 15728640'

# the commit
hostile commit-rev-2100 FutureRev \
	'rev 5f6jdaqhmk22a is more than five minutes in the future'
is 'may be present later' "$(jq .retry out)" true
hostile commit-lacks-rev BadRev 'commit has no rev'
hostile commit-rev-empty BadRev "rev '' is not a TID"
hostile commit-lacks-did BadCommit 'commit has no did'
hostile commit-lacks-data BadCommit 'commit has no data'
hostile commit-lacks-version BadCommit 'commit has no version'
hostile commit-lacks-sig BadCommit 'commit has no sig'
hostile commit-lacks-prev BadCommit 'commit has no prev'
hostile commit-bad-did BadCommit \
	'commit: DAG-CBOR: did that is not a DID at byte 24'
is 'an invalid DID is not written as did' "$(jq .did out)" null
hostile commit-version-1 BadCommit 'commit: version 1, want 2 or 3'
hostile commit-version-4 BadCommit 'commit: version 4, want 2 or 3'
harmless commit-v2 3
is 'version 2' "$(jq 'select(.type == "commit") | .version' out)" 2
harmless commit-v2-no-prev 3
hostile commit-v2-no-rev BadRev 'commit has no rev'
harmless commit-prev-link 3
hostile commit-prev-number BadCommit \
	'commit: DAG-CBOR: prev that is neither link nor null at byte 179'
hostile commit-sig-63 BadCommit 'sig of 63 bytes, want 64'
hostile commit-sig-65 BadCommit 'sig of 65 bytes, want 64'
hostile commit-float BadCommit 'commit: DAG-CBOR: float at byte 185'
hostile commit-field-twice BadCommit \
	'commit: DAG-CBOR: key that comes twice at byte 61'
hostile commit-data-raw BadCommit \
	'commit: DAG-CBOR: data that is not a dag-cbor sha2-256 link at byte 173'
hostile commit-no-map BadCommit 'commit: DAG-CBOR: no map at byte 1'
hostile commit-tail BadCommit \
	'commit: DAG-CBOR: bytes after the map at byte 188'

# Control characters for a terminal are escaped. A rev that is invalid isn't
# written as rev.
for name in commit-rev-no-tid commit-rev-nul commit-rev-bad-utf8; do
	make $name
	exits 1 $name at-carwalk $name.car
	is "$name: one error" "$(jq -r '[.type, .error] | join(" ")' out)" \
		'error BadRev'
	is "$name: no rev" "$(jq .rev out)" null
	is "$name: one line" "$(wc -l <err)" 1
	is "$name: no control characters" "$(tr -d ' -~\n' <err)" ''
	ok "$name: UTF-8" iconv -f UTF-8 -t UTF-8 out
done

# signatures
for name in commit-bad-sig commit-high-s commit-unknown-field plain; do
	make $name
	exits 0 "$name, without a key" at-carwalk $name.car
	is "$name: unchecked" \
		"$(jq -r 'select(.type == "commit") | .signature' out)" unchecked
	case $name in
	*sig|*high-s)
		exits 1 "$name, with its key" at-carwalk -k "$(cat key)" \
			$name.car
		is "$name: one error" "$(jq -r .error out)" BadSignature
		;;
	*)
		exits 0 "$name, with its key" at-carwalk -k "$(cat key)" \
			$name.car
		is "$name: verified" \
			"$(jq -r 'select(.type == "commit") | .signature' out)" \
			verified
	esac
done
printf '{"type":"repo","did":"did:plc:ewvi7nxzyoun6zhxrhs64oiy","car":"plain.car"}\n' |
	at-carwalk >out 2>err
is 'a commit of another account' "$(jq -r '.error // empty' out)" WrongDid
is 'the error is of the wanted account' \
	"$(jq -r 'select(.type == "error") | .did' out)" \
	did:plc:ewvi7nxzyoun6zhxrhs64oiy

# CIDs of all kinds as a record's link: at-carwalk doesn't change them
link() {
	harmless "$1" 3
	is "$1: its CID" "$(sed -n 's/.*\.bbb".*"cid":"\([^"]*\)".*/\1/p' out)" \
		"$2"
	cp out lines
	exits 0 "$1: at-load takes it" at-load "$1.db" lines
}
link value-raw \
	bafkreibkfmjrmhabgvrh3nmezckuo3p2ojuxk6reb4xtpn4xbuevnwjzui
link value-sha2-512 \
	bafyrgqaeiapjlqkegythr2ijora3c45ckjt6pqohpcvh4cbeqrfegbj4ztzr5dlqrrezygsuf727kgfxlqnngduxdmee6nwgbuanmbgdqatio
link value-blake2b-256 \
	bafy2bzacebaplfapjg6zjh3yqzeto2w5sq362qxdngln6nzypqfpgp6a7rlmk
link value-identity \
	bafyqabnbmfxbqkq
link value-identity-32 \
	bafyqaifbmfxhqg3bmjrwizlgm5ugs2tlnrww433qofzhg5dvoz3xq6l2ga
link value-v0 \
	QmRBFvniXSe3tuummyvV4oWKgrFXwyZ435s9tBGKg977JZ
harmless value-is-the-same 3
harmless value-is-a-node 2
is 'a node as a record' \
	"$(jq -c 'select(.record.e) | .record | keys' out)" '["e","l"]'

# Every attack is tested here, except those that need more words.
mkhostile | grep -vx -e record -e key -e value | sort >want
sort -u seen | cmp -s - want
is 'none is forgotten' $? 0

# The same CARs in one run, before and after a valid one: each has one result.
set -- *.car
status=0
at-carwalk -q "$@" >out 2>err || status=$?
is 'all in one run' "$status" 1
is 'one result each' "$(grep -cE '^{"type":"(end|error)"' out)" $#
is 'no message with -q' "$(cat err)" ''
status=0
for name; do
	printf '{"type":"repo","car":"%s"}\n' "$name"
done | at-carwalk -q --salvage >out 2>err || status=$?
is 'all as jobs, salvaged' "$status" 1
is 'one result each' "$(grep -cE '^{"type":"(end|error)"' out)" $#
is 'no message' "$(cat err)" ''
status=0
at-carwalk -q --partial "$@" >out 2>err || status=$?
is 'all as parts' "$status" 1
is 'one result each' "$(grep -cE '^{"type":"(end|error)"' out)" $#
is 'no message' "$(cat err)" ''

done_testing
