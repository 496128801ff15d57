#!/bin/sh
# at-listrecords: listings equal the CAR and resume at any cursor, and hosts
# that list wrongly
. "${0%/*}/lib/tap.sh"
. "$top/t/lib/net.sh"

a=did:plc:aaaaaaaaaaaaaaaaaaaaaaaa
b=did:plc:bbbbbbbbbbbbbbbbbbbbbbbb
rev=3m4xqkxkcac2a later=3m5xqkxkcac2a
list=com.atproto.repo.listRecords
post=app.bsky.feed.post follow=app.bsky.graph.follow

# listing ARGUMENT...
listing() {
	run at-listrecords --allow-private -u "$url" --retries 2 \
	    --retry-delay 10ms --stall 1s --max-wait 2s --delay 0 "$@"
}

# put_list DID CAR SIZE: write the pages of listRecords, the latest record
# first, SIZE records each. All but a collection's last page have a cursor.
put_list() {
	rm -rf "$www/xrpc/$list"
	at-carwalk "$2" | jq -nc --argjson n "$3" '
	    [inputs | select(.type == "record")] | group_by(.collection)[] |
	    reverse | . as $all | range(0; length; $n) as $i |
	    .[0].collection + (if $i > 0 then "," + .[$i - 1].rkey else "" end),
	    {records: [.[$i:$i + $n][] | {uri: ("at://\(.did)/\(.collection)/" +
	    .rkey), cid, value: .record}]} + (if $i + $n < ($all | length)
	    then {cursor: .[$i + $n - 1].rkey} else {} end)' >pages
	while read -r name && read -r page; do
		name=${name#\"}
		printf '%s\n' "$page" | put "xrpc/$list/$1,${name%\"}"
	done <pages
}

# page COLLECTION[,CURSOR]: print the file name of a page of $a
page() {
	echo "$www/xrpc/$list/$a,$1"
}

# records: print the record lines of standard input
records() {
	grep '^{"type":"record"'
}

# calls: print the requests since the last call, as "CODE CALL COLLECTION
# LIMIT"; of each collection, only the first page
calls() {
	asked | sed 's,/xrpc/[a-z.]*\.,,; s,/did:.*,document,
	    s/?did=.*//; s/?repo=[^&]*//; s/&collection=/ /; s/&limit=/ /
	    /&cursor/d; s/^[0-9]* //' | paste -sd , | sed 's/,/, /g'
	forget
}

# limits: print the limits of all pages, in order
limits() {
	asked | grep -o 'limit=[0-9]*' | uniq | cut -d = -f 2 | paste -sd ,
}

start_faultyd -n 2
other=http://127.0.0.1:${ports#* }
mkcar -n 100 -d $a -r $rev -K key >a.car
put_did $a "$url" "$(cat key)"
put_repo $a a.car
put_list $a a.car 10
at-carwalk a.car >walked
cursors=9 # 57, 31, 1 and 11 records
head=$(jq -r 'select(.type == "commit") | .cid' walked)
all='app.bsky.feed.like app.bsky.feed.post app.bsky.feed.threadgate'
all="$all $follow"
is 'the collections' "$(records <walked | jq -r .collection | uniq | xargs)" \
	"$all"

# all collections
exits 0 'all collections' listing $a
cp out whole
is 'stderr' "$(cat err)" ''
is 'asks' "$(calls)" "200 document, 200 getLatestCommit, 200 describeRepo, \
200 listRecords app.bsky.feed.like 100, \
200 listRecords app.bsky.feed.post 100, \
200 listRecords app.bsky.feed.threadgate 100, \
200 listRecords app.bsky.graph.follow 100"
records <walked | sed 's/"source":"car"/"source":"list"/' | sort >want
records <whole | sort >got
ok 'the records are those of the CAR' cmp got want
is 'in the order of collections' \
	"$(records <whole | jq -r .collection | uniq | xargs)" "$all"
jq -r 'objects | .records[] | .uri' pages >want
records <whole | jq -r '"at://\(.did)/\(.collection)/\(.rkey)"' >got
ok 'and of their pages' cmp got want
is 'a cursor after each page but the last of a collection' \
	"$(jq -r .type whole | uniq | xargs)" \
	"repo $(printf 'record cursor %.0s' $(seq $cursors))record end"
sed 's/,"at":"[^"]*"//; 1q' whole >got
same 'first what the host has' got <<END
{"type":"repo","did":"$a","rev":"$rev","head":"$head","active":true,$(:
)"host":"$url"}
END
counts=$(jq -c 'select(.type == "end") | .collections' walked)
tail -n 1 whole >got
same 'the end' got <<END
{"type":"end","did":"$a","rev":"$rev","collections":$counts,"errors":0,\
"filter":["app.bsky.feed.like","app.bsky.feed.post",\
"app.bsky.feed.threadgate","app.bsky.graph.follow"],"source":"list"}
END

# Each cursor line counts what came before it.
jq -nc --arg did $a '
    reduce inputs as $l ({counts: {}}; if $l.type == "record" then
    .counts[$l.collection] += 1 elif $l.type == "cursor" then
    .want += [{type: "cursor", $did,
    stream: "com.atproto.repo.listRecords", collection: $l.collection, rev: $l.rev,
    cursor: .last, counts}] else . end | if $l.type == "record" then
    .last = $l.rkey | .in = $l.collection else . end) | .want[]' whole >want
sed -n '/^{"type":"cursor"/s/,"at":"[^"]*"//p' whole >got
ok 'cursors count' cmp got want
is 'number' "$(wc -l <got)" $cursors

# A listing that resumes at any of them gives the rest.
grep -n '^{"type":"cursor"' whole | cut -d : -f 1 >places
while read -r n; do
	last=$n
	sed -n "${n}s/\"type\":\"cursor\",//p" whole >in
	exits 0 "from line $n" listing in
	sed "1,${n}d; s/,\"at\":\"[^\"]*\"//" whole >want
	sed 's/,"at":"[^"]*"//' out >got
	ok "from line $n: the rest and the end" cmp got want
done <places
ok 'from each cursor' test "$last" -gt 50
forget
put_repo $a a.car
jq -c ".rev = \"$later\"" "$www/xrpc/com.atproto.sync.getLatestCommit/$a" >x
put xrpc/com.atproto.sync.getLatestCommit/$a <x
listing in
is 'a later rev' "$(jq -r .rev out | uniq)" $rev
is "isn't asked for" "$(calls)" '200 document, 200 describeRepo'
jq -c '.type = "repo"' in >in2
exits 0 'a repo line goes on' listing in2
ok 'as well' cmp -s got out || diff got out | grep -v '"cursor"' | diag
exits 0 'without a cursor' listing $a
is 'it begins' "$(jq -r .rev out | uniq)" $later
jq -c 'del(.rev)' in >in2
exits 0 'without the rev' listing in2
is 'it begins, too' "$(jq -r .type out | sed 1q)" repo
grep '^{"type":"cursor"' whole >in2
exits 0 'cursor lines' listing in2
ok 'are copied' cmp in2 out
put_repo $a a.car
forget

# -c
exits 0 'a collection' listing -c $post $a
is 'needs no description' "$(calls)" \
	"200 document, 200 getLatestCommit, 200 listRecords $post 100"
jq -c "select(.type == \"record\" and .collection == \"$post\")" whole >want
records <out | jq -c . >got
ok 'its records' cmp got want
is 'the end' "$(tail -n 1 out | jq -c '[.collections,.filter]')" \
	"[{\"$post\":$(wc -l <want)},[\"$post\"]]"
exits 0 'a prefix' listing -c 'app.bsky.graph.*' $a
is 'needs one' "$(calls)" "200 document, 200 getLatestCommit, \
200 describeRepo, 200 listRecords $follow 100"
jq -c "select(.type == \"record\" and .collection == \"$follow\")" whole >want
records <out | jq -c . >got
ok 'its records' cmp got want
is 'the end' "$(tail -n 1 out | jq -c '[.collections,.filter]')" \
	"[{\"$follow\":$(wc -l <want)},[\"$follow\"]]"
exits 0 'both' listing -c 'app.bsky.graph.*' -c $post -c $follow $a
is 'in order' "$(calls | sed 's/.*describeRepo, //')" \
	"200 listRecords $post 100, 200 listRecords $follow 100"
is 'the end' "$(tail -n 1 out | jq -c .filter)" "[\"$post\",\"$follow\"]"
echo '{"records":[]}' | put "xrpc/$list/$a,com.example.none"
exits 0 'a collection without records' listing -c com.example.none $a
sed 1d out >got
same 'has an end' got <<END
{"type":"end","did":"$a","rev":"$rev","collections":{},"errors":0,\
"filter":["com.example.none"],"source":"list"}
END
exits 2 'no collection' listing -c 'x*' $a
is 'message' "$(sed 1q err)" "at-listrecords: -c: 'x*' is neither an NSID \
nor a prefix.*"

# an account without collections
echo "{\"did\":\"$b\",\"collections\":[]}" |
	put xrpc/com.atproto.repo.describeRepo/$b
echo "{\"cid\":\"$head\",\"rev\":\"$rev\"}" |
	put xrpc/com.atproto.sync.getLatestCommit/$b
put_did $b "$url"
exits 0 'no collections' listing $b
sed 1d out >got
same 'there is an end, too' got <<END
{"type":"end","did":"$b","rev":"$rev","collections":{},"errors":0,\
"filter":[],"source":"list"}
END

# --page and pages that are too large
forget
exits 0 '--page' listing --page 7 $a
is 'is the limit that the host gets' "$(limits)" 7
exits 2 '--page 0' listing --page 0 $a
exits 2 '--page 101' listing --page 101 $a
listing $a
sed 's/,"at":"[^"]*"//' out >want
# too_large NAME GLOB LIMITS
too_large() {
	rules <<-END
	* *listRecords*$2* endless
	END
	forget
	exits 0 "$1" listing $a
	is "$1: the limits" "$(limits)" "$3"
	sed 's/,"at":"[^"]*"//' out >got
	ok "$1: the same records" cmp got want
}
too_large 'a page too large' 'limit=100' 100,10
too_large 'the last one' 'follow&limit=100&cursor' 100,10
too_large 'larger still' 'limit=10' 100,10,1
rules <<'END'
* *listRecords* endless
END
forget
exits 1 'a record too large' listing -c $post --page 13 $a
is 'is an error' "$(tail -n 1 out | jq -c '[.error,.retry]')" \
	'["TooLarge",false]'
is 'the limits' "$(limits)" 13,1
rules </dev/null

# --delay: between the pages of one repo, other repos get their pages
rules <<'END'
* *listRecords*bbb* delay=100
END
put_repo $b a.car
sed "s/$a/$b/" "$www/xrpc/com.atproto.repo.describeRepo/$a" |
	put xrpc/com.atproto.repo.describeRepo/$b
for file in "$www/xrpc/$list/$a",*; do
	grep -q 'at:' "$file" || continue
	sed "s/$a/$b/g" "$file" >"$www/xrpc/$list/$b${file#*"$a"}"
done
printf '%s\n' $a $b >in
# turns: print how often the log changes between the two accounts
turns() {
	asked | grep listRecords | grep -o 'repo=did:plc:.' | uniq | wc -l
}
put_did $b "$other"
forget
exits 0 'no delay' listing -c $follow -c $post in
ok 'the slow host is last' test "$(turns)" -le 4
forget
exits 0 'a delay' listing -c $follow -c $post --delay 1500ms in
ok 'by turns' test "$(turns)" -ge 10
rules </dev/null
rm "$www/xrpc/$list/$b",*

# What a host says about a record is checked.
# edited JQ-FILTER: change the first page of posts
edited() {
	jq -c "$1" post.page >"$(page $post)"
}
cp "$(page $post)" post.page

# failed MESSAGE [CURSOR [ERROR [RETRY]]]: print the error line of a page;
# messages have at most 255 bytes
failed() {
	failed_url="$url/xrpc/$list?repo=$a&collection=$post&limit=100"
	printf '{"type":"error","program":"at-listrecords","did":"%s",' $a
	printf '"error":"%s","message":"%.255s","retry":%s,"host":"%s"}\n' \
	    "${3-BadAnswer}" "$failed_url${2:+&cursor=$2}: $1" "${4-false}" \
	    "$url"
}

# bad NAME MESSAGE JQ-FILTER: no record of the page is written
bad() {
	edited "$3"
	forget
	exits 1 "$1" listing -c $post $a
	sed '1d; s/,"at":"[^"]*"//' out >got
	failed "$2" >want
	same "$1: only its line" got <want
	is "$1: stderr" "$(cat err)" \
	    "at-listrecords: $(jq -r .message want)"
	is "$1: no further try" "$(asked | grep -c listRecords)" 1
}
uri=$(jq -r '.records[3].uri' "$(page $post)")
rkey=${uri##*/}
bad 'no list' 'not a list of objects' '.records = {}'
bad 'nothing' 'not a list of objects' '{}'
bad 'no object' 'not a JSON object' '[]'
# cut NAME SED-SCRIPT: break the structure of the page
cut_page() {
	jq -c . post.page | sed "$2" >"$(page $post)"
	exits 1 "$1" listing -c $post $a
	sed '1d; s/,"at":"[^"]*"//' out >got
	failed 'not a JSON object' >want
	same "$1: no record of it" got <want
}
cut_page 'a page that is cut' 's/.\{100\}$//'
cut_page 'a page without its end' 's/}$//'
cut_page 'a comma that is missing' 's/],"cursor/] "cursor/'
jq -c . post.page | sed 's/},{"uri"/} {"uri"/2' >"$(page $post)"
exits 1 'a list that goes wrong' listing -c $post $a
is 'its first records stay' "$(sed 1d out | jq -r '.error // .type' | xargs)" \
	'record record BadAnswer'

# edits NAME MESSAGE FILTER JQ-FILTER [SED-SCRIPT [FIELDS]]: JQ-FILTER and
# SED-SCRIPT change the page. The record's line is an error then, which FIELDS,
# as JSON, change; FILTER changes all lines.
edits() {
	jq -c "$4" post.page | sed "${5-}" >"$(page $post)"
	exits 1 "$1" listing -c $post $a
	is "$1: stderr" "$(cat err)" ''
	jq -c --arg key "$rkey" --arg message "$2" --argjson also "${6-{\}}" '
	    if .type == "record" and .rkey == $key then
	    {type: "error", program: "at-listrecords", did, rev, collection,
	    rkey, cid, error: "BadRecord", $message, retry: false,
	    source: "list"} + $also elif .type == "end" then .errors = 1
	    else . end | del(.at) | '"$3"' |
	    with_entries(select(.value != null))' whole | jq -cS . >want
	jq -cS 'del(.at)' out >got
	ok "$1: all lines" cmp got want || diff got want | diag
}

# An invalid entry costs only its own record.
# wrong NAME MESSAGE JQ-FILTER [SED-SCRIPT [FIELDS]]
wrong() {
	name=$1 message=$2
	shift 2
	edits "$name" "$message" . "$@"
}
edited .
listing -c $post $a
cp out whole
hash="the record doesn't have the hash of its CID"
wrong 'another value' "$hash" '.records[3].value.text = "x"'
wrong 'a field more' "$hash" '.records[3].value.x = 1'
wrong 'a value that is no object' "$hash" '.records[3].value = null'
wrong 'a float' 'JSON: float at byte 171' '.records[3].value.x = 1.5'
# Values that aren't JSON, or that the data model doesn't have
# no_json NAME MESSAGE VALUE
no_json() {
	wrong "$1" "$2" '.records[3].value = {x: "@@"}' "s/\"@@\"/$3/"
}
no_json 'a lone surrogate' 'JSON: bad escape' '"\\ud83d"'
no_json 'a bad escape' 'JSON: bad escape' '"\\x"'
no_json 'a control character' 'JSON: control character in string' '"	"'
no_json 'no UTF-8' 'JSON: not UTF-8' "\"$(printf '\377')\""
no_json 'a name that is no JSON' 'JSON: bad escape' '{"\\ud83d":1}'
no_json 'no number' 'JSON: bad number' 01.5
no_json 'two numbers' 'JSON: float at byte 8' 1.5.2
no_json 'no word' 'JSON: bad number' undefined
no_json 'a bracket of the wrong kind' \
	'JSON: want a comma or the end of a container' '[1}'
no_json 'an integer too large' \
	'JSON: integer beyond 64 signed bits at byte 24' 9223372036854775808
no_json 'a large float' 'JSON: float at byte 9' 1e99
deep=$(printf '%300s' '' | tr ' ' '[')$(printf '%300s' '' | tr ' ' ']')
no_json 'a value too deep' 'JSON: nested too deeply at byte 37' "$deep"
no_cid='the record or a valid CID of it is missing'
wrong 'no cid' "$no_cid" 'del(.records[3].cid)' '' '{"cid":null}'
wrong 'a cid that is none' "$no_cid" '.records[3].cid = "x"' '' '{"cid":null}'
wrong 'a cid of another type' "$no_cid" '.records[3].cid |= {link: .}' '' \
	'{"cid":null}'
wrong 'a cid that is no JSON' "$no_cid" '.records[3].cid = "@@"' \
	's/"@@"/"\\ud83d"/' '{"cid":null}'
wrong 'no value' "$no_cid" 'del(.records[3].value)'
wrong 'a wrong field beside' "$hash" \
	'.records[3] += {x: "@@", value: {}}' 's/"@@"/"\\q"/'
wrong 'a bad record key' 'bad record key' \
	".records[3].uri |= sub(\"$rkey\"; \"..\")" '' \
	"{\"error\":\"BadKey\",\"rkey\":\"..\",\"key\":\"$post/..\"}"

# If an entry doesn't say which record it is, its collection is incomplete.
# stray NAME MESSAGE JQ-FILTER [SED-SCRIPT [FIELDS]]
stray() {
	name=$1 message=$2
	shift 2
	edits "$name" "$message" 'if .type == "error" then del(.rkey)
	    elif .type == "end" then .filter = [] | .collections = {}
	    elif .type == "cursor" then .counts = {} else . end' "$@"
}
want="want at://$a/$post/rkey"
stray 'a uri of another account' "lists at://$b/$post/$rkey, $want" \
	".records[3].uri |= sub(\"$a\"; \"$b\")"
stray 'a uri of a handle' "lists at://alice.test/$post/$rkey, $want" \
	".records[3].uri |= sub(\"$a\"; \"alice.test\")"
stray 'a uri of another collection' "lists at://$a/$post.x/$rkey, $want" \
	'.records[3].uri |= sub("post"; "post.x")'
stray 'a uri without a record key' "lists at://$a/$post/, $want" \
	".records[3].uri |= sub(\"$rkey\"; \"\")"
stray 'a uri that goes on' "lists at://$a/$post/$rkey/x, $want" \
	'.records[3].uri += "/x"'
stray 'no uri' 'lists an entry without uri: {"x":1}' '.records[3] = {x: 1}' '' \
	'{"cid":null}'
stray 'a uri that is no JSON' 'lists an entry without uri: {"uri":"\ud83d"}' \
	'.records[3] = {uri: "@@"}' 's/"@@"/"\\ud83d"/' '{"cid":null}'
stray 'a uri of another type' 'lists an entry without uri: {"uri":5}' \
	'.records[3] = {uri: 5}' '' '{"cid":null}'
stray 'no record' 'lists an entry without uri: "x"' '.records[3] = "x"' '' \
	'{"cid":null}'
stray 'null' 'lists an entry without uri: null' '.records[3] = null' '' \
	'{"cid":null}'
grep '"cursor"' out | sed 1q | sed 's/"type":"cursor",//' >in
exits 0 'the rest' listing in
is "doesn't make it whole" "$(jq -c 'select(.type == "end") |
	[.filter, .collections["app.bsky.feed.post"]]' out)" \
	'[["app.bsky.feed.threadgate","app.bsky.graph.follow"],null]'
jq -c '.records = [range(101) | {uri: "x"}]' post.page >"$(page $post)"
exits 1 'more than the maximum' listing -c $post $a
is 'fail the collection' "$(sed 1d out | jq -r .error | uniq -c | xargs)" \
	'100 BadRecord 1 BadAnswer'
edited .

# A collection that fails doesn't stop the others.
listing $a
jq -c 'del(.at)' out >all
# one_failed NAME ERROR: the posts are missing, with an error instead
one_failed() {
	jq -c --arg post $post 'select(.collection != $post) |
	    if .type == "end" then .collections |= del(.[$post]) |
	    .filter -= [$post] elif .type == "cursor" then
	    .counts |= del(.[$post]) else . end' all >want
	grep -v '^{"type":"error"' out | jq -c 'del(.at)' >got
	ok "$1: the others" cmp got want || diff got want | diag
	jq -c 'select(.error) | del(.at, .message)' out >got
	same "$1: an error that names it" got <<-END
	{"type":"error","program":"at-listrecords","did":"$a","rev":"$rev",$(:
	)"collection":"$post","error":"$2","retry":${3-false},"host":"$url",$(:
	)"source":"list"}
	END
	is "$1: stderr" "$(cat err)" \
	    "at-listrecords: $(jq -r 'select(.error) | .message' out)"
	is "$1: in its place" "$(jq -r 'select(.type == "error") .collection //
	    empty, select(.type == "record") .collection' out | uniq | xargs)" \
	    "$all"
}
for error in InvalidRequest BlockNotFound; do
	rules <<-END
	* *listRecords*collection=$post&* error=$error
	END
	exits 1 "$error for a collection" listing $a
	one_failed "$error for a collection" $error
done
rules <<END
* *listRecords*collection=$post&* status=500
END
exits 1 'status 500 for a collection' listing $a
one_failed 'status 500 for a collection' HostError true
rules <<END
* *listRecords*collection=$post&* body='{"records":{}}'
END
exits 1 'no list for a collection' listing $a
one_failed 'no list for a collection' BadAnswer
rules <<END
* *listRecords*collection=$post&* endless
END
forget
exits 1 'a record too large' listing $a
one_failed 'a record too large' TooLarge
is 'the next collection has full pages' "$(limits)" 100,10,1,100
rules <<END
* *listRecords*collection=$post&* error=InvalidRequest
END
exits 1 'quietly' listing -q $a
is 'no message' "$(cat err)" ''
exits 1 'those of -c' listing -c $post -c $follow $a
is 'go on, too' "$(jq -c 'select(.type == "end") | .filter' out)" \
	"[\"$follow\"]"
exits 1 'the only one' listing -c $post $a
is 'fails the job' "$(sed 1d out | jq -c '[.type, .error, .collection]')" \
	'["error","InvalidRequest",null]'
rules <<'END'
* *listRecords* error=InvalidRequest
END
exits 1 'all of them' listing $a
is 'fail the job' "$(sed 1d out | jq -c '[.type, .error, .collection]')" \
	"$(for nsid in $all; do
		printf '["error","InvalidRequest","%s"]\n' "$nsid"
	done)
[\"error\",\"InvalidRequest\",null]"
rules <<END
* *listRecords*cursor* error=InvalidRequest
END
exits 1 'only the first pages' listing $a
is 'keep their records' "$(jq -r 'select(.type == "record") .collection' out |
	uniq -c | xargs)" "10 app.bsky.feed.like 10 $post \
1 app.bsky.feed.threadgate 10 $follow"
is 'and the one that is whole its end' "$(tail -n 1 out |
	jq -c '[.collections, .filter]')" '[{"app.bsky.feed.threadgate":1},["app.bsky.feed.threadgate"]]'
