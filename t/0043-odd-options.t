#!/bin/sh
# Unusual options: the message says what is wrong, and what is wanted.
. "${0%/*}/lib/tap.sh"
need_network
command -v jq >/dev/null || skip_all "no jq"

# says MESSAGE PROGRAM...: a usage error
says() {
	message=$1
	shift
	exits 2 "$*" "$@" </dev/null
	is "$*: what is said" "$(sed 1q err)" "$1: $message"
}
did=did:plc:ewvi7nxzyoun6zhxrhs64oiz

says "-j: '1e9' isn't a number such as 10" at-listrepos -j 1e9
says "-j: '0' is too small, the minimum is 1" at-listrepos -j 0
says "-j: '9999' is too large, the maximum is 1000" at-listrepos -j 9999
says "-t: '0' is too small, the minimum is 100ms" at-listrepos -t 0
says "-t: '99ms' is too small, the minimum is 100ms" at-listrepos -t 99ms
says "--stall: '60ms' is too small, the minimum is 1s" at-resolve --stall 60ms
says "--prune-tombstones: '30' is too small, the minimum is 1h" \
    at-load --prune-tombstones 30 x.db
says "--max-size: '5' is too small, the minimum is 1K" at-fetchrepo --max-size 5
says "-t: '1h30m' isn't a time such as 30s" at-listrepos -t 1h30m
says "-t: '10x' isn't a time such as 30s" at-listrepos -t 10x
says "--ttl: '9999d' is too large, the maximum is 3650d" at-resolve --ttl 9999d
says "-u: 'user@host.test' isn't an origin such as https://host" \
    at-listrepos -u user@host.test
for nsid in App.Bsky '*' 'app.bsky.*' ''; do
	says "-c: '$nsid' isn't an NSID such as app.bsky.feed.post" \
	    at-listrepos -c "$nsid"
done
says "unexpected operand 'x'; -u names the relay" at-listhosts x
case $(getconf LONG_BIT) in
32) largest=1G ;;
*) largest=4G ;;
esac
for size in 9T 5G; do
	says "--max-size: '$size' is too large, the maximum is $largest" \
	    at-fetchrepo --max-size $size
done
says "-o: 'a.car' isn't -; for a file use -o - >file" at-fetchrepo -o a.car $did
says "-o: 'b' isn't -; for a file use -o - >file" at-fetchrepo -o - -o b $did

: >empty
says "-d: 'empty' isn't a directory" at-fetchrepo -d empty $did
says "-d: '' isn't a directory" at-fetchrepo -d '' $did

mkcar -n 2 >a.car
says "-k $did: a DID isn't a key; use did:key:..., or a file of at-resolve's \
lines" at-carwalk -k $did a.car
says "-k missing: can't open: No such file or directory" \
    at-carwalk -k missing a.car

# --did takes an account in all forms that people write.
at-carwalk a.car >a.ndjson
at-load records.db a.ndjson
for account in $did @$did at://$did "$did " \
    https://bsky.app/profile/$did/post/3k; do
	exits 0 "--did '$account'" at-status --did "$account" records.db
	is "--did '$account': the account" "$(jq -r .did out)" $did
done
says "--did: 'alice.test' is a handle; use its DID, which at-resolve prints" \
    at-status --did @alice.test records.db
says "--did: '$did,' isn't a DID" at-status --did $did, records.db
says "--did: '' isn't a DID" at-status --did '' records.db
mkdir lexicons
jq -cn '{lexicon: 1, id: "com.example.kit.thing", defs: {main: {type: "record",
    key: "any", record: {type: "object", properties: {}}}}}' \
    >lexicons/thing.json
exits 0 "--authority" at-validate -l lexicons --authority @$did a.ndjson
says "--authority: 'a.test' is a handle; use its DID, which at-resolve prints" \
    at-validate -l lexicons --authority a.test a.ndjson

# `handle` of a job takes these forms, too; `did` must be a DID.
echo '{"handle":"@alice.test"}' |
    at-resolve -q --offline --cache cache >out 2>err
is "a handle with @" "$(jq -r .message out)" "alice.test: not in the cache"
echo '{"did":"@did:web:a.test"}' |
    at-resolve -q --offline --cache cache >out 2>err
is "a DID with @" "$(jq -r .message out)" \
    "line 1: did is not a DID: @did:web:a.test"

done_testing
