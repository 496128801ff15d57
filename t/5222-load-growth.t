#!/bin/sh
# How at-load's cost grows: four times the lines take about four times the
# processor time, in whatever respect one account has many. If the cost were
# quadratic, it would be sixteen times.
. "${0%/*}/lib/tap.sh"
. "$top/t/lib/load.sh"
. "$top/t/lib/growth.sh"
. "$top/t/lib/postgres.sh"

new_database() {
	rm -f growth.db*
	db=growth.db
}

# used LIMIT LINES: print at-load's time, user and system, in hundredths of a
# second; nothing if it takes more than LIMIT seconds
used() {
	new_database
	(
		# shellcheck disable=SC3045 # any sh that we know has it
		ulimit -t "$1"
		at-load -q "$db" "$2" >/dev/null 2>&1
		[ $? -le 1 ] && times
	) | awk '
	function hundredths(t) {
		split(t, part, /[ms]/)
		return part[1] * 6000 + part[2] * 100
	}
	NR == 2 { printf "%d\n", hundredths($1) + hundredths($2) }'
}

# linear KIND: measured times are at least a twentieth of a second
linear() {
	growth "$1" 4000 >few
	growth "$1" 16000 >many
	few=$(used 60 few)
	[ "${few:=1}" -ge 5 ] || few=5
	many=$(used $((few * 8 / 100 + 1)) many)
	[ "${many:=9999}" -lt $((few * 8)) ] && return
	echo "# $few hundredths of a second, then $many"
	return 1
}

for kind in $growth_kinds; do
	ok "much of $kind" linear "$kind"
done

# The rule for live commits is the same for both databases, and what it writes
# must not grow either.
if postgres_find; then
	ok "PostgreSQL starts" postgres_start -F || done_testing
	new_database() {
		db=$(postgres_db growth)
	}
	for kind in runs gaps; do
		ok "PostgreSQL: much of $kind" linear "$kind"
	done
else
	skip "in PostgreSQL" "no server of PostgreSQL"
fi

done_testing
