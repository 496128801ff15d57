#!/bin/sh
# at-carwalk: NDJSON as input: jobs, and lines that are only copied
. "${0%/*}/lib/tap.sh"

did=did:plc:ewvi7nxzyoun6zhxrhs64oiz
mkcar -n 3 -s 1 >a.car
mkcar -n 0 -s 2 -r 3m5xqkxkcac2a >b.car
at-carwalk a.car >a
at-carwalk b.car >b

# types: print the types of the lines of out, and the errors' messages
types() {
	jq -r '.type + (if .type == "error" then " " + .error else "" end)' \
		out | tr '\n' ,
}

# Every line that isn't a job is copied byte for byte, at its place.
cat >lines <<'END'
{"type":"identity","did":"did:plc:x","key":null,"car":"a.car"}
{ "type" : "repo" , "did":"did:plc:x", "n": 1.50e+1, "s":"\u00e4\/" }
{"type":"record","did":"did:plc:x","car":"a.car"}
{"type":"error","did":"did:plc:x","retry":true,"car":"a.car"}
{"type":"commit","car":"a.car"}
{"type":"later","car":"a.car"}
{"did":"did:plc:x","car":"a.car"}
{"type":"repos","car":["a.car"],"did":5}
{"car":5}
{}
[1]
"text"

   
null
not JSON at all
did:plc:ewvi7nxzyoun6zhxrhs64oiz
END
{
	printf '{"type":"x"}\r\n\033[2J\n'
} >>lines
exits 0 'no jobs' at-carwalk <lines
ok 'are copied' cmp lines out
is 'no message' "$(cat err)" ''
printf '%s' '{"type":"x","last":"line"}' >>lines
exits 0 'the last line without its end' at-carwalk <lines
echo >>lines
ok 'gets one' cmp lines out

# A line that no program could read: an error replaces it, and the lines around
# it don't change.
{
	echo '{"type":"x","n":1}'
	echo '{"type":["repo"],"car":"a.car"}'
	echo '{"type":5,"did":"did:plc:x"}'
	echo '{"type":null}'
	echo '{"did":5}'
	echo '{"did":null,"car":"a.car"}'
	echo '{"type":"repo","car":"a.car"'
	echo ' {"type":"repo","car":"a.car"}}'
	echo '{"type":"repo" "car":"a.car"}'
	printf '{"type":"repo","car":"a.car","x":"\377"}\n'
	printf '{"type":"repo","car":"a.car"}\000\n'
	echo '{"type":"x","\u0074ype":"re\u0070o","car":"a.car"}'
	echo '{"type":"x","n":2}'
} >wrong
exits 1 'what no program takes' at-carwalk <wrong
jq -r '.n // ([.type, .input, .error, .message] | join("|"))' out >got
same 'is one error each' got <<'END'
1
error|line 2|BadLine|line 2: type is not a string
error|line 3|BadLine|line 3: type is not a string
error|line 4|BadLine|line 4: type is null
error|line 5|BadLine|line 5: did is not a DID
error|line 6|BadLine|line 6: did is null
error|line 7|BadLine|line 7: JSON: text without end
error|line 8|BadLine|line 8: JSON: more than one value
error|line 9|BadLine|line 9: JSON: want a comma or the end of a container
error|line 10|BadLine|line 10: JSON: not UTF-8
error|line 11|BadLine|line 11: JSON: more than one value
error|line 12|BadLine|line 12: type twice
2
END
is 'a message for each' "$(wc -l <err)" 11

# A job with a wrong field is never walked as if the field were missing. It is
# copied, as every job is.
while IFS='|' read -r field message; do
	printf '{"type":"repo",%s}\n' "$field" >wrong
	exits 1 "wrong: $field" at-carwalk <wrong
	is "one error line" "$(jq -r '[.type, .error, .message] | join("|")' out |
	    sed 1d)" "error|BadLine|line 1: $message"
done <<'END'
"car":7|car is not a file name
"car":["a.car"]|car is not a file name
"car":null|car is null
"car":""|car is not a file name: 
"car":"a.car","did":5|did is not a DID
"car":"a.car","did":""|did is not a DID: 
"car":"a.car","key":{"k":1}|key is not a did:key
"car":"a.car","key":""|key is not a did:key: 
"car":"a.car","rev":"zzz"|rev is not a TID: zzz
"car":"a.car","active":"no"|active is not a boolean
"car":"a.car","size":-1|size is not a count: -1
"car":"a.car","car":"\u0061.car"|car twice
END
printf '{"type":"repo","car":"a.car\\u0000"}\n' >wrong
exits 1 'a NUL in a name' at-carwalk <wrong
ok 'message' grep -q 'line 1: car is not a file name: a.car' err

# jobs among them
{
	echo '{"type":"x","n":1}'
	echo '{"type":"repo","did":"'$did'","car":"a.car"}'
	echo '{"type":"x","n":2}'
	echo '{"car":"b.car","rev":"3m4xqkxkcac2a","type":"repo"}'
	echo '{"type":"x","n":3}'
} >lines.in
{
	sed -n 1,2p lines.in
	cat a
	sed -n 3,4p lines.in
	cat b
	sed -n 5p lines.in
} >want
exits 0 'jobs and other lines' at-carwalk <lines.in
ok 'in their order' cmp want out
exits 0 'with a filter' at-carwalk -c com.example.none <lines.in
is 'lines are copied, too' "$(grep -c '"type":"x"' out)" 3

