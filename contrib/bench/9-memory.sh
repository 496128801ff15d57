# shellcheck shell=sh
# shellcheck disable=SC2154 # build is from run
# The memory of at-firehose and at-load while many events pass through both:
# first 500 events of each account, then 5 events of each of many more accounts.
# The accounts take turns, so in the second pass most of them are not in memory
# when they write again. EVENTS (10000000) may be set; TMPDIR needs about 5 GB.
#
# It prints a row for each tenth of the time. at-firehose has a fixed limit.
# at-load may take at most a tenth more memory in the second half than in the
# first; it reaches its maximum after a million events.

# script N: print arguments of mkframes, N commits that create, update and
# delete 20 records by turns
script() {
	awk -v n="$1" 'BEGIN {
		for (i = 0; i < n; i++) {
			turn = int(i / 20) % 4
			action = i >= 20 && turn == 0 ? "=" : \
			    substr("+=-+", turn + 1, 1)
			printf "%sapp.bsky.feed.post/3k%011d\n", action, i % 20
		}
	}'
}

# memory_of PID: print its anonymous memory in kB; 0: it has ended
memory_of() {
	sed -n 's/^RssAnon:[^0-9]*\([0-9]*\).*/\1/p' "/proc/$1/status" \
	    2>/dev/null | grep . || echo 0
}

# watch: print the memory of both programs once a second while at-load runs
watch() {
	watch_start=$(date +%s)
	while kill -0 "$load_pid" 2>/dev/null; do
		echo "$(($(date +%s) - watch_start)) $(memory_of \
		    "$firehose_pid") $(memory_of "$load_pid")"
		sleep 1
	done
}

# pass ACCOUNTS COMMITS: let these events through, and judge the memory
pass() {
	# shellcheck disable=SC2046 # one argument for each commit
	mkframes -- $(script "$2") >some
	rm -f x.db*
	moreframes "$1" <some >events &
	at-firehose events >lines &
	firehose_pid=$!
	at-load x.db <lines 2>load.err &
	load_pid=$!
	watch >memory
	wait $load_pid || row "  at-load failed: $(tail -n 1 load.err)" 1 - ''
	row "  $1 accounts of $2 events: events, seconds" $(($1 * $2)) \
	    "$(tail -n 1 memory | cut -d ' ' -f 1)" 'for comparison'
	awk '{ line[++n] = $0 }
	    END {
		for (i = 1; i <= 10 && n >= 10; i++) {
			split(line[int(i * n / 10)], f, " ")
			printf "  after %5d s: %8d kB at-firehose, " \
			    "%8d kB at-load\n", f[1], f[2], f[3]
		}
	    }' memory
	judge "at-firehose, $1 accounts: anonymous memory, kB" \
	    "$(awk '$2 > m { m = $2 } END { print m + 0 }' memory)" 65536
	judge "at-load, $1 accounts: second half / first half" \
	    "$(awk '{ m[NR] = $3 } END {
		for (i = 1; i <= NR; i++) {
			if (i <= NR / 2 && m[i] > a) a = m[i]
			if (i > NR / 2 && m[i] > b) b = m[i]
		}
		printf "%.2f\n", b / (a ? a : 1) }' memory)" 1.1
	rm -f x.db* some memory
}

mkfifo events lines
pass $((${EVENTS:-10000000} / 500)) 500
pass $((${EVENTS:-10000000} / 5)) 5
rm events lines
