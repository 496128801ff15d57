#!/bin/sh
# at-listrepos: the lines that it makes of a relay's pages
. "${0%/*}/lib/tap.sh"
. "$top/t/lib/net.sh"

start_faultyd -n 1
list=xrpc/com.atproto.sync.listRepos
by=xrpc/com.atproto.sync.listReposByCollection
cid=bafyreicelctyn3rrhtidwzwqgs6t34sdax2togklj6mmxceaag7o5uwiua
rev=3kaaaaaaaaa22

# list ARGUMENT...: with one try
list() {
	forget
	run at-listrepos --allow-private --retries 0 -u "$url" "$@"
}

# prints NAME STATUS: is the output, without times, equal to standard input?
prints() {
	sed "s/,\"at\":\"20[0-9T:.-]*Z\"//; s|,\"host\":\"$url\"||" out >got
	is "$1: status" "$status" "$2"
	is "$1: who says so" "$(jq -r 'select(.type != "cursor") | .host' \
	    out | sort -u)" "$(grep -qv '"type":"cursor"' out && echo "$url")"
	same "$1" got
}

# page NAME CURSOR DID...: write a page; the cursor is JSON
page() {
	name=$1 cursor=$2
	shift 2
	printf '%s\n' "$@" | jq -Rnc --argjson cursor "$cursor" '{
	    cursor: $cursor, repos: [inputs | select(. != "") | {did: .}]}' |
		put "$name"
}

# dids: print the DIDs of the output, as one word
dids() {
	jq -r '.did // empty' out | sed 's/.*://' | tr '\n' ' '
}

# repo LETTER, cursor TEXT: print lines as the program does
repo() {
	printf '{"type":"repo","did":"did:plc:%s"}\n' "$@"
}
cursor() {
	printf '{"type":"cursor","service":"%s",' "$url"
	printf '"stream":"com.atproto.sync.listRepos","cursor":"%s"}\n' "$1"
}

# by NSID: turn cursors into those of a list of this collection's repos
by() {
	sed 's/listRepos"/listReposByCollection"/;
	    s/"cursor":"/"collection":"'"$1"'",&/'
}

# error NAME MESSAGE RETRY: check the error line
error() {
	printf '{"type":"error","program":"at-listrepos","input":"%s",' "$url"
	printf '"error":"%s","message":"%s","retry":%s}\n' "$@"
}
first="$url/$list?limit=1000"

# pages
cat <<END | put $list/index
{"cursor":"2","repos":[{"did":"did:plc:a","head":"$cid","rev":"$rev",
"active":true},{"did":"did:plc:b","head":"$cid","rev":"$rev","active":false,
"status":"takendown","more":[1]},{"did":"did:web:c.test","rev":"","head":"x",
"active":"yes","status":"a b"}]}
END
page $list/2 '"a/b c&d=%\u00e4+"' did:plc:d did:plc:a
page "$list/a_b c&d=%ä+" '"4"'
page $list/4 '"5"' did:plc:d did:plc:e did:plc:e
page $list/5 '""' did:plc:f
list
all() {
	cat <<-END
	{"type":"repo","did":"did:plc:a","rev":"$rev","head":"$cid","active":true}
	{"type":"repo","did":"did:plc:b","rev":"$rev","head":"$cid",$(:
	)"active":false,"status":"takendown"}
	{"type":"repo","did":"did:web:c.test"}
	$(cursor 2)
	$(repo d)
	$(cursor 'a/b c&d=%ä+')
	$(cursor 4)
	$(repo e)
	$(cursor 5)
	$(repo f)
	END
}
all >want
prints 'all pages' 0 <want
is 'all pages: no message' "$(cat err)" ''
is 'all pages: requests' "$(asked)" "0 200 /$list?limit=1000
0 200 /$list?limit=1000&cursor=2
0 200 /$list?limit=1000&cursor=a%2Fb%20c%26d%3D%25%C3%A4%2B
0 200 /$list?limit=1000&cursor=4
0 200 /$list?limit=1000&cursor=5"
is 'at is now' "$(jq -r --arg now "$(date +%s)" 'select(.type == "repo") |
	(.at | sub("\\.[0-9]+"; "") | fromdate) - ($now | tonumber) | fabs < 60' \
	out | sort -u)" true
run at-listrepos --allow-private -u "$url/" </dev/null
all >want
prints 'an origin with a slash' 0 <want
run env ATPIPE_RELAY_URL="$url" at-listrepos --allow-private
all >want
prints 'ATPIPE_RELAY_URL' 0 <want
list --resume 'a/b c&d=%ä+'
{
	cursor 4
	repo d e
	cursor 5
	repo f
} >want
prints '--resume' 0 <want
list --resume ''
all >want
prints '--resume with nothing' 0 <want
list --resume 5
repo f >want
prints '--resume at the end' 0 <want

