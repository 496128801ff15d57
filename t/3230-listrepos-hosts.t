#!/bin/sh
# at-listrepos: many hosts as jobs, each with its own cursor and its result
. "${0%/*}/lib/tap.sh"
. "$top/t/lib/net.sh"

start_faultyd -n 4
list=xrpc/com.atproto.sync.listRepos
by=xrpc/com.atproto.sync.listReposByCollection

# a, b, c, d: the origins of four hosts
for letter in a b c d; do
	eval "$letter=http://127.0.0.1:\${ports%% *}"
	ports=${ports#* }
done
# shellcheck disable=SC2154 # from eval
: "$a $b $c $d"

# page HOST NAME CURSOR DID...: write a page of the host of this index; the
# cursor is JSON
page() {
	host=$1 name=$2 cursor=$3
	shift 3
	printf '%s\n' "$@" | jq -Rnc --argjson cursor "$cursor" '{
	    cursor: $cursor, repos: [inputs | select(. != "") |
	    {did: ("did:plc:" + .)}]}' | put "@$host/$name"
}

# list ARGUMENT...: read jobs from standard input, with one try
list() {
	forget
	run at-listrepos --allow-private --retries 0 "$@"
}

# of ORIGIN: the lines of this host, one word each: the end of a DID, the text
# of a cursor, the name of an error, or the number of repos
of() {
	jq -r --arg host "$1" 'select((.service // .host) == $host) |
	    .error // .cursor // .repos // (.did | split(":")[2])' out |
		tr '\n' ' ' | sed 's/ $//'
}

# results: the results by type, one word each
results() {
	jq -r 'select(.type == "host" or .type == "error") | .type' out |
		sort | tr '\n' ' ' | sed 's/ $//'
}

page 0 $list/index '"2"' a1 a2
page 0 $list/2 '"3"' a3
page 0 $list/3 null a4
page 1 $list/index '"2"' b1
page 1 $list/2 null b2
page 2 $list/index null c1 c2 c3
page 3 $list/index '""'

# ---- jobs ----

cat >work <<END
{"type":"host","host":"$a/","status":"active","seq":7,"accounts":9,"more":[1]}
$b  # a comment
# only a comment

{"host":"$c","status":"idle"}
{"type":"plc","did":"did:plc:x"}
{"did":"did:plc:y"}
$d
END
list - <work
is 'jobs' "$status $(cat err)" '0 '
is 'a' "$(of "$a")" 'a1 a2 2 a3 3 a4 4'
is 'b' "$(of "$b")" 'b1 2 b2 2'
is 'c' "$(of "$c")" 'c1 c2 c3 3'
is 'd' "$(of "$d")" 0
is 'one result each' "$(results)" 'host host host host'
sed 's/"at":"[^"]*"/"at":"now"/' out | grep '"type":"host"' | sort >got
sort >want <<END
{"type":"host","host":"$a","repos":4,"at":"now","status":"active","seq":7,$(:
)"accounts":9,"more":[1]}
{"type":"host","host":"$b","repos":2,"at":"now"}
{"type":"host","host":"$c","repos":3,"at":"now","status":"idle"}
{"type":"host","host":"$d","repos":0,"at":"now"}
END
same 'a result has the other fields of its job' got <want
grep '"plc"\|:y"' work >want
grep '"plc"\|:y"' out >got
same 'other lines are copied' got <want
is 'one request at a time to each' "$(counts '[.ports[].maxInFlight] | max')" 1
is 'all pages' "$(asked | wc -l)" 7
list "$a" work "$b"
is 'operands' "$status $(results)" '0 host host host host host host'
run at-listrepos --allow-private "${a#http://}" --retries 0
is 'a host without a scheme has https' "$status $(jq -r .host out)" \
	"1 https://${a#http://}"
list - </dev/null
is 'no jobs' "$status $(cat out err)" '0 '
list -n 2 - <work
is '-n is of each host' "$status $(of "$a"), $(of "$b"), $(of "$c"), $(of "$d")" \
	'0 a1 a2 2 2, b1 2 b2 2, c1 c2 2, 0'

# ---- jobs that are wrong ----

