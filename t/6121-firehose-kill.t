#!/bin/sh
# at-firehose into at-load beside the reference PDS: both programs, or one of
# them, are killed at random instants while accounts are written to. What is in
# the database is true after each kill, and in the end nothing is missing.
# ATPIPE_KILLS is their number for each kind of database, by default 20.
kills=${ATPIPE_KILLS:-20}
ATPIPE_MINUTES=${ATPIPE_MINUTES:-$((10 + kills / 5))}
export ATPIPE_MINUTES
. "${0%/*}/lib/tap.sh"
. "$top/t/lib/realnet.sh"
. "$top/t/lib/realpds.sh"
. "$top/t/lib/load.sh"
. "$top/t/lib/realfirehose.sh"
prepare_realpds
own_network
ok "the PDS and the directory start" start_realpds --no-seed || done_testing

# begin BATCH BYTES: both programs, with a pipe that never waits for the other
# side to open. BYTES isn't 0: the pipe ends after as many. The PDS keeps all
# events, so --from 0 is a beginning that loses none.
begin() {
	at-status --cursors "$db" >cursors
	from=
	[ -s cursors ] || from='--from 0'
	rm -f stream
	mkfifo stream
	exec 3<>stream
	exec 4<stream
	exec 5>stream 3>&-
	if [ "$2" -eq 0 ]; then
		at-load --batch "$1" "$db" <&4 4<&- 5>&- 2>>load.err &
	else
		head -c "$2" <&4 4<&- 5>&- |
			at-load --batch "$1" "$db" 4<&- 5>&- 2>>load.err &
	fi
	load=$!
	# shellcheck disable=SC2086 # words
	firehose $from <cursors >&5 4<&- 5>&- 2>>firehose.err &
	firehose=$!
	exec 4<&- 5>&-
}

# ended PROGRAM PROCESS: wait for it, and append its status to the file statuses
ended() {
	ended_status=0
	wait "$2" 2>/dev/null || ended_status=$?
	echo "$1 $ended_status" >>statuses
}

# dump: what the database knows, in one snapshot: A for the rev of each synced
# account, R for each record, T for each tombstone
dump() {
	sql "$db" "
	SELECT 'A ' || did || ' ' || synced_rev FROM repos
	    WHERE synced_rev IS NOT NULL
	UNION ALL SELECT 'R ' || did || ' ' || rev || ' ' || collection ||
	    '/' || rkey || ' ' || cid FROM all_records
	UNION ALL SELECT 'T ' || did || ' ' || rev || ' ' || collection ||
	    '/' || rkey FROM tombstones" | sort
}

# untrue DUMP: what a synced account has in it, against the log of all writes up
# to its rev. Only a key that has changed since may be different. The file later
# gets the number of these keys.
untrue() {
	awk '
	FILENAME == ARGV[1] && $1 == "A" { synced[$2] = $3 }
	FILENAME == ARGV[1] && $1 != "A" && ($2 in synced) {
		if ($3 > synced[$2]) {
			changed[$2 " " $4]
			later++
		} else if ($1 == "R")
			got[$2 " " $4] = $5
	}
	FILENAME == ARGV[2] && $1 <= synced[$2] { want[$2 " " $3] = $4 }
	END {
		for (key in want)
			if (want[key] == "-")
				delete want[key]
		for (key in want)
			if (!(key in changed) && got[key] != want[key])
				print key, "want", want[key], "got", got[key]
		for (key in got)
			if (!(key in want))
				print key, "got", got[key]
		print later + 0 >>"later"
	}' "$1" log
}

# random: for each kill the time since the programs began, who is killed, the
# lines in a transaction, and after how many bytes the pipe ends, or 0
random() {
	awk -v n="$kills" -v seed="$$" 'BEGIN {
		srand(seed)
		split("both at-firehose at-load", victims)
		for (i = 1; i <= n; i++)
			printf "%.3f %s %d %d\n", rand() * rand() * 3,
			    victims[int(rand() * 3) + 1],
			    rand() < 0.7 ? 1 : 20000,
			    rand() < 0.3 ? rand() * 50000 + 1 : 0
	}'
}

kill_all() {
	random >instants
	exec 6<instants
	i=0
	while read -r instant victim batch bytes <&6; do
		i=$((i + 1))
		begin "$batch" "$bytes"
		sleep "$instant"
		case $victim in
		at-firehose) kill -9 "$firehose" ;;
		at-load) kill -9 "$load" ;;
		*)	kill -9 "$firehose" "$load" ;;
		esac 2>/dev/null
		ended at-firehose "$firehose"
		ended at-load "$load"
		dump >"dump.$i"
	done
	exec 6<&-
}

# count: the lines of standard input, and how often each is there
count() {
	sort | uniq -c | sed 's/^ *//' | diag
}

# kept: what is synced in the dumps is true. How many of the kills were within a
# commit depends on the machine and on luck.
kept() {
	rm -f later
	for file in dump.*; do
		untrue "$file"
	done >found
	same "$kind: killed $kills times: what is synced is true" found \
	    </dev/null
	within=$(grep -cv '^0$' later)
	echo "$within kills were within a commit of an account" | diag
}

whole() {
	begin 20000 0
	settle "the last commit"
	unfollow
	is "$kind: at-firehose ends" "$status" 0
	is "at-load ends" "$loaded" 0
	act records >want
	shown "$db" >got
	ok "the database has what listRecords shows" cmp got want
	exits 0 "at-status --unsynced" at-status --unsynced "$db"
	same "names none" out </dev/null
	ok "the database is sound" sound "$db"
}

killed() {
	kind=$1
	db=$(database "$kind" killed)
	at-load "$db" </dev/null
	rm -f statuses load.err firehose.err
	at_work
	kill_all
	off_work
	count <statuses
	kept
	whole
	same "at-firehose reports nothing" firehose.err </dev/null
	sed 's/.* JSON: .*/a line is cut/' load.err | sort -u >got
	echo 'a line is cut' | comm -13 - got >said
	same "at-load reports only lines that are cut" said </dev/null
}
each_database killed -F

done_testing
