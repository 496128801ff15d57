#!/bin/sh
# at-load's rule: random histories of accounts, compared with a model. Lines for
# cases that are too rare in them follow.
. "${0%/*}/lib/tap.sh"
. "$top/t/lib/load.sh"
. "$top/t/lib/postgres.sh"

# Sanitizers are slow.
if nm "$build/libcar/load/load.o" 2>/dev/null | grep -q __asan; then
	histories=800
else
	histories=4000
fi
ok "$histories histories end as the accounts stood" \
    "$unit"/load histories.db "$histories"
ok "and in the states that the right sources say" \
    "$unit"/load-state states.db "$histories"
if postgres_find; then
	ok "PostgreSQL starts" postgres_start -F || done_testing
	ok "$histories histories end as the accounts stood" \
	    "$unit"/load "$(postgres_db histories)" "$histories"
	ok "and in the states that the right sources say" \
	    "$unit"/load-state "$(postgres_db states)" "$histories"
else
	skip "in PostgreSQL" "no server of PostgreSQL"
fi

# line CID REV SOURCE: print a line of one key
line() {
	printf '{"type":"record","did":"%s","rev":"%s","collection":%s' \
	    "$did" "$2" '"com.example.a","rkey":"k",'
	printf '"action":"create","source":"%s","cid":"bafyrei%s",' "$3" "$1"
	printf '"record":{"is":"%s"}}\n' "$1"
}

end() {
	printf '{"type":"end","did":"%s","rev":"%s","collections":' "$did" "$1"
	printf '{"com.example.a":%d},"source":"%s","filter":[%s]}\n' "$3" \
	    "$2" '"com.example.a"'
}

key() {
	sql "$1" "SELECT record ->> '\$.is', rev FROM all_records"
}

line bycar $r2 car >car.in
line bylist $r2 list >list.in
cat car.in list.in | at-load a.db 2>/dev/null
is "at one rev a CAR's record stays before a listing's" "$(key a.db)" \
    "bycar|$r2"
cat list.in car.in | at-load b.db 2>/dev/null
is "and comes after it" "$(key b.db)" "bycar|$r2"

line before $r1 live >live.in
line before $r2 car >car.in
cat live.in car.in list.in | at-load c.db 2>/dev/null
is "what a CAR confirms, a listing of its rev doesn't change" "$(key c.db)" \
    "before|$r1"
{ cat live.in car.in; end $r2 list 0; } | at-load d.db 2>/dev/null
is "and does not remove it" "$(key d.db)" "before|$r1"
{ cat live.in list.in; end $r2 car 0; } | at-load e.db
is "but a CAR removes what only a listing of its rev has" "$(key e.db)" ""

{ end $r1 list 2; end $r1 list 1; line x $r1 list; } | at-load f.db \
    2>/dev/null
is "of two ends the higher count holds" \
    "$(sql f.db 'SELECT status FROM import_states')" in_progress

done_testing
