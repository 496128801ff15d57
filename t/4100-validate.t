#!/bin/sh
# at-validate: options, and the result for each kind of line
. "${0%/*}/lib/tap.sh"

command -v jq >/dev/null || skip_all "no jq"
lexicons=$data/lexicons
did=did:plc:h2qnjxmcrp5pdohnb2y5psjt
cid=bafyreic5q3b3mkijzjocv5kihmsw6cabrzitkwjkdenfufp2aqz25ewkyi

# line COLLECTION RKEY RECORD [MORE]: print a record line, as the programs write
# it
line() {
	printf '{"type":"record","did":"%s","rev":"3n2u2zkhk4q2y",' $did
	printf '"collection":"%s","rkey":"%s","action":"create",' "$1" "$2"
	printf '"source":"car","cid":"%s","record":%s%s}\n' $cid "$3" "${4-}"
}

like=app.bsky.feed.like post=app.bsky.feed.post tid=3n2u2zk47r22y
uri=at://did:plc:5zygyqmlzortndni5lr4lcqe/app.bsky.feed.post/3n2u2zdjljk2y
now=2026-01-01T00:00:00.000Z
good="{\"\$type\":\"$like\",\"subject\":{\"cid\":\"$cid\",\"uri\":\"$uri\"},\"createdAt\":\"$now\"}"
bad="{\"\$type\":\"$like\",\"subject\":{\"cid\":\"$cid\",\"uri\":3},\"createdAt\":\"now\"}"
problems='[{"path":"/subject/uri","rule":"type","message":"have a number, want a string"},{"path":"/createdAt","rule":"format","message":"not a valid datetime"}]'

# error COLLECTION RKEY MESSAGE RECORD PROBLEMS [MORE]: print the line of an
# invalid record, without `at`
error() {
	printf '{"type":"error","program":"at-validate","did":"%s",' $did
	printf '"rev":"3n2u2zkhk4q2y","collection":"%s","rkey":"%s",' "$1" "$2"
	printf '"action":"create","cid":"%s","error":"InvalidRecord",' $cid
	printf '"message":"%s",' "$3"
	printf '"retry":false,"source":"car","record":%s,' "$4"
	printf '"problems":%s%s}\n' "$5" "${6-}"
}

# validate OPTION...: check the file in; the output goes to out, without the
# times of errors
validate() {
	run at-validate -l "$lexicons" "$@" in
	sed '/^{"type":"error","program":"at-validate"/s/,"at":"20[0-9T:.-]*Z"//' \
	    out >out.new && mv out.new out
}

# becomes NAME STATUS OPTION...: the output for in is standard input
becomes() {
	becomes_name=$1 becomes_status=$2
	shift 2
	validate "$@"
	is "$becomes_name: status" "$status" "$becomes_status"
	same "$becomes_name" out
}

# copied NAME STATUS OPTION...: the output equals in
copied() {
	copied_name=$1 copied_status=$2
	shift 2
	validate "$@"
	is "$copied_name: status" "$status" "$copied_status"
	ok "$copied_name: is copied" cmp in out
}

# rules: print the rules of the problems of all lines of out
rules() {
	jq -r '.problems[]? | .rule' out | sort | tr '\n' ' '
}

# valid and invalid
line $like $tid "$good" >in
copied 'a valid record' 0
ok 'no message' test ! -s err
line $like $tid "$bad" >in
becomes 'an invalid record' 1 <<EOT
$(error $like $tid '/subject/uri: have a number, want a string, and 1 more' \
    "$bad" "$problems")
EOT
ok 'no message' test ! -s err
run at-validate -l "$lexicons" in
ok 'its time is one' sh -c 'jq -r .at out |
    grep -q "^20..-..-..T..:..:..\....Z$"'
validate --invalid=error
ok '--invalid=error is the default' \
    test "$(jq -r .error out)" = InvalidRecord
becomes '--invalid=pass' 1 --invalid=pass <<EOT
$(line $like $tid "$bad" ",\"problems\":$problems")
EOT
run at-validate -v -l "$lexicons" in
same '-v names the record' err <<EOT
at-validate: in: line 1: $like/$tid: /subject/uri: have a number, want a string, and 1 more
EOT

# further fields
line $like $tid "$good" ',"shelf":{"a":[1.5]}' >in
copied 'a valid one with more fields' 0
line $like $tid "$bad" ',"shelf":{"a":[1.5]},"message":"x"' >in
becomes 'an invalid one with more fields' 1 <<EOT
$(error $like $tid '/subject/uri: have a number, want a string, and 1 more' \
    "$bad" "$problems" ',"shelf":{"a":[1.5]}')
