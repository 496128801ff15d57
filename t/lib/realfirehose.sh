# shellcheck shell=sh
# shellcheck disable=SC2034,SC2154 # status is for scripts; plc: realpds.sh
# For the tests that follow the reference PDS from at-firehose into at-load,
# after tap.sh, realnet.sh and realpds.sh:
#
#	. "$top/t/lib/load.sh"
#	. "$top/t/lib/realfirehose.sh"
#	db=$(database sqlite live)
#	follow --from 0		# at-firehose | at-load "$db", in the background
#	settle "the last commit"
#	unfollow

pds=http://127.0.0.1:2583
firehose=
# It would wait for a PDS that has ended.
follow_end() {
	[ -z "$firehose" ] || kill "$firehose" 2>/dev/null
}
at_exit follow_end

# firehose [OPTION...]: at-firehose with these options, of that PDS
firehose() {
	exec at-firehose --allow-private --plc "$plc" -u "$pds" "$@"
}

# follow [OPTION...]: at-firehose with these options goes on at the cursor of
# $db. Sets $firehose and $load, the processes. All lines go to the file lines,
# too.
follow() {
	at-status --cursors "$db" >cursors 2>/dev/null
	rm -f stream
	mkfifo stream
	tee -a lines <stream | at-load "$db" 2>load.err &
	load=$!
	firehose "$@" <cursors >stream 2>firehose.err &
	firehose=$!
}

# unfollow: sets $status, of at-firehose, and $loaded, of at-load
unfollow() {
	status=0 loaded=0
	kill "$firehose"
	wait "$firehose" || status=$?
	firehose=
	wait "$load" || loaded=$?
}

# settled: is each account that the PDS shows synced at its latest commit? The
# others must have the status of the PDS.
settled() {
	get sync.listRepos limit=1000 | jq -r '.repos[] | if .active then
	    "\(.did) active \(.rev)" else "\(.did) \(.status) -" end' |
		sort >hosted
	sql "$db" "SELECT a.did || ' ' || a.status || ' ' ||
	    CASE WHEN a.status <> 'active' THEN '-'
	    ELSE coalesce(r.synced_rev, 'unsynced') END
	    FROM accounts AS a LEFT JOIN repos AS r ON r.did = a.did
	    WHERE a.status <> 'deleted'" | sort >followed
	[ -s hosted ] && cmp hosted followed
}

# settle NAME: wait until it is, or show what is not, and end the script
settle() {
	wait_for "$1" settled && return
	diff hosted followed | diag
	done_testing
}

# shown DATABASE: at:// URI and CID of each record that people see
shown() {
	sql "$1" "SELECT uri || ' ' || cid FROM records" | sort
}

# handle_is HANDLE NEW: does the account of HANDLE have this handle in $db?
handle_is() {
	[ "$(sql "$db" "SELECT handle FROM accounts
	    WHERE did = '$(did_of "$1")'")" = "$2" ]
}

# at_work: the process $writer, write.mjs, writes to accounts from now on. The
# file log has all its changes. Wait until there is enough to begin with.
at_work() {
	serve writing node "$top/t/realpds/write.mjs" ready.json log \
	    2>write.err
	writer=$served
	wait_for "events to begin with" has_lines 1000 log
}

# off_work: it ends
off_work() {
	kill "$writer"
	ok "the writer ends" wait "$writer"
	same "the writer reports nothing" write.err </dev/null
}

# has_lines N FILE: at least
has_lines() {
	[ "$(wc -l <"$2")" -ge "$1" ]
}

# caught_up: is the last event of the PDS the cursor of $db?
caught_up() {
	[ "$(sql "$db" "SELECT cursor FROM cursors
	    WHERE stream = 'com.atproto.sync.subscribeRepos'")" = \
	    "$(sqlite3 pds/sequencer.sqlite 'SELECT max(seq) FROM repo_seq')" ]
}
