#!/bin/sh
# at-carproof: proofs cut out of repos, and checked
. "${0%/*}/lib/tap.sh"

did=did:plc:ewvi7nxzyoun6zhxrhs64oiz rev=3m4xqkxkcac2a
mkcar -n 300 -K key -l list >repo.car
key=$(cat key)
mkcar -n 1 -s 9 -K other.key >other.car
present=$(sed -n '100s/ .*//p' list)
cid=$(sed -n '100s/.* //p' list)
absent=${present}x

# shape: print what matters of each line
shape() {
	jq -r '[.type, .collection // empty, .rkey // empty, .result // empty,
	    .cid // empty, .signature // empty, .error // empty] | join(" ")' \
	    "$@" | tr / ' '
}
spaced() { echo "$1" | tr / ' '; }

# A CAR with the proofs of some keys
exits 0 "a proof" at-carproof repo.car "$present"
is "no message" "$(cat err)" ''
cp out present.car
ok "is small" test "$(wc -c <present.car)" -lt 6000
exits 0 "is checked" at-carproof --check -k "$key" present.car "$present"
same "its line" out <<EOT
{"type":"proof","did":"$did","rev":"$rev","collection":"${present%/*}",\
"rkey":"${present#*/}","result":"present","cid":"$cid",\
"signature":"verified"}
EOT
exits 0 "of absence" at-carproof repo.car "$absent"
cp out absent.car
exits 0 "is checked" at-carproof --check -k "$key" absent.car "$absent"
same "its line" out <<EOT
{"type":"proof","did":"$did","rev":"$rev","collection":"${absent%/*}",\
"rkey":"${absent#*/}","result":"absent","signature":"verified"}
EOT
exits 0 "of both" at-carproof repo.car "$present" "$absent"
cp out both.car
exits 0 "are checked" at-carproof --check -k "$key" both.car "$absent" \
    "$present"
is "one line each" "$(shape out)" "proof $(spaced "$absent") absent verified
proof $(spaced "$present") present $cid verified"
is "at-carwalk --partial has the record" "$(at-carwalk -k "$key" --partial \
    both.car | jq -r 'select(.type == "record") | .cid')" "$cid"
at-carproof - "$present" <repo.car >out
ok "from standard input" cmp out present.car
zstd -q repo.car -o packed.car.zst
exits 0 "out of a compressed CAR" at-carproof packed.car.zst "$present"
ok "is the same" cmp out present.car
exits 0 "in a pipe" sh -c "cat present.car | at-carproof --check -k $key - \
    $present"
is "is checked" "$(jq -r .result out)" present
exits 0 "a whole repo" at-carproof --check -k "$key" repo.car "$present" \
    "$absent"
is "proves everything" "$(jq -r .result out)" "present
absent"

# What isn't proved
exits 1 "another key" at-carproof --check -k "$key" present.car x.y.z/other
is "is unproved" "$(shape out)" "error x.y.z other Unproved"
is "may be proved later" "$(jq -c '[.did, .rev, .input, .source, .retry]' \
    out)" "[\"$did\",\"$rev\",\"present.car\",\"part\",true]"
is "says so" "$(sed 's/baf[a-z2-7]*/CID/' err)" \
    "at-carproof: present.car: x.y.z/other: node CID is missing"
exits 1 "one of two" at-carproof --check -q -k "$key" present.car x.y.z/other \
    "$present"
is "the other is" "$(shape out)" "error x.y.z other Unproved
proof $(spaced "$present") present $cid verified"
exits 1 "a wrong key" at-carproof --check -q -k "$(cat other.key)" \
    present.car "$present"
is "says nothing" "$(shape out)" "error $(spaced "$present") BadSignature"
jq -nc --arg did "$did" '{type: "identity", did: $did, key: null}' >keys
exits 1 "an unknown key" at-carproof --check -q -k keys present.car "$present"
is "says nothing" "$(shape out)" "error $(spaced "$present") NoKey"
size=$(wc -c <present.car)
head -c $((size - 1)) present.car >cut.car
exits 1 "a proof that is cut" at-carproof --check -q -k "$key" cut.car \
    "$present"
