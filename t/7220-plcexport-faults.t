#!/bin/sh
# at-plcexport -d against a directory that answers wrongly most of the time,
# killed again and again: in the end the archive has exactly what the directory
# has. ATPIPE_KILLS is their number, by default 20.
. "${0%/*}/lib/tap.sh"
. "$top/t/lib/net.sh"
. "$top/t/lib/plc.sh"
. "$top/t/lib/wsd.sh"

kills=${ATPIPE_KILLS:-20}
start_wsd -e operations -w words
url=http://127.0.0.1:$port
echo 'chaos=1' >words

# export_ ARGUMENT...: run at-plcexport with short pauses. In the background
# the program is the process that a kill hits.
export_() {
	exec at-plcexport -q --allow-private --retries 50 --retry-delay 1ms \
	    -u "$url" -d plc "$@"
}

# Every run gets more than the one before, and one in three may end.
i=0
: >operations
: >numbers
while [ $i -lt "$kills" ]; do
	served $((i * 300 + 1)) $((i * 300 + 300)) >>operations
	(export_ -n 200) >out 2>>err
	jq 'select(.type == "plc").seq' out >>numbers
	export_ --tail >out 2>>err &
	pid=$!
	sleep 0.$((i * 3 % 5))
	kill -KILL $pid 2>/dev/null
	wait $pid 2>/dev/null
	i=$((i + 1))
done
(export_ -n 100) >out 2>>err
: >words
run sh -c "at-plcexport --allow-private -u $url -d plc"
is "the last run" "$status$(grep -v 'cut off' err)" 0
zstdcat plc/*.zst >got
lines 1 $((kills * 300)) >want
same "the archive" got <want
is "runs that end write ascending operations" \
    "$(sort -nuc numbers 2>&1)" ''
ok "some were killed before the end" test "$(wc -l <numbers)" -gt 200

done_testing