# -n
list -n 1
is '-n 1' "$status $(dids)" '0 a '
is '-n 1: asks for one' "$(asked)" "0 200 /$list?limit=1"
is '-n 1: no cursor, as the page has more' "$(grep -c cursor out)" 0
list -n 3
is '-n 3' "$status $(dids) $(tail -n 1 out | sed 's/,"at":"[^"]*"//')" "0 a b c.test  $(cursor 2)"
is '-n 3: one page' "$(asked)" "0 200 /$list?limit=3"
list -n 5
is '-n 5' "$status $(dids)" '0 a b c.test d e '
is '-n 5: asks for what is missing' "$(asked | sed 's/.*limit=//')" "5
2&cursor=2
1&cursor=a%2Fb%20c%26d%3D%25%C3%A4%2B
1&cursor=4"
list -n 100000
is '-n more than there are' "$status $(dids)" '0 a b c.test d e f '
is '-n more: a page' "$(asked | head -n 1)" "0 200 /$list?limit=1000"

# -c
page $by/a.b.one '"2"' did:plc:a did:plc:b
page $by/a.b.one,2 null did:plc:c
page $by/a.b.two '"2"' did:plc:b did:plc:d
page $by/a.b.two,2 null did:plc:e
list -c a.b.one
{
	repo a b
	cursor 2 | by a.b.one
	repo c
} >want
prints '-c' 0 <want
is '-c: requests' "$(asked)" "0 200 /$by?collection=a.b.one&limit=2000
0 200 /$by?collection=a.b.one&limit=2000&cursor=2"
list -c a.b.one -c a.b.two
{
	repo a b
	cursor 2 | by a.b.one
	repo c d
	cursor 2 | by a.b.two
	repo e
} >want
prints 'two -c' 0 <want
is 'two -c: requests' "$(asked | wc -l)" 4
list -c a.b.one -c a.b.two -n 4
is 'two -c and -n' "$(dids)" 'a b c d '
# No repo of the second page is written, but they are new to that list.
seq -f did:plc:y%g 1 120 | {
	# shellcheck disable=SC2046 # words
	page $by/a.b.many null $(cat)
}
for i in $(seq 1 120); do
	printf '{"cursor":"%d","repos":[{"did":"did:plc:y%d"}]}\n' \
		$((i + 1)) "$i" >"$www/$by/a.b.slow,$i"
done
mv "$www/$by/a.b.slow,1" "$www/$by/a.b.slow"
page $by/a.b.slow,121 null did:plc:last
list -c a.b.many -c a.b.slow
is 'a long one that was written before' "$status $(grep -c '"repo"' out) $(
	asked | wc -l) $(tail -n 1 out | jq -r .did)" '0 121 122 did:plc:last'
list -c a.b.two --resume 2
repo e >want
prints '-c and --resume' 0 <want
list -c a.b.none
error RepoNotFound "$url/$by?collection=a.b.none&limit=2000: $(:
	)faultyd: RepoNotFound" false >want
prints 'an error of XRPC' 1 <want
is 'message of an error' "$(cat err)" "at-listrepos: $url/$by?$(:
	)collection=a.b.none&limit=2000: faultyd: RepoNotFound"
# A collection that fails doesn't stop the others.
list -c a.b.none -c a.b.one -c a.b.nil
{
	error RepoNotFound "$url/$by?collection=a.b.nil&limit=2000: $(:
		)faultyd: RepoNotFound" false
	error RepoNotFound "$url/$by?collection=a.b.none&limit=2000: $(:
		)faultyd: RepoNotFound" false
	repo a b
	cursor 2 | by a.b.one
	repo c
} >want
prints 'a collection that fails' 1 <want
echo "* *collection=a.b.none* status=502" | rules
list -c a.b.none -c a.b.one
error HostError "$url/$by?collection=a.b.none&limit=2000: $(:
	)HTTP status 502" true >want
prints 'a host that fails' 1 <want
rules </dev/null
list -q -c a.b.none
is 'or not, with -q' "$status $(cat err)" '1 '

# failures in the middle
echo "* *cursor=4 status=502" | rules
list
{
	all | sed '/"cursor":"4"/q'
	error HostError "$first&cursor=4: HTTP status 502" true
} >want
prints 'an error on the way' 1 <want
list --resume 4
error HostError "$first&cursor=4: HTTP status 502" true >want
prints 'still there' 1 <want
echo "* *cursor=4 times=2 status=502" | rules
run at-listrepos --allow-private --retries 2 --retry-delay 10ms -u "$url"
all >want
prints 'an error that goes away' 0 <want
rules </dev/null

