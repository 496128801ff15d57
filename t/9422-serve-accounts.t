#!/bin/sh
# at-serve: accounts: /info, /autocomplete, and com.atproto.identity
. "${0%/*}/lib/tap.sh"
. "$top/t/lib/load.sh"
. "$top/t/lib/serve.sh"

xrpc=/xrpc/com.atproto.identity
key=did:key:zQ3shUaxvE2WgwKwsHrBsuN87UFL5bGEpnKAuV3m1CHjtsWZ4
plc=did:plc:aaaaaaaaaaaaaaaaaaaaaaaa tomb=did:plc:tttttttttttttttttttttttt
only=did:plc:oooooooooooooooooooooooo dead=did:plc:dddddddddddddddddddddddd

# identity DID HANDLE STATUS: print a line
identity() {
	printf '{"type":"identity","did":"%s","handle":%s,' "$1" \
	    "$([ -z "$2" ] && echo null || echo "\"$2\"")"
	printf '"handleStatus":"%s","pds":"https://pds.example",' "$3"
	printf '"key":"%s","at":"2026-01-01T00:00:00Z"}\n' $key
}
# operation DID SEQ HANDLE: print a line; without a handle a tombstone
operation() {
	printf '{"type":"plc","did":"%s","seq":%d,"cid":"bafyreia%d",' \
	    "$1" "$2" $((2 + $2))
	printf '"createdAt":"2026-01-01T00:00:0%d.000Z","nullified":false,' "$2"
	if [ -z "${3-}" ]; then
		printf '"operation":{"type":"plc_tombstone","prev":"a"}}\n'
		return
	fi
	printf '"operation":{"type":"plc_operation","rotationKeys":[],'
	printf '"verificationMethods":{"atproto":"%s","other":"%s"},' \
	    $key $key
	printf '"alsoKnownAs":["at://%s"],"services":{"atproto_pds":' "$3"
	printf '{"type":"AtprotoPersonalDataServer","endpoint":'
	printf '"https://new.example"}},"prev":null}}\n'
}
# account DID STATUS: print a line
account() {
	printf '{"type":"account","did":"%s","active":false,' "$1"
	printf '"status":"%s","at":"2026-01-02T00:00:00Z"}\n' "$2"
}
{
	identity $plc alice.test valid
	identity did:web:thief.example alice.test invalid
	identity did:web:later.example maybe.test unchecked
	identity did:web:bare.example "" unchecked
	identity did:web:gone.example gone.test valid
	identity did:web:asleep.example alice.asleep.test valid
	account did:web:gone.example takendown
	account did:web:asleep.example deactivated
	identity did:web:odd.example alicx.test valid
	operation $plc 1 alice.test
	operation $only 1 alice-only.test
	operation $tomb 1 alice.tomb.test
	operation $tomb 2
	identity $dead alice.dead.test valid
	operation $dead 3 alice.dead.test
	operation $dead 4
	repo $dead "$r1" 6 | lines
	repo $plc "$r1" 6 | lines
} >input

# error NAME STATUS ERROR PATH
error() {
	get "$4"
	is "$1" "$code $(jq -r .error body)" "$2 $3"
}
# says NAME PATH: is the answer the JSON on standard input?
says() {
	get "$2"
	is "$1: status" "$code $(header content-type)" \
	    '200 application/json; charset=utf-8'
	jq -cS . body >got
	jq -cS . >expected
	ok "$1" cmp got expected || diag <body
}