is "says nothing" "$(shape out)" "error BadCar"
i=70 wrong=0
while [ $i -lt "$size" ]; do
	cp present.car flipped.car
	byte=$(od -An -tu1 -j $i -N 1 present.car)
	printf %b "\\0$(printf %o $((byte ^ 1)))" |
		dd of=flipped.car bs=1 seek=$i conv=notrunc 2>/dev/null
	at-carproof --check -q -k "$key" flipped.car "$present" >out
	[ $? -eq 1 ] && ! grep -q '"result"' out || wrong=$((wrong + 1))
	i=$((i + 97))
done
is "a changed byte" $wrong 0
mkcar -n 300 -K key -x 3 >holed.car
# shellcheck disable=SC2046 # words
exits 1 "out of a repo that lacks blocks" at-carproof holed.car \
    $(cut -d ' ' -f 1 list)
is "nothing is written" "$(wc -c <out)" 0
ok "the reason is" grep -q "holed.car: .*: node .* is missing" err
exits 1 "a repo of another key" at-carproof -q -k "$(cat other.key)" repo.car \
    "$present"
exits 1 "a repo of an unknown key" at-carproof -q --require-signature repo.car \
    "$present"
exits 1 "no file" at-carproof none.car "$present"
is "says so" "$(cat err)" "at-carproof: none.car: $present: can't open:\
 No such file or directory"
exits 1 "no file to check" at-carproof --check -k "$key" none.car "$present"
is "is an error line" "$(shape out)" "error Unreadable"
is "names the file" "$(jq -r .input out)" none.car

usage_error "no operands" "want a CAR and keys (collection/rkey), or -d" \
    at-carproof
usage_error "no key" "want a CAR and keys (collection/rkey), or -d" \
    at-carproof repo.car
usage_error "not a key" "'a.b.c' isn't collection/rkey" \
    at-carproof repo.car "$present" a.b.c
usage_error "nor this" "'a.b.c/d/e' isn't collection/rkey" \
    at-carproof repo.car a.b.c/d/e
usage_error "--check without a key" "--check needs a key (-k)" \
    at-carproof --check present.car "$present"
usage_error "--check -d" "--check and -d exclude each other" \
    at-carproof --check -k "$key" -d cars

# Lines: an archive of two accounts
web=did:web:example.com
shard() {
	printf %s "$1" | sha256sum | cut -c 1-2
}
mkdir -p "cars/$(shard $did)" "cars/$(shard $web)"
cp repo.car "cars/$(shard $did)/did_plc_${did##*:}.car"
mkcar -n 50 -d $web -K web.key | zstd -q \
    >"cars/$(shard $web)/did_web_example.com.car.zst"
at-carwalk -q cars | grep '"record"' >records
{
	echo '{"type":"identity","did":"did:web:nobody.example"}'
	sed -n '5p;$p' records
	echo '{"type":"record","did":"did:web:nobody.example",' \
	    '"collection":"a.b.c","rkey":"d","action":"delete"}'
	echo '{"type":"record","did":"did:web:example.com",' \
	    '"collection":"a.b.c","rkey":"d","action":"delete"}'
	echo '{"type":"record","did":"did:web:example.com","rkey":"d"}'
	echo 'not a line'
	echo '{"type":"other"}'
} >lines
exits 1 "lines" at-carproof -d cars lines
cp out proofs
is "one result for each job" "$(jq -rR 'fromjson? | [.type, .result // empty,
    .error // empty, (.blocks | type)] | join(" ")' proofs)" \
    'identity null
proof present object
proof present object
error Unreadable null
proof absent object
error BadLine null
other null'
ok "text is copied" grep -qx 'not a line' proofs
same "messages" err <<EOT
at-carproof: did:web:nobody.example/a.b.c/d: the archive has no CAR of this\
 account
