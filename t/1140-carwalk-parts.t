#!/bin/sh
# at-carwalk: --salvage for damaged CARs, --partial for slices and proofs
. "${0%/*}/lib/tap.sh"

# lines: print type, error or collection of the lines of out, and the number of
# lost links
lines() {
	jq -r '.type + " " + (.error // .collection // "") + " " +
	    (.partial // "" | tostring) + " " + (.source // "")' out |
		tr -s ' ' | sed 's/ $//'
}

# records FILE: print the record lines, without their source
records() {
	grep '^{"type":"record"' "$1" |
		sed 's/"source":"part"/"source":"car"/'
}

# Without damage, the lines are the same as without the option.
mkcar -n 500 -o shuffle >sound.car
at-carwalk sound.car >sound
exits 0 'a sound one, salvaged' at-carwalk --salvage sound.car
ok 'is as ever' cmp sound out
exits 0 'a sound one, as a part' at-carwalk --partial sound.car
sed -e 's/"source":"car"/"source":"part"/' \
	-e '/^{"type":"\(commit\|end\)"/s/"source"/"partial":0,"source"/' \
	sound >want
ok 'is as ever, but a part' cmp want out
printf '{"type":"repo","car":"sound.car"}\n' >line
exits 0 'a job, salvaged' at-carwalk --salvage <line
tail -n +2 out >got
ok 'is as ever' cmp sound got

# Change one byte of the middle record: after 59 bytes of header, its section
# has a length, a CID and four bytes.
mkhostile plain key >plain.car
cp plain.car flipped.car
printf '\377' | dd of=flipped.car bs=1 seek=99 conv=notrunc 2>said
exits 1 'a bad record' at-carwalk flipped.car
is 'one error' "$(lines)" 'error BadBlock'
exits 1 'a bad record, salvaged' at-carwalk --salvage flipped.car
is 'the rest' "$(lines)" 'commit 1 part
record com.example.aaa part
record com.example.ccc part
error BadBlock 1'
is 'says so' "$(sed 's/baf[a-z2-7]*/CID/' err)" \
	'at-carwalk: flipped.car: block CID at byte 59 does not have its hash'
is 'may succeed later' "$(jq 'select(.type == "error") | .retry' out)" true
exits 1 'a bad record, as a part' at-carwalk --partial flipped.car
is 'is bad' "$(lines)" 'error BadBlock'
exits 1 'both' at-carwalk --salvage --partial flipped.car
is 'gives the rest' "$(lines)" 'commit 1 part
record com.example.aaa part
record com.example.ccc part
error BadBlock 1'
exits 1 'salvaged, one collection' at-carwalk --salvage -c com.example.aaa \
	flipped.car
is 'its lines' "$(lines)" 'commit 1 part
record com.example.aaa part
error BadBlock 1'
exits 1 'salvaged, with its key' at-carwalk --salvage -k "$(cat key)" \
	flipped.car
is 'verified' "$(jq -r '.signature // empty' out)" verified

# Damage that loses nothing is still damage.
mkhostile block-bad-hash >x.car
exits 1 'a bad block that nothing links to' at-carwalk --salvage x.car
is 'all and an error' "$(lines)" 'commit 0 part
record com.example.aaa part
record com.example.bbb part
record com.example.ccc part
error BadBlock 0'
mkhostile section-too-large >x.car
exits 1 'a section that is too large' at-carwalk --salvage x.car
is 'all and an error' "$(lines | sed -n '1p;$p')" 'commit 0 part
error TooLarge 0'

# a wrong tree below the root
mkhostile left-too-high >x.car
exits 1 'a bad subtree' at-carwalk --salvage x.car
is 'the rest' "$(lines)" 'commit 1 part
record com.example.m part
error BadTree 1'
exits 1 'a bad subtree, as a part' at-carwalk --partial x.car
is 'is bad' "$(lines)" 'error BadTree'
mkhostile subtree-twice >x.car
exits 1 'a subtree twice' at-carwalk --salvage x.car
is 'is given once' "$(lines)" 'commit 1 part
record com.example.m part
record com.example.n part
error BadTree 1'
mkhostile keys-out-of-order >x.car
exits 1 'a bad root' at-carwalk --salvage x.car
is 'nothing is left' "$(lines)" 'commit 1 part
error BadTree 1'

# faults that leave nothing to salvage
for name in commit-rev-2100 commit-version-4 commit-rev-no-tid root-absent \
	header-no-roots header-version-2 varint-without-end; do
	mkhostile $name >x.car
	exits 1 "$name, salvaged" at-carwalk --salvage x.car
	is "$name: one error" "$(jq -r .type out)" error
	exits 1 "$name, as a part" at-carwalk --partial x.car
	is "$name: one error" "$(jq -r .type out)" error
done
printf '{"type":"repo","did":"did:plc:x","car":"plain.car"}\n' >line
exits 1 'of another account, salvaged' at-carwalk --salvage <line
is 'one error' "$(jq -r '.error // empty' out)" WrongDid

# a bad record and damage: both errors
printf '\200' | mkhostile record >x.car
bytes=$(wc -c <x.car)
printf '\001\001' >>x.car
exits 1 'a bad record and a cut' at-carwalk --salvage x.car
is 'both errors' "$(lines)" "commit 0 part
record com.example.aaa part
error BadRecord part
record com.example.ccc part
error BadCar 0"
is 'says where' "$(jq -r 'select(.error == "BadCar") | .message' out)" \
	"section at byte $bytes: CID is cut"

# cut
head -c 100000 sound.car >x.car
exits 1 'cut' at-carwalk x.car
is 'one error' "$(jq -r '.type' out)" error
mkcar -n 500 -o pre >pre.car
head -c 100000 pre.car >x.car
exits 1 'cut, salvaged' at-carwalk --salvage x.car
is 'an error at its end' "$(tail -n 1 out | jq -r '.type + " " + .error')" \
	'error BadCar'
records out >got
ok 'some records' test "$(wc -l <got)" -gt 200
records sound | head -n "$(wc -l <got)" | cmp -s - got
is 'the first ones' $? 0
run sh -c 'cat x.car | at-carwalk --salvage'
is 'cut, from a pipe' "$status" 1
records out | cmp -s - got
is 'the same' $? 0
if command -v zstd >/dev/null; then
	zstd -q pre.car
	head -c 30000 pre.car.zst >x.zst
	exits 1 'zstd, cut' at-carwalk --salvage x.zst
	is 'an error at its end' \
		"$(tail -n 1 out | jq -r '.type + " " + .error')" \
		'error BadCar'
	is 'no other record' "$(records sound >a && records out |
		grep -vFxf a)" ''