rules <<'END'
* *listRecords*follow* status=502
* *listRecords*threadgate* status=502
END
exits 1 'a host that is down' listing $a
is 'fails the job with the second' "$(jq -r 'select(.error) |
	"\(.error) \(.collection) \(.retry)"' out)" \
	'HostError app.bsky.feed.threadgate true
HostError null true'
rules <<'END'
* *listRecords*post* error=RepoTakendown
END
exits 1 'an account that is gone' listing $a
is 'fails the job immediately' "$(jq -r 'select(.error) |
	"\(.error) \(.collection)"' out)" 'RepoTakendown null'
rules </dev/null

# A database keeps the records that the listing didn't say are gone.
if command -v sqlite3 >/dev/null; then
	# loaded: print the counts and the states of the collections
	loaded() {
		sqlite3 whole.db "SELECT collection, count(*) FROM records
		    GROUP BY 1 ORDER BY 1; SELECT collection, status,
		    loaded_rev FROM import_states ORDER BY 1"
	}
	latest=xrpc/com.atproto.sync.getLatestCommit/$a
	listing $a
	cp out lines
	cp out first
	exits 0 'a whole listing' at-load whole.db lines
	loaded >before
	jq -c ".rev = \"$later\"" "$www/$latest" >x
	cp "$www/$latest" kept
	put $latest <x
	rules <<-END
	* *listRecords*collection=$post&* error=InvalidRequest
	END
	listing $a
	cp out lines
	exits 0 'a later one without a collection' at-load whole.db lines
	sed "s/completed|$rev/completed|$later/
	    s/$post|completed|.*/$post|failed|$rev/" before >want
	loaded >got
	same 'removes nothing, and its state says so' got <want
	rules </dev/null
	exits 0 'its job' at-status --failed whole.db
	cp out in
	is 'is there' "$(jq -r '"\(.did) \(.state) \(.error)"' in)" \
	    "$a failed InvalidRequest"
	exits 0 'another try' listing in
	cp out lines
	exits 0 'is loaded' at-load whole.db lines
	sed "s/completed|$rev/completed|$later/" before >want
	loaded >got
	same 'and makes up for it' got <want
	rm whole.db
	at-load whole.db first
	jq -c '.records[3].uri |= sub("did:plc:a*"; "alice.test")' post.page \
		>"$(page $post)"
	listing $a
	cp out lines
	exits 1 'a record whose key is not known' at-load whole.db lines
	is 'removes nothing' "$(loaded | sed 4q)" "$(sed 4q before)"
	is 'and its state says so' "$(loaded | grep "$post|[a-z]")" \
	    "$post|in_progress|$rev"
	edited .
	put $latest <kept