cat >work <<'END'
{"type":"host"}
{"type":"host","host":5}
{"type":"host","host":"https://a/b"}
{"type":"host","host":"ftp://a.test"}
{"type":"host","host":"https://a.test","host":"https://b.test"}
{"type":5}
{"type":"host"
nonsense
https://user@a.test
END
list -q - <work
is 'wrong jobs' "$status $(results | wc -w)" "1 $(wc -l <work)"
is 'their errors' "$(jq -r .error out | sort | uniq -c | tr -s ' ' |
	tr '\n' ',')" ' 7 BadLine, 2 BadSyntax,'
jq -r '[.input, .message] | join("|")' out >got
same 'what is said' got <<'END'
line 1|line 1: no host
line 2|line 2: host is not an origin
line 3|line 3: host is not an origin: https://a/b
line 4|line 4: host is not an origin of http or https: ftp://a.test
line 5|line 5: host twice
line 6|line 6: type is not a string
line 7|line 7: JSON: text without end
nonsense|nonsense: not an origin such as https://host
https://user@a.test|https://user@a.test: not an origin such as https://host
END
printf '%s\n' "$a" "{\"type\":\"host\",\"host\":\"$b\"}" https://127.0.0.1:1 >work
run at-listrepos -q --retries 0 - <work
is 'private hosts' "$status $(jq -r .error out | tr '\n' ' ')" \
	'1 PrivateAddress PrivateAddress PrivateAddress '
run at-listrepos -q missing ./missing.file
is 'files that are missing' "$status $(jq -r .error out | tr '\n' ' ')" \
	'1 Unreadable Unreadable '

# ---- faults ----

printf '%s\n' "$a" "$b" "$c" "$d" >hosts
# A wrong entry loses only itself, but the list has a hole.
printf '%s' '{"repos":[{"did":"did:plc:d1"},{"did":5},{"did":"did:plc:d2"}]}' |
	put "@3/$list/index"
list -q - <hosts
is 'a wrong entry' "$status $(of "$d")" '1 d1 d2 BadAnswer'
is 'it is one result' "$(results)" 'error host host host'
is 'its message' "$(jq -r 'select(.error) | .message' out)" \
	"$d/$list?limit=1000: entries without a DID: 1, for example {\"did\":5}"
page 3 $list/5 '"6"' d1
page 3 $list/6 '"5"' d2

# faults NAME RESULTS: with the rules of standard input
faults() {
	rules
	list -q - <hosts
	is "$1" "$(of "$a"), $(of "$b"), $(of "$c"), $(of "$d")" "$2"
}
faults 'pages that repeat' \
    'a1 a2 2 a3 3 a4 4, b1 2 b2 2, c1 c2 c3 3, d1 x BadAnswer' <<'END'
3 * type=application/json body='{"repos":[{"did":"did:plc:d1"}],"cursor":"x"}'
END
page 3 $list/index '"5"' d0
rules </dev/null
list -q - <hosts
is 'a cursor that goes back' "$status $(results) $(of "$d" | sed 's/\( [56]\)*/&/;
    s/\( [56]\)\{9,\}/ .../')" '1 error host host host d0 5 d1 6 d2 ... BadAnswer'
page 3 $list/index null d1
faults 'a rate limit' \
    'a1 a2 2 a3 3 a4 4, b1 2 b2 2, c1 c2 c3 3, d1 1' <<'END'
0 *cursor=2 times=1 status=429 retry-after=1
END
is 'it was asked again' "$status $(asked | grep -c '^0 ')" '0 4'
faults 'a body that is cut' \
    'a1 a2 2 a3 3 a4 4, b1 2 ConnectionFailed, c1 c2 c3 3, d1 1' <<'END'
1 *cursor=2 cut=20
END
is 'its error' "$(jq -c 'select(.error) | del(.at, .message)' out)" \
	"{\"type\":\"error\",\"program\":\"at-listrepos\",\"input\":\"$b\",$(:
	)\"error\":\"ConnectionFailed\",\"retry\":true,\"host\":\"$b\"}"
mv out first
rules </dev/null
grep '"type":"\(cursor\|error\)"' first >work
list - <work
is 'an error is copied without --retry' "$status $(of "$b")" '0 2 ConnectionFailed'
list --retry - <work
is '--retry goes on at the cursor' "$status $(of "$b")" '0 2 b2 1'
is 'and asks nobody else' "$(asked)" "1 200 /$list?limit=1000&cursor=2"
cat >work <<END
{"type":"error","program":"at-resolve","input":"$b","error":"x","retry":true}
{"type":"error","program":"at-listrepos","host":"$b","error":"x","retry":false}
{"type":"error","program":"at-fetchrepo","did":"did:plc:x","host":"$b",$(:
)"error":"x","retry":true}
END
list --retry - <work
same 'errors that are no jobs of hosts' out <work
rules <<'END'
3 * hang
END
list -q -t 2 - <hosts
is 'a silent host beside others' "$status $(results) $(of "$d")" \
	'1 error host host host Timeout'
