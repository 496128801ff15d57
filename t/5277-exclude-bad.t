#!/bin/sh
# at-load --exclude: lines that can't be parsed.
. "${0%/*}/lib/tap.sh"
. "$top/t/lib/load.sh"

# Lines that can't be parsed, about an excluded account and another one.
echo did:web:out.example >list
bad() {
	echo '{"type":"record","did":"'"$1"'","rev":"never"}'
	echo '{"type":"identity","handle":5,"did":"'"$1"'"}'
	echo '{"type":"record","did":"'"$1"'","rev":"3l777'
	echo '{"type":"end","did":"'"$1"'"}'
}
bad did:web:out.example >out-lines
exits 1 "bad lines" at-load new.db out-lines
is "messages" "$(wc -l <err)" 4
exits 0 "of an account that is left out" at-load --exclude list new.db \
    out-lines
same "they are dropped" err </dev/null
bad did:web:other.example >other-lines
exits 1 "those of another account" at-load --exclude list new.db other-lines
is "messages" "$(wc -l <err)" 4
{ echo '["did","did:web:out.example"]'; echo '{"did":5}'; } >no-lines
exits 1 "and those that name no account" at-load --exclude list new.db no-lines
is "too" "$(wc -l <err)" 2

done_testing
