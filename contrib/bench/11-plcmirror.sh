# shellcheck shell=sh
# shellcheck disable=SC2154 # build is from run
# A mirror of a PLC directory: at-plcaudit | at-load, into an SQLite file, of a
# made-up export with changes, thefts that are nullified and tombstones. No bar
# says how fast this must be, so the rows are for comparison. OPERATIONS
# (200000; two fifths as many DIDs) may be set; TMPDIR needs 3 kB for each.

mirror_operations=${OPERATIONS:-200000}

# memory_of PID: print its anonymous memory in kB; 0: it has ended
memory_of() {
	sed -n 's/^RssAnon:[^0-9]*\([0-9]*\).*/\1/p' "/proc/$1/status" \
	    2>/dev/null | grep . || echo 0
}

# watch: print the memory of both programs twice a second
watch() {
	while kill -0 "$load_pid" 2>/dev/null; do
		echo "$(memory_of "$audit_pid") $(memory_of "$load_pid")"
		sleep 0.5
	done
}

# cpu: print the seconds that children have used
cpu() {
	times >used
	tail -n 1 used | tr 'ms' '  ' |
		awk '{ printf "%.2f\n", $1 * 60 + $2 + $3 * 60 + $4 }'
}

# mirror NAME OPTION...: audit and load, and print rows about it
mirror() {
	mirror_name=$1
	shift
	rm -f plc.db* plc.state*
	cpu >before
	mirror_start=$(date +%s%N)
	at-plcaudit -q "$@" plc >audited &
	audit_pid=$!
	at-load plc.db <audited 2>load.err &
	load_pid=$!
	watch >memory
	wait $audit_pid && wait $load_pid ||
		row "  failed: $(tail -n 1 load.err)" 1 - ''
	ns=$(($(date +%s%N) - mirror_start))
	cpu >after
	row "$mirror_name: operations/s" "$(awk -v n="$mirror_operations" \
	    -v ns="$ns" 'BEGIN { printf "%.0f", n / ns * 1e9 }')" - \
	    'for comparison'
	row '  CPU seconds for a million operations' \
	    "$(paste before after | awk -v n="$mirror_operations" \
	    '{ printf "%.1f", ($2 - $1) / n * 1e6 }')" - 'for comparison'
	row '  at-plcaudit, at-load: anonymous memory, kB' \
	    "$(sort -n memory | tail -n 1 | cut -d ' ' -f 1)" \
	    "$(cut -d ' ' -f 2 memory | sort -n | tail -n 1)" 'for comparison'
	row '  database, state: bytes for each operation' \
	    "$(($(cat plc.db* | wc -c) / mirror_operations))" \
	    "$(($(cat plc.state* 2>/dev/null | wc -c) / mirror_operations))" \
	    'for comparison'
}

mkfifo audited
mkplc -n "$mirror_operations" -t -s 1 >plc
row '  operations, bytes' "$mirror_operations" "$(wc -c <plc)" ''
mirror 'at-plcaudit -j 1 | at-load' -j 1
mirror 'at-plcaudit -j 2 | at-load' -j 2
mirror 'at-plcaudit -j 2 --state | at-load' -j 2 --state plc.state
rm -f plc plc.db* plc.state* audited
