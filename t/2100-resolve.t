#!/bin/sh
# at-resolve: jobs of every form, and the result of each
. "${0%/*}/lib/tap.sh"
. "$top/t/lib/net.sh"

a=did:plc:aaaaaaaaaaaaaaaaaaaaaaaa
b=did:plc:bbbbbbbbbbbbbbbbbbbbbbbb
none=did:plc:nnnnnnnnnnnnnnnnnnnnnnnn
key=did:key:zQ3shqwJEJyMBsBXCWyCBpUBMqxcon9oHB7mCvx4sSpMdLJwc
start_faultyd -n 1
put_did $a http://pds.test $key alice.test
put_did $b '' '' ''

# resolve ARGUMENT...: with one try, and one job at a time, so in order
resolve() {
	run at-resolve --allow-private --retries 0 -j 1 -u "$url" "$@"
}

# plain: print the output without times
plain() {
	sed 's/,"at":"20[0-9T:.-]*Z"//'
}

# prints NAME STATUS: is the output, without times, equal to standard input?
prints() {
	plain <out >got
	is "$1: status" "$status" "$2"
	same "$1" got
}

# prints_all NAME STATUS: the same, in any order
prints_all() {
	sort >want
	plain <out | sort >got
	is "$1: status" "$status" "$2"
	same "$1" got <want
}

id_a=$(printf '"did":"%s","handle":"alice.test","handleStatus":"unchecked"' $a)
id_a="$id_a,\"pds\":\"http://pds.test\",\"key\":\"$key\""
id_b="\"did\":\"$b\",\"handle\":null,\"handleStatus\":\"unchecked\""
id_b="$id_b,\"pds\":null,\"key\":null"
failed='"type":"error","program":"at-resolve"'
not_none="\"error\":\"NotFound\",\"message\":\"$none: not registered\""
not_none="$not_none,\"retry\":false"

# operands
resolve $a
prints 'a document' 0 <<END
{"type":"identity",$id_a}
END
is 'says nothing else' "$(cat err)" ''
is 'asks once' "$(asked)" "0 200 /$a"
is 'at is now' "$(jq -r --arg now "$(date +%s)" '(.at | sub("\\.[0-9]+";"") |
	fromdate) - ($now | tonumber) | fabs < 60' out)" true
resolve $b
prints 'a document of nothing' 0 <<END
{"type":"identity",$id_b}
END
resolve $b $none $a
prints 'several' 1 <<END
{"type":"identity",$id_b}
{$failed,"did":"$none",$not_none}
{"type":"identity",$id_a}
END
is 'a message for each failure' "$(cat err)" "at-resolve: $none: not registered"
resolve -q $none
is 'or not, with -q' "$(cat err)" ''
echo $a >dids
resolve gone dids $b .
sort -o out out
prints 'files, some unreadable' 1 <<END
{$failed,"input":".","error":"Unreadable",$(:
)"message":".: a directory, want a file","retry":false}
{$failed,"input":"gone","error":"Unreadable",$(:
)"message":"gone: can't open: No such file or directory","retry":true}
{"type":"identity",$id_a}
{"type":"identity",$id_b}
END
resolve - $b <dids
is 'standard input as an operand' "$(jq -r .did out | sort)" "$a
$b"

# words
{
	printf '%s\n\n  \n\t%s \r\n@%s\nat://%s\r\n\r\n' $a $a $a $a
	printf 'DID:PLC:AAAAAAAAAAAAAAAAAAAAAAAA\n%s' $a
} >in
forget
resolve <in
is 'words' "$status $(jq -r .did out | uniq -c | tr -d ' ')" "0 6$a"
is 'words: each is asked for' "$(asked | uniq -c | tr -d ' ')" "6$(asked |
	head -n 1 | tr -d ' ')"

# What people copy from other programs
cat >in <<END
# accounts
at://$a/app.bsky.feed.post/3k
https://bsky.app/profile/$a
HTTPS://bsky.app/profile/$a/post/3k?x=1#y
bsky.app/profile/@$a/
https://bsky.app/profile/$(echo $a | sed 's/:/%3A/g')
$a # a note
	# more
@$a	#
END
printf '\342\200\252%s\342\200\254\n\342\200\213@%s\342\201\251 \r\n' $a $a >>in
forget
resolve <in
is 'words from elsewhere' "$status $(jq -r .did out | uniq -c | tr -d ' ')" \
    "0 9$a"
forget
resolve "@$a" "at://$a/a.b.c/d" "https://bsky.app/profile/$a" $a
is 'words from elsewhere, as operands' \
    "$status $(jq -r .did out | uniq -c | tr -d ' ')" "0 4$a"
