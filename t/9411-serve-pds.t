#!/bin/sh
# shellcheck disable=SC2119 # what is run without options
# at-serve as the PLC directory of the reference PDS: an account signs up, logs
# in, is renamed and resolved, while a copy of the directory is kept.
. "${0%/*}/lib/tap.sh"
. "$top/t/lib/realnet.sh"
. "$top/t/lib/realpds.sh"
. "$top/t/lib/load.sh"
. "$top/t/lib/serve.sh"
prepare_realpds
own_network

pds=http://127.0.0.1:2583/xrpc

# call NSID JSON [TOKEN]: POST to the PDS; the answer goes to the file answer
call() {
	curl -s -o answer -w '%{http_code}' -H 'Content-Type: application/json' \
	    ${3:+-H "Authorization: Bearer $3"} -d "$2" "$pds/com.atproto.$1"
}

# mirror: copy what is new
mirror() {
	at-status --cursors "$db" | at-plcexport --allow-private \
	    -u http://127.0.0.1:2582 |
		at-plcaudit --state "$kind.state" | at-load "$db"
}

lives() {
	kind=$1
	db=$(database "$kind" lives)
	at-load "$db" </dev/null
	start_serve --upstream http://127.0.0.1:2582 "$db"
	start_realpds --no-seed --did-plc-url "$url" || {
		fail "$kind: the PDS starts"
		done_testing
	}
	pass "$kind: the PDS starts"
	is "$kind: sign up" "$(call server.createAccount '{
	    "handle": "alice.test", "password": "pass",
	    "email": "alice@example.com"}')" 200
	did=$(jq -r .did answer)
	is "$kind: the directory has the operation" \
	    "$(curl -s "$plc/$did/log" | jq length)" 1
	get "/$did"
	is "$kind: the copy doesn't have it yet" "$code" 404
	mirror
	get "/$did"
	is "$kind: the copy has it" "$code $(jq -r '.alsoKnownAs[0]' body)" \
	    '200 at://alice.test'

	is "$kind: log in" "$(call server.createSession '{
	    "identifier": "alice.test", "password": "pass"}')" 200
	is "$kind: as this account" "$(jq -r .did answer)" "$did"
	token=$(jq -r .accessJwt answer)
	is "$kind: rename" "$(call identity.updateHandle \
	    '{"handle": "alice2.test"}' "$token")" 200
	mirror
	get "/$did/log/audit"
	is "$kind: the copy has both" "$(jq length body)" 2
	is "$kind: the PDS describes" "$(curl -s \
	    "$pds/com.atproto.repo.describeRepo?repo=alice2.test" |
	    jq -r '[.did, .didDoc.alsoKnownAs[0]] | @tsv')" \
	    "$did	at://alice2.test"
	is "$kind: at-resolve" "$(at-resolve --allow-private -u "$url" "$did" |
	    jq -r '[.handle, .pds] | @tsv')" \
	    "alice2.test	http://127.0.0.1:2583"
	at-fetchrepo --allow-private -u "$url" -d "$kind.cars" "$did" >repo
	is "$kind: at-fetchrepo" "$(jq -r '[.did, .active] | @tsv' repo)" \
	    "$did	true"

	get "/$did" -H 'Content-Type: application/json' -d '{"type": "x"}'
	cp body got
	is "$kind: a bad operation" "$code" 400
	curl -s -H 'Content-Type: application/json' -d '{"type": "x"}' \
	    "$plc/$did" >want
	ok "$kind: is refused in the directory's words" cmp got want
	stop_serve
	is "$kind: it says nothing" "$serve_status $(cat serve.err)" '0 '

	# Without --upstream nobody can sign up.
	start_serve --listen "${url#http://}" "$db"
	not_200=$(call server.createAccount '{"handle": "bob.test",
	    "password": "pass", "email": "bob@example.com"}')
	ok "$kind: without --upstream nobody can sign up" \
	    test "$not_200" -ne 200
	is "$kind: but log in" "$(call server.createSession '{
	    "identifier": "alice2.test", "password": "pass"}')" 200
	stop_serve
	kill "$served"
	wait "$served"
	rm -rf pds
}
lives sqlite
if postgres_find && ok "PostgreSQL starts" postgres_start -F; then
	lives postgresql
	postgres_stop
else
	skip "with PostgreSQL" "no server of PostgreSQL"
fi

done_testing
