#!/bin/sh
# at-serve beside the reference PDS that it is a copy of: the same requests to
# both. What differs is listed.
. "${0%/*}/lib/tap.sh"
. "$top/t/lib/realnet.sh"
. "$top/t/lib/realpds.sh"
. "$top/t/lib/load.sh"
. "$top/t/lib/serve.sh"
prepare_realpds
own_network
ok "the servers start" start_all || done_testing
pds=http://127.0.0.1:2583
tomb=$(jq -r .tombstonedDid ready.json)

# The copy. Some accounts fail, as they should.
network="--allow-private -u $plc"
# shellcheck disable=SC2086 # words
{
	at-resolve $network --check-handles dids >identities 2>said
	at-listrepos --allow-private -u https://pds.test >listed 2>>said
	at-fetchrepo $network -d cars identities >fetched 2>>said
	at-carwalk -q cars >walked
	at-fetchblob $network -d blobs identities >blobbed 2>>said
	at-plcexport $network 2>>said | at-plcaudit >audited 2>>said
}
is "CARs" "$(find cars -name '*.car' | wc -l)" 5
ok "blobs" test "$(find blobs -type f | wc -l)" -gt 4

# A name for each DID, so that differences are the same in each run
names() {
	sed "s/$alice/ALICE/g; s/$robert/ROBERT/g; s/$carol/CAROL/g
	    s/$david/DAVID/g; s/$nulla/NULLA/g; s/$taken/TAKEN/g
	    s/$asleep/ASLEEP/g; s/$gone/GONE/g; s/$tomb/TOMB/g
	    s/%3A/:/g"
}

# canonical: print an answer so that equal answers have equal bytes: a CAR as
# its records or, if it is a proof, as its sorted blocks; lists of repos by DID
canonical() {
	case $(sed -n 's/^content-type: *//Ip' headers | tr -d '\r') in
	application/json*)
		jq -cS 'del(.message) | if .repos then .repos |= sort_by(.did) | del(.cursor)
		    elif .collections then .collections |= sort else . end' \
		    body
		;;
	application/vnd.ipld.car)
		at-carwalk -q --partial body 2>&1 |
			jq -cS 'del(.car, .at)' | sort
		;;
	*)	sha256sum <body
		;;
	esac
}

# ask URL PATH: print status, type and answer
ask() {
	code=$(curl -s -g -m 60 -D headers -o body -w '%{http_code}' "$1$2")
	printf '%s ' "$code"
	sed -n 's/^content-type: *//Ip' headers | tr -d '\r'
	canonical
}

# briefly FILE: print status and error of an answer
briefly() {
	printf '%s' "$(head -n 1 "$1" | cut -d ' ' -f 1)"
	sed -n '2s/^{"error":"\([A-Za-z]*\)".*/ \1/p' "$1" | tr -d '\n'
}

compares() {
	kind=$1
	db=$(database "$kind" beside)
	cat identities listed fetched walked blobbed audited |
		at-load "$db" 2>load.said
	start_serve --archive cars --blobs blobs "$db"
	: >different
	: >alike
	: >long
	while read -r path; do
		ask $pds "/xrpc/com.atproto.$path" >want
		ask "$url" "/xrpc/com.atproto.$path" >got
		if cmp -s got want; then
			echo "$path" >>alike
		else
			echo "${path%%&*}: $(briefly want) / $(briefly got)" |
				names >>different
			diff want got | cut -c 1-400 | names >>long
		fi
	done <requests.list
	ok "$kind: most answers are alike" test \
	    "$(wc -l <alike)" -gt $(($(wc -l <requests.list) / 2))
	stop_serve
	is "$kind: it says nothing" "$serve_status $(cat serve.err)" '0 '
}

all="$alice $robert $taken $asleep $gone did:plc:aaaaaaaaaaaaaaaaaaaaaaaa x"
blob=$(jq -r "select(.type == \"blob\" and .did == \"$alice\").cid" blobbed |
    head -n 1)
