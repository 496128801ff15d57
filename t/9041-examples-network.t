#!/bin/sh
# contrib/examples: the scripts that use the network, with local servers
. "${0%/*}/lib/tap.sh"
. "$top/t/lib/load.sh"
. "$top/t/lib/net.sh"
command -v jq >/dev/null || skip_all "no jq"

examples=$top/contrib/examples
a=did:plc:aaaaaaaaaaaaaaaaaaaaaaaa
b=did:plc:bbbbbbbbbbbbbbbbbbbbbbbb
c=did:plc:cccccccccccccccccccccccc
d=did:plc:dddddddddddddddddddddddd
e=did:plc:eeeeeeeeeeeeeeeeeeeeeeee
db="some records.db"
start_faultyd -n 1
ATPIPE_PLC_URL=$url
export ATPIPE_PLC_URL

# retry-failed

# failure PROGRAM DID ERROR RETRY
failure() {
	printf '{"type":"error","program":"%s","did":"%s",' "$1" "$2"
	printf '"error":"%s","message":"a \\n b","retry":%s}\n' "$3" "$4"
}
# retry OPTION...: run it one day later
retry() {
	sql "$db" 'UPDATE account SET retry_ms = retry_ms - 86400000'
	"$examples/retry-failed" "$db" "the cars" --allow-private -q \
	    --retries 0 "$@"
}
for did in $a $b $c $d $e; do
	mkcar -n 20 -d "$did" -K key >car
	put_did "$did" "$url" "$(cat key)"
	put_repo "$did" car
done
at-fetchrepo --allow-private -d "the cars" $b >fetched
chmod u+w "the cars"/*/*
head -c 3000 car >"$(jq -r .car fetched)"
at-carwalk -q <fetched >walked
{
	failure at-fetchrepo $a Timeout true
	cat walked
	failure at-resolve $c DnsFailed true
	failure at-fetchrepo $d RepoTakendown false
	failure at-listrecords $e Timeout true
} | at-load "$db"
echo "* *getRepo?did=$c status=503" | rules
forget
exits 2 "an option that at-fetchrepo doesn't have" retry --none
exits 1 "retry-failed" retry
same "says what has become of each" out <<'EOT'
      2 done
      1 HostError
EOT
same "and nothing else" err </dev/null
asked | grep -o "getRepo?did=.*" | sort >got
same "requests no other" got <<EOT
getRepo?did=$a
getRepo?did=$b
getRepo?did=$c
EOT
is "their records are loaded" "$(sql "$db" \
    'SELECT count(*), count(DISTINCT did) FROM records')" "40|2"
rules </dev/null
exits 0 "retry-failed when the host is back" retry
same "is done with the rest" out <<'EOT'
      1 done
EOT
exits 0 "retry-failed where nothing is due" retry
same "says nothing" out </dev/null
is "the others are as they were" "$(sql "$db" \
    'SELECT did, error FROM repos WHERE error IS NOT NULL ORDER BY did')" \
    "$d|RepoTakendown
$e|Timeout"

# More accounts than a command line can hold
seq 3000 | tr 0-9 a-j | sed 's/.*/did:plc:&zzzzzzzzzzzzzzzzzzzzzzzz/
    s/^\(.\{32\}\).*/\1/' | while read -r did; do
	failure at-fetchrepo "$did" Timeout true
done | at-load many.db
exits 1 "many" sh -c "ulimit -s 256 && '$examples/retry-failed' many.db \
    cars --allow-private -q"
same "a message for each" out <<'EOT'
   3000 NotFound
EOT

# collection-of-pds