EOT
becomes '--invalid=pass: they stay' 1 --invalid=pass <<EOT
$(line $like $tid "$bad" \
    ",\"shelf\":{\"a\":[1.5]},\"message\":\"x\",\"problems\":$problems")
EOT
mv out in
becomes 'and again: the problems are new' 1 --invalid=pass <in
line $like $tid "$bad" ',"problems":[1],"x":2 ' >in
becomes 'problems in the middle' 1 --invalid=pass <<EOT
$(line $like $tid "$bad" ",\"x\":2,\"problems\":$problems")
EOT
line $like $tid "$good" ',"problems":[1]' >in
copied 'a valid one with problems' 0 --invalid=pass

# another order, white space and escapes
printf '%s' '{"record": ' "$good" ', "type":"\u0072ecord", "rkey": "' $tid '",' \
    '"did":"' $did '" ,"collection":"app.bsky.feed.lik\u0065",' \
    '"cid":"' $cid '","rev":"3n2u2zkhk4q2y" } ' >in
echo >>in
copied 'another order' 0
sed 's/"uri":"[^"]*"/"uri":"\\u0061t:\/\/x"/' in >in.new && mv in.new in
validate
is 'another order, invalid: status' "$status" 1
is 'another order, invalid' "$(jq -r \
    '[.did, .rev, .collection, .rkey, .cid, .source, .problems[].rule] |
    map(tostring) | join(" ")' out)" \
    "$did 3n2u2zkhk4q2y $like $tid $cid null format"

# lines that aren't records to check
cat >in <<EOT
{"type":"identity","did":"$did","handle":"x","handleStatus":"valid"}
{"type":"commit","did":"$did","rev":"3n2u2zkhk4q2y","cid":"$cid","records":3}
{"type":"record","did":"$did","rev":"3n2u2zkhk4q2y","collection":"$like","rkey":"$tid","action":"delete","source":"live"}
{ "type" : "repo", "did":"$did", "n": 1.50e+1, "s":"\u00e4\/" }
{"type":"error","did":"$did","rev":"3n2u2zkhk4q2y","collection":"$like","rkey":"$tid","error":"BadRecord","record":{"\$bytes":"AA"}}
{"type":"end","did":"$did","rev":"3n2u2zkhk4q2y","collections":{"$like":1},"errors":0}
{"type":"cursor","service":"https://x","cursor":"1"}
{"type":"account","did":"$did"}
{"type":"later","did":3}
{"type":"end","did":3,"did":null,"collections":"none","rev":"zzz"}

   
EOT
copied 'other types, deletions and blank lines' 0
copied 'whatever the mode' 0 -m required --invalid=pass --lenient
printf '{"type":"later"}' >in
validate
is 'a last line without LF gets one' "$(wc -c <out)" 17

# Bad lines are reported, and an error replaces each. A line that isn't JSON at
# all is copied.
{
	echo '{"type":"record"}'
	line $like $tid "$good"
	echo 'not JSON'
	line $like $tid "$good" | sed 's/}$//'
	line $like $tid "$good" ' x'
	line $like 'no key' "$good"
	line $like $tid '[]'
	line $like $tid "$good" ",\"rkey\":\"$tid\""
	echo '{"a":1}'
	echo '{"type":5}'
	echo '{"type":"end","did":"x"'
	line $like $tid "$good" | sed 's/"create"/["delete"]/'
	line $like $tid "$good"
} >in
exits 1 'bad lines' at-validate -l "$lexicons" in
jq -R -r '(fromjson? | if .type == "error" then [.input, .error, .message] |
    join("|") else .type end) // .' out >got
same 'bad lines: each has its error' got <<'EOT'
line 1|BadLine|line 1: no did
record
not JSON
line 4|BadLine|line 4: JSON: text without end
line 5|BadLine|line 5: JSON: want a comma or the end of a container
line 6|BadLine|line 6: rkey is not a record key: no key
line 7|BadLine|line 7: record is not an object
line 8|BadLine|line 8: rkey twice
line 9|BadLine|line 9: no type
line 10|BadLine|line 10: type is not a string
line 11|BadLine|line 11: JSON: text without end
line 12|BadLine|line 12: action is not create, update or delete
record
EOT
same 'bad lines: each is named' err <<'EOT'
at-validate: in: line 1: no did
at-validate: in: line 3: not a JSON object
at-validate: in: line 4: JSON: text without end
at-validate: in: line 5: JSON: want a comma or the end of a container
at-validate: in: line 6: rkey is not a record key: no key
at-validate: in: line 7: record is not an object
at-validate: in: line 8: rkey twice
at-validate: in: line 9: no type
at-validate: in: line 10: type is not a string
at-validate: in: line 11: JSON: text without end
at-validate: in: line 12: action is not create, update or delete
EOT
exits 1 'bad lines, quietly' at-validate -q -l "$lexicons" in
ok 'no message' test ! -s err

