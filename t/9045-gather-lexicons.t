#!/bin/sh
# contrib/examples/gather-lexicons: from NSIDs, by DNS and the repos that it
# names, to lines for at-validate
. "${0%/*}/lib/tap.sh"
. "$top/t/lib/net.sh"
. "$top/t/lib/realnet.sh"
. "$top/t/lib/dig.sh"
command -v jq >/dev/null || skip_all "no jq"

gather=$top/contrib/examples/gather-lexicons
a=did:plc:aaaaaaaaaaaaaaaaaaaaaaaa
b=did:plc:bbbbbbbbbbbbbbbbbbbbbbbb
gone=did:plc:cccccccccccccccccccccccc
start_faultyd -n 1
web=did:web:localhost%3A$port
ATPIPE_PLC_URL=$url
export ATPIPE_PLC_URL

# lexicon NSID [NAME]: print the record, under that name
lexicon() {
	printf 'com.atproto.lexicon.schema/%s {"%stype":"%s",' "${2-$1}" \
	    \$ com.atproto.lexicon.schema
	printf '"lexicon":1,"id":"%s","defs":{"main":{"type":"record",' "$1"
	printf '"key":"any","record":{"type":"object","required":["n"],'
	printf '"properties":{"n":{"type":"integer",'
	printf '"maximum":9007199254740993}}}}}}\n'
}
# publish DID [KEY]: publish the records of the file records
publish() {
	mkcar -n 5 -R records -d "$1" -K key >car
	put_did "$1" "$url" "${2-$(cat key)}"
	put_repo "$1" car
}
{
	lexicon com.example.kit.thing
	lexicon com.example.kit.other
	lexicon org.example.notMine
} >records
publish $a
{
	lexicon org.example.thing
	lexicon com.example.kit.thing
} >records
publish "$web"
lexicon net.example.thing >records
publish $b ""

cat >zone <<END
_lexicon.kit.example.com TXT 60 "v=1"
_lexicon.kit.example.com TXT 60 "did=" $a
_lexicon.example.com TXT 60 did=$b
_lexicon.example.org TXT 60 did=$web
_lexicon.example.net TXT 60 did=$b
_lexicon.gone.example TXT 60 did=$gone
_lexicon.two.example TXT 60 did=$a
_lexicon.two.example TXT 60 did=$b
_lexicon.bad.example TXT 60 "did=did:plc:a\";rm"
_lexicon.none.example TXT 60 "hello"
_lexicon.fails.example SERVFAIL
_lexicon.alias.example CNAME 60 _lexicon.kit.example.com
END
ok "dnsd starts" serve_dns zone -p 0

provide_dig
DIG="dig @$dns_address -p $dns_port"
export DIG

gathers() {
	"$gather" cars --allow-private --retries 0 "$@"
}

cat >nsids <<'END'
# a comment

org.example.thing
com.example.kit.thing
com.example.kit.other#main
com.example.kit.thing
END
# shellcheck disable=SC2094 # a file of its own
exits 0 "gather" gathers <nsids
is "says nothing" "$(cat err)" ""
jq -r '[.did, .rkey, .record.id] | join(" ")' out | sort >got
same "has what was asked for, of the accounts that own it" got <<END
$a com.example.kit.other com.example.kit.other
$a com.example.kit.thing com.example.kit.thing
$web org.example.thing org.example.thing
END
is "no digit is lost" "$(grep -c 9007199254740993 out)" 3
is "each domain is asked for once" "$(sort queries | cut -d ' ' -f 2,3 |
    uniq -c | sed 's/^ *//')" "1 TXT _lexicon.example.org
1 TXT _lexicon.kit.example.com"
mv out lexicons
cat >records <<'END'
com.example.kit.thing/a {"$type":"com.example.kit.thing","n":1}
com.example.kit.thing/b {"$type":"com.example.kit.thing","n":"x"}
END
mkcar -n 0 -R records >car
at-carwalk car >lines
exits 1 "at-validate takes them" at-validate -l lexicons -m required lines
is "and reports the bad record" "$(jq -r 'select(.type == "error") |
    "\(.error) \(.rkey)"' out)" "InvalidRecord b"

forget
exits 0 "again" gathers <nsids
sort lexicons >want
sort out >got
ok "is the same" cmp got want
is "without fetching a repo again" "$(asked | grep -c '200 .*getRepo?')" 0
printf '\357\273\277com.example.kit.thing\r\n' >bom
exits 0 "a byte order mark and CR" gathers <bom
is "are nothing" "$(wc -l <out)" 1
exits 0 "no NSIDs" gathers </dev/null
is "are no lexicons" "$(cat out err)" ""

# Lexicons that can't be fetched

forget
exits 1 "failures" gathers <<'END'
com.example.kit.thing
com.example.kit.none
Example.ALIAS.thing
org.example.notMine
net.example.thing
example.gone.thing
example.two.thing
example.bad.thing
example.none.thing
example.fails.thing
example.nowhere.thing
com.example.kit.deep.thing
thing
com.example/../../etc.passwd
$(false).`false`.thing
com.example.-kit.thing
com.example.kit.thing-x
END
is "the others are there" "$(jq -r .rkey out)" com.example.kit.thing
sort err >got
same "each is named" got <<END
at-carwalk: $(sed -n 's/.*: \(cars.*\): .*key.*/\1/p' err): \
$(sed -n 's/.*: cars[^:]*: \(.*key.*\)/\1/p' err)
at-resolve: $gone: not registered
gather-lexicons: \$(false).\`false\`.thing: not an NSID
gather-lexicons: Example.ALIAS.thing: no lexicon of this name \
in the repo of $a
gather-lexicons: com.example.-kit.thing: not an NSID
gather-lexicons: com.example.kit.deep.thing: DNS names no account \
(_lexicon.deep.kit.example.com)
gather-lexicons: com.example.kit.none: no lexicon of this name \
in the repo of $a
gather-lexicons: com.example.kit.thing-x: not an NSID
gather-lexicons: com.example/../../etc.passwd: not an NSID
gather-lexicons: example.bad.thing: DNS names no valid DID \
(_lexicon.bad.example)
gather-lexicons: example.fails.thing: DNS fails: SERVFAIL \
(_lexicon.fails.example)
gather-lexicons: example.gone.thing: no lexicon of this name \
in the repo of $gone
gather-lexicons: example.none.thing: DNS names no account \
(_lexicon.none.example)
gather-lexicons: example.nowhere.thing: DNS names no account \
(_lexicon.nowhere.example)
gather-lexicons: example.two.thing: DNS names several accounts \
(_lexicon.two.example)
gather-lexicons: net.example.thing: no lexicon of this name in the repo of $b
gather-lexicons: org.example.notMine: no lexicon of this name \
in the repo of $web
gather-lexicons: thing: not an NSID
END
is "a repo whose key isn't known is refused" "$(grep -c '^at-carwalk: .*key' \
    err)" 1

exits 2 "an option that at-resolve doesn't have" gathers --none <<'END'
com.example.kit.thing
END
kill "$dns_pid"
wait "$dns_pid" 2>/dev/null
exits 1 "no server" env DIG="$DIG +time=1 +tries=1" "$gather" cars \
    --allow-private <<'END'
com.example.kit.thing
END
is "message" "$(cat out err)" "gather-lexicons: com.example.kit.thing: \
DNS does not answer (_lexicon.kit.example.com)"
exits 2 "no dig" env DIG='no-dig @x' "$gather" cars </dev/null
is "message" "$(cat err)" "gather-lexicons: no-dig is not installed; \
Debian has it in bind9-dnsutils"
stop_faultyd
done_testing
