#!/bin/sh
# at-listhosts: the lines that it makes of a relay's pages
. "${0%/*}/lib/tap.sh"
. "$top/t/lib/net.sh"

start_faultyd -n 1
list=xrpc/com.atproto.sync.listHosts
first="$url/$list?limit=1000"

# list ARGUMENT...: with one try
list() {
	forget
	run at-listhosts --allow-private --retries 0 -u "$url" "$@"
}

# prints NAME STATUS: is the output, without times, equal to standard input?
prints() {
	sed 's/,"at":"20[0-9T:.-]*Z"//' out >got
	is "$1: status" "$status" "$2"
	same "$1" got
}

# host NAME...: the line of a host of which only the name is known
host() {
	printf '{"type":"host","host":"https://%s"}\n' "$@"
}
cursor() {
	printf '{"type":"cursor","service":"%s",' "$url"
	printf '"stream":"com.atproto.sync.listHosts","cursor":"%s"}\n' "$1"
}
# error INPUT NAME MESSAGE RETRY: the error line
error() {
	printf '{"type":"error","program":"at-listhosts","input":"%s",' "$1"
	printf '"error":"%s","message":"%s","retry":%s,' "$2" "$3" "$4"
	printf '"host":"%s"}\n' "$url"
}

# page NAME CURSOR HOST...: write a page; the cursor is JSON
page() {
	name=$1 cursor=$2
	shift 2
	printf '%s\n' "$@" | jq -Rnc --argjson cursor "$cursor" '{
	    cursor: $cursor, hosts: [inputs | select(. != "") |
	    {hostname: .}]}' | put "$name"
}

# pages
cat <<'END' | put $list/index
{"cursor":"2","hosts":[{"hostname":"a.test","seq":5,"accountCount":7,
"status":"active","more":[1]},{"hostname":"B.test","seq":-1,
"accountCount":1.5,"status":"a b"},{"hostname":"c.test","seq":"5",
"accountCount":9007199254740993,"status":["idle"]},{"seq":0,"status":"idle",
"hostname":"d.test","accountCount":0}]}
END
page $list/2 '"3"' a.test e.test A.test
page $list/3 '""' f.test
list
all() {
	cat <<-END
	{"type":"host","host":"https://a.test","status":"active","seq":5,$(:
	)"accounts":7}
	$(host b.test)
	$(host c.test)
	{"type":"host","host":"https://d.test","status":"idle","seq":0,$(:
	)"accounts":0}
	$(cursor 2)
	$(host e.test)
	$(cursor 3)
	$(host f.test)
	END
}
all >want
prints 'all pages' 0 <want
is 'no message' "$(cat err)" ''
is 'requests' "$(asked)" "0 200 /$list?limit=1000
0 200 /$list?limit=1000&cursor=2
0 200 /$list?limit=1000&cursor=3"
is 'at is now' "$(jq -r .at out | cut -c 1-10 | sort -u)" "$(date -u +%F)"
run env ATPIPE_RELAY_URL="$url" at-listhosts --allow-private
prints 'ATPIPE_RELAY_URL' 0 <want
list --resume 3
host f.test >want
prints '--resume' 0 <want
list --resume ''
all >want
prints '--resume with nothing' 0 <want
list -n 1
is '-n 1' "$status $(jq -r .host out) $(asked)" \
	"0 https://a.test 0 200 /$list?limit=1"
list -n 5
is '-n 5' "$(grep -c '"host"' out) $(asked | sed 's/.*limit=//' | tr '\n' ' ')" \
	'5 5 1&cursor=2 '

# names that need --allow-private, or can't be used
page $list/index '"2"' good.test 127.0.0.1 '[::1]:80' localhost \
	pds.local x.test:8443 https://good.test good.test/ 'a b.test' \
	user@x.test 'x.test?y' internal 8.8.8.8 good2.test localhost
page $list/2 null last.test localhost
run at-listhosts -q --retries 0 -u "$url"
is 'plain http' "$status $(head -n 1 err)" \
	"2 at-listhosts: $url: plain http needs --allow-private"