# modes
{ line com.example.x $tid '{"a":1}'; line com.example.x.y z '{}'; } >in
copied 'no lexicon' 0
copied '-m optimistic' 0 -m optimistic
becomes '-m required' 1 --mode required <<EOT
$(error com.example.x $tid 'no lexicon for this collection' '{"a":1}' \
    '[{"path":"","rule":"unknown","message":"no lexicon for this collection"}]')
$(error com.example.x.y z 'no lexicon for this collection' '{}' \
    '[{"path":"","rule":"unknown","message":"no lexicon for this collection"}]')
EOT
line com.example.x $tid '{"a":1' >in
for mode in optimistic required; do
	exits 1 "no lexicon, no JSON, $mode" \
	    at-validate -m $mode -l "$lexicons" in
	is 'is an error' "$(jq -r '.error, .message' out)" \
	    "BadLine
line 1: JSON: text without end"
done
exits 1 'no JSON, of a collection not asked for' \
    at-validate -c com.example.y -l "$lexicons" in
is 'is an error' "$(jq -r .error out)" BadLine
mkdir part && cp "$lexicons/app/bsky/feed/like.json" part
line $like $tid "$good" >in
exits 0 'a reference to what is not there' at-validate --summary -l part in
is 'is counted' "$(awk 'NR == 2 { print $2, $3, $4, $5 }' err)" '1 0 1 0'
exits 1 '-m required wants that too' at-validate -m required -l part in
is 'and says so' "$(rules)" 'unknown '

# --lenient
{
	line $like $tid "$(echo "$good" | sed 's/00.000Z/00.000/')"
	line app.bsky.actor.profile self "{\"\$type\":\"app.bsky.actor.profile\",\"avatar\":{\"cid\":\"$cid\",\"mimeType\":\"image/png\"}}"
} >in
validate
is 'old data' "$(rules)" 'format type '
copied 'old data, --lenient' 0 --lenient
sed 's/26-01-01T/26-13-01T/; s/png/gif/' in >in.new && mv in.new in
validate --lenient
is 'not everything passes' "$(rules)" 'accept format '

# -c
{
	line $like $tid "$bad"
	line $post $tid "{\"\$type\":\"$post\"}"
	line com.example.x $tid "{\"\$type\":\"$post\"}"
} >in
validate -c $post -m required
is '-c: only that collection is checked' \
    "$(jq -r '.type + " " + .collection' out | tr '\n' ,)" \
    "record $like,error $post,record com.example.x,"
is '-c: all that is missing' "$(rules)" 'required required '
validate -c 'app.bsky.*' --collection com.example.y
is '-c with a prefix, twice' "$(jq -r .type out | tr '\n' ,)" \
    'error,error,record,'
copied '-c of none of them' 0 -c com.example.y

# --summary
{
	line $post $tid "{\"\$type\":\"$post\",\"text\":1}"
	line $like $tid "$good"
	line $like $tid "$bad"
	line $like self "$bad"
	line $like $tid "$good"
	line com.example.x $tid '{"a":1}'
} >in
validate --summary
same '--summary' err <<'EOT'
collection              valid    invalid    in part no lexicon  rules broken
app.bsky.feed.like          2          2          0          0  type 2, format 2, recordKey 1
app.bsky.feed.post          0          1          0          0  type 1, required 1
com.example.x               0          0          0          1
all                         2          3          0          1  type 3, required 1, format 2, recordKey 1
EOT
validate --summary -c $like
is '--summary with -c' "$(awk '{ print $1 }' err | tr '\n' ' ')" \
    'collection app.bsky.feed.like '
exits 0 '--summary of nothing' at-validate --summary -l "$lexicons" /dev/null
is 'is a table, too' "$(awk '/^all/ { print $2, $3 }' err)" '0 0'

# The summary distinguishes ten thousand collections, and no more.
i=0
while [ $i -lt 10002 ]; do
	i=$((i + 1))
	echo com.example.c$i
