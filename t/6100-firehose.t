#!/bin/sh
# at-firehose on recorded frames: lines, errors, choices
. "${0%/*}/lib/tap.sh"

need_network
PATH=$build/t/tool:$PATH
did=did:plc:ewvi7nxzyoun6zhxrhs64oiz

# brief FILTER: of each line what tests tell apart
brief() {
	jq -r "[.type, .error, .action, .collection, .rkey, .seq,
	    .ops, $1] | map(values | tostring) | join(\" \")" out
}

# Commits

mkframes -K keys -- +a.b.c/x,+d.e.f/y =a.b.c/x >commits
exits 0 'commits' at-firehose -u wss://relay.test -k keys commits
same 'their lines' out <<EOF
{"type":"record","did":"$did","rev":"3mbd354z2m223","collection":"a.b.c","rkey":"x","action":"create","source":"live","cid":"bafyreielwnfybcy7iljiqjymq2k7224ot3ftswfznho7j7admysc5yvlmm","record":{"n":0,"text":"hello","\$type":"a.b.c","createdAt":"2026-01-02T03:04:05.678Z"}}
{"type":"record","did":"$did","rev":"3mbd354z2m223","collection":"d.e.f","rkey":"y","action":"create","source":"live","cid":"bafyreigeakntcdimtfrhwnlfofnn4i7s43io5w3b6hv6beskcoqvf3orki","record":{"n":1,"text":"hello","\$type":"d.e.f","createdAt":"2026-01-02T03:04:05.678Z"}}
{"type":"commit","did":"$did","rev":"3mbd354z2m223","cid":"bafyreidydz73mrrgpjykqswfga6itklzzezesmmmplcas33smkzv4oh44u","data":"bafyreihsei5ngotfipdzw5wn7ebpmprtmebfswcqc6hpnlagje4yc4ili4","version":3,"signature":"verified","source":"live","service":"https://relay.test","seq":1,"prevData":"bafyreie5737gdxlw5i64vzichcalba3z2v5n6icifvx5xytvske7mr3hpm","whole":true,"ops":2,"at":"2026-01-01T00:00:01.000Z"}
{"type":"record","did":"$did","rev":"3mbd355xl6223","collection":"a.b.c","rkey":"x","action":"update","source":"live","cid":"bafyreia5pws4hpnsxjuy3afzpqcgu4yrihgvbvlxgtmv27p3hwfm5zcwaq","record":{"n":2,"text":"hello","\$type":"a.b.c","createdAt":"2026-01-02T03:04:05.678Z"},"prev":"bafyreielwnfybcy7iljiqjymq2k7224ot3ftswfznho7j7admysc5yvlmm"}
{"type":"commit","did":"$did","rev":"3mbd355xl6223","cid":"bafyreiesp6qf3hjrx4ekozq5lm5rxqf6fgoi3p43djr4sfggrn6smylrn4","data":"bafyreih7rawsmvj6cejleqmfdirtrvm6ob4b4odyzr5fhjxg7hlc4jd4am","version":3,"signature":"verified","source":"live","service":"https://relay.test","seq":2,"since":"3mbd354z2m223","prevData":"bafyreihsei5ngotfipdzw5wn7ebpmprtmebfswcqc6hpnlagje4yc4ili4","ops":1,"at":"2026-01-01T00:00:02.000Z"}
{"type":"cursor","service":"https://relay.test","stream":"com.atproto.sync.subscribeRepos","cursor":"2","at":"2026-01-01T00:00:02.000Z"}
EOF
same 'no message' err </dev/null

mkframes -- +a.b.c/x,+d.e.f/y -d.e.f/y empty =a.b.c/x >commits
exits 0 '-c' at-firehose -c 'a.b.*' commits
brief '(.filter | tojson)' >got
same 'each commit has its line' got <<EOF
record create a.b.c x null
commit 1 1 ["a.b.*"]
commit 2 0 ["a.b.*"]
commit 3 0 ["a.b.*"]
record update a.b.c x null
commit 4 1 ["a.b.*"]
EOF
mkframes -- +a.b.c/x -a.b.c/x +a.b.c/y =a.b.c/y >commits
exits 0 'whole' at-firehose commits
is 'only what follows an empty tree is whole' \
    "$(jq -c 'select(.type == "commit").whole' out | tr '\n' ' ')" \
    'true null true null '

# What doesn't verify

