#!/bin/sh
# The same commands run again a day later: the pipelines of atpipe(7) update an
# archive and a database, and cost little if nothing has changed.
. "${0%/*}/lib/tap.sh"
. "$top/t/lib/load.sh"
. "$top/t/lib/net.sh"
command -v jq >/dev/null || skip_all "no jq"

a=did:plc:aaaaaaaaaaaaaaaaaaaaaaaa
b=did:plc:bbbbbbbbbbbbbbbbbbbbbbbb
c=did:plc:cccccccccccccccccccccccc
older=3m4xqkxkcac2a newer=3m5xqkxkcac2a newest=3m6xqkxkcac2a
start_faultyd -n 2
ATPIPE_PLC_URL=$url
export ATPIPE_PLC_URL
relay=http://127.0.0.1:${ports#* }

# host DID REV RECORDS: set what the account's host has
host() {
	mkcar -n "$3" -d "$1" -r "$2" -K "key.${1##*:}" >host.car
	put_did "$1" "$url" "$(cat "key.${1##*:}")"
	put_repo "$1" host.car
}
# lists DID REV [ACTIVE [STATUS]]...: standard input is the relay's list
lists() {
	jq -Rnc '{repos: [inputs | split(" ") | {did: .[0], rev: .[1],
	    head: "bafyreicelctyn3rrhtidwzwqgs6t34sdax2togklj6mmxceaag7o5uwiua",
	    active: (.[2] != "false")} + if .[3] then {status: .[3]}
	    else {} end]}' | put xrpc/com.atproto.sync.listRepos/index
}
# calls: print the requests since the last call, sorted, with their numbers
calls() {
	asked | sed -e 's,.*/com.atproto.[a-z]*\.,,' -e 's,.* /did:.*,document,' \
	    -e 's/?.*//' | sort | uniq -c | sed 's/^ *//' | paste -sd , -
	forget
}
# fetch, walk, load: the file fetched has the lines of at-fetchrepo
steps() {
	at-fetchrepo -q --allow-private -d cars >fetched &&
		at-carwalk -q <fetched >walked && at-load records.db <walked
}
# standing: print the number of records of each account, and their rev
standing() {
	sql records.db 'SELECT r.did, r.loaded_rev, count(s.did) FROM repos r
	    LEFT JOIN records s ON s.did = r.did GROUP BY r.did
	    ORDER BY r.did' | sed 's/did:plc:\(.\)[a-z]*/\1/'
}
outdated() {
	at-status --outdated records.db >due
	jq -r .did due
}

host $a $older 20
host $b $older 30
printf '%s\n' $a $b >dids.txt

update() {
	at-resolve --allow-private <dids.txt | steps
}
ok 'the first run' update
is 'what each account has' "$(standing | paste -sd ' ')" \
    "a|$older|20 b|$older|30"
calls >first

# From a list of accounts
ok 'run again' update
is 'two small requests an account' "$(calls)" '2 document,2 getRepoStatus'
is 'nothing has changed' "$(standing | paste -sd ' ')" "a|$older|20 b|$older|30"
host $a $newer 25
ok 'run again, after one has changed' update
is 'that one is fetched' "$(calls)" '2 document,1 getRepo,2 getRepoStatus'
is 'and loaded' "$(standing | paste -sd ' ')" "a|$newer|25 b|$older|30"

# From a list of a whole host
list() {
	at-listrepos -q --allow-private -u "$1" | at-load records.db
}
lists <<END
$a $newer
$b $older
END
ok "a host's list" list "$url"
is 'is one request' "$(calls)" '1 listRepos'
is 'nothing is outdated' "$(outdated)" ''
host $b $newest 12
host $c $newest 5
lists <<END
$a $newer
$b $newest
$c $newest
END
ok 'the list, after two have changed' list "$url"
is 'they are outdated' "$(outdated | paste -sd ' ')" "$b $c"
forget
ok 'are fetched' eval 'steps <due'
is 'with one small request more where a CAR is archived' "$(calls)" \
    '1 document,2 getRepo,1 getRepoStatus'
is 'and loaded: what is gone at the host is gone here' \
    "$(standing | paste -sd ' ')" "a|$newer|25 b|$newest|12 c|$newest|5"
is 'nothing is outdated any more' "$(outdated)" ''

# All accounts of the database, as jobs
at-status records.db >due
ok 'what is loaded' eval 'steps <due'
jq -r 'select(.type == "end") | .unchanged' walked >got
same 'is not read again' got <<'END'
true
true
true
END
is 'no record comes' "$(grep -c '"type":"record"' walked)" 0
is 'no row goes' "$(standing | paste -sd ' ')" \
    "a|$newer|25 b|$newest|12 c|$newest|5"

# A relay that is wrong about an account
lists <<END
$a $newer false deactivated
$b $newest false deleted
END
ok "a relay's list" list "$relay"
ok 'removes nothing' at-status --purge-gone records.db
is 'and hides nothing' "$(standing | paste -sd ' ')" \
    "a|$newer|25 b|$newest|12 c|$newest|5"

# A host that was restored from a backup
host $b $newer 30
update
is 'fails the job' $? 1
is 'which is refused' "$(jq -r 'select(.type == "error") | .error' fetched)" OldRev
is 'and loses nothing' "$(standing | paste -sd ' ')" \
    "a|$newer|25 b|$newest|12 c|$newest|5"

done_testing