thing=com.example.kit.thing
{
	for did in $all; do
		for method in sync.getRepo?did sync.getLatestCommit?did \
		    sync.getRepoStatus?did sync.listBlobs?did \
		    repo.describeRepo?repo; do
			echo "$method=$did"
		done
		echo "sync.getBlob?did=$did&cid=$blob"
		for collection in app.bsky.feed.post com.example.none; do
			path="repo.listRecords?repo=$did&collection=$collection"
			echo "$path"
			echo "$path&reverse=true&limit=3"
		done
		for rkey in self none; do
			path="$did&collection=app.bsky.actor.profile&rkey=$rkey"
			echo "repo.getRecord?repo=$path"
			echo "sync.getRecord?did=$path"
		done
	done
	at-carwalk -q -c $thing "$(find cars -name "*${alice#did:plc:}*")" |
		jq -r "select(.type == \"record\") |
		    \"repo.getRecord?repo=$alice&collection=$thing&rkey=\" +
		    (.rkey | @uri)" | head -n 12
	echo "sync.listRepos"
	for query in limit=0 limit=1001 limit=x cursor=nonsense; do
		echo "sync.listRepos?$query"
	done
	for query in "" repo=x "repo=$alice" "repo=$alice&collection=x" \
	    "repo=$alice&collection=$thing&limit=0" \
	    "repo=$alice&collection=$thing&limit=101" \
	    "repo=$alice&collection=$thing&limit=x" \
	    "repo=$alice&collection=$thing&cursor=!" \
	    "repo=$alice&collection=$thing&reverse=x"; do
		echo "repo.listRecords?$query"
	done
	for name in alice.test ALICE.test robert.test bobby.test taken.test \
	    asleep.test gone.test nobody.test no_dots ""; do
		echo "identity.resolveHandle?handle=$name"
	done
	echo "identity.resolveHandle"
	echo "sync.getBlob?did=$alice&cid=nonsense"
	echo "sync.getRepo"
	echo "sync.getRepo?did=$alice&since=nonsense"
	rev=$(jq -r "select(.type == \"commit\" and .did == \"$alice\").rev" \
	    walked)
	echo "sync.getRepo?did=$alice&since=$rev"
	echo "sync.getRecord?did=$alice&collection=$thing"
	echo "repo.getRecord?repo=alice.test&collection=$thing&rkey=x"
	echo "repo.describeRepo?repo=alice.test"
	echo "com.example.nothing"
} >requests.list

compares sqlite
# ROBERT: the PDS still has the document with the former handle. ALICE: one post
# was taken down on its own, after which the PDS lists others.
sort -u -o different different
same "what differs: the PDS / the copy" different <<'EOT' || diag <long
com.example.nothing: 400 InvalidRequest / 404 NotFound
repo.describeRepo?repo=ROBERT: 200 / 200
repo.getRecord?repo=ASLEEP: 400 InvalidRequest / 400 RepoDeactivated
repo.getRecord?repo=GONE: 400 InvalidRequest / 400 RepoNotFound
repo.getRecord?repo=TAKEN: 400 InvalidRequest / 400 RepoTakendown
repo.getRecord?repo=did:plc:aaaaaaaaaaaaaaaaaaaaaaaa: 400 InvalidRequest / 400 RepoNotFound
repo.listRecords?repo=ALICE: 200 / 200
repo.listRecords?repo=ASLEEP: 400 InvalidRequest / 400 RepoDeactivated
repo.listRecords?repo=GONE: 400 InvalidRequest / 400 RepoNotFound
repo.listRecords?repo=TAKEN: 400 InvalidRequest / 400 RepoTakendown
repo.listRecords?repo=did:plc:aaaaaaaaaaaaaaaaaaaaaaaa: 400 InvalidRequest / 400 RepoNotFound
sync.getRepoStatus?did=GONE: 400 RepoNotFound / 200
EOT
done_testing