else
	skip 'a database' 'no sqlite3'
fi

# A name that isn't a collection doesn't stop the others; null means no
# collections.
# describes COLLECTIONS: as JSON, for $b, which has no records
echo '{"records":null}' | put "xrpc/$list/$b,com.example.one"
echo '{"records":null,"cursor":null}' | put "xrpc/$list/$b,com.example.two"
put_did $b "$url"
describes() {
	echo "{\"did\":\"$b\",\"handle\":\"\\ud83d\",\"collections\":$1}" |
		put xrpc/com.atproto.repo.describeRepo/$b
}
describes "$(printf '%s' '["com.example.one",5,"x y",{"z":["com.example.no"]},' \
	'"\ud83d","com.example.two"]')"
exits 1 'names that are no collections' listing $b
sed '1d; s/,"at":"[^"]*"//' out >got
{
	while IFS= read -r name; do
		printf '{"type":"error","program":"at-listrecords","did":"%s",' $b
		printf '"rev":"%s","collection":"","rkey":"","key":"%s",' $rev "$name"
		printf '"error":"BadKey","message":"lists the collection %s, ' "$name"
		printf 'which is not an NSID","retry":false,"host":"%s",' "$url"
		printf '"source":"list"}\n'
	done <<-'END'
	5
	\"x y\"
	{\"z\":[\"com.example.no\"]}
	\"\\ud83d\"
	END
	printf '{"type":"end","did":"%s","rev":"%s","collections":{},' $b $rev
	printf '"errors":0,"filter":["com.example.one","com.example.two"],'
	printf '"source":"list"}\n'
} >want
same 'messages' got <want
describes null
exits 0 'no collections' listing $b
is 'null means no collections' "$(sed 1d out | jq -c '[.type, .filter]')" '["end",[]]'
describes 5
exits 1 'a number' listing $b
is 'is not an answer' "$(tail -n 1 out | jq -r .error)" BadAnswer
describes "[$(seq -s , 101)]"
exits 1 'many of them' listing $b
is 'are no answer' "$(sed 1d out | jq -r '[.type, .error] | join(" ")')" \
	'error BadAnswer'

# A record that comes twice has one line, and counts once.
second=$(page "$post,$(jq -r .cursor post.page)")
jq -c --slurpfile first post.page \
	'.records = [$first[0].records[2]] + .records + .records[:2]' \
	"$second" >x
cp "$second" second.page
cp x "$second"
exits 0 'duplicates' listing -c $post $a
jq -c 'del(.at)' whole >want
jq -c 'del(.at)' out >got
ok 'come once' cmp got want || diff got want | diag

# An empty page with a cursor isn't the last one.
cursor=$(jq -r .cursor post.page)
jq -c '.records = [] | .cursor = "x y&z=\u00e9/+%41?"' post.page >"$second"
cp second.page "$(page "$post,x y&z=é_+%41?")"
forget
exits 0 'an empty page' listing -c $post $a
is 'the host gets its cursor as it was' "$(asked | grep -c \
	'&cursor=x%20y%26z%3D%C3%A9%2F%2B%2541%3F$')" 1
records <whole >want
records <out >got
ok "isn't the last" cmp got want
jq -c '.cursor = ""' post.page >"$(page $post)"
exits 0 'an empty cursor' listing -c $post $a
is 'is the end' "$(tail -n 1 out | jq -c .collections)" "{\"$post\":10}"
jq -c '.cursor = null' post.page >"$(page $post)"
exits 0 'null' listing -c $post $a
is 'as well' "$(tail -n 1 out | jq -c .collections)" "{\"$post\":10}"
edited .

# A number is a cursor, too.
jq -c '.cursor = 12345678901234567890' post.page |
	sed 's/"cursor":[^}]*}$/"cursor":12345678901234567890}/' >"$(page $post)"
cp second.page "$(page $post,12345678901234567890)"
forget
exits 0 'a cursor that is a number' listing -c $post $a
is 'the host gets its digits' "$(asked |
	grep -c '&cursor=12345678901234567890$')" 1
