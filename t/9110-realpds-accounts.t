#!/bin/sh
# What the network programs say of accounts, by the reference PDS and PLC
# directory: identities, handles, states
. "${0%/*}/lib/tap.sh"
. "$top/t/lib/realnet.sh"
. "$top/t/lib/realpds.sh"
prepare_realpds
own_network
ok "the servers start" start_all || done_testing
tomb=$(jq -r .tombstonedDid ready.json)
never=did:plc:aaaaaaaaaaaaaaaaaaaaaaaa

# resolve [OPTION...]: of the jobs on standard input
resolve() {
	at-resolve --allow-private -u "$plc" "$@"
}

# DID documents, which say nothing of an account's state

while read -r did; do
	curl -s "$plc/$did" | jq -c '{
	    type: "identity",
	    did: .id,
	    handle: (.alsoKnownAs[0] | sub("^at://"; "")),
	    handleStatus: "unchecked",
	    pds: .service[0].serviceEndpoint,
	    key: ("did:key:" + .verificationMethod[0].publicKeyMultibase)}'
done <dids >documents
is "there are eight documents" "$(wc -l <documents)" 8

exits 0 "at-resolve: DIDs" resolve <dids
lines 'del(.at)' out >got
lines . documents >want
agree "what their documents say"
same "nothing is said" err </dev/null
jq -r .at out | grep -cv '^20[0-9-]*T[0-9:]\{8\}\.[0-9]\{3\}Z$' >got
same "with the time" got <<EOT
0
EOT
jq -c '{type: "repo", did, shelf: 7}' documents >jobs.in
exits 0 "at-resolve: repo lines" resolve <jobs.in
lines 'del(.at, .shelf)' out >got
agree "the same"

exits 0 "at-resolve --check-handles" resolve --check-handles <dids
cp out identities
lines '[.handle, .handleStatus]' out >got
same "by DNS and by HTTPS, good and bad" got <<EOT
["alice.test","valid"]
["asleep.test","valid"]
["carol.test","invalid"]
["david.test","invalid"]
["gone.test","invalid"]
["nulla2.test","valid"]
["robert.test","valid"]
["taken.test","invalid"]
EOT
ok "HTTPS is asked where DNS knows nothing" grep -qx \
    'GET robert.test /.well-known/atproto-did 2.0' requests
ok "and not where it does" not grep -q 'alice.test\|carol.test\|david.test' \
    requests

jq -c 'select(.handle | test("alice|robert|nulla")) |
    .handleStatus = "valid"' documents | lines . >want
exits 0 "at-resolve: handles" resolve <<EOT
alice.test
{"handle":"robert.test"}
NULLA2.test
EOT
lines 'del(.at)' out >got
agree "are found, with their documents"

exits 1 "at-resolve: what isn't there" resolve <<EOT
$never
$tomb
did:plc:short
no_handle
nowhere.test
bobby.test
david.test
EOT
lines '[.type, .did, .input, .error, .retry]' out >got
sort >want <<EOT
["error","$never",null,"NotFound",false]
["error","$tomb",null,"Tombstoned",false]
["error","did:plc:short",null,"BadSyntax",false]
["error",null,"no_handle","BadSyntax",false]
["error",null,"nowhere.test","NotFound",false]
["error","$robert","bobby.test","WrongHandle",false]
["error",null,"david.test","BadAnswer",false]
EOT
agree "ends in an error each"
is "who isn't there is looked for once" "$(grep -c ' A nowhere' queries)" 1

# by HTTPS, and from the cache

cached() {
	at-resolve --allow-private -u https://plc.test --cache cache "$@"
}
lines . documents >want
exits 0 "at-resolve --cache" cached <dids
lines 'del(.at)' out >got
agree "says the same"
: >requests
exits 0 "again" cached <dids
lines 'del(.at)' out >got
agree "says the same"
exits 0 "--offline" cached --offline <dids
lines 'del(.at)' out >got
agree "says the same"
same "nobody was asked" requests </dev/null
exits 1 "--offline, of a DID that isn't there" cached --offline <<EOT
$never
EOT
same "nobody was asked" requests </dev/null
is "one error" "$(jq -r .type out)" error
act rename carol.test carola.test
exits 0 "a new handle, with --cache" cached <dids
lines 'del(.at)' out >got
agree "is not seen"
exits 0 "with --ttl 0s" cached --ttl 0s <dids
is "is seen" "$(jq -r --arg did "$carol" \
    'select(.did == $did).handle' out)" carola.test
exits 0 "a handle whose host isn't there" resolve --check-handles <<EOT
$carol
EOT
is "is invalid" "$(jq -r '"\(.handle) \(.handleStatus)"' out)" \
    "carola.test invalid"
is "after one look" "$(grep -c ' A carola.test' queries)" 1

# the repos of a host

