#!/bin/sh
# at-plcexport against the reference PLC directory: an identity that was
# renamed, one that is tombstoned, and one with a nullified operation
. "${0%/*}/lib/tap.sh"
. "$top/t/lib/realnet.sh"
. "$top/t/lib/realpds.sh"
prepare_realpds
own_network
ok "the servers start" start_realpds --accounts 5 --records 2 || done_testing

# truth: print what the directory exports, as lines
truth() {
	curl -s "$plc/export?after=0" | awk 1 | sed -E '
	s/^\{"did":("[^"]*"),"operation":(.*),"cid":("[^"]*"),"createdAt":("[^"]*"),"seq":([0-9]+),"type":"sequenced_op"\}$/{"type":"plc","did":\1,"seq":\5,"cid":\3,"createdAt":\4,"operation":\2}/'
}

# get_plc ARGUMENT...: export from the directory
get_plc() {
	at-plcexport --allow-private -u "$plc" "$@"
}

truth >want
ok "the directory has operations" test "$(wc -l <want)" -ge 8
exits 0 "at-plcexport" get_plc
grep '"type":"plc"' out >got
same "every operation, byte for byte" got <want
same "no message" err </dev/null
is "the cursor" "$(tail -n 1 out | jq -r .cursor)" "$(wc -l <want)"
tomb=$(jq -r .tombstonedDid ready.json)
is "a tombstone" "$(jq -r --arg did "$tomb" 'select(.did == $did) |
    .operation.type' got | tail -n 1)" plc_tombstone
is "a nullified operation is there, too" "$(jq -r --arg did \
    "$(did_of nulla2.test)" 'select(.did == $did).operation.prev' got |
    sort | uniq -d | wc -l)" 1

# One operation at a time, each by a run of its own
while get_plc -q -d plc -n 1 >one && [ -s one ]; do
	cat one
done >all
grep '"type":"plc"' all >got
same "run after run" got <want
zstdcat plc/*.zst >got
same "the archive" got <want

# New operations, with kills in between
at-plcexport --allow-private -u "$plc" --tail -d plc >tail.1 2>err &
pid=$!
act rename alice.test alice2.test
wait_for "the rename" grep -q alice2.test tail.1
kill -KILL $pid
wait $pid 2>/dev/null
act join late
at-plcexport --allow-private -u "$plc" --tail -d plc >tail.2 2>err &
pid=$!
wait_for "the new account" grep -q late.test tail.2
act rename alice.test alice3.test
wait_for "the second rename" grep -q alice3.test tail.2
kill $pid
wait $pid
truth >want
zstdcat plc/*.zst >got
same "after a kill and new operations" got <want
exits 0 "no stream: pages" sh -c "at-plcexport --allow-private -u $plc \
    --stream -q -n $(wc -l <want)"
grep '"type":"plc"' out >got
same "the same operations" got <want

done_testing
