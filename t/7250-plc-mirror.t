#!/bin/sh
# A mirror of a PLC directory, at-plcexport | at-plcaudit | at-load, whose
# directory answers wrongly most of the time and whose processes are killed
# again and again, all at once or one of them: in the end the archive has what
# the directory has, and the database what mkplc says. ATPIPE_KILLS is the
# number of kills, by default 20. Some come early and some late, because nobody
# knows how fast the machine is.
kills=${ATPIPE_KILLS:-20}
ATPIPE_MINUTES=${ATPIPE_MINUTES:-$((10 + kills / 5))}
export ATPIPE_MINUTES
. "${0%/*}/lib/tap.sh"
. "$top/t/lib/load.sh"
. "$top/t/lib/wsd.sh"
command -v jq >/dev/null || skip_all "no jq"
command -v setsid >/dev/null || skip_all "no setsid"

each=300
mkplc -n $((kills * each)) -s 7 -t -x 10 -v verdicts -l latest >made
sed 's/^{"type":"plc",\("did":"[^"]*"\),\("seq":[0-9]*\),/{\1,\2,/
    s/}$/,"type":"sequenced_op"}/' made >served

start_wsd -e operations -w words
url=http://127.0.0.1:$port

# mirror [OPTION...]: run it on $db, in a group of processes of its own
mirror() {
	exec setsid "$top/contrib/examples/plc-mirror" plc "$db" -q \
	    --allow-private --retries 50 --retry-delay 1ms -u "$url" "$@"
}

# member NAME: print the process of this name in the group
member() {
	ps -e -o pgid= -o pid= -o comm= |
		awk -v group="$pid" -v name="$1" '$1 == group && $3 == name {
		    print $2 }'
}

is_over() {
	! ps -e -o pgid= | awk -v group="$pid" '$1 == group { n++ }
	    END { exit !n }'
}

# cut_down NAME: kill this process of the mirror, or all of them. The others
# may wait for operations, so they end by a signal.
cut_down() {
	if [ "$1" = all ]; then
		kill -s KILL -- -"$pid"
	else
		one=$(member "$1")
		[ -z "$one" ] || kill -s KILL "$one"
		kill -s TERM -- -"$pid"
	fi 2>/dev/null
	wait "$pid" 2>/dev/null
	wait_for "the end of the group" is_over
}

count() {
	sql "$db" 'SELECT count(*) FROM plc_operations' 2>/dev/null || echo 0
}

# accounts: print them in the form of mkplc
accounts() {
	time=%s
	[ "$kind" = sqlite ] || time="to_char(%s AT TIME ZONE 'UTC',
	    'YYYY-MM-DD\"T\"HH24:MI:SS.MS\"Z\"')"
	# shellcheck disable=SC2059 # a form
	sql "$db" "SELECT did, handle, pds, key,
	    CASE WHEN tombstoned THEN 1 ELSE 0 END,
	    $(printf "$time" created_at), $(printf "$time" updated_at)
	    FROM plc_latest"
}

awk '{ v[$1] = $2 } END { for (i in v) if (v[i] ~ /^[a-z]/) print i, v[i] }' \
    verdicts | sort -n >want.verdicts
sort latest >want.latest

mirrors() {
	kind=$1
	db=$(database "$kind" plc)
	rm -rf plc plc.state*
	: >operations
	i=0 unfinished=0
	while [ "$i" -lt "$kills" ]; do
		sed -n "$((i * each + 1)),$((i * each + each))p" served \
		    >>operations
		echo "chaos=1&stop=$((i * 7 % 40))&close=$((i % 4 + 1))" >words
		set -- --tail
		[ $((i % 3)) -ne 0 ] || set -- --stream
		(mirror "$@") >>said 2>&1 &
		pid=$!
		sleep "0.$(echo "05 10 15 20 30 50 80" |
		    cut -d ' ' -f $((i * 3 % 7 + 1)))"
		set -- at-plcexport at-plcaudit at-load all
		shift $((i % 4))
		cut_down "$1"
		i=$((i + 1))
		[ "$(count)" -ge $((i * each * 95 / 100)) ] ||
			unfinished=$((unfinished + 1))
	done
	ok "$kind: some were killed before the end" test "$unfinished" -gt 1
	: >words
	(mirror) >out 2>err
	grep -v '^at-plcaudit: -: line\|cut off' err >said
	same "$kind: the last run reports only invalid operations" said </dev/null
	at-plcexport plc >got
	ok "$kind: the archive has what the directory has" cmp made got
	sql "$db" "SELECT seq, CASE WHEN nullified THEN 'nullified'
	    ELSE 'valid' END FROM plc_operations WHERE audit = 'valid'
	    ORDER BY seq" | tr '|' ' ' >got
	same "$kind: the database has all verdicts" got <want.verdicts
	accounts | sort >got
	same "$kind: and what they say of accounts" got <want.latest
	is "$kind: the cursor" "$(sql "$db" 'SELECT cursor FROM cursors')" \
	    $((kills * each))
}
each_database mirrors -F

done_testing
