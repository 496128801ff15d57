#!/bin/sh
# at-plcaudit: real logs, each rule with its edge, and each kind of line
. "${0%/*}/lib/tap.sh"

command -v jq >/dev/null || skip_all "no jq"

# lines LOG...: print the plc lines of audit logs
lines() {
	jq -c '.[] | {type: "plc", did, cid, createdAt, nullified, operation}' \
	    "$@"
}

# verdicts: print what became of the operations in out, one word each: valid,
# null if nullified, or the name of the error
verdicts() {
	jq -r 'if .type == "error" then .error
	    elif .audit != "valid" then "unaudited"
	    elif .nullified then "null" else "valid" end' out |
	    tr '\n' ' ' | sed 's/ $//'
}

# log NAME WANT: audit the operations that standard input describes to mkplc
log() {
	mkplc >in
	run at-plcaudit -q in
	is "$1" "$(verdicts)" "$2"
}

# Real logs
for log in "$data"/plc/valid/*.json "$data"/plc/kit/*.log.json; do
	name=${log##*/}
	lines "$log" >in
	exits 0 "$name" at-plcaudit in
	is "$name: nothing is reported" "$(cat err)" ""
	# The last line of an operation counts.
	jq -c '[.cid, .nullified]' in | sort >want
	jq -c '[.cid, .nullified]' out | awk -F , '{ last[$1] = $0 }
	    END { for (i in last) print last[i] }' | sort >got
	same "$name: what is nullified" got <want
	jq -c .operation in >want
	jq -c 'select(.nullified | not) | .operation' out >got
	ok "$name: operations are kept" cmp want got
done
while read -r name want; do
	lines "$data/plc/invalid/log_invalid_$name.json" >in
	exits 1 "$name" at-plcaudit -q in
	is "$name: the verdict" "$(verdicts)" "$want"
done <<'EOT'
nullification_reused_key valid valid WeakNullification
sig_b64_newline BadSignature
sig_b64_padding_chars BadSignature
sig_k256_high_s BadSignature
update_tombstoned valid valid AfterTombstone
EOT

# First operations. mkplc makes a log for each rule, with keys of both curves.
for k in k p; do
	log "$k: a log" 'valid valid valid' <<-EOT
	a - 0 ${k}1 ${k}1
	b a 1 ${k}1 k7,p7
	c b 2 k7 p7
	EOT
	log "$k: a signature of other bytes" 'BadSignature BadPrev' <<-EOT
	a - 0 ${k}1 ${k}1 sig=other
	b a 1 ${k}1 ${k}1
	EOT
	log "$k: a high S" 'valid BadSignature valid' <<-EOT
	a - 0 ${k}1 ${k}1
	b a 1 ${k}1 ${k}1 sig=high
	c a 2 ${k}1 ${k}1
	EOT
	log "$k: other forms of a signature" \
	    'valid BadSignature BadSignature BadSignature valid' <<-EOT
	a - 0 ${k}1 ${k}1
	b a 1 ${k}1 ${k}1 sig=pad
	c a 2 ${k}1 ${k}1 sig=bits
	d a 3 ${k}1 ${k}1 sig=der
	e a 4 ${k}1 ${k}1
	EOT
	log "$k: a legacy operation, followed by either key" \
	    'valid valid valid valid' <<-EOT
	a - 0 ${k}2 ${k}1,${k}2 create
	b a 1 ${k}2 ${k}3
	c - 0 ${k}1 ${k}1,${k}2 create handle=c.test
	d c 1 ${k}1 ${k}3
	EOT
	log "$k: a recovery key listed before the signer" \
	    'valid valid null valid' <<-EOT
	a - 0 ${k}2 k1,${k}2,p3
	b a 1 ${k}2 ${k}4
	c a 2 k1 ${k}5
	EOT
