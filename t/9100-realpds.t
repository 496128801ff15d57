#!/bin/sh
# A backfill of the reference PDS: fetched and listed, again after nothing and
# after something changed, killed and gone on with
. "${0%/*}/lib/tap.sh"
. "$top/t/lib/realnet.sh"
. "$top/t/lib/realpds.sh"
prepare_realpds
own_network
ok "the servers start" start_all || done_testing
thing=com.example.kit.thing

list() {
	at-listrecords --allow-private -u "$plc" "$@"
}

resolve() {
	at-resolve --allow-private -u "$plc" --check-handles <dids
}

# pipeline DATABASE [OPTION...]: the options are at-fetchrepo's
pipeline() {
	pipeline_db=$1
	shift
	resolve | at-fetchrepo --allow-private -u "$plc" -d cars "$@" |
		tee fetched | at-carwalk | at-load "$pipeline_db"
}

# contents DATABASE: at:// URI and CID of each record that people see
contents() {
	sqlite3 -separator ' ' "$1" 'SELECT uri, cid FROM records' | sort
}

# truth: the same as the PDS lists it; listed is that, and want what its CARs
# hold, which is one record more: the PDS hides it by itself. Others like it,
# and that is where its CID is from.
truth() {
	act records >listed
	{ cat listed; echo "$hidden $hidden_cid"; } | sort >want
}
hidden=$(jq -r .takendownRecord ready.json)
hidden_cid=$(get repo.listRecords \
    "repo=$robert&collection=app.bsky.feed.like&limit=100" |
	jq -r --arg uri "$hidden" \
	    '.records[].value.subject | select(.uri == $uri).cid')