list
{
	host good.test
	printf '{"type":"host","host":"%s"}\n' http://127.0.0.1 'http://[::1]:80' |
		sed 's/:80"/"/'
	printf '{"type":"host","host":"%s"}\n' http://localhost \
		http://pds.local https://x.test:8443 http://internal \
		http://8.8.8.8
	host good2.test
	message="$first: not the name of a public host:"
	for name in https://good.test good.test/ 'a b.test' user@x.test \
	    'x.test?y'; do
		error "$name" BadAnswer "$message $name" false
	done
	cursor 2
	host last.test
} >want
prints '--allow-private' 1 <want
is 'messages' "$(wc -l <err)" 5
list -q
is '-q' "$status $(cat err)" '1 '

# wrong entries
for entry in null 5 '"x.test"' '[]' '{}' '{"hostname":5}' '{"hostname":""}' \
    '{"hostname":"a\u0000b"}'; do
	printf '%s' "{\"hosts\":[{\"hostname\":\"a.test\"},$entry,$(:
		){\"hostname\":\"b.test\"}]}" | put $list/index
	list
	{
		host a.test b.test
		error "$url" BadAnswer "$first: entries without a $(:
			)hostname: 1, for example $(printf '%s' "$entry" |
			sed 's/[\"]/\\&/g')" false
	} >want
	prints "an entry: $entry" 1 <want
done

# relays that answer something else, or never end
# answers BODY: every page is this
answers() {
	printf "* * type=application/json body='%s'\n" "$1" | rules
	list
}
answers '<html>'
error "$url" BadAnswer "$first: not a JSON object" false >want
prints 'no JSON' 1 <want
answers '{"repos":[]}'
error "$url" BadAnswer "$first: not a list of objects" false >want
prints 'another list' 1 <want
answers '{"hosts":[{"hostname":"a.test"}],"cursor":"x"}'
{
	host a.test
	cursor x
	error "$url" BadAnswer "$first&cursor=x: the cursor stays the same" \
		false
} >want
prints 'a cursor that stays the same' 1 <want
answers '{"hosts":[{"hostname":"a.test"}],"cursor":"%r"}'
is 'pages that repeat' "$status $(asked | wc -l) $(tail -n 1 out |
	jq -r .message)" "1 102 $first&cursor=101: 100 pages brought nothing new"
rules </dev/null
page $list/index '"2"' a.test
page $list/2 '"3"' b.test
page $list/3 '"2"' c.test
list
is 'a cursor that goes back' "$status $(asked | wc -l) $(grep -c '"host"' out)" \
	'1 104 4'
is 'a cursor that goes back: message' "$(tail -n 1 out | jq -r .message)" \
	"$first&cursor=2: 100 pages brought nothing new"

# faults on the way
page $list/3 null c.test
echo "* *cursor=2 times=1 status=429 retry-after=1" | rules
list
is 'a rate limit' "$status $(grep -c '"type":"host"' out) $(asked | wc -l)" '0 3 4'
echo "* *cursor=2 times=1 cut=20" | rules
run at-listhosts --allow-private --retries 1 --retry-delay 10ms -u "$url"
is 'a body that is cut' "$status $(grep -c '"type":"host"' out)" '0 3'
echo "* *cursor=2 cut=20" | rules
list
is 'a body that is always cut' "$status $(jq -r .type out | tr '\n' ' ')" \
	'1 host cursor error '
is 'it may come later' "$(tail -n 1 out | jq -c '[.input, .error, .retry]')" \
	"[\"$url\",\"ConnectionFailed\",true]"
rules </dev/null
at=$(jq -r 'select(.type == "cursor") | .cursor' out)
list --resume "$at"
is 'and goes on there' "$status $(jq -r '.host // empty' out | tr '\n' ' ')" \
	'0 https://b.test https://c.test '
jq -nc '{hosts: [range(60000) | {hostname: "a\(.).test", x: ("a" * 120)}]}' |
	put $list/index
list
error "$url" TooLarge "$first: answer of more than 8388608 bytes" false >want
prints 'too large' 1 <want
rm "$www/$list/index"
list
error "$url" RepoNotFound "$first: faultyd: RepoNotFound" false >want
prints 'a relay without the method' 1 <want

usage_error 'an operand' "unexpected operand 'x.test'; -u names the relay" \
	at-listhosts x.test
usage_error '-n 0' "-n: '0' is too small, the minimum is 1" at-listhosts -n 0
done_testing