forget
printf '\342\200\256a\342\200\213%s\342\200\256' x.invalid >in
resolve <in
is 'invisible characters in a handle' "$(jq -r '.error, .message' out)" \
    "BadSyntax
ax.invalid: no account can have this handle"
forget
printf 'ax\342@K.invalid\n' >in
resolve <in
is 'bytes that only resemble them' "$(jq -r .error out; grep -c ' ax.inv' err)" \
    "BadSyntax
0"
resolve 'no
such'"$(printf '\342\200\256')"
is 'and in a message' "$(cat err)" \
    'at-resolve: no\x0asuch\xe2\x80\xae: can'"'"'t open: No such file or directory'
resolve "@nobody.invalid" nobody.invalid
is 'handles as operands' "$(jq -r .input out)" '@nobody.invalid
nobody.invalid'
echo $a >nobody.invalid
resolve nobody.invalid
is 'a file that is named like a handle' "$(jq -r .did out)" $a
rm nobody.invalid

# wrong NAME WORD ERROR MESSAGE: the error line has WORD as did if it is a DID
wrong() {
	printf '%s\n' "$2" >in
	resolve <in
	is "$1" "$status $(jq -r '[.type, .did // .input, (.did == .input),
	    .error, .retry] | join("|")' out)" "1 error|$2|false|$3|false"
	is "$1: says why" "$(jq -r .message out)" "$4"
	is "$1: asks nobody" "$(asked)" ''
}
forget
neither='neither DID nor handle'
wrong 'a word' nonsense BadSyntax "nonsense: $neither"
wrong 'an @' @ BadSyntax "@: $neither"
wrong 'two of them' @@x.test BadSyntax "@x.test: $neither"
wrong 'at:// alone' at:// BadSyntax "at://: $neither"
wrong 'several words' 'x.test y.test' BadSyntax "x.test y.test: $neither"
wrong 'quoted' "\"$a\"" BadSyntax "\"$a\": $neither"
wrong 'an array' '[1]' BadSyntax "[1]: $neither"
wrong 'a page that is no profile' https://pds.test/about BadSyntax \
	"https://pds.test/about: $neither"
wrong 'a path' x.txt/profile BadSyntax "x.txt/profile: $neither"
wrong 'an address' 127.0.0.1 BadSyntax "127.0.0.1: $neither"
for tld in local localhost internal invalid example onion alt arpa; do
	wrong "a handle .$tld" "@X.$tld" BadSyntax \
		"x.$tld: no account can have this handle"
done
wrong 'a short did:plc' did:plc:aaaa BadSyntax \
	'did:plc:aaaa: did:plc wants 24 characters of base32'
wrong 'not of base32' ${a%a}1 BadSyntax \
	"${a%a}1: did:plc wants 24 characters of base32"
wrong 'another method' did:key:zAbc Unsupported \
	'did:key:zAbc: neither did:plc nor did:web'
wrong 'did:web with a path' did:web:x.test:u \
	Unsupported 'did:web:x.test:u: did:web with a port or a path'
wrong 'did:web with a port' did:web:x.test%3A80 \
	Unsupported 'did:web:x.test%3A80: did:web with a port or a path'
wrong 'did:web of no name' did:web:x_y.test \
	BadSyntax 'did:web:x_y.test: no host name'
wrong 'did:web of an address' did:web:127.0.0.1 \
	BadSyntax 'did:web:127.0.0.1: no host name'
long=did:plc:$(head -c 3000 /dev/zero | tr '\0' a)
echo "$long" >in
resolve <in
is 'a long one' "$(jq -r '[.error, .did] | @csv' out)" '"BadSyntax",'
printf 'a\033[1m\001\303\244\n' >in
resolve <in
is 'no input draws on the terminal' "$(cat err)" \
	"$(printf 'at-resolve: a\\x1b[1m\\x01\303\244: %s' "$neither")"
printf 'a.test\0b.test\n%s\n' $a >in
resolve <in
is 'a NUL' "$(jq -r .error,.did out)" "BadSyntax
null
null
$a"