records <whole >want
records <out >got
ok 'all records' cmp got want
for cursor in true '["x"]' 1.5; do
	jq -c . post.page | sed "s/\"cursor\":[^}]*}$/\"cursor\":$cursor}/" \
		>"$(page $post)"
	exits 1 "a cursor $cursor" listing -c $post $a
	{
		sed '/"cursor"/q' whole | sed '1d; $d' | jq -c .
		failed 'the cursor is not a string'
	} >want
	sed 1d out | jq -c 'del(.at)' >got
	same "a cursor $cursor: the records stay" got <want
done
cursor=$(jq -r .cursor post.page)
edited .

# endless cursors
sed '/"end"/d' whole | sed -n '1,/"cursor"/p' | jq -c 'del(.at)' >first
jq -c --arg cursor "$cursor" '.cursor = $cursor' second.page >"$second"
exits 1 'the same cursor again' listing -c $post $a
{
	cat first
	records <whole | sed -n 11,20p | jq -c .
	failed 'the cursor stays the same' "$cursor"
} >want
jq -c 'del(.at)' out >got
same 'is an error' got <want
forget
cp second.page "$second"
rules <<END
* *listRecords*cursor=$cursor body='{"records":[],"cursor":"x%r"}'
* *listRecords*cursor=x* times=120 body='{"records":[],"cursor":"y%r"}'
* *listRecords*cursor=y* times=120 body='{"records":[],"cursor":"x%r0"}'
END
exits 1 'pages without end' listing -c $post $a
is 'are an error' "$(tail -n 1 out | jq -c '[.error,.retry]')" \
	'["BadAnswer",false]'