info() {
	says "$1: of a DID" "/info/$plc" <<-EOT
	{"did":"$plc","handle":"alice.test","handleStatus":"valid",
	"pds":"https://pds.example","key":"$key",
	"resolvedAt":"2026-01-01T00:00:00.000Z","active":true,
	"rev":"$r1","head":"bafyreigaaaaaaaaaaaaaaaaaaaaaaaa",
	"loadedRev":"$r1","syncedRev":"$r1",
	"plc":{"handle":"alice.test","pds":"https://new.example","key":"$key",
	"tombstoned":false,"updatedAt":"2026-01-01T00:00:01.000Z"}}
	EOT
	cp got of.did
	for name in alice.test ALICE.test @alice.test; do
		says "$1: of $name" "/info/$name" <of.did
	done
	says "$1: of one that is taken down" /info/gone.test <<-EOT
	{"did":"did:web:gone.example","handle":"gone.test",
	"handleStatus":"valid","pds":"https://pds.example","key":"$key",
	"resolvedAt":"2026-01-01T00:00:00.000Z","active":false,
	"status":"takendown","unsynced":"new"}
	EOT
	says "$1: of operations alone" /info/alice-only.test <<-EOT
	{"did":"$only","plc":{"handle":"alice-only.test",
	"pds":"https://new.example","key":"$key",
	"tombstoned":false,"updatedAt":"2026-01-01T00:00:01.000Z"}}
	EOT
	says "$1: of a tombstone" "/info/$tomb" <<-EOT
	{"did":"$tomb","plc":{"tombstoned":true,
	"updatedAt":"2026-01-01T00:00:02.000Z"}}
	EOT
	error "$1: of nobody" 404 NotFound /info/did:web:nobody.example
	error "$1: of no handle" 404 NotFound /info/nobody.test
	error "$1: of something else" 400 InvalidRequest /info/x
	error "$1: of a path" 400 InvalidRequest /info/..%2f..%2fetc%2fpasswd
}

autocomplete() {
	says "$1: a prefix" /autocomplete/ali <<-EOT
	[{"did":"$only","handle":"alice-only.test"},
	{"did":"$plc","handle":"alice.test","handleStatus":"valid"},
	{"did":"did:web:thief.example","handle":"alice.test",
	"handleStatus":"invalid"},
	{"did":"did:web:odd.example","handle":"alicx.test",
	"handleStatus":"valid"}]
	EOT
	cp got all
	says "$1: capital letters" /autocomplete/@ALI <all
	says "$1: a limit" "/autocomplete/ali?limit=2" <<-EOT
	$(jq -c '.[:2]' all)
	EOT
	for prefix in zzz ali%25 'alice%5ftest' 'ali%2a' 'ali%3f' %27 \
	    "$(printf '%0254d' 0)" %c3%a9; do
		get "/autocomplete/$prefix"
		is "$1: $(printf %.20s "$prefix")" "$code $(cat body)" '200 []'
	done
	for limit in 0 101 x; do
		error "$1: limit=$limit" 400 InvalidRequest \
		    "/autocomplete/ali?limit=$limit"
	done
}

resolves() {
	for name in alice.test Alice.Test; do
		says "$1: $name" "$xrpc.resolveHandle?handle=$name" <<-EOT
		{"did":"$plc"}
		EOT
	done
	for name in maybe.test gone.test alice-only.test nobody.test \
	    alice.dead.test; do
		error "$1: $name" 400 InvalidRequest \
		    "$xrpc.resolveHandle?handle=$name"
		is "$1: $name: message" "$(jq -r .message body)" \
		    'Unable to resolve handle'
	done
	error "$1: no handle" 400 InvalidRequest \
	    "$xrpc.resolveHandle?handle=no_dots"
	error "$1: without a handle" 400 InvalidRequest "$xrpc.resolveHandle"

	get "/$plc"
	jq '{didDoc: .}' body >document
	says "$1: a document as the directory's" "$xrpc.resolveDid?did=$plc" \
	    <document
	says "$1: a document of an identity" \
	    "$xrpc.resolveDid?did=did:web:later.example" <<-EOT
	{"didDoc":{"@context":["https://www.w3.org/ns/did/v1",
	"https://w3id.org/security/multikey/v1",
	"https://w3id.org/security/suites/secp256k1-2019/v1"],
	"id":"did:web:later.example","alsoKnownAs":["at://maybe.test"],
	"verificationMethod":[{"id":"did:web:later.example#atproto",
	"type":"Multikey","controller":"did:web:later.example",
	"publicKeyMultibase":"${key#did:key:}"}],
	"service":[{"id":"#atproto_pds","type":"AtprotoPersonalDataServer",
	"serviceEndpoint":"https://pds.example"}]}}
	EOT
	for method in resolveDid?did resolveIdentity?identifier; do
		error "$1: $method of a tombstone" 400 DidDeactivated \
		    "$xrpc.$method=$tomb"
		error "$1: $method of nobody" 400 DidNotFound \
		    "$xrpc.$method=did:web:nobody.example"
	done
	error "$1: the identity of no handle" 400 HandleNotFound \
	    "$xrpc.resolveIdentity?identifier=maybe.test"
	for name in $plc alice.test; do
		get "$xrpc.resolveIdentity?identifier=$name"
		is "$1: the identity of $name" "$code $(jq -r \
		    '[.did, .handle, .didDoc.id] | @tsv' body)" \
		    "200 $plc	alice.test	$plc"
	done
	for name in thief later bare; do
		get "$xrpc.resolveIdentity?identifier=did:web:$name.example"
		is "$1: the handle of $name" "$(jq -r .handle body)" \
		    handle.invalid
	done
}