# JSON
resolve <<END
{"did":"$a"}
{"did":"$a","handle":"else.test","pds":"http://x.test","key":"did:key:z1"}
 {"type":"repo","did":"$a","rev":"3kaaaaaaaaa22","shelf":{"n":[1, 2]},$(:
)"at":"2026-01-01T00:00:00Z"}
{"a b":1,"did":"did:plc\u003aaaaaaaaaaaaaaaaaaaaaaaaa","\u0061c":null}
{"type":"repo","did":"$none","car":"x.car","error":"Old","input":"x","key":7}
{"did":"nonsense","shelf":1}
{"type":"repo","did":5,"shelf":1}
{"type":"repo","shelf":1}
{"type":null,"did":"$b"}
{"type":"repo","did":null,"handle":"x"}
{"type":"repo","handle":"x"}
{"did":"$a","rev":"3kaaaaaaaaa22","rev":"3kaaaaaaaaa22"}
{"did":"$a","pds":"ftp://x.test"}
END
prints_all 'objects' 1 <<END
{"type":"identity",$id_a}
{"type":"identity",$id_a}
{"type":"identity",$id_a,"rev":"3kaaaaaaaaa22","shelf":{"n":[1, 2]}}
{"type":"identity",$id_a,"a b":1,"\u0061c":null}
{$failed,"did":"$none","error":"BadLine",$(:
)"message":"line 5: key is not a did:key","retry":false,"car":"x.car","key":7}
{$failed,"input":"nonsense","error":"BadLine",$(:
)"message":"line 6: did is not a DID: nonsense","retry":false,"shelf":1}
{$failed,"input":"line 7","error":"BadLine",$(:
)"message":"line 7: did is not a DID","retry":false,"shelf":1}
{$failed,"input":"line 8","error":"BadLine",$(:
)"message":"line 8: neither did nor handle","retry":false,"shelf":1}
{$failed,"did":"$b","error":"BadLine",$(:
)"message":"line 9: type is null","retry":false}
{$failed,"input":"line 10","error":"BadLine",$(:
)"message":"line 10: did is null","retry":false,"handle":"x"}
{$failed,"error":"BadSyntax","message":"x: $neither","retry":false,"handle":"x"}
{$failed,"did":"$a","rev":"3kaaaaaaaaa22","error":"BadLine",$(:
)"message":"line 12: rev twice","retry":false}
{$failed,"did":"$a","error":"BadLine",$(:
)"message":"line 13: pds is not an origin of http or https: ftp://x.test",$(:
)"retry":false,"pds":"ftp://x.test"}
END
is 'a message for each failure' "$(wc -l <err)" 9

