# shellcheck shell=sh
# shellcheck disable=SC2119,SC2154 # here and growth_kinds are from elsewhere
# Print how at-load's cost grows with the size of one account. For each kind of
# t/lib/growth.sh, such as collections or snapshots, it prints the seconds for
# 1,000, 4,000, 16,000 and 64,000 of them, and the ratio of the last two, which
# is about 4 if the cost is linear. KINDS selects kinds. This part has no bar,
# and runs only if it is named.

. "$here/../../t/lib/postgres.sh"
. "$here/../../t/lib/growth.sh"

# growth_row KIND DATABASE NEW: print a row; NEW makes the database
growth_row() {
	printf '%-16s' "$1"
	for growth_n in 1000 4000 16000 64000; do
		growth "$1" $growth_n >lines
		eval "$3"
		growth_last=${ns:-0}
		seconds "at-load -q '$2' lines 2>/dev/null || :"
		echo "$ns" | awk '{ printf " %8.2f", $1 / 1e9 }'
	done
	echo "$growth_last $ns" | awk '{ printf " %6.1f\n", $2 / $1 }'
}

# growth_table NAME DATABASE NEW: print the rows of all kinds
growth_table() {
	printf '%-16s %8s %8s %8s %8s %6s\n' "$1" 1k 4k 16k 64k ratio
	for growth_kind in ${KINDS:-$growth_kinds}; do
		growth_row "$growth_kind" "$2" "$3"
	done
}

growth_table SQLite growth.db 'rm -f growth.db*'
if postgres_find; then
	postgres_start
	growth_table PostgreSQL "$(postgres_url growth)" \
	    'postgres_db growth >growth.url'
	postgres_stop
fi
