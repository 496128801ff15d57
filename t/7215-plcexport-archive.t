#!/bin/sh
# at-plcexport -d: an archive that is resumed, and files that are read back
. "${0%/*}/lib/tap.sh"
. "$top/t/lib/net.sh"
. "$top/t/lib/plc.sh"

start_faultyd -n 1

# export ARGUMENT...: with one try
export_() {
	forget
	run at-plcexport --allow-private --retries 0 --retry-delay 10ms \
	    -u "$url" "$@"
}

# seqs: print the numbers of the operations in the output, as ranges
seqs() {
	jq 'select(.type == "plc").seq' out | awk '
	NR > 1 && $1 != last + 1 { print first "-" last }
	NR == 1 || $1 != last + 1 { first = $1 }
	{ last = $1 }
	END { if (NR) print first "-" last }' | tr '\n' ' '
}

# has FIRST LAST NAME: the archive has these operations
has() {
	lines "$1" "$2" >want
	zstdcat plc/*.zst >got
	same "$3: the archive" got <want
}

served 1 1000 | page 0
served 1001 1500 | page 1000
page 1500 </dev/null
export_ -d plc
is 'the first run' "$status $(seqs)$(cat err)" '0 1-1500 '
has 1 1500 'the first run'
is 'its name' "$(ls plc)" 0000000000000001.ndjson.zst
is 'cursors only in the output' "$(grep -c '"cursor"' out)" 2

# The next run asks for the last operation again.
served 1500 1500 | page 1499
export_ -d plc
is 'nothing new' "$status $(cat out err)" '0 '
is 'nothing new: requests' "$(asked)" '0 200 /export?count=1000&after=1499'
served 1500 1700 | page 1499
page 1700 </dev/null
export_ -d plc
is 'something new' "$status $(seqs)$(tail -n 1 out | jq -r .cursor)" \
    '0 1501-1700 1700'
has 1 1700 'something new'
served 1700 1720 | page 1699
served 1700 1710 | put export/11,1699
export_ -d plc -n 10
is '-n' "$status $(seqs)" '0 1701-1710 '
served 1710 1720 | page 1709
page 1720 </dev/null
export_ -d plc
has 1 1720 '-n'

# A torn tail is cut off and fetched again.
size=$(stat -c %s plc/*.zst)
truncate -s $((size - 3)) plc/*.zst
run at-plcexport --allow-private -u "$url" -d plc
is 'a torn tail' "$status $(seqs)$(grep -o 'cut off' err)" '0 1711-1720 cut off'
has 1 1720 'a torn tail'

# What is damaged in another way stays as it is.
cp -R plc before
first=plc/0000000000000001.ndjson.zst
dd if=/dev/zero of=$first bs=1 seek=400 count=8 conv=notrunc status=none
cp -R plc damaged
export_ -d plc
is 'damage' "$status $(sed 's/zstd: .*/zstd/' err)" "2 at-plcexport: $(:
    )plc/0000000000000001.ndjson.zst: damaged after byte 0: zstd"
ok 'damage stays' diff -r plc damaged
rm -r plc && mv before plc
cp "$top/README" plc/0000000000000009.ndjson.zst
export_ -d plc
is 'another file' "$status $(sed 's/zstd: .*/zstd/' err)" "2 at-plcexport: $(:
    )plc/0000000000000009.ndjson.zst: damaged after byte 0: zstd"
rm plc/0000000000000009.ndjson.zst
echo '{"type":"cursor","seq":5}' | zstd -q >plc/0000000000000009.ndjson.zst
export_ -d plc
is 'other lines' "$status $(head -n 1 err)" \
    "2 at-plcexport: -d: the last line of plc isn't an operation"
rm plc/0000000000000009.ndjson.zst
export_ -d /proc/none
is 'no directory' "$status $(cat err)" \
    "2 at-plcexport: can't make /proc/none: No such file or directory"

# A second writer
exec 9>plc/.lock
flock 9
export_ -d plc
is 'a second writer' "$status $(cat err)" \
    "75 at-plcexport: plc: another process writes to this archive"
exec 9>&-

# --cursor: first what the archive has
served 1720 1730 | page 1719
page 1730 </dev/null
export_ -d plc --cursor 1690
is '--cursor in the archive' "$status $(seqs)" '0 1691-1730 '
is '--cursor: cursors' "$(jq -r 'select(.type == "cursor").cursor' out |
    tr '\n' ' ')" '1720 1730 '
has 1 1730 '--cursor'
served 1730 1730 | page 1729
export_ -d plc --cursor ''
is 'from the beginning' "$status $(seqs)" '0 1-1730 '
export_ -d plc --cursor 0 -n 20
is '-n within the archive' "$status $(seqs)$(asked)" '0 1-20 '
export_ -d plc --cursor 1730
is 'its end' "$status $(cat out)" '0 '
served 1730 1738 | page 1729
page 1738 </dev/null
cp -R plc behind
export_ -d behind --cursor 1735
is 'an archive that is behind its reader' "$status $(seqs)$(tail -n 1 out |
    jq -r .cursor)" '0 1736-1738 1738'