# lines that aren't jobs
cat >in <<END
{"type":"identity","did":"$a",  "pds" :"x"}
{"type":"record","did":"$a","rkey":"1"}
{"type":"commit"}
{"type":"end"}
{"type":"no such","did":"$a"}
{"type":"no such","did":5}
{}
{"type":"error","did":"$a","retry":true}
{"type":"error","did":"$a","retry":true,"collection":"a.b.c"}
END
printf '{"type":"x" }  \r\n{"type":"y"}' >>in
forget
resolve <in
is 'a line that is not a job: status' "$status $(cat err)" '0 '
echo >>in
ok 'is copied' cmp in out
is 'and asks nobody' "$(asked)" ''
cat >in <<END
{"did":"$a"
{"did":"$a"} {}
{'did':'$a'}
{"type":5,"did":"$a"}
{"type":"x","type":"x"}
{"did":5}
{"did":null}
{"handle":["x"]}
END
printf '{"did":"%s","a":"\377"}\n' "$a" >>in
resolve <in
bad_line() {
	printf '{%s,"input":"line %d","error":"BadLine",' "$failed" "$1"
	printf '"message":"line %d: %s","retry":false}\n' "$1" "$2"
}
# bad_job LINE MESSAGE: an error about $a, which the line names
bad_job() {
	bad_line "$@" | sed "s/\"input\":\"line $1\"/\"did\":\"$a\"/"
}
{
	bad_line 1 'JSON: text without end'
	bad_line 2 'JSON: more than one value'
	bad_line 3 'JSON: want a key'
	bad_job 4 'type is not a string'
	bad_line 5 'type twice'
	bad_line 6 'did is not a DID'
	bad_line 7 'did is null'
	bad_line 8 'handle is not a non-empty string' |
		sed 's/}$/,"handle":["x"]}/'
	bad_line 9 'JSON: not UTF-8'
} >want
prints 'what is no JSON is a job that failed' 1 <want
is 'and asks nobody' "$(asked)" ''
cat >in <<END
{"type":"error","did":"$a","error":"E","message":"m","retry":true,$(:
)"retryAfter":5,"input":"i","program":"p","shelf":2,"handle":"x.test"}
{"type":"error","input":"$b","error":"E","retry":true}
{"type":"error","did":"$a","retry":true,"collection":""}
{"type":"error","did":"$a","retry":false}
{"type":"error","did":"$a","retry":"true"}
{"type":"error","retry":true}
{"type":"error","did":"$a","retry":true,"pds":5}
{"type":"error","did":"$a","retry":true,"key":5}
{"type":"error","did":"$a","retry":true,"at":"yesterday"}
{"type":"error","did":"$a","retry":true,"shelf":{"at":"yesterday"},"key":null}
END
resolve --retry <in
prints_all '--retry' 1 <<END
$(sed -n '4,5p' in)
$(sed -n 3p in)
{$failed,"input":"line 6","error":"BadLine",$(:
)"message":"line 6: neither did nor handle","retry":false}
$(bad_job 7 'pds is not an origin' | sed 's/}$/,"pds":5}/')
$(bad_job 8 'key is not a did:key' | sed 's/}$/,"key":5}/')
$(bad_job 9 'at is not a time: yesterday')
{"type":"identity",$id_a,"shelf":2}
{"type":"identity",$id_a,"shelf":{"at":"yesterday"}}
{"type":"identity",$id_b}
END

# A cursor says that everything before it is done. No other line waits.
echo '* * delay=200 times=1' | rules
cat >in <<END
{"type":"cursor","cursor":"0"}
$a
{"type":"x","n":1}
{"type":"cursor","cursor":"1"}
{"type":"cursor", "cursor":"2"}
{"type":"x","n":2}
$b
{"type":"cursor","cursor":"3"}
END
resolve <in
is 'a cursor waits' "$(jq -r '.cursor // .n // .did' out | tr '\n' ' ')" \
	"0 1 2 $a 1 2 $b 3 "
mkfifo pipe
resolve <pipe &
exec 3>pipe
printf '{"type":"cursor","cursor":"%s"}\n' 1 >&3
ok 'but for jobs alone' wait_for 'a line' grep -q cursor out
echo '{"type":"x"}' >&3
ok 'lines come immediately' wait_for 'a line' grep -q '"x"' out
echo $b >&3
ok 'results, too' wait_for 'a line' grep -q $b out
exec 3>&-
wait $!

# the contents of documents and directories
# answers NAME ERROR MESSAGE: the error for the document that is now $url/$a
answers() {
	resolve $a
	is "$1" "$status $(jq -r '[.did, .error, .message, .retry] |
	    join("|")' out)" "1 $a|$2|$3"
}
put $a <"$www/$b"
answers 'another id' BadAnswer \
	"the id of the DID document isn't the DID|false"
echo '<html>' | put $a
no_json="the DID document isn't a JSON object|false"
answers 'no JSON' BadAnswer "$no_json"
: | put $a
answers 'nothing' BadAnswer "$no_json"
jq -nc --arg did $a '[{id: $did}]' | put $a
answers 'an array' BadAnswer "$no_json"
rm "$www/$a"
printf 'HTTP/1.1 404 Not Found\r\nContent-Type: %s\r\n\r\n{"message":"%s"}' \
	application/json "DID not available: $a" | put $a.http
answers 'tombstoned' Tombstoned "$a: tombstoned|false"
printf 'HTTP/1.1 410 Gone\r\n\r\n' | put $a.http
answers 'gone' Tombstoned "$a: tombstoned|false"
printf 'HTTP/1.1 400 Bad\r\n\r\n{"message":"Invalid DID"}' | put $a.http
answers 'refused' Refused "$url/$a: HTTP status 400|false"
rm "$www/$a.http"
put_did $a https://pds.test $key alice.test
mv "$www/$a" doc
jq -c '.x = "a" * 262144' doc | put $a
answers 'too large' TooLarge "$url/$a: answer of more than 262144 bytes|false"
jq -c '.x = "a" * 261000' doc | put $a
resolve $a
is 'not too large' "$status $(jq -r .pds out)" '0 https://pds.test'
put_did $a https://pds.test/path did:key:zNonsense alice.local
resolve $a
is 'an invalid field is missing' "$(jq -c '[.handle, .pds, .key]' out)" \
	'[null,null,null]'
put_did $a HTTPS://PDS.Test:443/ '' Alice.Test
resolve $a
is 'a valid handle is in lower case' "$(jq -c '[.handle, .pds]' out)" \
	'["alice.test","https://pds.test"]'

# did:web
web=did:web:localhost%3A$port
resolve "$web"
is 'did:web: not there' "$(jq -r '[.did, .error, .message] | join("|")' \
	out)" "$web|NotFound|$web: not registered"
put_did "$web" https://pds.test '' x.test
forget
resolve "$web"
is 'did:web' "$status $(jq -r '[.did, .pds, .handle] | join("|")' out)" \
	"0 $web|https://pds.test|x.test"
is 'did:web: asks' "$(asked)" '0 200 /.well-known/did.json'
is 'did:web: small letters' "$(resolve did:web:localhost%3a"$port" &&
	jq -r .error out)" BadAnswer