is 'it ends last' "$(tail -n 1 out | jq -r .host)" "$d"
rules <<'END'
* *limit=1000 delay=300
END
list -q - <hosts
is 'four hosts at a time' "$(counts .maxPorts)" 4
rules </dev/null

# ---- cursors ----

# cursor HOST STREAM COLLECTION CURSOR: a line
cursor() {
	jq -nc --arg host "$1" --arg stream "com.atproto.sync.$2" \
	    --arg collection "$3" --arg cursor "$4" '{type: "cursor",
	    service: $host, stream: $stream} +
	    if $collection != "" then {$collection} else {} end + {$cursor}'
}
{
	cursor "$a" listRepos '' 2
	cursor "$a" listRepos '' 3
	cursor "$b/" listRepos a.b.c 2
	cursor "$c" subscribeRepos '' 2
	cursor "$d" listRepos '' "$(printf '%03000d' 0)"
	cursor "$d" listRepos '' "$(printf '2\001')" | sed 's/0001/0000/'
	echo '{"type":"cursor","service":5,"cursor":"2"}'
} >cursors
{
	cat cursors
	cat hosts
} >work
list - <work
is 'only its own cursor counts' \
	"$status $(asked | sed 's/ .*cursor/ /; s/ .*1000$//' | sort | tr '\n' ' ')" \
	'0 0 =3 1 1 =2 2 3 '
head -n 7 out >got
same 'cursors are copied' got <cursors
echo '1 * delay=500' | rules
{
	echo "$b"
	cursor "$a" listRepos '' 2
	cursor "$d" listHosts '' 7
	echo "$a"
} >work
list - <work
is 'the cursor of a list comes before those of this run' "$status $(of "$a")" \
	'0 2 a3 3 a4 2'
is 'the cursor of a list of hosts comes after their results' \
	"$(tail -n 2 out | jq -r .type | tr '\n' ' ')$(of "$d")" 'host cursor 7'
rules </dev/null
page 0 $by/a.b.one '"2"' a1
page 0 $by/a.b.one,2 null a2
page 0 $by/a.b.two '"5"' a1 a3
page 0 $by/a.b.two,5 null a4
{
	cursor "$a" listReposByCollection a.b.two 5
	echo "$a"
} >work
list -c a.b.one -c a.b.two - <work
is 'each collection has its own' "$status $(jq -r '.did // .repos // empty' out |
	tr '\n' ' ')" '0 did:plc:a1 did:plc:a2 did:plc:a4 3 '
echo '0 *one* delay=300' | rules
{
	echo "$a"
	cursor "$a" listReposByCollection a.b.two 5
} >work
list -c a.b.one -c a.b.two - <work
is 'a cursor after the job' "$status $(jq -r '.did // .repos // empty' out |
	tr '\n' ' ')" '0 did:plc:a1 did:plc:a2 did:plc:a3 did:plc:a4 4 '
rules </dev/null
list -q -c a.b.one -c a.b.none -c a.b.two "$a"
is 'a collection that fails' "$status $(results) $(jq -r '.did // .error //
	empty' out | tr '\n' ' ')" \
	'1 error did:plc:a1 did:plc:a2 did:plc:a3 did:plc:a4 RepoNotFound '
none="at-listrepos: $a/$by?collection=a.b.none&limit=2000: $(:
	)faultyd: RepoNotFound"
list -c a.b.no -c a.b.none -c a.b.one "$a"
is 'two that fail are one result' "$(results) $(sort err)" \
	"error $(echo "$none" | sed 's/none/no/')
$none"
echo '0 *a.b.one* status=500' | rules
list -c a.b.none -c a.b.one "$a"
is 'a list that fails after that' "$(results) $(jq -r 'select(.error) |
	.error' out) $(cat err)" "error HostError $none
at-listrepos: $a/$by?collection=a.b.one&limit=2000: HTTP status 500"
rules </dev/null

done_testing
