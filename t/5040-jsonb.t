#!/bin/sh
# Which texts PostgreSQL's jsonb keeps unchanged: our answer, and PostgreSQL's.
. "${0%/*}/lib/tap.sh"
. "$top/t/lib/postgres.sh"

ok "texts are distinguished" "$unit"/jsonb

postgres_find || {
	skip "jsonb says the same" "no server of PostgreSQL"
	done_testing
}
ok "PostgreSQL starts" postgres_start -F || done_testing
db=$(postgres_db records)

# takes SQL: does jsonb accept this text?
takes() {
	psql_at "$db" "SELECT ($1)::jsonb IS NOT NULL" 2>err || cat err
}
is "the longest number" "$(takes "repeat('1', 131072)")" t
is "one that is longer" "$(takes "repeat('1', 131073)")" \
    "ERROR:  value overflows numeric format"
is "the longest fraction" "$(takes "'0.' || repeat('1', 16383)")" t
is "one that is longer" "$(takes "'0.' || repeat('1', 16384)")" \
    "ERROR:  value overflows numeric format"
is "the greatest exponent" "$(takes "repeat('1', 10) || 'e131062'")" t
is "U+0000" "$(takes "'\"\\u0000\"'" | head -n 1)" \
    "ERROR:  unsupported Unicode escape sequence"

done_testing