get sync.listRepos limit=1000 |
	lines '.repos[] | {type: "repo"} + .' >want
is "the host has seven repos" "$(wc -l <want)" 7
for url in https://pds.test http://127.0.0.1:2583; do
	exits 0 "at-listrepos -u $url" at-listrepos --allow-private -u $url
	lines 'select(.type == "repo") | del(.at, .host)' out >got
	agree "every repo and its state"
	is "as this host says" "$(jq -r '.host // empty' out | sort -u)" $url
	jq -c 'select(.type == "cursor") | [.service, (.cursor | type)]' out |
		uniq >got
	same "and cursors" got <<-EOT
	["$url","string"]
	EOT
done
head -n 3 want >some
exits 0 "at-listrepos -n" at-listrepos --allow-private -u "$url" -n 3
is "lists so many" "$(jq -r 'select(.type == "repo").did' out | wc -l)" 3
cursor=$(jq -r 'select(.type == "cursor").cursor' out | tail -n 1)
cp out part
exits 0 "at-listrepos --resume" at-listrepos --allow-private -u "$url" \
    --resume "$cursor"
lines 'select(.type == "repo") | del(.at, .host)' part out >got
agree "the rest"

# the states of the accounts

while read -r did; do
	get sync.getRepoStatus "did=$did" >status.json
	get sync.getLatestCommit "did=$did" >commit.json
	get repo.describeRepo "repo=$did" >describe.json
	jq -cn --arg did "$did" --slurpfile s status.json \
	    --slurpfile c commit.json --slurpfile d describe.json '
	    if $s[0].error then {type: "error", $did, error: $s[0].error}
	    else {type: "repo", $did, active: $s[0].active,
		status: $s[0].status, rev: $s[0].rev, head: $c[0].cid,
		handle: $d[0].handle, collections: $d[0].collections}
	    end | with_entries(select(.value != null))'
done <dids >states
lines '[.did[:8], .active, .status, .error]' states | uniq -c |
	sed 's/^ *//' >got
same "there is one of each" got <<'EOT'
1 ["did:plc:",false,"deactivated",null]
1 ["did:plc:",false,"takendown",null]
1 ["did:plc:",null,null,"RepoNotFound"]
5 ["did:plc:",true,null,null]
EOT

# The handle of one that the host says nothing of is the job's.
exits 1 "at-describe" at-describe --allow-private -u "$plc" <identities
cp out described
jq -c 'select(.type != "identity") |
    if .error then {type, did, error} elif .active then
    {type, did, active, status, rev, head, handle, collections}
    else {type, did, active, status, rev, head, collections}
    end | with_entries(select(.value != null))' out |
	lines '.collections |= (if . then sort else empty end)' >got
lines '.collections |= (if . then sort else empty end)' states >want
agree "every state as the host says it"
lines 'select(.type != "identity") | [.did, .pds, .key]' described >got
lines '[.did, .pds, .key]' identities >want
agree "with the job's own fields"
exits 1 "at-describe of DIDs" at-describe --allow-private -u "$plc" <dids
lines '[.did, .active, .status, .error]' out >got
lines '[.did, .active, .status, .error]' states >want
agree "the same states"
exits 1 "at-describe --status-only" at-describe --allow-private -u "$plc" \
    --status-only <identities
lines 'select(.type != "identity") |
    [.did, .active, .status, .error]' out >got
agree "the same states"

# errors: which jobs failed, and how
errors() {
	lines 'select(.type == "error") | [.did, .error, .retry]' "$@"
}
cat >want <<EOT
["$asleep","RepoDeactivated",false]
["$gone","RepoNotFound",false]
["$taken","RepoTakendown",false]
EOT
sort -o want want
exits 1 "at-fetchrepo" at-fetchrepo --allow-private -u "$plc" -d cars \
    <identities
errors out >got
agree "who isn't active fails"
is "the others don't" "$(jq -r 'select(.type == "repo").car' out |
    xargs ls | wc -l)" 5
exits 1 "at-listrecords" at-listrecords --allow-private -u "$plc" \
    <identities
errors out >got
agree "who isn't active fails"
is "the others don't" "$(jq -r 'select(.type == "end").did' out | sort -u |
    wc -l)" 5

# without --allow-private

exits 1 "at-resolve without --allow-private" at-resolve \
    -u https://plc.test <<EOT
$alice
EOT
is "doesn't go to a private address" "$(jq -r .error out)" PrivateAddress
grep "$alice" identities >one
for program in "at-fetchrepo -d private" at-listrecords at-describe; do
	# shellcheck disable=SC2086 # words
	exits 1 "$program without --allow-private" \
	    $program -u https://plc.test <one
	is "neither" "$(jq -r "select(.type != \"identity\").error" out)" \
	    PrivateAddress
done

done_testing
