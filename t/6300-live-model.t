#!/bin/sh
# at-load and the live stream: random histories, with lost frames and killed
# processes. at-load's promises about a synced account must hold.
. "${0%/*}/lib/tap.sh"
. "$top/t/lib/postgres.sh"

# Sanitizers are slow.
if nm "$build/libcar/load/load.o" 2>/dev/null | grep -q __asan; then
	histories=600
else
	histories=4000
fi
ok "SQLite: $histories histories" "$unit"/live-model live.db "$histories"
for clause in every cursor; do
	ok "they show that the rule needs its clause $clause" \
	    "$unit"/live-model "$clause.db" 1500 1 "$clause"
done
if postgres_find; then
	ok "PostgreSQL starts" postgres_start -F || done_testing
	ok "PostgreSQL: $((histories / 4)) histories" \
	    "$unit"/live-model "$(postgres_db live)" "$((histories / 4))" 2
else
	skip "in PostgreSQL" "no server of PostgreSQL"
fi

done_testing