is 'that says why' "$(tail -n 1 out | jq -r .message |
	grep -c ': 100 pages brought nothing new$')" 1
is 'after this number' "$(asked | grep -c listRecords)" 102
rules <<END
* *listRecords*cursor=$cursor file=xrpc/$list/$a,$post
END
exits 1 'the first page again' listing -c $post $a
is 'is an error' "$(tail -n 1 out | jq -r .message |
	grep -c ': the cursor stays the same$')" 1
rules </dev/null

# The host fails in the middle: the records so far count, and the listing
# resumes there.
rules <<END
* *listRecords*cursor=$cursor status=502
END
forget
exits 1 'half a listing' listing -c $post $a
failed 'HTTP status 502' "$cursor" HostError true | cat first - >want
jq -c 'del(.at)' out >got
same 'what came and an error' got <want
is 'after three tries' "$(asked | grep -c "502 .*cursor=$cursor")" 3
rules </dev/null
if command -v sqlite3 >/dev/null; then
	sql() {
		sqlite3 x.db "$@"
	}
	cp out half
	exits 1 'half a listing can be loaded' at-load x.db half
	is 'and is not complete' "$(sql 'SELECT collection, status, loaded_rev
		FROM import_states')" "*|failed|
$post|in_progress|"
	is 'as at-load says' "$(cat err)" \
	    "at-load: $a: listing of rev $rev in progress: \
10 records and no end"
	is 'its records' "$(sql 'SELECT count(*) FROM records')" 10
	at-status x.db >in
	exits 0 'at-status has the place to resume' listing -c $post in
	cp out rest
	exits 0 'the rest' at-load x.db rest
	is 'completes it' "$(sql 'SELECT collection, status, loaded_rev
		FROM import_states')" "$post|completed|$rev"
	records <whole | jq -r .rkey | sort >want
	sql 'SELECT rkey FROM records' | sort >got
	ok 'its records' cmp got want