# at-carwalk writes a line before it waits for the next one: it never reads
# without writing.
mkfifo to from
timeout 60 at-carwalk <to >from &
exec 3>to 4<from
echo '{"type":"x"}' >&3
read -r line <&4
echo "$line" >got
echo '{"type":"repo","car":"b.car"}' >&3
for n in 1 2 3; do
	read -r line <&4
	echo "$n $line" >>got
done
exec 3>&-
status=0
wait $! || status=$?
exec 4<&-
is 'lines as soon as they come' $status 0
is 'they have come' "$(cat got)" "{\"type\":\"x\"}
1 {\"type\":\"repo\",\"car\":\"b.car\"}
2 $(head -n 1 b)
3 $(tail -n 1 b)"

# escapes
printf '%s\n' '{"\u0074ype":"re\u0070o","c\u0061r":"\u0061.car"}' >lines.in
exits 0 'escapes' at-carwalk <lines.in
{
	cat lines.in a
} >want
ok 'are understood' cmp want out

# jobs that fail: one error each, with the job's fields; the other jobs succeed
mkdir dir
mkfifo fifo
head -c 500 a.car >cut.car
: >empty.car
at=2026-01-01T00:00:00Z
cat >lines.in <<END
{"type":"repo","did":"$did","car":"gone.car","size":123,"pds":"https://example.com"}
{"type":"repo","did":"$did","car":"dir"}
{"type":"repo","did":"$did","car":"fifo"}
{"type":"repo","did":"$did","car":"/dev/null"}
{"type":"repo","did":"$did","car":"empty.car"}
{"type":"repo","did":"$did","car":"a.car\\u0000b"}
{"type":"repo","did":"$did","car":"cut.car","rev":"3m4xqkxkcac2a","error":"x","message":"x","retry":true,"at":"$at","cid":"x","collection":"x.y.z","rkey":"x","record":"x","source":"x","partial":"x","program":"x","input":"x","retryAfter":"$at","mine":"x"}
{"type":"repo","did":"did:plc:another","car":"a.car"}
{"type":"repo","did":"$did","car":"a.car","key":"did:key:zzz"}
{"type":"repo","did":"$did","car":"a.car"}
END
run sh -c 'timeout 60 at-carwalk <lines.in'
is 'jobs that fail: status' "$status" 1
is 'jobs that fail: their lines' "$(types)" "repo,error Unreadable,\
repo,error Unreadable,repo,error Unreadable,repo,error Unreadable,\
repo,error BadCar,repo,error BadLine,\
repo,error BadCar,repo,error WrongDid,\
repo,error BadSyntax,repo,commit,record,record,record,end,"
is 'jobs that fail: each says so' "$(wc -l <err)" 9
grep '^{"type":"repo"' out >got
ok 'jobs that fail: all are copied' cmp lines.in got
is 'the first' "$(jq -c 'select(.type == "error") | del(.at)' out | head -n 1)" \
	'{"type":"error","program":"at-carwalk","did":"'$did'","error":"Unreadable","message":"can'\''t open: No such file or directory","retry":true,"car":"gone.car","size":123,"pds":"https://example.com"}'
is 'no field of the job replaces one of an error' "$(grep '"mine"' out |
	tail -n 1 | sed 's/"at":"2[-0-9T:.]*Z"/"at":"now"/')" \
	'{"type":"error","program":"at-carwalk","did":"'$did'","error":"BadCar","message":"CAR is cut inside a block at byte 500","retry":true,"at":"now","car":"cut.car","mine":"x"}'

# The name of a CAR is only the name of a file.
cp a.car ./-c
cp a.car 'a b*.car'
printf '%s\n' '{"type":"repo","car":"-c"}' '{"type":"repo","car":"a b*.car"}' \
	'{"type":"repo","car":"-"}' >lines.in
exits 1 'odd names' at-carwalk <lines.in
is 'are names' "$(types)" 'repo,commit,record,record,record,end,'"\
repo,commit,record,record,record,end,repo,error Unreadable,"

# Control characters for a terminal are escaped.
printf '%s\n' '{"type":"repo","car":"\u001b[2J\u009b2Jä🦋\u0085\u007f\t"}' \
	>lines.in
exits 1 'control characters in a name' at-carwalk <lines.in
is 'are escaped' "$(cat err)" 'at-carwalk: \x1b[2J\xc2\x9b2Jä🦋\xc2\x85\x7f\x09: '"\
can't open: No such file or directory"

# lines that are too long
{
	echo '{"type":"x","n":1}'
	head -c 17825792 /dev/zero | tr '\000' x
	echo
	echo '{"type":"repo","car":"b.car"}'
	printf '{"type":"x","n":"'
	head -c 16777196 /dev/zero | tr '\000' x
	printf '"}\n'
	printf '{"type":"x","n":"'
	head -c 16777198 /dev/zero | tr '\000' x
	printf '"}\n'
	head -c 17825792 /dev/zero | tr '\000' x
} >lines.in
exits 1 'lines of 17 MiB' at-carwalk <lines.in
is 'are passed over, each with an error' "$(types)" "x,error TooLarge,\
repo,commit,end,x,error TooLarge,error TooLarge,"
is 'the error' "$(jq -c 'select(.type == "error") | del(.at)' out | head -n 1)" \
	'{"type":"error","program":"at-carwalk","input":"-","error":"TooLarge","message":"line 2: line of more than 16777216 bytes","retry":false}'
is 'a line of 16 MiB is copied' "$(awk 'length > 1000 { print length }' out)" \
	16777215

done_testing