done
log 'signed by a key that is not its own' BadSignature <<'EOT'
a - 0 k2 k1
EOT
log 'signed by a key of the operation itself' 'valid BadSignature' <<'EOT'
a - 0 k1 k1
b a 1 k2 k2
EOT
log 'no rotation keys: nobody may follow' 'valid valid BadSignature' <<'EOT'
a - 0 k1 k1
b a 1 k1 -
c b 2 k1 k1
EOT
log 'a key that cannot be read has its place' 'valid valid null valid' <<'EOT'
a - 0 k1 x,k2,k1
b a 1 k1 k1
c a 2 k2 k1
EOT
log 'a first operation of another DID' 'valid BadDid' <<'EOT'
a - 0 k1 k1
b - 0 k1 k1 handle=b.test did=a
EOT
log 'a wrong CID' 'valid BadCid' <<'EOT'
a - 0 k1 k1
b a 1 k1 k1 cid=a
EOT
log 'a predecessor of another DID' 'valid valid BadPrev' <<'EOT'
a - 0 k1 k1
b - 0 k1 k1 handle=b.test
c b 1 k1 k1 did=a
EOT
mkplc <<'EOT' | sed 1d >in
a - 0 k1 k1
b a 1 k1 k1
c b 2 k1 k1
EOT
exits 1 'without its first operation' at-plcaudit -q in
is 'the verdicts' "$(verdicts)" 'BadPrev BadPrev'

# Nullification. 259200000 ms are 72 hours.
log 'exactly 72 hours later' 'valid valid null valid' <<'EOT'
a - 0 k2 k1,k2
b a 1000 k2 k1,k2
c a 259201000 k1 k1
EOT
log '72 hours and a millisecond later' 'valid valid LateNullification valid' \
    <<'EOT'
a - 0 k2 k1,k2
b a 1000 k2 k1,k2
c a 259201001 k1 k1
d b 259201002 k2 k2
EOT
log '72 hours count from the first one' \
    'valid valid valid LateNullification null valid' <<'EOT'
a - 0 k2 k1,k2
b a 1000 k2 k1,k2
c b 5000 k2 k2
d a 259201001 k1 k1
e b 259201001 k1 k1
EOT
log 'by the same key' 'valid valid WeakNullification' <<'EOT'
a - 0 k2 k1,k2
b a 1 k2 k1,k2
c a 2 k2 k2
EOT
log 'by a lower key' 'valid valid WeakNullification' <<'EOT'
a - 0 k2 k1,k2,p3
b a 1 k2 k1,k2
c a 2 p3 k2
EOT
log 'by the same key, which is listed twice' 'valid valid WeakNullification' \
    <<'EOT'
a - 0 k2 k2,k2
b a 1 k2 k1,k2
c a 2 k2 k2
EOT
log 'times that are equal, or fall' \
    'valid BadTime BadTime valid EarlyNullification valid null valid' <<'EOT'
a - 1000 k2 k1,k2
b a 1000 k2 k1,k2
c a 999 k2 k1,k2
d a 1001 k2 k1,k2
e a 1001 k1 k1
f d 1002 k2 k2
g d 1003 k1 k1
EOT
log 'after a nullified operation' 'valid valid null valid BadPrev valid' <<'EOT'
a - 0 k2 k1,k2
b a 1 k2 k1,k2
c a 2 k1 k1,k2
d b 3 k2 k1,k2
e c 4 k2 k1,k2
EOT
log 'a tombstone ends a log' 'valid valid AfterTombstone AfterTombstone' <<'EOT'
a - 0 k2 k1,k2
b a 1 k2 - tombstone
c b 2 k2 k2
d b 3 k1 - tombstone
EOT
log 'a tombstone is nullified' 'valid valid null valid valid' <<'EOT'
a - 0 k2 k1,k2
b a 1 k2 - tombstone
c a 2 k1 k1,k2
d c 3 k2 k1,k2
EOT
log 'several are nullified, each of them once' \
    'valid valid valid null null valid null valid' <<'EOT'
a - 0 p3 k1,k2,p3
b a 1 p3 k1,k2,p3
c b 2 p3 k1,k2,p3
d a 3 k2 k1,k2,p3
e a 4 k1 k1,k2,p3
EOT
log 'nothing may be nullified after 72 hours' 'valid valid valid BadPrev' <<'EOT'
a - 0 k2 k1,k2
b a 1 k2 k1,k2
c b 300000000 k2 k1,k2
d a 300000001 k1 k1,k2
EOT