done | while read -r c; do
	line "$c" k '{}'
done >in
validate --summary
is 'many collections' "$(wc -l <err)" 10003
is 'and others' "$(awk '/^others/ { print $5 }' err)" 2

# record keys
line $like self "$good" >in
validate
is 'a record key that is not a TID' "$(rules)" 'recordKey '
line app.bsky.actor.profile other "{\"\$type\":\"app.bsky.actor.profile\"}" >in
validate
is 'a record key that is not self' "$(rules)" 'recordKey '
line app.bsky.actor.profile self "{\"\$type\":\"$like\"}" >in
validate
is 'a type that is not the collection' "$(rules)" 'recordType '

# Graphemes: conjuncts, sequences of emoji, flags, Hangul.
profile() {
	line app.bsky.actor.profile self \
	    "{\"\$type\":\"app.bsky.actor.profile\",\"displayName\":\"$1\"}"
}
for grapheme in क्ष ক্ষ ക്ഷ 'क्‍ष' 👩‍👩‍👧‍👦 🇩🇪 '각' 'é' '\r\n'; do
	four=$grapheme$grapheme$grapheme$grapheme
	full=$four$four$four$four$four$(head -c 44 /dev/zero | tr '\0' x)
	profile "$full" >in
	copied "20 of $grapheme and 44 others" 0
	profile "${full}x" >in
	validate
	is "20 of $grapheme and 45 others" "$(rules)" 'maxGraphemes '
done
profile "$(head -c 63 /dev/zero | tr '\0' x)क्x" >in
validate
is 'a virama at the end joins nothing else' "$(rules)" 'maxGraphemes '

# All problems, up to a limit.
tags=$(i=0; while [ $i -lt 300 ]; do i=$((i + 1)); printf '%d,' $i; done)
line $post $tid "{\"\$type\":\"$post\",\"text\":\"\",\"createdAt\":\"$now\",\"tags\":[${tags%,}]}" >in
validate
is 'many problems: those that are listed' "$(jq '.problems | length' out)" 100
is 'many problems: the rest is counted' \
    "$(jq -r '.message | sub(".*and "; "")' out)" '300 more'
is 'their place' "$(jq -r '.problems[7].path' out)" /tags/7

# very long lines
long=$(head -c 2900 /dev/zero | tr '\0' x)
line $post $tid "{\"\$type\":\"$post\",\"text\":\"$long\",\"createdAt\":\"$now\"}" \
    >in
validate
is 'a long text' "$(rules)" 'maxGraphemes '
{
	line $post $tid "{\"\$type\":\"$post\",\"createdAt\":\"$now\",\"x\":\"" |
		sed 's/}$//' | tr -d '\n'
	head -c 16776850 /dev/zero | tr '\0' x
	echo '","text":""}}'
} >in
ok 'a line of almost 16 MiB' test "$(wc -c <in)" -gt 16777150
copied 'is copied' 0
sed 's/"text":""/"text":3/' in >in.new && mv in.new in
validate
is 'if it is invalid: status' "$status" 1
ok 'its error line is at most as long as a line' test "$(wc -c <out)" -le 16777217
is 'and has no record' "$(jq -c '[.error, .record, .problems[].rule]' out)" \
    '["InvalidRecord",null,"type"]'
validate --invalid=pass
is '--invalid=pass: the same' "$(jq -c '[.error, .record]' out)" \
    '["InvalidRecord",null]'
{
	line $like $tid "$good"
	head -c 17000000 /dev/zero | tr '\0' x
	echo
	line $like $tid "$good"
} >in
becomes 'a line that is too long' 1 <<EOT
$(line $like $tid "$good")
{"type":"error","program":"at-validate","input":"in","error":"TooLarge","message":"line 2: line of more than 16777216 bytes","retry":false}
$(line $like $tid "$good")
EOT
same 'is named' err <<'EOT'
at-validate: in: line 2: line of more than 16777216 bytes
EOT
line $like $tid "$(head -c 400 /dev/zero | tr '\0' '[')" >in
exits 1 'very deep' at-validate -l "$lexicons" in
is 'is an error' "$(jq -r .error,.message out)" 'BadLine
line 1: JSON: nested too deeply'

