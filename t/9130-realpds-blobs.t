#!/bin/sh
# at-fetchblob and at-getrecord with the reference PDS: every blob that it
# serves, byte for byte; every record with its proof, and absent ones
. "${0%/*}/lib/tap.sh"
. "$top/t/lib/realnet.sh"
. "$top/t/lib/realpds.sh"
prepare_realpds
own_network
ok "the servers start" start_realpds --accounts 6 --records 8 || done_testing
ATPIPE_PLC_URL=$plc
export ATPIPE_PLC_URL
alice=$(did_of alice.test) robert=$(did_of robert.test)
jq -r '.accounts[] | select(.status == "active").did' ready.json >dids

# Two accounts share a blob; of others one is taken down, one deleted, one
# large.
mkdir uploads
echo shared >uploads/shared
echo taken >uploads/taken
echo deleted >uploads/deleted
head -c 900000 /dev/urandom >uploads/large
: >put.said
shared=$(act blob alice.test text/plain shared <uploads/shared 2>>put.said)
again=$(act blob robert.test text/plain shared <uploads/shared 2>>put.said)
taken=$(act blob alice.test text/plain taken <uploads/taken 2>>put.said)
deleted=$(act blob alice.test text/plain deleted <uploads/deleted \
    2>>put.said)
large=$(act blob robert.test application/x-test large <uploads/large \
    2>>put.said)
is "blobs are uploaded" "$shared $(cat put.said)" "$again "
ok "one is taken down" act takeblob alice.test "$taken" true
ok "a record is deleted" act delete alice.test com.example.blob deleted

# served: print "DID CID" of each blob that the PDS lists
served() {
	while read -r did; do
		get sync.listBlobs "did=$did&limit=1000" |
			jq -r --arg did "$did" '.cids[] | $did + " " + .'
	done <dids | sort
}
served >listed
ok "the deleted one is not listed" not grep -q "$deleted" listed

# What getBlob answers is what there must be.
while read -r did cid; do
	curl -sf "http://127.0.0.1:2583/xrpc/com.atproto.sync.getBlob?did=$did\
&cid=$cid" -o answer && echo "$did $cid $(sha256sum <answer | cut -c 1-64)"
done <listed >want
is "all but the one are served" "$(wc -l <want)" \
    "$(grep -vc "$taken" listed)"
if grep -q "$taken" listed; then
	status=1
else
	status=0
fi

# fetch ARGUMENT...
fetch() {
	at-fetchblob --allow-private -d blobs "$@"
}
exits $status "all blobs of all accounts" fetch dids
jq -r 'select(.type == "blob") | "\(.did) \(.cid) \(.path)"' out |
	while read -r did cid path; do
		echo "$did $cid $(sha256sum <"$path" | cut -c 1-64)"
	done | sort >got
agree "each file has the bytes that the PDS serves"
is "the files" "$(find blobs -type f | wc -l)" "$(cut -d ' ' -f 2 want |
    sort -u | wc -l)"
ok "the shared one" cmp uploads/shared "$(find blobs -name "$shared")"
ok "the large one" cmp uploads/large "$(find blobs -name "$large")"
is "each account has its result" "$(jq -r 'select(.type == "repo").did' out |
    sort | cmp - - && jq -r 'select(.type == "repo").did' out | wc -l)" \
    "$(wc -l <dids)"
is "types are those of the uploads" "$(jq -r 'select(.type == "blob") |
    select(.cid == "'"$large"'").mimeType' out)" application/x-test
[ $status -eq 0 ] || is "the one that is taken down is an error" \
    "$(jq -r 'select(.type == "error") | "\(.did) \(.cid) \(.retry)"' out)" \
    "$alice $taken false"
cp out first

# Killed again and again, it comes to the same files.
rm -rf blobs
for i in $(seq 8); do
	timeout --foreground -s KILL "0.$i" at-fetchblob --allow-private -q \
	    -d blobs dids >killed 2>killed.said
	find blobs -type f -printf '%P\n' 2>killed.said |
		while read -r file; do
			[ "$(sha256sum <"blobs/$file" | cut -c 1-2)" = \
			    "${file%/*}" ] || echo "$file"
		done
done >damaged
same "no file is damaged by a kill" damaged </dev/null
exits $status "it goes on" fetch dids
lines 'select(.type == "blob") | [.did, .cid, .size, .path]' first >want
lines 'select(.type == "blob") | [.did, .cid, .size, .path]' out >got
agree "and has the same blobs"

# Those that the records name: what the PDS lists, and no request is needed.
at-fetchrepo --allow-private -d cars dids | at-carwalk >walked
exits $status "blobs of records" fetch walked
lines 'select(.type == "blob") | [.did, .cid]' out >got
cut -d ' ' -f 1,2 listed | grep -v "$taken" |
	jq -cR 'split(" ")' | sort >want
sort -u got -o got
agree "are the same"
is "and they load" "$(at-load blobs.db out && sqlite3 blobs.db \
    'SELECT count(*) FROM blobs')" "$(wc -l <want)"

# Records with their proofs
jq -r 'select(.type == "record") | "at://\(.did)/\(.collection)/\(.rkey)"' \
    walked >uris
exits 0 "every record by its URI" at-getrecord --allow-private uris
lines 'del(.source, .action)' out >got
jq -c 'select(.type == "record")' walked | lines 'del(.source, .action)' >want
agree "is the one of the repo, at the same rev"
{
	echo "at://$alice/com.example.blob/deleted"
	echo "at://$robert/com.example.none/x"
	grep -v xxxx uris | sed 's/$/0/' | head -n 50
} >absent
exits 1 "records that are not there" at-getrecord --allow-private absent
jq -r .error out | sort | uniq -c | tr -s ' ' >got
is "their absence is proved" "$(cat got)" " 52 RecordNotFound"
is "at the rev of the repo" "$(jq -r "select(.did == \"$robert\").rev" out |
    sort -u)" "$(jq -r "select(.type == \"end\" and .did == \"$robert\").rev" \
    walked)"
ok "an account is taken down" act takedown robert.test true
exits 1 "its blobs" fetch "$robert"
is "are not served" "$(jq -r .error out)" RepoTakendown
exits 1 "nor its records" at-getrecord --allow-private \
    "at://$robert/com.example.none/x"
is "which proves nothing" "$(jq -r '[.error, .did] | @tsv' out)" \
    'RepoTakendown	'
done_testing