# An error line
mkplc >in <<'EOT'
a - 0 k1 k1
b a 1 k2 k1 nullified
EOT
sed '2s/^{/{"more":[7],/' in >in.2
exits 1 'an error' at-plcaudit in.2
is 'its message' "$(cat err)" "at-plcaudit: in.2: line 2: $(sed 1d in |
    jq -r .did): BadSignature: none of the rotation keys of prev signed the\
 operation"
is 'its fields' "$(sed 1d out | jq -c keys_unsorted)" '["type","program","did","cid","error","message","retry","seq","at","more","createdAt","nullified","operation"]'
jq -c '[.did, .cid, .seq, .createdAt, .operation]' in >want
jq -c '[.did, .cid, .seq, .createdAt, .operation]' out >got
ok 'it keeps the operation' cmp want got

# Other fields of a line, and its form
mkplc >in <<'EOT'
a - 0 k1 k1
EOT
sed 's/"operation":{/"more":"x" , "operation":{ /; s/^{/{ "audit":"valid",/' \
    in >in.2
exits 0 'another form of a line' at-plcaudit in.2
sed 's/"createdAt":"[^"]*",/&"nullified":false,/; s/}$/,"audit":"valid","more":"x"}/;
    s/"operation":{/&/' in >want
sed 's/"operation":{ /"operation":{/' out >got
ok 'gives the same line, with its other fields' cmp want got
ok 'and the operation as it was' grep -q '"operation":{ "type"' out

# How JSON escapes a text doesn't change what is signed.
mkplc >log <<'EOT'
a - 0 k1 p1,k1 create
b a 1 k1 p1,k1
c a 2 p1 k1
EOT
awk '{ gsub(/did:key:/, "did\\u003akey:")
    sub(/"prev":"b/, "\"prev\":\"\\u0062")
    at = index($0, "\"sig\":\"") + 7
    for (i = 45; substr($0, at, 1) != sprintf("%c", i); i++) { }
    print substr($0, 1, at - 1) sprintf("\\u%04x", i) substr($0, at + 1) }' \
    log >in
is 'texts are escaped' "$(grep -c '003akey.*sig":"[\]u00' in)" 3
exits 0 'escaped texts' at-plcaudit in
is 'are valid' "$(verdicts)" 'valid valid null valid'

# Lines that come again, and differences to the directory
mkplc >log <<'EOT'
a - 0 k2 k1,k2 nullified
b a 1 k2 k1,k2 valid
c a 2 k1 k1,k2 valid
d c 3 k1 k1,k2 nullified
EOT
cat log log >in
exits 0 'a log that comes twice' at-plcaudit --summary in
is 'its verdicts' "$(verdicts)" \
    'valid valid null valid valid valid null valid valid'
did=$(sed -n 1p log | jq -r .did)
cid() {
	sed -n "$1p" log | jq -r .cid
}
same 'what is reported' err <<EOT
at-plcaudit: $did: $(cid 2) is nullified, but its line says that it isn't
at-plcaudit: $did: the directory says that $(cid 1) is nullified, but it isn't
at-plcaudit: $did: the directory says that $(cid 4) is nullified, but it isn't
         8  operations
         1  DIDs
         4  valid
         1  of these nullified
         4  repeated
         1  nullified, but their lines say no
         2  not nullified, but their lines say yes
EOT
exits 0 'quiet' at-plcaudit -q log
is 'reports nothing' "$(cat err)" ''

# A directory must not make an old operation the newest one by its createdAt.
sed '1,2!d; s/"createdAt":"2026/"createdAt":"2027/' log >later
cat log later >in
exits 1 'operations that come again with another time' at-plcaudit -q in
is 'are invalid' "$(verdicts)" 'valid valid null valid valid BadTime BadTime'