thing=com.example.kit.thing
list=xrpc/com.atproto.repo.listRecords
# collection DATABASE: load the host's collection into it
collection() {
	forget
	"$examples/collection-of-pds" "$url/" "$thing" "$1" --allow-private -q \
	    --retries 0
}
# things DID N: give it N of these records, and others
things() {
	seq "$2" | sed "s,.*,com.example.kit.thing/& {\"n\":&}," >records
	mkcar -n 5 -R records -d "$1" >car
	put_repo "$1" car
	at-carwalk car | jq -nc --arg thing $thing '{records: [inputs |
	    select(.collection == $thing) | {uri:
	    "at://\(.did)/\(.collection)/\(.rkey)", cid, value: .record}]}' |
		put "$list/$1,$thing"
}
rm -rf "${www:?}"/*
things $a 3
things $b 0
things $c 2
put_did $c "$url"
put_did $d "$url"
jq -nc '{repos: ([$ARGS.positional[] | {did: ., active: true}] |
    .[2] += {active: false, status: "takendown"})}' --args $a $b $c $d |
	put xrpc/com.atproto.sync.listRepos/index
echo "* *getLatestCommit?did=$c error=RepoTakendown" | rules
exits 1 "collection-of-pds" collection "a pds.db"
same "says how many accounts are in which state" out <<'EOT'
      2 completed
      1 failed	RepoNotFound
      1 failed	RepoTakendown
EOT
same "and nothing else" err </dev/null
asked | sed 's,.*/xrpc/[a-z.]*\.,,; s,.*/,,' | sort >got
same "requests only that collection" got <<EOT
did:plc:cccccccccccccccccccccccc
did:plc:dddddddddddddddddddddddd
getLatestCommit?did=$a
getLatestCommit?did=$b
getLatestCommit?did=$c
getLatestCommit?did=$d
listRecords?repo=$a&collection=com.example.kit.thing&limit=100
listRecords?repo=$b&collection=com.example.kit.thing&limit=100
listRepos?limit=1000
listReposByCollection?collection=com.example.kit.thing&limit=1
EOT
is "loads it" "$(sql "a pds.db" "SELECT uri || record FROM records")" \
    "at://$a/$thing/1{\"n\":1}
at://$a/$thing/2{\"n\":2}
at://$a/$thing/3{\"n\":3}"
is "and the states of the others" "$(sql "a pds.db" "SELECT did,
    accounts.status, error FROM accounts JOIN repos USING (did)
    WHERE accounts.status <> 'active' ORDER BY did")" \
    "$c|takendown|RepoTakendown
$d|deleted|RepoNotFound"

jq -nc '{repos: [{did: $ARGS.positional[]}]}' --args $a |
	put xrpc/com.atproto.sync.listReposByCollection/$thing
exits 0 "a host that can list who has the collection" collection by.db
same "says so" out <<'EOT'
      1 completed
EOT
asked | sed 's,.*/xrpc/[a-z.]*\.,,; s,.*/,,' | sort -u >got
same "and no others are requested" got <<EOT
getLatestCommit?did=$a
listRecords?repo=$a&collection=com.example.kit.thing&limit=100
listReposByCollection?collection=com.example.kit.thing&limit=1
listReposByCollection?collection=com.example.kit.thing&limit=2000
EOT

# The same with PostgreSQL

if postgres_find; then
	ok "PostgreSQL starts" postgres_start -F || done_testing
	db=$(postgres_db pds)
	exits 0 "a collection into PostgreSQL" collection "$db"
	same "message" out <<-'EOT'
	      1 completed
	EOT
	is "and there" "$(sql "$db" "SELECT uri, record FROM records")" \
	    "at://$a/$thing/1|{\"n\": 1}
at://$a/$thing/2|{\"n\": 2}
at://$a/$thing/3|{\"n\": 3}"
	put_did $b "$url"
	failure at-fetchrepo $b Timeout true | at-load "$db"
	exits 0 "retry-failed with PostgreSQL" retry
	same "has it done" out <<-'EOT'
	      1 done
	EOT
	is "and loaded" "$(sql "$db" "SELECT count(*) FROM records
	    WHERE did = '$b'")" 5
	postgres_stop immediate
else
	skip "with PostgreSQL" "no server of PostgreSQL"
fi

echo '* * status=503' | rules
exits 1 "a host that fails" collection none.db
is "has nothing" "$(cat out err)" ""
exits 2 "no origin" "$examples/collection-of-pds" x/y $thing no.db
ok "message" grep -q "'https://x/y' isn't an origin" err

done_testing
