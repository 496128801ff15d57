#!/bin/sh
# at-carwalk: NDJSON in, jobs and what is only copied
. "${0%/*}/lib/tap.sh"

did=did:plc:ewvi7nxzyoun6zhxrhs64oiz
mkcar -n 3 -s 1 >a.car
mkcar -n 0 -s 2 -r 3m5xqkxkcac2a >b.car
at-carwalk a.car >a
at-carwalk b.car >b

# types: of the lines of out, with what an error says
types() {
	jq -r '.type + (if .type == "error" then " " + .error else "" end)' \
		out | tr '\n' ,
}

# Everything that is no job is copied byte for byte, where it stood.
cat >lines <<'END'
{"type":"identity","did":"did:plc:x","key":null,"car":"a.car"}
{ "type" : "repo" , "did":"did:plc:x", "n": 1.50e+1, "s":"\u00e4\/" }
{"type":"record","did":"did:plc:x","car":"a.car"}
{"type":"error","did":"did:plc:x","retry":true,"car":"a.car"}
{"type":"commit","car":"a.car"}
{"type":"later","car":"a.car"}
{"did":"did:plc:x","car":"a.car"}
{"type":"repo","car":null}
{"type":["repo"],"car":"a.car"}
{"type":"repos","car":"a.car"}
{}
[1]
"text"

   
null
{"type":"repo","car":"a.car"
{"type":"repo","car":"a.car"}}
{"type":"repo" "car":"a.car"}
not JSON at all
did:plc:ewvi7nxzyoun6zhxrhs64oiz
END
{
	printf '{"type":"repo","car":"a.car","x":"\377"}\n'
	printf '{"type":"repo","car":"a.car"}\000\n'
	printf '{"type":"x"}\r\n\033[2J\n'
} >>lines
exits 0 'no jobs' at-carwalk <lines
ok 'are copied' cmp lines out
is 'nothing is said' "$(cat err)" ''
printf '%s' '{"type":"x","last":"line"}' >>lines
exits 0 'the last line without its end' at-carwalk <lines
echo >>lines
ok 'gets one' cmp lines out

# jobs that are wrong: never walked as if the field weren't there
for field in '"car":7' '"car":["a.car"]' '"car":"a.car","did":5' \
	'"car":"a.car","key":{"k":1}' '"car":"a.car\u0000"'; do
	printf '{"type":"repo",%s}\n' "$field" >wrong
	exits 1 "wrong: $field" at-carwalk <wrong
	is "is said once" "$(jq -r '[.type, .error, .message] | join("|")' out |
	    sed 1d)" "error|BadLine|line 1: did, car or key is wrong"
done

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
is 'lines are copied all the same' "$(grep -c '"type":"x"' out)" 3

# A line goes on before the next one is waited for: no write without its read.
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

# the last of a field counts, and escapes are understood
printf '%s\n' '{"type":"x","\u0074ype":"re\u0070o","car":"c.car","car":"\u0061.car"}' \
	>lines.in
exits 0 'escapes, and a field twice' at-carwalk <lines.in
{
	cat lines.in a
} >want
ok 'is that job' cmp want out

# jobs that fail: one error each, with the job's fields; the others go on
mkdir dir
mkfifo fifo
head -c 500 a.car >cut.car
: >empty.car
cat >lines.in <<END
{"type":"repo","did":"$did","car":"gone.car","size":123,"pds":"https://example.com"}
{"type":"repo","did":"$did","car":"dir"}
{"type":"repo","did":"$did","car":"fifo"}
{"type":"repo","did":"$did","car":"/dev/null"}
{"type":"repo","did":"$did","car":"empty.car"}
{"type":"repo","did":"$did","car":""}
{"type":"repo","did":"$did","car":"a.car\\u0000b"}
{"type":"repo","did":"$did","car":"cut.car","rev":"x","error":"x","message":"x","retry":"x","at":"x","cid":"x","collection":"x","rkey":"x","record":"x","source":"x","partial":"x","program":"x","input":"x","retryAfter":"x","mine":"x"}
{"type":"repo","did":"did:plc:another","car":"a.car"}
{"type":"repo","did":"","car":"a.car"}
{"type":"repo","did":"$did","car":"a.car","key":"did:key:zzz"}
{"type":"repo","did":"$did","car":"a.car"}
END
run sh -c 'timeout 60 at-carwalk <lines.in'
is 'jobs that fail: status' "$status" 1
is 'jobs that fail: their lines' "$(types)" "repo,error Unreadable,\
repo,error Unreadable,repo,error Unreadable,repo,error Unreadable,\
repo,error BadCar,repo,error Unreadable,repo,error BadLine,\
repo,error BadCar,repo,error WrongDid,repo,error WrongDid,\
repo,error BadSyntax,repo,commit,record,record,record,end,"
is 'jobs that fail: each says so' "$(wc -l <err)" 11
grep '^{"type":"repo"' out >got
ok 'jobs that fail: all are copied' cmp lines.in got
is 'the first' "$(jq -c 'select(.type == "error") | del(.at)' out | head -n 1)" \
	'{"type":"error","program":"at-carwalk","did":"'$did'","error":"Unreadable","message":"can'\''t open: No such file or directory","retry":true,"car":"gone.car","size":123,"pds":"https://example.com"}'
is 'no field of the job replaces one of an error' "$(grep '"mine"' out |
	tail -n 1 | sed 's/"at":"2[-0-9T:.]*Z"/"at":"now"/')" \
	'{"type":"error","program":"at-carwalk","did":"'$did'","error":"BadCar","message":"CAR is cut inside a block at byte 500","retry":true,"at":"now","car":"cut.car","mine":"x"}'

# A name is a file's name and nothing else.
cp a.car ./-c
cp a.car 'a b*.car'
printf '%s\n' '{"type":"repo","car":"-c"}' '{"type":"repo","car":"a b*.car"}' \
	'{"type":"repo","car":"-"}' >lines.in
exits 1 'odd names' at-carwalk <lines.in
is 'are names' "$(types)" 'repo,commit,record,record,record,end,'"\
repo,commit,record,record,record,end,repo,error Unreadable,"

# What a terminal would obey is not shown as it is.
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
