#!/bin/sh
# shellcheck disable=SC2119 # what is run without options
# A mirror of the reference PLC directory: its operations exported, audited,
# resolved without a look-up and loaded. Accounts are what its documents say.
. "${0%/*}/lib/tap.sh"
. "$top/t/lib/realnet.sh"
. "$top/t/lib/realpds.sh"
. "$top/t/lib/load.sh"
prepare_realpds
own_network
ok "the servers start" start_realpds --accounts 8 --records 2 || done_testing
tomb=$(jq -r .tombstonedDid ready.json)

# mirror DATABASE: load what is new in the directory. at-resolve has no
# directory that it could ask.
mirror() {
	at-status --cursors "$1" 2>status.err |
		at-plcexport --allow-private -u "$plc" |
		tee exported | at-plcaudit --state "$state" 2>audit.err |
		at-resolve -q --allow-private -u https://127.0.0.1:1 \
		    --retries 0 | tee resolved | at-load "$1" 2>load.err
}

# documents: print what the directory's documents say of all of its DIDs
documents() {
	curl -s "$plc/export?after=0" | awk 1 | jq -r .did | sort -u |
	while read -r did; do
		curl -s "$plc/$did" | jq -r --arg did "$did" '[$did,
		    (.alsoKnownAs[0] // "" | sub("^at://"; "")),
		    .service[0].serviceEndpoint // "",
		    if .id then "did:key:" +
			.verificationMethod[0].publicKeyMultibase
		    else "" end] | join("|")'
	done
}

# logs: print whether the directory's operations are nullified
logs() {
	curl -s "$plc/export?after=0" | awk 1 | jq -r .did | sort -u |
	while read -r did; do
		curl -s "$plc/$did/log/audit" | jq -r '.[] |
		    [.did, .cid, if .nullified then 1 else 0 end] | join("|")'
	done | sort
}

# agrees WHEN: the database is what the directory says
agrees() {
	documents >all
	grep -v "^$tomb|" all >want
	sql "$db" "SELECT did, handle, pds, key FROM accounts
	    WHERE status IS NULL ORDER BY did" >got
	agree "$kind, $1: accounts"
	cp all want
	sql "$db" 'SELECT did, handle, pds, key FROM plc_latest
	    ORDER BY did' >got
	agree "$kind, $1: the last operations"
	logs >want
	sql "$db" 'SELECT did, cid, CASE WHEN nullified THEN 1 ELSE 0 END
	    FROM plc_operations' | sort >got
	agree "$kind, $1: operations, and which are nullified"
	is "$kind, $1: all are audited" "$(sql "$db" 'SELECT count(*)
	    FROM plc_operations WHERE audit IS NULL')" 0
	is "$kind, $1: deleted" "$(sql "$db" "SELECT did FROM accounts
	    WHERE status = 'deleted'")" "$tomb"
	is "$kind, $1: the cursor" "$(sql "$db" 'SELECT cursor FROM cursors')" \
	    "$(wc -l <want)"
	is "$kind, $1: nothing is said" "$(cat audit.err load.err)" ''
}

mirrors() {
	kind=$1
	state=$1.state
	db=$(database "$1" mirror)
	mirror "$db"
	agrees "first"
	is "$1: only the tombstone is an error" \
	    "$(jq -r 'select(.type == "error") | .error + " " + .did' \
		resolved)" "Tombstoned $tomb"
	nulla=$(did_of nulla2.test)
	is "$1: a nullified operation" "$(sql "$db" "SELECT count(*)
	    FROM plc_operations WHERE did = '$nulla' AND nullified")" 1
	is "$1: the handle of a renamed account" "$(sql "$db" "SELECT did
	    FROM accounts WHERE handle = 'robert.test'")" \
	    "$(did_of robert.test)"
	is "$1: but not its former one" "$(sql "$db" "SELECT count(*)
	    FROM accounts WHERE handle = 'bobby.test'")" 0

	# What is new, after the cursor
	act rename "$2" "$3"
	act join "late-$1"
	mirror "$db"
	is "$1: two new operations" \
	    "$(jq -r 'select(.type == "plc").seq' exported | wc -l)" 2
	agrees "later"

	# Answers without the network are those of the directory.
	jq -r '.accounts[].did' ready.json >dids
	at-resolve --allow-private -u "$plc" <dids >lines.1
	at-resolve --allow-private --from "$db" <dids >lines.2
	jq -c 'del(.at)' lines.1 | sort >want
	jq -c 'del(.at)' lines.2 | sort >got
	agree "$1: at-resolve --from answers the same"
	at-resolve --allow-private --from "$db" "$3" >one
	is "$1: and finds a handle" "$(jq -r .did one)" "$(did_of "$2")"
}
mirrors sqlite alice.test alice2.test
if postgres_find && ok "PostgreSQL starts" postgres_start -F; then
	mirrors postgresql carol.test carol2.test
	postgres_stop
else
	skip "with PostgreSQL" "no server of PostgreSQL"
fi

done_testing