else
	skip 'zstd, cut' 'no zstd program'
fi

# slices: a missing block isn't an error
for name in record-absent:2:1 node-absent:1:1 root-node-absent:0:1; do
	n=${name#*:}
	name=${name%%:*}
	mkhostile "$name" >x.car
	exits 0 "$name, as a part" at-carwalk --partial x.car
	is "$name: records" "$(records out | wc -l)" "${n%:*}"
	is "$name: lost" "$(jq .partial out | sed '/null/d' | tr '\n' ,)" \
		"${n#*:},${n#*:},"
	is "$name: no message" "$(cat err)" ''
	exits 1 "$name, salvaged" at-carwalk --salvage x.car
	is "$name: records" "$(records out | wc -l)" "${n%:*}"
	is "$name: its error" "$(jq -r '.error // empty' out)" MissingBlock
done
for order in pre post shuffle; do
	mkcar -n 500 -o $order -x 9 >x.car
	exits 0 "every ninth block left out, $order" at-carwalk --partial x.car
	records out >got
	ok "$order: some records" test "$(wc -l <got)" -gt 100
	records sound >all
	is "$order: no others" "$(grep -vFxf all got)" ''
	ok "$order: in order" cmp got - <<-END
	$(grep -Fxf got all)
	END
	lost=$(jq 'select(.type == "end") | .partial' out)
	ok "$order: lost" test "$lost" -gt 20
	is "$order: lost, said before" \
		"$(jq 'select(.type == "commit") | .partial' out)" "$lost"
	is "$order: counts" "$(jq 'select(.type == "end") |
	    .collections | add' out)" "$(wc -l <got)"
	is "$order: counts, before" \
		"$(jq 'select(.type == "commit") | .records' out)" \
		"$(wc -l <got)"
	exits 1 "$order: salvaged" at-carwalk --salvage x.car
	records out | cmp -s - got
	is "$order: the same records" $? 0
	is "$order: and an error" \
		"$(tail -n 1 out | jq -r '.type + " " + .error')" \
		'error MissingBlock'
	exits 1 "$order: as a repo" at-carwalk x.car
	is "$order: no record" "$(records out)" ''
done

done_testing
