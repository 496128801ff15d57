# shellcheck shell=sh
# Functions of the benches: time two commands in turn, and print the table's
# rows.

set -eu
LC_ALL=C
export LC_ALL

runs=${RUNS:-5}
missed=0
bench_exit=:

# at_exit CMD: run the command when the bench ends, the latest command first
at_exit() {
	bench_exit="$1; $bench_exit"
}

# seconds CMD: run a command line; set $ns to its wall time in nanoseconds
seconds() {
	bench_start=$(date +%s%N)
	sh -c "$1" >/dev/null
	ns=$(($(date +%s%N) - bench_start))
}

# median FILE: print the median of its numbers
median() {
	sort -n "$1" | awk '{ v[NR] = $1 } END { print v[int((NR + 1) / 2)] }'
}

row() {
	printf '%-52s %10s %10s  %s\n' "$@"
}

# judge NAME VALUE BAR: print a row; the value may be at most the bar
judge() {
	if awk -v a="$2" -v b="$3" 'BEGIN { exit !(a <= b) }'; then
		row "$1" "$2" "<= $3" ok
	else
		row "$1" "$2" "<= $3" MISSED
		missed=$((missed + 1))
	fi
}

# judge_least NAME VALUE BAR: print a row; the value must be at least the bar
judge_least() {
	if awk -v a="$2" -v b="$3" 'BEGIN { exit !(a >= b) }'; then
		row "$1" "$2" ">= $3" ok
	else
		row "$1" "$2" ">= $3" MISSED
		missed=$((missed + 1))
	fi
}

# ratio NAME BAR A B [PREPARE-A PREPARE-B]: run A and B in turn, each after its
# preparation, and print a row with the median of the ratios of their wall
# times. The first run of each only warms up. A bar of - judges nothing.
ratio() {
	bench_n=0
	: >ratios
	while [ "$bench_n" -le "$runs" ]; do
		eval "${5-}" >/dev/null
		seconds "$3"
		bench_a=$ns
		eval "${6-}" >/dev/null
		seconds "$4"
		[ "$bench_n" -eq 0 ] || awk -v a="$bench_a" -v b="$ns" \
		    'BEGIN { printf "%.2f\n", a / b }' >>ratios
		bench_n=$((bench_n + 1))
	done
	if [ "$2" = - ]; then
		row "$1" "$(median ratios)" - "for comparison"
	else
		judge "$1" "$(median ratios)" "$2"
	fi
}

# rate NAME BAR FILE CMD: print a row with the median MB/s at which CMD reads
# FILE
rate() {
	bench_n=0
	: >rates
	while [ "$bench_n" -lt "$runs" ]; do
		seconds "$4"
		awk -v b="$(wc -c <"$3")" -v ns="$ns" \
		    'BEGIN { printf "%.0f\n", b / ns * 1000 }' >>rates
		bench_n=$((bench_n + 1))
	done
	judge_least "$1" "$(median rates)" "$2"
}

# anonymous PROGRAM CMD: run a command line; set $peak to the maximum of
# PROGRAM's anonymous memory meanwhile, in kB
anonymous() {
	sh -c "$2" >/dev/null &
	peak=0
	while kill -0 $! 2>/dev/null; do
		now=$(pgrep -x "$1" | while read -r pid; do
			awk '/^RssAnon/ { print $2 }' \
			    "/proc/$pid/status" 2>/dev/null
		done | sort -n | tail -n 1)
		[ "${now:-0}" -le "$peak" ] || peak=$now
	done
	wait $! || :
}