# An account whose DID is tombstoned is deleted in every list.
lists() {
	get "/xrpc/com.atproto.sync.getRepoStatus?did=$dead"
	is "$1: a tombstoned DID" "$code $(jq -r .status body)" '200 deleted'
	get /xrpc/com.atproto.sync.listRepos
	is "$1: in the list" "$(jq -r --arg did "$dead" '.repos[] |
	    select(.did == $did) | [.active, .status] | @tsv' body)" \
	    'false	deleted'
	nsid=$(jq -r 'select(.type == "record") | .collection' input | head -n 1)
	get "/xrpc/com.atproto.sync.listReposByCollection?collection=$nsid"
	is "$1: of a collection" "$(jq -r '.repos[].did' body)" "$plc"
}

serves() {
	db=$(database "$1" served)
	exits 0 "$1: it is loaded" at-load "$db" input
	start_serve "$db"
	for part in info autocomplete resolves lists; do
		$part "$1: $part"
	done
	stop_serve
	is "$1: SIGTERM: exit status" "$serve_status" 0
	same "$1: no messages" serve.err </dev/null
}
each_database serves

# A short prefix doesn't read a whole table, whatever its rows are.
seq 1000 1500 | awk '{
	did = "did:web:a" $1 ".example"
	if ($1 < 1500)
		printf "{\"type\":\"account\",\"did\":\"%s\",\"active\":false," \
		    "\"status\":\"deleted\",\"at\":\"2026-01-02T00:00:00Z\"}\n", did
	printf "{\"type\":\"identity\",\"did\":\"%s\",\"handle\":\"h%d.test\"," \
	    "\"handleStatus\":\"valid\",\"pds\":null,\"key\":null," \
	    "\"at\":\"2026-01-01T00:00:00Z\"}\n", did, $1
}' >many
bounds() {
	db=$(database "$1" many)
	exits 0 "$1: many accounts are loaded" at-load "$db" many
	start_serve "$db"
	get /autocomplete/h
	is "$1: the first 500 accounts are gone" "$code $(cat body)" '200 []'
	for prefix in h15 h1500.test; do
		get "/autocomplete/$prefix"
		is "$1: $prefix finds the next one" \
		    "$(jq -r '.[].handle' body)" h1500.test
	done
	stop_serve
}
each_database bounds

# Many accounts claim one handle: some are found.
jq -cn 'range(600) | {type: "identity", did: "did:web:t\(.).example",
    handle: "many.test", handleStatus: "unchecked",
    at: "2026-01-01T00:00:00.000Z"}' >claims
claims() {
	db=$(database "$1" claims)
	exits 0 "$1: many claims are loaded" at-load "$db" claims
	start_serve "$db"
	for prefix in many many.test; do
		get "/autocomplete/$prefix"
		is "$1: $prefix" "$(jq -r '.[].handle' body | sort -u)" \
		    many.test
	done
	stop_serve
}
each_database claims
done_testing