# inputs
line $like $tid "$good" >in
run sh -c 'at-validate -l "$1" <in' sh "$lexicons"
ok 'standard input' cmp in out
run sh -c 'at-validate -l "$1" in - in <in' sh "$lexicons"
is 'files and standard input' "$(wc -l <out)" 3
run sh -c 'at-validate -l "$1" </dev/null' sh "$lexicons"
is 'no input: status' "$status" 0
is 'no input: no output' "$(cat out err)" ''
exits 1 'a file that is not there' at-validate -l "$lexicons" gone in
is 'has its error line' "$(jq -c '[.type, .input, .error]' out | head -n 1)" \
    '["error","gone","Unreadable"]'
same 'is named' err <<'EOT'
at-validate: gone: can't open: No such file or directory
EOT
is 'and the next goes on' "$(tail -n 1 out)" "$(cat in)"
run sh -c 'at-validate -l "$1" <&-' sh "$lexicons"
is 'standard input is closed: status' "$status" 1
mkcar -n 3000 | at-carwalk >many
run sh -c '{ at-validate -l "$1" many many; echo $? >code; } | head -n 1' sh \
    "$lexicons"
is 'head: ended by the signal' "$(cat code)" 141
ok 'head: quietly' test ! -s err
if [ -w /dev/full ]; then
	run sh -c 'at-validate --summary -l "$1" in >/dev/full' sh "$lexicons"
	is 'a full disk: status' "$status" 2
	same 'a full disk: one line' err <<-'EOT'
	at-validate: can't write: No space left on device
	EOT
else
	skip 'a full disk' 'no /dev/full'
fi
exits 0 'many records' at-validate -l "$lexicons" many
ok 'are copied' cmp many out
exits 0 '--progress' at-validate -p -l "$lexicons" many
ok 'says how many' grep -q '3002 done' err

# When the input pauses, the lines so far are written.
mkfifo pipe
at-validate -l "$lexicons" <pipe >passed &
exec 3>pipe
cat in >&3
wait_for 'the first line' test -s passed
ok 'a line comes out before input ends' cmp in passed
exec 3>&-
wait

# usage
# misuse NAME MESSAGE ARGUMENT...
misuse() {
	name=$1 message=$2
	shift 2
	usage_error "$name" "$message" at-validate "$@"
}
misuse 'no lexicons' 'no lexicons are named (-l)' in
misuse 'a mode' "-m: 'off' is neither optimistic nor required" -l x -m off in
misuse '--invalid' "--invalid: 'drop' is neither error nor pass" \
    --invalid=drop in
misuse '-c' "-c: 'app' is neither an NSID nor a prefix.*" -c app in
misuse 'an option' "unknown option '--lexcons'; did you mean '--lexicons'?" \
    --lexcons x in
misuse 'no argument' "option '-l' needs an argument" in -l
misuse 'an argument' "option '--lenient=1' takes no argument" --lenient=1

# For at-load, an invalid record counts as a key of its repo, without a record.
if command -v sqlite3 >/dev/null; then
	cat >records <<-EOT
	$like/$tid $bad
	$post/$tid {"\$type":"$post","text":"","createdAt":"$now"}
	EOT
	mkcar -n 20 -R records >x.car
	at-carwalk x.car >walked
	is 'a repo with an invalid record' "$(wc -l <walked)" 24
	run sh -c 'at-validate -l "$1" walked | at-load x.db' sh "$lexicons"
	is 'is loaded: status' "$status" 0
	ok 'is loaded: nothing is open' test ! -s err
	is 'is complete' "$(sqlite3 x.db \
	    'SELECT collection, status, records_synced FROM import_states')" \
	    '*|completed|21'
	is 'its record is in errors' "$(sqlite3 x.db \
	    'SELECT collection, rkey, error FROM errors')" \
	    "$like|$tid|InvalidRecord"
	is 'and not in records' "$(sqlite3 x.db 'SELECT count(*) FROM records
	    WHERE rkey = '"'$tid'")" 1
	mkcar -n 20 -R records | at-carwalk | at-load y.db
	run sh -c 'at-validate -l "$1" walked | at-load y.db' sh "$lexicons"
	is 'a loaded one is not loaded again' "$(sqlite3 y.db \
	    'SELECT count(*) FROM errors')" 0
else
	skip 'at-load' 'no sqlite3'
fi

# The cid is checked, whatever the record is.
line $like $tid "$good" | sed 's/"cid":"[^"]*","record"/"cid":"no","record"/' \
    >in
exits 1 'an invalid cid' at-validate -l "$lexicons" in
ok 'message' grep -q 'in: line 1: cid is not a CID: no' err
is 'and an error' "$(jq -r .error out)" BadLine

done_testing