at-carproof: lines: line 6: no collection
EOT
exits 0 "they are checked" at-carproof --check -k "$key" <<EOT
$(grep "$did" proofs)
EOT
is "one" "$(jq -c '[.type, .did, .result, .blocks]' out)" \
    "[\"proof\",\"$did\",\"present\",null]"
printf '{"type":"identity","did":"%s","key":"%s"}\n' \
    $did "$key" $web "$(cat web.key)" >keys
exits 0 "with the keys of the accounts" at-carproof --check -k keys <<EOT
$(grep '"proof"' proofs)
EOT
is "all" "$(jq -r '[.did, .result, .signature] | join(" ")' out)" \
    "$did present verified
$web present verified
$web absent verified"
sed "s/$did/$web/" proofs | grep '"proof"' | head -n 1 >swapped
exits 1 "a proof of another account" at-carproof --check -q -k keys <swapped
is "WrongDid" "$(jq -r .error out)" WrongDid
sed 's/"rkey":"[^"]*"/"rkey":"other"/' proofs | grep '"proof"' | head -n 1 \
    >swapped
at-carproof --check -q -k keys <swapped >out
is "of another record" "$(jq -c '.result == "present"' out)" false
jq -c '.blocks = {"$bytes": "?"}' swapped >broken
exits 1 "no base64" at-carproof --check -q -k keys broken
is "BadLine" "$(jq -r '.error + ": " + .message' out)" \
    "BadLine: line 1: blocks is not bytes"
jq -c 'del(.blocks)' swapped | at-carproof --check -q -k keys >out
is "no blocks" "$(jq -r '.error + ": " + .message' out)" \
    "BadLine: line 1: no blocks"

# at-load takes the errors for what they are, and ignores the proofs.
if command -v sqlite3 >/dev/null; then
	at-carproof -d cars -q <<-EOT | grep -v '"other"' >results
	$(sed -n 5p records)
	$(sed -n '1s/,"rev":"[^"]*"/,"rev":"3m4xqkxkcac2a"/p' records |
	    sed "s/$did/did:web:nobody.example/")
	EOT
	is "a proof and an error" "$(shape results | cut -d ' ' -f 1)" "proof
error"
	exits 0 "are loaded" at-load -q proofs.db results
	is "one error" "$(sqlite3 proofs.db \
	    'SELECT count(*) FROM errors; SELECT count(*) FROM records')" "1
0"
else
	skip "at-load" "no sqlite3"
fi

# An error of a job without a rev has that of the archived commit, not one of
# the proof before, whose bytes are gone.
cp holed.car "cars/$(shard $did)/did_plc_${did##*:}.car"
sed 's/ .*//; s,/, ,' list | while read -r collection rkey; do
	echo "{\"type\":\"record\",\"did\":\"$did\"," \
	    "\"collection\":\"$collection\",\"rkey\":\"$rkey\"}"
done >no-revs
at-carproof -q -d cars no-revs >out
ok "some are not proved" grep -q Unproved out
is "each error has the rev" "$(jq -r .rev out | sort -u)" "$rev"

# Many keys, of which every second one is present
mkcar -n 20000 -K many.key -l many.list -d $web \
    >"cars/$(shard $web)/did_web_example.com.car"
rm "cars/$(shard $web)/did_web_example.com.car.zst"
awk -v did=$web 'NR % 4 < 2 {
	split($1, part, "/")
	printf "{\"type\":\"record\",\"did\":\"%s\",\"collection\":\"%s\"," \
	    "\"rkey\":\"%s\",\"action\":\"delete\"}\n", did, part[1],
	    NR % 4 == 0 ? part[2] : substr(part[2], 2) "x"
	print part[1], NR % 4 == 0 ? "present " $2 : "absent " >"want"
}' many.list >many.jobs
is "number of keys" "$(wc -l <many.jobs)" 10000
at-carproof -d cars many.jobs | at-carproof --check -k "$(cat many.key)" |
    jq -r '[.collection, .result, .cid // ""] | join(" ")' >got
ok "10,000 keys: the results" cmp got want
done_testing
