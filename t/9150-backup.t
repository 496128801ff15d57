#!/bin/sh
# contrib/backup: an account of the reference PDS, copied and verified
. "${0%/*}/lib/tap.sh"
. "$top/t/lib/realnet.sh"
. "$top/t/lib/realpds.sh"
. "$top/t/lib/dig.sh"
command -v curl >/dev/null || skip_all "no curl"
prepare_realpds
own_network
ok "the servers start" start_realpds --accounts 3 --records 20 ||
    done_testing
ATPIPE_PLC_URL=$plc
export ATPIPE_PLC_URL
alice=$(did_of alice.test)
other=$(jq -r --arg did "$alice" 'first(.accounts[].did | select(. != $did))' \
    ready.json)

bob=$other

# DNS says that bob publishes the lexicon of alice's blobs.
cat >zone <<END
_lexicon.example.com TXT 60 did=$bob
END
ok "dnsd starts" serve_dns zone -p 0
provide_dig
DIG="dig @$dns_address -p $dns_port"
export DIG
bob_handle=$(jq -r --arg did "$bob" '.accounts[] |
    select(.did == $did).handle' ready.json)
ok "a lexicon is published" act put "$bob_handle" com.atproto.lexicon.schema \
    com.example.blob "$(printf '{"%stype":"com.atproto.lexicon.schema",' \$
	printf '"lexicon":1,"id":"com.example.blob","defs":{}}')"

# backup [OPTION...]
backup() {
	"$top/contrib/backup" "$alice" kept --allow-private -q --retries 0 "$@"
}
verify() {
	"$top/contrib/backup" --verify kept
}
# parts: print the parts of out, and what is said about them, without names that
# differ in each run
parts() {
	sed 's/did:plc:[a-z2-7]*/DID/g; s/rev [2-7a-z]\{13\}/rev REV/' out
}

echo picture | act blob alice.test text/plain one >cid
exits 0 "a first backup" backup
is "says what it has" "$(parts)" 'identity  DID, new: alice.test
plc       1 operation
repo      rev REV
blobs     2 files
lexicons  1 lexicon'
is "nothing else is said" "$(cat err)" ''
exits 0 "it is verified" verify
is "part by part" "$(parts | sed 's/[0-9]* records/N records/')" \
    'plc       1 operation, verified
repo      N records, rev REV, signed by DID
blobs     2 files, verified
lexicons  1 repo, verified'
is "the lexicon is kept" "$(at-carwalk -q -c com.atproto.lexicon.schema \
    kept/lexicons | jq -r 'select(.type == "record") | [.did, .record.id] |
    join(" ")')" "$bob com.example.blob"
is "with the key of its account" "$(jq -r .did kept/lexicons/keys)" "$bob"
echo unfinished | tee kept/new.plc kept/new.repo kept/new.kept >said
verify >said
is "the files of a backup that runs at the same time stay" \
    "$(cat kept/new.* | sort -u)" unfinished
rm -f kept/new.*
is "the blob is kept" "$(cat kept/blobs/*/"$(cat cid)")" picture

exits 0 "the same command again" backup
is "changes nothing" "$(parts | head -n 1)" 'identity  DID, unchanged'
is "an identity is kept once" "$(wc -l <kept/identity)" 1

# What is new is added; what the host no longer has stays.
echo another | act blob alice.test text/plain two >cid2
ok "a record is deleted" act delete alice.test com.example.blob one
ok "the account has a new name" act rename alice.test alice2.test
exits 0 "a later backup" backup
is "says what is new" "$(parts)" 'identity  DID, new: alice2.test
plc       2 operations
repo      rev REV
blobs     3 files
lexicons  1 lexicon'
is "the old blob stays" "$(cat kept/blobs/*/"$(cat cid)")" picture
is "both names are kept" "$(jq -r .handle kept/identity)" 'alice.test
alice2.test'
exits 0 "it is verified" verify

# What fails is one part.
exits 1 "another account in the same directory" \
    "$top/contrib/backup" "$other" kept --allow-private -q
is "is refused" "$(parts)" ''
ok "and says why" grep -q "$other, but the backup is of $alice" err
mv kept/blobs blobs
: >kept/blobs
exits 1 "the blobs cannot be kept" backup
ok "and it says so" grep -q '^blobs .*stop' err
rm kept/blobs
mv blobs kept/blobs
ok "the account is taken down" act takedown alice.test true
exits 1 "the host refuses" backup
ok "the repo is not up to date" grep -q 'RepoTakendown' err
exits 0 "the copy is still whole" verify
exits 1 "no such account" "$top/contrib/backup" did:plc:aaaaaaaaaaaaaaaaaaaaaaaa \
    none --allow-private -q
exits 2 "another directory is named by the variable" \
    "$top/contrib/backup" "$alice" kept -u "$plc"

# Damage of each part is found.
cp -R kept whole

# damaged WHAT: is it found?
damaged() {
	exits 1 "$1" verify
	rm -rf kept
	cp -R whole kept
}
for file in kept/blobs/*/*; do :; done
chmod u+w "$file"
echo x >>"$file"
damaged "a changed blob"
rm -f kept/blobs/*/"$(cat cid2)"
damaged "a missing blob"
rm -rf kept/blobs
damaged "no blobs at all"
car=$(find kept/repo -name '*.car*')
chmod u+w "$car"
printf x | dd of="$car" bs=1 seek=500 conv=notrunc 2>said
damaged "a changed repo"
rm -rf kept/repo
damaged "no repo"
sed 's/alice2/alice3/' whole/plc >kept/plc
damaged "a changed operation"
rm -f kept/plc
damaged "no operations"
find kept/lexicons -name '*.car*' -exec rm -f {} +
damaged "no lexicons"
car=$(find kept/lexicons -name '*.car*')
chmod u+w "$car"
printf x | dd of="$car" bs=1 seek=500 conv=notrunc 2>said
damaged "a changed lexicon"
mkcar -n 10 -d "$bob" >forged
car=$(find kept/lexicons -name '*.car*')
rm -f "$car"
cp forged "$car"
damaged "lexicons that somebody else signed"
rm -f kept/lexicons/keys
damaged "lexicons without their keys"
: >kept/lexicons/keys
damaged "a lexicon without its key"
key=did:key:zQ3shV7S2iC3MbktvrVQ9isCtPSLXNQHS6UM7oDgLjUmrKjXg
jq -c --arg key $key '.key = $key' whole/identity >kept/identity
damaged "another key"
# A repo that somebody else signed, with the identity of that key
car=$(find kept/repo -name '*.car*')
chmod u+w "$car"
mkcar -n 10 -d "$alice" -K key >"$car"
jq -c --arg key "$(cat key)" '.key = $key' whole/identity >kept/identity
damaged "a key that no operation has"
exits 2 "no backup at all" "$top/contrib/backup" --verify .
done_testing
