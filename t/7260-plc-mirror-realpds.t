#!/bin/sh
# A mirror of the reference PLC directory, kept by plc-mirror while accounts are
# made and renamed, and killed again and again: it has what the directory says
# of each account and of each operation.
. "${0%/*}/lib/tap.sh"
. "$top/t/lib/realnet.sh"
. "$top/t/lib/realpds.sh"
prepare_realpds
command -v sqlite3 >/dev/null || skip_all "no sqlite3"
own_network
ok "the servers start" start_realpds --accounts 5 --records 2 || done_testing
host=$(jq -r .pdsUrl ready.json)

# mirror: bring it up to date
mirror() {
	run "$top/contrib/examples/plc-mirror" plc plc.db --allow-private \
	    -u "$plc"
}

# follow: the same in the background, in a group of its own
follow() {
	setsid "$top/contrib/examples/plc-mirror" plc plc.db --allow-private \
	    -u "$plc" --tail >/dev/null 2>>said &
	pid=$!
}

has_handle() {
	[ -n "$(sqlite3 plc.db "SELECT 1 FROM plc_latest WHERE handle = '$1'")" ]
}

# A dying process holds the lock for a while, and plc-mirror does nothing if
# another run does.
kill_all() {
	kill -s KILL -- -$pid
	wait $pid 2>/dev/null
	wait_for "the lock of the mirror" flock -n plc true
}

# compare NAME: is the mirror what the directory says?
compare() {
	sqlite3 plc.db 'SELECT DISTINCT did FROM plc_operations' >dids
	while read -r did; do
		curl -s "$plc/$did/log/audit" | jq -r '.[] |
		    "\(.did) \(.cid) \(.nullified) \(.createdAt)"'
	done <dids | sort >want
	sqlite3 -separator ' ' plc.db "SELECT did, cid,
	    CASE WHEN nullified THEN 'true' ELSE 'false' END, created_at
	    FROM plc_operations WHERE audit = 'valid'" | sort >got
	same "$1: operations" got <want
	while read -r did; do
		curl -s "$plc/$did/data" | jq -r 'if .did then [.did,
		    (.alsoKnownAs[0] // "" | ltrimstr("at://")),
		    .services.atproto_pds.endpoint,
		    .verificationMethods.atproto,
		    (.rotationKeys | tojson), "0"] | join("|")
		    else empty end'
	done <dids | sort >want
	sqlite3 plc.db 'SELECT did, handle, pds, key, rotation_keys, tombstoned
	    FROM plc_latest WHERE NOT tombstoned' | sort >got
	same "$1: accounts" got <want
	is "$1: one has a tombstone" "$(sqlite3 plc.db 'SELECT did
	    FROM plc_latest WHERE tombstoned')" \
	    "$(jq -r .tombstonedDid ready.json)"
	curl -s "$plc/export?after=0" | jq .seq >want
	at-plcexport plc | jq .seq >got
	same "$1: the archive" got <want
}

mirror
is "plc-mirror" "$status $(cat err)" "0 at-status: plc.db: unable to open \
database file: No such file or directory; no cursors yet"
compare "the first run"
is "an operation was nullified" "$(sqlite3 plc.db 'SELECT count(*)
    FROM plc_operations WHERE nullified')" 1
: >said
for n in 1 2 3; do
	follow
	act join "late$n"
	act rename alice.test "alice-$n.test"
	[ $n -eq 2 ] || wait_for "the rename" has_handle "alice-$n.test"
	kill_all
done
mirror
is "after kills" "$status $(grep -v 'cut off' err)" "0 "
compare "after kills"
is "the host of all accounts" "$(sqlite3 plc.db "SELECT DISTINCT pds
    FROM plc_latest WHERE pds IS NOT NULL")" "$host"

done_testing