for wrong in \
    'block BadBlock' \
    'did WrongDid' \
    'future FutureRev' \
    'op BadOps' \
    'prev-data BadOps' \
    'signature BadSignature'; do
	mkframes -K keys +a.b.c/w "${wrong% *}!+a.b.c/x" =a.b.c/w >frames
	exits 1 "wrong: $wrong" at-firehose -u relay.test -k keys frames
	rev='"3mbd355xl6223"'
	[ "${wrong% *}" != future ] || rev=null
	brief '.host' | sed '1,2d' >got
	same 'it is one error, and the next commit goes on' got <<EOF
error ${wrong#* } 2 https://relay.test
record update a.b.c w
commit 3 1
cursor
EOF
	is 'the account and the rev are named' \
	    "$(jq -c 'select(.type == "error") | [.did, .rev]' out)" \
	    "[\"$did\",$rev]"
done
mkframes +a.b.c/w 'signature!+a.b.c/x' >frames
at-firehose -q -k keys frames >out
jq -c 'select(.type == "error") | del(.at)' out >got
same 'all fields of such an error' got <<EOF
{"type":"error","program":"at-firehose","did":"$did","rev":"3mbd355xl6223","error":"BadSignature","message":"the signature isn't the key's","retry":false,"seq":2,"source":"live"}
EOF

mkframes +a.b.c/w 'old!=a.b.c/w' sync >frames
exits 0 'commits without prevData, and sync' at-firehose frames
brief .signature >got
same 'a commit without prevData, and sync, have no ops' got <<EOF
record create a.b.c w
commit 1 1 unchecked
commit 2 unchecked
commit 3 unchecked
EOF

exits 1 '--require-signature' at-firehose -q --require-signature frames
is 'no key is an error' "$(jq -r .error out | sort | uniq -c | tr -s ' ')" \
    ' 3 NoKey'

# Records that are none

mkframes '~a.b.c/x,+a.b.c/..,+nokey/x,+plain' >frames
exits 1 'bad records' at-firehose -v frames
brief .key >got
same 'each is an error, and counts' got <<EOF
error BadRecord a.b.c x
error BadKey a.b.c .. a.b.c/..
error BadKey   nokey/x
error BadKey   plain
commit 1 4
EOF
same 'no message' err </dev/null

# The other types

mkframes active inactive:takendown other info:Else bad info:OutdatedCursor \
    error:FutureCursor identity >frames
exits 1 'other types' at-firehose -u https://relay.test/ frames
sed '/^{"type":"error"/s/,"at":"20[^"]*Z"//' out >got
same 'their lines' got <<EOF
{"type":"account","did":"$did","active":true,"service":"https://relay.test","at":"2026-01-01T00:00:01.000Z"}
{"type":"account","did":"$did","active":false,"status":"takendown","service":"https://relay.test","at":"2026-01-01T00:00:02.000Z"}
{"type":"error","program":"at-firehose","error":"BadFrame","message":"frame: blocks is missing","retry":false,"host":"https://relay.test","seq":4,"source":"live"}
{"type":"error","program":"at-firehose","error":"OutdatedCursor","message":"events are lost: OutdatedCursor: note","retry":false,"host":"https://relay.test","source":"live"}
{"type":"error","program":"at-firehose","error":"FutureCursor","message":"FutureCursor: bye","retry":false,"host":"https://relay.test","source":"live"}
{"type":"error","program":"at-firehose","did":"$did","error":"Offline","message":"the identity may have changed and is not looked up for a file","retry":true,"host":"https://relay.test","seq":5,"source":"live"}
{"type":"cursor","service":"https://relay.test","stream":"com.atproto.sync.subscribeRepos","cursor":"5","at":"2026-01-01T00:00:05.000Z"}
EOF
same 'messages' err <<EOF
at-firehose: frames: frame: blocks is missing
at-firehose: frames: events are lost: OutdatedCursor: note
at-firehose: frames: FutureCursor: bye
at-firehose: frames: $did: the identity may have changed and is not looked up for a file
EOF

# Files

mkframes +a.b.c/x =a.b.c/x >frames
zstd -q frames
exits 0 'zstd' at-firehose frames.zst
at-firehose frames >plain
same 'zstd gives the same lines' out <plain
exits 0 'a pipe' sh -c 'for n in 1 2 3 4 5 6 7 8; do
	dd bs=1 count=1 2>/dev/null; done <frames >head
	{ cat head; tail -c +9 frames; } | at-firehose -'
same 'a pipe gives the same lines' out <plain
exits 0 '--record' at-firehose --record copy frames.zst
ok 'the recording has the frames' cmp copy frames
exits 0 '--record appends' at-firehose -n 1 --record copy frames.zst
is 'the recording has three' "$(at-firehose copy | grep -c '"commit"')" 3
mkframes -r 9 -n 20 >long
cp long same
exits 1 '--record to its own input' timeout 20 at-firehose --record same same
is 'is refused' "$(cat err)" \
    'at-firehose: same: is the file that --record writes'
ok 'and the file is unchanged' cmp same long
exits 2 '--record to a disk that gets full' sh -c '
	ulimit -f 512
	trap "" XFSZ
	at-firehose --record small long >/dev/null'
is 'names it' "$(cat err)" "at-firehose: small: can't write: File too large"
exits 0 'ends with a whole frame' at-firehose small
ok 'which is not the first' test "$(wc -l <out)" -gt 50
for option in --from=7d --from=1 --catch-up; do
	exits 2 "$option with a file" at-firehose $option frames
	is "$option is not for files" "$(sed 1q err)" "at-firehose: $(:
	    )--from and --catch-up are for live streams, not for files"