zstdcat behind/*.zst | tail -n +1700 >got
lines 1700 1738 >want
same 'it gets what it lacks' got <want
served 1738 1738 | page 1737
export_ -d behind --cursor 1750
is 'nothing for the reader' "$status $(cat out)" '0 '
served 501 600 | page 500
page 600 </dev/null
export_ -d part --cursor 500
is 'an archive may begin anywhere' "$status $(seqs)$(ls part)" \
    '0 501-600 0000000000000501.ndjson.zst'

# Another directory
op did:plc:bbbbbbbbbbbbbbbbbbbbbbbb 1730 | page 1729
export_ -d plc
is 'another operation' "$status $(jq -r .message out)" "1 $(:
    )$url/export?count=1000&after=1729: seq 1730 was another operation before;$(:
    ) now it is did:plc:bbbbbbbbbbbbbbbbbbbbbbbb $(cid_of 1730)"
has 1 1730 'another operation'
served 1731 1735 | page 1729
page 1735 </dev/null
export_ -d plc
is 'one that is gone' "$status $(seqs)$(jq -r .message out | head -n 6 |
    tail -n 1)" "1 1731-1735 $url/export?count=1000&after=1729: $(:
    )seq 1730 is the last known operation, and is missing"
has 1 1735 'one that is gone'
page 1734 </dev/null
export_ -d plc
is 'a directory that has less' "$status $(jq -r .message out)" "1 $url$(:
    )/export?count=1000&after=1734: $(:
    )seq 1735 is the last known operation, and is missing"

# A page that is cut before that operation says nothing about it.
served 1735 1735 | page 1734
echo "* /export* first=1 body='{\"did\":\"did:p'" | rules
export_ -d plc
is 'a page that is cut' "$status $(asked | wc -l) $(cat out err)" '0 2 '
op did:plc:bbbbbbbbbbbbbbbbbbbbbbbb 1735 | page 1734
echo "* /export* first=1 body='{\"did\":\"did:p'" | rules
export_ -d plc
is 'then another operation' "$status $(jq -r .message out |
    grep -o 'was another')" '1 was another'
rules </dev/null

# Reading back
lines 1 1735 >all
run at-plcexport plc
same 'a directory' out <all
run at-plcexport plc/*.zst
same 'files' out <all
run at-plcexport - <all
same 'standard input' out <all
run sh -c 'zstdcat plc/*.zst | at-plcexport --cursor 1730 - part -n 7'
is 'several, --cursor and -n' "$status $(seqs)" '0 1731-1735 '
run at-plcexport -n 3 --cursor 510 part
is '-n' "$status $(seqs)" '0 511-513 '
{
	lines 1 1
	echo '{"type":"cursor","service":"https://x.test","stream":"/export","cursor":"1"}'
	echo
	lines 2 2 | sed 's/"seq":2,//'
	echo '{"type":"plc","did":5}'
	echo 'no JSON'
	lines 3 3
	lines 3 3 | sed 's/"seq":3,/"seq":0,/'
} >odd
run at-plcexport odd nowhere
{
	sed -n '1,2p; 4p' odd
	sed -n 7,8p odd
} >want
grep -v '"error"' out >got
same 'other lines' got <want
is 'errors' "$status $(jq -r 'select(.type == "error") |
    .error + " " + .input' out | tr '\n' ' ')" \
    '1 BadLine odd BadLine odd Unreadable nowhere '
size=$(stat -c %s part/*.zst)
truncate -s $((size - 3)) part/*.zst
run at-plcexport part
is 'a file that is cut' "$status $(jq -r '.error // empty' out)" '1 BadFrame'

# Many files: one that ends before the cursor isn't opened.
mkdir many
lines 1 10 | zstd -q >many/0000000000000001.ndjson.zst
lines 11 20 | zstd -q >many/0000000000000011.ndjson.zst
lines 21 30 | zstd -q >many/0000000000000021.ndjson.zst
run at-plcexport many
is 'files in their order' "$status $(seqs)" '0 1-30 '
run at-plcexport many --cursor 19
is 'from the second' "$status $(seqs)" '0 20-30 '
rm many/0000000000000001.ndjson.zst
ln -s nowhere many/0000000000000001.ndjson.zst
run at-plcexport many --cursor 10
is 'not from the first' "$status $(seqs)" '0 11-30 '
run at-plcexport many --cursor 9
is 'or from it' "$status $(seqs)$(jq -r .error out | head -n 1)" \
    '1 11-30 Unreadable'

# No cursor follows what can't be read from an archive.
mkdir holes
lines 1 10 | zstd -q >holes/0000000000000001.ndjson.zst
lines 11 20 | zstd -q >holes/0000000000000011.ndjson.zst
truncate -s 99 holes/0000000000000001.ndjson.zst
export_ -d holes --cursor 0
is 'an archive with a hole' "$status $(seqs)$(jq -r .error out |
    head -n 1)$(grep -c '"cursor"' out)$(asked)" '1 11-20 BadFrame0'

usage_error '-d and files' \
    '-d is for an export; give files alone to read them' \
    at-plcexport -d plc plc

if [ -w /dev/full ]; then
	served 1735 1740 | page 1734
	page 1740 </dev/null
	run sh -c "at-plcexport --allow-private -u $url -d plc >/dev/full"
	is 'lines that are lost' "$status $(cat err)" \
	    "2 at-plcexport: can't write: No space left on device"
	has 1 1735 'lines that are lost'
fi

stop_faultyd
done_testing
