#!/bin/sh
# at-firehose into at-load beside the reference PDS: what happens to an account,
# as lines and in the database
. "${0%/*}/lib/tap.sh"
. "$top/t/lib/realnet.sh"
. "$top/t/lib/realpds.sh"
. "$top/t/lib/load.sh"
. "$top/t/lib/realfirehose.sh"
prepare_realpds
own_network
ok "the PDS and the directory start" start_realpds --no-seed || done_testing
thing=com.example.kit.thing

# does VERB OPERAND...: do it on the PDS; then the database has what it lists
does() {
	ok "$*" act "$@"
	settle "$*, in the database"
	act records >want
	shown "$db" >got
	ok "the database has what listRecords shows" cmp got want
}

# brief HANDLE: the lines of its account, but for identities and cursors. Lines
# of one kind that follow each other become one line and their number.
brief() {
	jq -r --arg did "$(did_of "$1")" 'select(.did == $did) |
	    if .type == "record" then
		"\(.action) \(.rkey | sub("^k...$"; "k")) \(.record.n // "")"
	    elif .type == "commit" then
		"commit, ops \(.ops), whole \(.whole)"
	    elif .type == "account" then
		"account, active \(.active) \(.status // "")"
	    else select(.type != "identity") | "\(.type) \(.error)" end |
		sub(" *$"; "")' lines |
		sed '/^[cud][a-z]* k /s/ [0-9]*$//' | uniq -c |
		sed 's/^ *1 //; s/^ *\([0-9]*\) \(.*\)/\2 (\1)/'
}

db=$(database sqlite live)
follow --from 0 --require-signature
does join alice
does put alice.test $thing one '{"n":1}'
does put alice.test $thing one '{"n":2}'
does put alice.test $thing two '{"n":3}'
does delete alice.test $thing one
does batch alice.test $thing create 200
does batch alice.test $thing update 200
does batch alice.test $thing delete 150
does join robert
does put robert.test $thing one '{"n":1}'
does rename robert.test bob.test
wait_for "the new handle" handle_is robert.test bob.test
does deactivate robert.test
does activate robert.test
does join carol
does put carol.test $thing one '{"n":1}'
does takedown carol.test true
does takedown carol.test false
does put carol.test $thing two '{"n":2}'
does join david
does put david.test $thing one '{"n":1}'
does remove david.test
unfollow
is "at-firehose ends" "$status" 0
is "at-load ends" "$loaded" 0
same "at-firehose reports nothing" firehose.err </dev/null
same "at-load reports nothing" load.err </dev/null

# The lines

brief alice.test >got
same "an account that is created, and its commits" got <<'EOF'
account, active true
commit, ops 0, whole true
commit, ops null, whole null
create one 1
commit, ops 1, whole true
update one 2
commit, ops 1, whole null
create two 3
commit, ops 1, whole null
delete one
commit, ops 1, whole null
create k (200)
commit, ops 200, whole null
update k (200)
commit, ops 200, whole null
delete k (150)
commit, ops 150, whole null
EOF
brief robert.test >got
same "a deactivation and its end" got <<'EOF'
account, active true
commit, ops 0, whole true
commit, ops null, whole null
create one 1
commit, ops 1, whole true
account, active false deactivated
account, active true
commit, ops null, whole null
EOF
brief carol.test >got
same "a takedown and its end" got <<'EOF'
account, active true
commit, ops 0, whole true
commit, ops null, whole null
create one 1
commit, ops 1, whole true
account, active false takendown
account, active true
create two 2
commit, ops 1, whole null
EOF
brief david.test >got
same "a deletion" got <<'EOF'
account, active true
commit, ops 0, whole true
commit, ops null, whole null
create one 1
commit, ops 1, whole true
account, active false deleted
EOF
jq -r 'select(.type == "identity") | .handle' lines | uniq >got
same "identities, with the new handle" got <<'EOF'
alice.test
robert.test
bob.test
carol.test
david.test
EOF
curl -s "$plc/$(did_of robert.test)" | jq -r '"did:key:" +
    .verificationMethod[0].publicKeyMultibase' >want
jq -r 'select(.handle == "bob.test").key' lines | sort -u >got
agree "an identity has the key of the directory"

jq -r 'select(.type == "commit").signature' lines | sort -u >got
same "every commit is verified" got <<'EOF'
verified
EOF

# Each commit names the one before, and the cursors go up to the last event.

jq -r 'select(.type == "commit" and .since) |
    "\(.did) \(.since) \(.prevData)"' lines | sort >got
jq -r 'select(.type == "commit") | "\(.did) \(.rev) \(.data)"' lines |
	sort -u | comm -12 - got >want
agree "since and prevData are those of the commit before"
is "in each commit but the first" "$(wc -l <got)" 11
jq -r 'select(.type == "cursor").cursor' lines >got
ok "the cursors go up" sort -nc got
is "to the last event" "$(tail -n 1 got)" "$(sqlite3 pds/sequencer.sqlite \
    'SELECT max(seq) FROM repo_seq')"

# The database

is "three accounts are followed to their last commit without a fetch" \
    "$(sql "$db" "SELECT count(*) FROM repos AS r JOIN accounts AS a
	ON a.did = r.did WHERE synced_rev = live_rev AND unsynced IS NULL
	AND a.status <> 'deleted'")" 3
exits 0 "at-status --unsynced" at-status --unsynced "$db"
same "names none" out </dev/null
is "the deleted one is hidden" "$(sql "$db" "SELECT status, (SELECT count(*)
    FROM records AS r WHERE r.did = a.did) FROM accounts AS a
    WHERE did = '$(did_of david.test)'")" 'deleted|0'

if postgres_find; then
	ok "PostgreSQL starts" postgres_start -F || done_testing
	shown "$db" >want
	db=$(database postgresql live)
	exits 0 "the same lines in PostgreSQL" at-load "$db" lines
	shown "$db" >got
	agree "give the same records"
	settled
	same "and the same states, of synced accounts" followed <hosted
else
	skip "in PostgreSQL" "no server of PostgreSQL"
fi

done_testing
