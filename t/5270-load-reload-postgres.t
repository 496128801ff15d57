#!/bin/sh
# at-load loads a large repo again: how much the server reads for it.
. "${0%/*}/lib/tap.sh"
. "$top/t/lib/load.sh"

need_postgres
ok "PostgreSQL starts" postgres_start -F -c autovacuum=off || done_testing
db=$(postgres_db records)
entries=30000 batch=3000

# reads: print how many entries of the index the server has read so far
reads() {
	psql_at "$db" "SELECT idx_tup_read FROM pg_stat_user_indexes
	    WHERE indexrelname = 'entry_pkey'"
}

repo $did $r1 $entries | lines >first
repo $did $r2 $entries edit=100 | lines >second
at-load "$db" first
before=$(reads)
exits 0 "the repo again, in $((entries / batch)) transactions" \
    at-load --batch $batch "$db" second
# One pass for the lines, one for the keys that the snapshot didn't name, and at
# most 1,000 rows of the account in each transaction.
n=$(($(reads) - before))
ok "reads each entry a few times, not once in each transaction" \
    [ "$n" -le $((3 * entries)) ] || diag "$n"
is "has all its records" "$(psql_at "$db" "SELECT count(*) FROM records")" \
    $entries
done_testing