# hosts that never end a list, or answer something else
# answers NAME BODY: every page is this
answers() {
	printf "* * type=application/json body='%s'\n" "$2" | rules
	list
}
answers 'no JSON' '<html>'
error BadAnswer "$first: not a JSON object" false >want
prints 'no JSON' 1 <want
wrong="$first: not a list of objects"
for body in '{}' '{"repos":{}}' '{"repos":5}' '{"repos":"x"}'; do
	answers "$body" "$body"
	error BadAnswer "$wrong" false >want
	prints "$body" 1 <want
done
for body in '{"repos":[{"did":"did:plc:a"}' '{"repos":[{"did":"did:plc:a"},' \
	'{"repos":[{"did":"did:plc:a"}],"cursor":"2' \
	'{"repos":[{"did":"did:plc:a"}] "cursor":"2"}'; do
	answers "$body" "$body"
	error BadAnswer "$first: not a JSON object" false >want
	prints "a page that is cut: $body" 1 <want
done
answers 'a list that goes wrong' '{"repos":[{"did":"did:plc:a"} {"did":5}]}'
{
	repo a
	error BadAnswer "$wrong" false
} >want
prints 'a list that goes wrong' 1 <want
# A wrong entry loses only itself.
for entry in null 5 '"did:plc:x"' '[]' '{}' '{"did":5}' '{"did":"x"}' \
	'{"did":"\ud83d"}' '"\ud83d"' '{"did" "did:plc:x"}' '[1}' nonsense; do
	answers "$entry" "{\"repos\":[{\"did\":\"did:plc:a\"},$entry,$(:
		){\"did\":\"did:plc:b\"}]}"
	{
		repo a b
		error BadAnswer "$first: entries without a DID: 1, for example $(:
			)$(printf '%s' "$entry" | sed 's/[\"]/\\&/g')" false
	} >want
	prints "an entry: $entry" 1 <want
done
# A wrong field is omitted.
for field in '"rev":"\ud83d"' '"head":"\ud83d","rev":5' '"rev":"zzz"' \
	'"x":"\ud83d","rev":{"\q":[1.5.6]}' '"active":"\ud83d"' \
	'"active":"false","status":"takendown"' '"active":0,"status":"deleted"' \
	'"status":"\ud83d"' '"status":["takendown"]'; do
	answers "$field" "{\"repos\":[{$field,\"did\":\"did:plc:a\"},$(:
		){\"did\":\"did:plc:b\",\"rev\":\"$rev\"}]}"
	{
		repo a
		repo b | sed "s/}/,\"rev\":\"$rev\"}/"
	} >want
	prints "a field: $field" 0 <want
done
for body in '{"repos":[]}' '{"repos":[],"cursor":null}' \
	'{"repos":[],"cursor":""}' '{"repos":null}' \
	'{"repos":null,"cursor":null}'; do
	answers "$body" "$body"
	prints "$body" 0 </dev/null
	is "$body: one page" "$(asked | wc -l)" 1
done
for cursor in true '["2"]' '{}' -5 5.5 1e3 '"\ud83d"'; do
	body="{\"repos\":[{\"did\":\"did:plc:a\"}],\"cursor\":$cursor}"
	answers "$body" "$body"
	{
		repo a
		error BadAnswer "$first: the cursor is not a string" false
	} >want
	prints "$body" 1 <want
done
# A number counts as its digits.
printf '%s\n' "* *cursor=12345678901234567890* body='{\"repos\":null}'" \
	"* * body='{\"repos\":[{\"did\":\"did:plc:a\"}],$(:
	)\"cursor\":12345678901234567890}'" | rules
list
{
	repo a
	cursor 12345678901234567890
} >want
prints 'a cursor that is a number' 0 <want
answers 'a NUL' '{"repos":[],"cursor":"a\u0000b"}'
error BadAnswer "$first: cursor with a NUL" false >want
prints 'a cursor with a NUL' 1 <want
answers 'the same' '{"repos":[{"did":"did:plc:a"}],"cursor":"x"}'
{
	repo a
	cursor x
	error BadAnswer "$first&cursor=x: the cursor stays the same" false
} >want
prints 'a cursor that stays the same' 1 <want
list --resume x
{
	repo a
	error BadAnswer "$first&cursor=x: the cursor stays the same" false
} >want
prints 'its repos are written all the same' 1 <want
answers 'nothing new' '{"repos":[{"did":"did:plc:a"}],"cursor":"%r"}'
is 'nothing new' "$status $(asked | wc -l) $(dids)" '1 102 a '
is 'nothing new: error' "$(tail -n 1 out | jq -r .error,.message)" \
	"BadAnswer
$first&cursor=101: 100 pages brought nothing new"
is 'nothing new: cursors' "$(grep -c '"cursor"' out)" 101
answers 'a list that comes twice' \
	'{"repos":[{"did":"did:plc:a"}],"repos":[{"did":"did:plc:b"}]}'