run at-resolve --retries 0 "$web"
is 'did:web: a private address' "$status $(jq -r \
	'[.error, .retry] | join("|")' out)" '1 PrivateAddress|false'
ok 'did:web: says which' grep -q "^at-resolve: https://localhost:$port/$(:
	).*: address .* isn't public\$" err
is 'did:web: that was not asked' "$(asked | wc -l)" 2

# options and environment
# usage NAME MESSAGE ARGUMENT...
usage() {
	name=$1 message=$2
	shift 2
	usage_error "$name" "$message" at-resolve "$@"
}
no_origin="isn't an origin such as https://host"
usage 'an unknown option' "unknown option '--ofline'; did you mean $(:
	)'--offline'?" --ofline
usage 'no URL' "-u: 'plc' $no_origin" -u plc
usage 'a host with a path' "-u: 'x.test/y' $no_origin" -u x.test/y
usage 'a URL with a path' "-u: 'https://x.test/y' $no_origin" -u https://x.test/y
usage 'a URL with a user' "-u: 'https://u@x.test' $no_origin" -u https://u@x.test
usage 'another scheme' "-u: 'ftp://x.test' $no_origin" -u ftp://x.test
usage 'plain http' 'http://x.test: plain http needs --allow-private' \
	-u http://x.test
usage 'no requests at a time' "-j: '0' is too small, the minimum is 1" -j 0
usage 'a time that is none' "--ttl: '5x' isn't a time such as 30s" --ttl 5x
usage 'offline without a cache' '--offline needs a --cache' --offline
run env ATPIPE_PLC_URL="$url" at-resolve --allow-private $b
is 'ATPIPE_PLC_URL' "$(jq -r .did out)" $b
run env ATPIPE_PLC_URL=nonsense at-resolve --allow-private -u "$url" $b
is 'an option is stronger' "$(jq -r .did out)" $b
run env ATPIPE_PLC_URL=nonsense at-resolve $b
is 'a wrong one' "$status $(head -n 1 err)" \
	"2 at-resolve: ATPIPE_PLC_URL: 'nonsense' $no_origin"

# how it ends
resolve </dev/null
is 'no input' "$status $(cat out err)" '0 '
run sh -c "at-resolve --allow-private -u $url <&-"
is 'standard input is closed' "$status $(cat out)" '2 '
run sh -c "yes $b | { at-resolve --allow-private -j 1 -u $url
	echo \$? >code; } | head -n 1"
is 'a reader that leaves' "$(cat code) $(cat err)" '141 '
is 'has its line' "$(plain <out)" "{\"type\":\"identity\",$id_b}"
if [ -w /dev/full ]; then
	run sh -c "at-resolve --allow-private -u $url $b >/dev/full"
	is 'a full disk' "$status $(cat err)" \
		"2 at-resolve: can't write: No space left on device"
else
	skip 'a full disk' 'no /dev/full'
fi
{
	echo $b
	head -c 17000000 /dev/zero | tr '\0' x
	printf '\n%s\n' $b
} >in
resolve <in
# Results may come in any order.
is 'a line that is too long' "$status $(jq -r '[.error, .input, .did] |
	join("|")' out | sort)" "1 TooLarge|-|
||$b
||$b"
# More jobs than may run at the same time
yes $b | head -n 6000 >in
resolve -j 20 <in
is 'many' "$status $(jq -r .did out | uniq -c | tr -s ' ')" "0  6000 $b"
# A byte order mark, and other spellings of names
put_did $a http://pds.test $key alice.test
printf '\357\273\277{"did":"%s","x":1}\n' $a >in
resolve in
prints 'a byte order mark before an object' 0 <<END
{"type":"identity",$id_a,"x":1}
END
printf '{"did":"%s","\\u0070ds":"https://x.test","h\\u0061ndle":"y"}\n' $a >in
resolve in
prints 'names with escapes never replace ours' 0 <<END
{"type":"identity",$id_a}
END

# A file isn't taken for a slow reader.
yes '{}' | head -n 20000 >appended
append() {
	timeout 60 at-resolve -q --allow-private -u "$url" >>appended
}
exits 0 'a large file is appended to' append </dev/null
echo did:plc:nobodyatallhere23 >in
exits 1 'and gets lines' append <in
is 'after what was there' "$(tail -n +20001 appended | jq -r .type)" error

done_testing