# refused DID ERROR ...: the file want for failed
refused() {
	while [ $# -gt 0 ]; do
		printf '["%s","%s",false]\n' "$1" "$2"
		shift 2
	done | sort >want
}

# failed FILE: which of its jobs did, and how
failed() {
	lines 'select(.type == "error") | [.did, .error, .retry]' "$1"
}

# downloads: for which DIDs, but those that the host refuses to give
downloads() {
	failed fetched | jq -r '.[0]' >refused
	asked sync.getRepo | grep -vxFf refused >got
}

# active FIELDS: of the repos that the host has
active() {
	get sync.listRepos limit=1000 |
		lines ".repos[] | select(.active) | [$1]" >want
}

# by CAR

exits 0 "at-resolve | at-fetchrepo | at-carwalk | at-load" pipeline car.db
truth
ok "the records are many" test "$(wc -l <want)" -gt 200
ok "one of them is hidden" test -n "$hidden_cid"
contents car.db >got
agree "they are exactly those of the PDS"
refused "$asleep" RepoDeactivated "$gone" RepoNotFound "$taken" RepoTakendown
failed fetched >got
agree "the accounts that aren't active have errors"
is "HTTP/2 is spoken" "$(cut -d ' ' -f 4 requests | sort -u)" 2.0
cp want errors
active '.did, .rev, .head'
lines 'select(.type == "repo") | [.did, .rev, .head]' fetched >got
agree "revs and heads are the host's"
jq -r 'select(.type == "repo").car' fetched | xargs wc -c | sed '$d' |
	awk '{ print $2, $1 }' | sort >want
jq -r 'select(.type == "repo") | "\(.car) \(.size)"' fetched | sort >got
agree "the CARs are there, of the size they say"
is "the signatures are verified" "$(sqlite3 car.db "SELECT count(*), signature
    FROM repos WHERE loaded_rev IS NOT NULL GROUP BY signature")" "5|verified"
resolve | jq -r '"\(.did) \(.handle) \(.handleStatus)"' | sort >want
sqlite3 -separator ' ' car.db 'SELECT did, handle, handle_status
    FROM accounts' | sort >got
agree "the accounts have their handles"
jq -r '"\(.[0]) \(.[1])"' errors >want
sqlite3 -separator ' ' car.db "SELECT did, error FROM repos
    WHERE error IS NOT NULL" | sort >got
agree "or their failures"

# validated

find_lexicons
if [ -n "$lexicons" ]; then
	at-carwalk -q <fetched >walked
	exits 0 "at-validate" at-validate --summary -l "$lexicons" walked
	ok "all records that have a lexicon are valid" cmp out walked
	for collection in app.bsky.actor.profile app.bsky.feed.like \
	    app.bsky.feed.post app.bsky.graph.follow; do		# shellcheck disable=SC2016 # awk's
		ok "$collection has one" awk -v c=$collection \
		    '$1 == c && $2 > 0 && $3 == 0 { ok = 1 } END { exit !ok }' err
	done
else
	skip "the records are valid" "no lexicons at hand"
fi

# by listing

resolve >identities
exits 1 "at-listrecords" list --page 7 <identities
cp out listing
cp errors want
failed listing >got
agree "the same accounts have the same errors"
active '.did, .rev, "list"'
lines 'select(.type == "end") | [.did, .rev, .source]' listing >got
agree "the others end, at the host's rev"
is "and so do all their records" "$(jq -r 'select(.type == "record") |
    [.action, .source] | join(" ")' listing | sort -u)" "create list"
exits 0 "at-load" at-load list.db listing
contents list.db >got
same "they are exactly those that the PDS lists" got <listed
for db in car list; do
	sqlite3 -json $db.db "SELECT uri, record FROM records
	    WHERE uri <> '$hidden'" | lines '.[] | .record |= fromjson' \
	    >$db.rows
done
cp car.rows want
cp list.rows got
agree "with the values that the CARs have"

grep "$alice" listed | grep -F /app.bsky.feed.like/ >want
grep "$alice" identities >one
exits 0 "at-listrecords -c" list -c app.bsky.feed.like <one
jq -r 'select(.type == "record") |
    "at://\(.did)/\(.collection)/\(.rkey) \(.cid)"' out | sort >got
agree "lists this collection alone"
is "and says so" "$(jq -c 'select(.type == "end").filter' out)" \
    '["app.bsky.feed.like"]'

# nothing changed

truth
for option in "" --archived-is-enough; do
	: >requests
	# shellcheck disable=SC2086 # or nothing
	exits 0 "again${option:+ with $option}" pipeline car.db $option
	downloads
	same "nothing is downloaded" got </dev/null
	is "each is there" "$(grep -c '^{"type":"repo"' fetched)" 5
	contents car.db >got
	agree "the records are the same"
done

# something changed

act put alice.test $thing new '{"note":"new"}'
act put robert.test app.bsky.actor.profile self '{"displayName":"third"}'
act delete carol.test $thing thing-0001
act rename david.test dave.test
act activate asleep.test
act takedown nulla2.test true
sed -i "/^_atproto.david.*$alice/d; s/^_atproto.david/_atproto.dave/" zone
ok "a new zone" again_dns
truth

: >requests
exits 0 "after changes, with --archived-is-enough" \
	pipeline car.db --archived-is-enough
downloads
same "what was not to be had is downloaded" got <<EOT
$asleep
EOT
: >requests
exits 0 "after changes" pipeline car.db
downloads
mv got downloaded
contents car.db >got
agree "the records are what they are now"
ok "what is new is there" grep -q "$alice/$thing/new " got
ok "what was deleted isn't" not grep -q "$carol/$thing/thing-0001 " got
mv downloaded got
printf '%s\n' "$alice" "$robert" "$carol" | sort >want
agree "what changed is downloaded, and no more"
refused "$gone" RepoNotFound "$nulla" RepoTakendown "$taken" RepoTakendown
failed fetched >got
agree "who isn't active any more is seen"
is "a handle is the new one" "$(sqlite3 car.db "SELECT handle, handle_status
    FROM accounts WHERE did = '$david'")" "dave.test|valid"
resolve >identities
list <identities 2>said | at-load list.db
contents list.db >got
same "the listing makes of it what the PDS lists" got <listed
is "the handle is the new one there" "$(sqlite3 list.db "SELECT handle
    FROM accounts WHERE did = '$david'")" dave.test

# A listing is killed after its third page, and goes on when the repo has moved

list --page 5 <one |
	awk '{ print } /^{"type":"cursor"/ && ++n == 3 { exit }' >part
cat one part >part.in
exits 1 "a listing that was killed" at-load part.db part.in
ok "is in progress" grep -q 'in progress' err
rev=$(jq -r 'select(.type == "cursor").rev' part | tail -n 1)
is "at the host's rev" "$rev" \
    "$(get sync.getLatestCommit "did=$alice" | jq -r .rev)"
act put alice.test $thing newer '{"note":"newer"}'
exits 0 "at-status --pending" at-status --pending part.db
is "names it" "$(jq -r .did out)" "$alice"
: >requests
cp out again.in
exits 0 "it goes on" list --page 5 <again.in
cp out rest
is "at the rev it began with" "$(jq -r 'select(.type == "end").rev' rest)" \
    "$rev"
ok "with the cursor" sh -c \
    "grep 'listRecords?' requests | head -n 1 | grep -q 'cursor='"
cat part rest | jq -r 'select(.type == "record") |
    "\(.collection) \(.rkey)"' | sort | uniq -d >got
same "nothing is listed twice" got </dev/null
exits 0 "at-load" at-load part.db rest
same "it is in progress no more" err </dev/null
act records | grep "^at://$alice/" >now
grep -v "/$thing/newer " now >want
contents part.db | grep -v "/$thing/newer " >got
agree "the records are there"
list <one | at-load part.db
mv now want
contents part.db >got
agree "the next listing brings what came meanwhile"

# Public addresses, as everywhere but here: without --allow-private

ip address add 1.2.3.4/32 dev lo
use_names 1.2.3.4
ok "a new zone" again_dns
at-resolve -u https://plc.test <dids |
	at-fetchrepo -u https://plc.test -d public 2>said | at-carwalk |
	at-load public.db
truth
contents public.db >got
agree "at public addresses it is the same"

done_testing