error BadAnswer "$first: repos or cursor comes twice" false >want
prints 'a list that comes twice' 1 <want
answers 'a cursor that comes twice' \
	'{"cursor":"1","repos":[{"did":"did:plc:a"}],"curs\u006fr":"2"}'
prints 'a cursor that comes twice' 1 <want
answers 'nothing at all' '{"repos":[],"cursor":"%r"}'
is 'nothing at all' "$status $(asked | wc -l)" '1 101'
# Something new in every 50 pages
for i in $(seq 1 250); do
	printf '{"cursor":"x%d","repos":[{"did":"did:plc:x%d"}]}\n' \
		$((i + 1)) $((i / 50)) >"$www/$list/x$i"
done
page "$list/x251" null did:plc:last
rules </dev/null
list --resume x1
is 'something new now and then' "$status $(dids)" \
	'0 x0 x1 x2 x3 x4 x5 last '
# The same without an end: there is a maximum number of pages, whatever they
# contain.
for i in $(seq 1 1100); do
	printf '{"cursor":"x%d","repos":[{"did":"did:plc:x%d"}]}\n' \
		$((i + 1)) $((i / 50)) >"$www/$list/x$i"
done
forget
list --resume x1
is 'something new now and then, without end' \
    "$status $(asked | wc -l) $(dids | wc -w)" '1 1042 21'
is 'something new now and then: error' "$(tail -n 1 out | jq -r .error,.message)" \
	"BadAnswer
$first&cursor=x1042: too many of its pages bring nothing new"
# Many pages with few entries are accepted.
for i in $(seq 1 2100); do
	printf '{"cursor":"y%d","repos":[{"did":"did:plc:y%d"}]}\n' \
		$((i + 1)) $((i / 2)) >"$www/$list/y$i"
done
page "$list/y2101" null did:plc:last
list --resume y1
is 'every other page is empty' "$status $(dids | wc -w)" '0 1052'
rm "$www/$list"/x* "$www/$list"/y*
cat <<END | put $list/index
{"repos":[{"rev":"$rev"},{"did":"did:plc:a"},{"did":5},{"did":"nonsense"},
{"did":null},{"did":"did:plc:b","rev":5,"head":null,"active":null}]}
END
list
{
	repo a
	repo b
	error BadAnswer "$first: entries without a DID: 4, for example $(:
		){\\\"rev\\\":\\\"$rev\\\"}" false
} >want
prints 'entries without a DID' 1 <want
jq -nc '{repos: [range(60000) | {did: "did:plc:\(.)", x: ("a" * 120)}]}' |
	put $list/index
list
error TooLarge "$first: answer of more than 8388608 bytes" false >want
prints 'too large' 1 <want
rm "$www/$list/index"
list
error RepoNotFound "$first: faultyd: RepoNotFound" false >want
prints 'a host without the method' 1 <want

# usage
# usage NAME MESSAGE ARGUMENT...
usage() {
	name=$1 message=$2
	shift 2
	usage_error "$name" "$message" at-listrepos "$@"
}
no_origin="isn't an origin such as https://host"
usage 'an operand' "-u allows no operands" -u "$url" x.test
usage 'a pattern' "-c: 'a.b.*' isn't an NSID such as app.bsky.feed.post" \
    -c 'a.b.*'
usage '--resume and two -c' '--resume allows at most one -c' \
	--resume 5 -c a.b.one -c a.b.two
usage '--resume and an operand' \
	'--resume allows no operands; give them cursor lines' --resume 5 x.test
usage 'no URL' "-u: 'x' $no_origin" -u x
usage 'plain http' 'http://x.test: plain http needs --allow-private' \
	-u http://x.test
usage '-n 0' "-n: '0' is too small, the minimum is 1" -n 0
run env ATPIPE_RELAY_URL=x at-listrepos
is 'a wrong ATPIPE_RELAY_URL' "$status $(head -n 1 err)" \
	"2 at-listrepos: ATPIPE_RELAY_URL: 'x' $no_origin"
rm -f x
echo "* * body='{\"repos\":[{\"did\":\"did:web:h%r.test\"}],\"cursor\":\"%r\"}'" |
	rules
run sh -c "{ at-listrepos --allow-private -u $url
	echo \$? >code; } | head -n 1"
is 'a reader that leaves' "$(cat code) $(cat err)" '141 '
is 'has its line' "$(jq -r .did out)" did:web:h1.test
if [ -w /dev/full ]; then
	run sh -c "at-listrepos --allow-private -u $url >/dev/full"
	is 'a full disk' "$status $(cat err)" \
		"2 at-listrepos: can't write: No space left on device"
else
	skip 'a full disk' 'no /dev/full'
fi
done_testing
