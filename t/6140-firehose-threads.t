#!/bin/sh
# Recorded frames give the same lines, messages and exit status whether threads
# verify their signatures ahead or not
. "${0%/*}/lib/tap.sh"

need_network
command -v taskset >/dev/null || skip_all "no taskset"
cpu=$(taskset -cp $$ | sed 's/.*: //; s/[-,].*//')
[ "$(taskset -c "$cpu" nproc)" != "$(nproc)" ] || skip_all "one processor"

alice=did:plc:ewvi7nxzyoun6zhxrhs64oiz
bob=did:plc:vath6jhrzqdqegcoffdgrxma
carol=did:plc:aaaaaaaaaaaaaaaaaaaaaaaa
dave=did:plc:bbbbbbbbbbbbbbbbbbbbbbbb

mkframes -r 12 -n 15 -k 5 -K keys >many
mkframes -d $alice -s 200 -K more -- +a.b.c/w 'signature!+a.b.c/x' active \
    sync 'key!+a.b.c/y' 'key!sync' bad 'block!+a.b.c/z' identity \
    'did!+a.b.c/1' 'op!+a.b.c/2' 'old!+a.b.c/3' other =a.b.c/w >wrong
cat more >>keys
mkframes -P -d $bob -s 300 -K more -- +a.b.c/x 'signature!+a.b.c/y' \
    -a.b.c/x sync >p256
cat more >>keys
mkframes -d $carol -s 400 +a.b.c/x sync +a.b.c/y >unknown
# The key of another account
mkframes -d $dave -s 500 -- +d.e.f/x -d.e.f/x >changed
sed -n "3s/\"did:plc:[a-z]*\"/\"$dave\"/p" keys >theirs
cat theirs >>keys
cat wrong many p256 wrong unknown changed many p256 >frames
zstd -q frames

# without_time FILE: the lines without the times of errors
without_time() {
	sed '/^{"type":"error"/s/,"at":"20[^"]*Z"//' "$1"
}

# both STATUS NAME COMMAND: run a command line with one processor and with all
both() {
	exits "$1" "$2: one processor" taskset -c "$cpu" sh -c "$3"
	without_time out >one
	cp err one.err
	exits "$1" "$2: threads" sh -c "$3"
	without_time out >all
	same "$2: the same lines" all <one
	same "$2: the same messages" err <one.err
}

both 1 'many keys' 'at-firehose -u relay.test -k keys frames'
jq -r 'select(.type == "commit" or .error == "BadSignature") |
    [.type, .signature] | join(" ")' all | sort | uniq -c >got
same 'right and wrong signatures, and unknown keys' got <<'EOF'
      3 commit unchecked
    374 commit verified
     10 error 
EOF
both 1 'zstd' 'at-firehose -k keys frames.zst'
both 1 'several files' 'at-firehose -k keys many wrong many frames.zst p256'
both 1 'several -k' "at-firehose -k more -k keys -k $(
    jq -r .key more) frames"
both 1 'no key' 'at-firehose --require-signature frames'
both 1 'some keys' 'at-firehose --require-signature -k keys frames'
both 1 '-c' "at-firehose -c 'd.*' -k keys frames"
both 1 '--signal' "at-firehose --signal 'a.b.*' -k keys frames"
printf '%s\n' $alice $bob $dave >accounts
both 1 '--accounts' 'at-firehose --accounts accounts -k keys frames'
both 1 '-n' 'at-firehose -n 30 -k keys frames'
both 1 'one key for all' "at-firehose -k $(jq -r .key keys | sed -n 3p) frames"
both 1 'a pipe, byte by byte' 'cat wrong p256 many | head -c 60000 |
    dd bs=1 2>/dev/null | at-firehose -k keys -'
{ head -c 40000 frames && printf '\377' && cat many; } >damaged
both 1 'a damaged file' 'at-firehose -k keys damaged'
head -c 90001 frames >short
both 1 'a file that is cut' 'at-firehose -k keys short'
both 1 '--record' 'rm -f copy; at-firehose --record copy -k keys frames'
ok 'the recording has the frames' cmp copy frames

done_testing