# Other lines, in their order
{
	sed -n 1p log
	echo '{"type":"cursor","service":"https://plc.test","cursor":"1"}'
	echo 'not JSON'
	sed -n 2p log | sed 's/"createdAt":"[^"]*",//'
	echo '{"type":"record","did":5}'
	echo '{"type":'
	sed -n 2p log
} >in
exits 1 'other lines' at-plcaudit in
same 'are reported' err <<EOT
at-plcaudit: in: line 3: not a JSON object
at-plcaudit: in: line 4: no createdAt
at-plcaudit: in: line 6: JSON: text without end
at-plcaudit: $did: the directory says that $(cid 1) is nullified, but it isn't
EOT
same 'and copied' out <<EOT
$(sed -n 1p log | sed 's/"nullified":true/"nullified":false/;
    s/}$/,"audit":"valid"}/')
{"type":"cursor","service":"https://plc.test","cursor":"1"}
not JSON
$(sed -n 4p out)
{"type":"record","did":5}
$(sed -n 6p out)
$(sed -n 2p log | sed 's/}$/,"audit":"valid"}/')
EOT
is 'bad lines are errors' "$(sed -n '4p;6p' out | jq -c '[.error, .input]' |
    tr '\n' ' ')" '["BadLine","line 4"] ["BadLine","line 6"] '
sed -n 2p log | tail -c 40 >rest
exits 1 'the rest of a line that was cut' at-plcaudit -q rest
exits 1 'a file that is missing' at-plcaudit in nowhere in
is 'comes between the others' "$(jq -R -r 'fromjson? | .error // .type' out |
    tr '\n' ' ')" 'plc cursor BadLine record BadLine plc Unreadable plc cursor BadLine record BadLine plc '

# A filter holds nothing back while it waits.
mkfifo pipe
at-plcaudit -q pipe >out &
exec 3>pipe
cat log >&3
has_lines() {
	test "$(wc -l <out)" -eq "$1"
}
wait_for 'all lines are written' has_lines 5
exec 3>&-
ok 'the end of a pipe' wait $!

# Threads
mkplc -n 3000 >in
awk 'NR % 100 == 7 { sub(/"sig":"./, "\"sig\":\"_") } { print }' in >in.2
at-plcaudit -q -j 1 in.2 | sed 's/"at":"[^"]*",//' >want
ok 'there are operations of all kinds' test "$(wc -l <want)" -eq 3000
for j in 2 3 16; do
	at-plcaudit -q -j $j in.2 | sed 's/"at":"[^"]*",//' >got
	ok "the same lines from $j threads" cmp want got
done

# Long lines, each in another place of its batch
mkplc -n 300 >in
awk 'BEGIN { for (long = " "; length(long) < 70000; long = long long) }
    { sub(/}$/, ",\"more\":\"" (NR % 7 == 0 ? long : "") "\"}") }
    { print }' in >in.2
at-plcaudit -q in | sed 's/}$/,"more":""}/' >want
at-plcaudit -q in.2 | sed 's/"more":" *"/"more":""/' >got
ok 'long lines' cmp want got

# Notes
mkplc >in <<'EOT'
a - 0 k1 k1
b a 1 k1 k1,x,k1 handle=a_b pds=http://pds.test
c b 2 k1 k1 pds=https://SPAM.test/
d c 3 k1 k1 pds=https://pds.test/x
e d 4 k1 k1 alias=a.test
f e 5 k1 k1 alias=https://a.test
g f 6 k1 - tombstone
EOT
echo 'https://spam.test # the worst' >spam
exits 0 'notes' at-plcaudit --annotate=spam in
jq -c '.notes // []' out >got
same 'what is noted' got <<'EOT'
[]
["invalid handle","invalid rotation key","repeated rotation key","endpoint not an https origin"]
["known spam endpoint"]
["endpoint not an https origin"]
["handle without at://"]
[]
[]
EOT
exits 0 'without a list' at-plcaudit --annotate in
is 'no host is known' "$(grep -c "spam.*notes" out)" 0
usage_error 'a bad list' "--annotate=in: line 1: '$(head -c 100 in)' isn't an origin such as https://pds.example.com" at-plcaudit --annotate=in in

done_testing

done_testing