done
exits 0 '-n' at-firehose -n 1 frames frames.zst
is '-n counts events' "$(brief .signature | tail -n 1)" 'commit 1 1 unchecked'

mkframes active cut >frames
exits 1 'a cut file' at-firehose frames missing commits
jq -c 'select(.type == "error") | del(.at)' out >got
same 'each file that breaks off is an error' got <<EOF
{"type":"error","program":"at-firehose","input":"frames","error":"BadFrame","message":"byte 99: the last frame is cut","retry":false,"source":"live"}
{"type":"error","program":"at-firehose","input":"missing","error":"Unreadable","message":"can't open: No such file or directory","retry":true,"source":"live"}
EOF
is 'the next file goes on' "$(grep -c '"commit"' out)" 4
head -c 40 frames.zst >cut.zst
exits 1 'cut zstd' at-firehose -q cut.zst
is 'cut zstd is an error' "$(jq -r .message out)" \
    'byte 0: zstd ends inside a frame'
mkframes active >frames
{ cat frames; printf '\377'; cat frames; } >damaged
exits 1 'no CBOR' at-firehose -q damaged
is 'it is an error' "$(brief .message)" \
    "account
error BadFrame byte 99: byte 0 of the frame: not CBOR of a definite length"

# Which accounts

other=did:plc:vath6jhrzqdqegcoffdgrxma
mkframes +a.b.c/x active >one
mkframes -K keys -d "$other" -s 3 +d.e.f/x 'signature!+s.t.u/x' >two
cat one two >frames
mkframes -d "$other" -s 5 active >>frames
echo "$did # the first" >list
exits 0 '--accounts' at-firehose --accounts list -u relay.test frames
is 'only those of the list, and the last cursor' "$(brief .cursor)" \
    "record create a.b.c x
commit 1 1
account
cursor 5"
: >list
exits 0 'an empty list' at-firehose --accounts list frames
is 'chooses nobody' "$(brief .cursor)" ''
exits 0 '--signal' at-firehose --signal 'd.e.*' frames
is 'from that commit on' "$(brief .did)" \
    "record create d.e.f x $other
commit 3 1 $other
record create s.t.u x $other
commit 4 1 $other
account $other"
exits 1 '--signal of a commit that fails' \
    at-firehose -q -k keys --signal s.t.u frames
is 'a commit that fails chooses nobody' "$(brief .did)" \
    "error BadSignature 4 $other"
exits 2 'no list' at-firehose --accounts none frames
same 'is a usage error' err <<EOF
at-firehose: --accounts none: can't open: No such file or directory
Try 'at-firehose --help'.
EOF

mkfifo pipe
echo "$other" >list
at-firehose --accounts list pipe >out &
exec 3>pipe
cat one two >&3
wait_for 'the first list to choose' grep -q '"seq":4' out
echo "$did" >list
kill -HUP $!
cat one >&3
wait_for 'the list to be read again' grep -q "$did" out
kill -TERM $!
exec 3>&-
wait $!
is 'SIGHUP reads the list again' "$(brief .did | sed -n 5p)" \
    "record create a.b.c x $did"

exits 2 'a bad -u' at-firehose -u 'wss://' frames
same 'is a usage error' err <<EOF
at-firehose: -u: 'wss://' isn't an origin such as wss://host
Try 'at-firehose --help'.
EOF
done_testing