else
	skip 'half a listing' 'no sqlite3'
fi
grep '"cursor"' half | tail -n 1 | sed 's/"type":"cursor",//' >in
exits 0 'from its last cursor' listing -c $post in
records <half | cat - out | grep '^{"type":"record"\|^{"type":"end"' >got
grep '^{"type":"record"\|^{"type":"end"' whole >want
ok 'it is whole, too' cmp got want

# a moved host
echo "{\"did\":\"$a\",\"pds\":\"$other\"}" >in
rules <<'END'
1 * error=RepoNotFound
END
forget
exits 0 'a moved host' listing -c $post in
jq -c 'del(.at)' whole >want
jq -c 'del(.at)' out >both
sed 1d both >got
ok 'is found' cmp got want
is 'an identity says where' "$(jq -c 'select(.type == "identity") | [.did,.pds]' \
	out)" "[\"$a\",\"$url\"]"
is 'in the document' "$(calls)" \
	"400 getLatestCommit, 200 document, 200 getLatestCommit, \
200 listRecords $post 100"
rules <<'END'
1 * after=2 error=RepoNotFound
END
exits 0 'moved in the middle' listing -c $post in
# If a host fails, its first answer counts.
sed "s,\"host\":\"$url\",\"host\":\"$other\"," first >want2
sed -n 1p both | cat - want >>want2
jq -c 'del(.at)' out >got
ok 'it begins anew' cmp got want2 || diff got want2 | diag
rules </dev/null
for error in RepoNotFound RepoTakendown RepoSuspended RepoDeactivated; do
	rules <<-END
	* /xrpc/* error=$error
	END
	exits 1 $error listing $a
	is "$error: its line" "$(jq -c '[.did,.error,.retry]' out)" \
	    "[\"$a\",\"$error\",false]"
done
rules </dev/null

stop_faultyd
done_testing
