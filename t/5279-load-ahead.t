#!/bin/sh
# at-load applies a full batch in another thread while it parses the next one,
# and checks records early if the batch before was written: neither changes what
# it stores and reports.
. "${0%/*}/lib/tap.sh"
. "$top/t/lib/load.sh"

# record N [RECORD [CID]]: print a line
record() {
	printf '{"type":"record","did":"%s","rev":"%s","collection":"com.e.x",'\
'"rkey":"k%05d","action":"create","source":"part","cid":"%s","record":%s}\n' \
	    "$did" "$r1" "$1" \
	    "${3:-bafyreigh2akiscaildc6ml5hqbb4gwfbbulb7sazqvhxtnmwtxwhhycgci}" \
	    "${2:-{\"n\":$1\}}"
}

# records FIRST LAST: print many lines
records() {
	record 0 | awk -v first="$1" -v last="$2" '{
		for (i = first; i <= last; i++) {
			line = $0
			sub(/k00000/, sprintf("k%05d", i), line)
			print line
		}
	}'
}

# keys DATABASE: print how many records it has, and the last rkey
keys() {
	sql "$1" "SELECT count(*), max(rkey) FROM entry"
}

tests() {
	kind=$1

	{
		records 1 700
		record 701 '{"n":}'
		records 702 1100
		record 1101 '{"text":"'"$(printf '\377')"'"}'
		record 1102 '{"n":1102},"later":"field"'
		record 1103 '{}' bafyrei
		records 1104 1499
		record 1500 '{"n":[}]}'
	} >lines
	for n in 1500 90 37 20000; do
		db=$(database "$kind" bad"$n")
		run at-load --batch "$n" "$db" lines
		is "$kind, --batch $n: status" "$status" 1
		sed 's/.*line \([0-9]*\): .*/\1/' err >got
		is "bad lines" "$(tr '\n' ' ' <got)" "701 1101 1103 1500 "
		is "rows" "$(keys "$db")" "1496|k01499"
		cp err err"$n"
	done
	ok "the same messages" cmp err90 err1500

	# A record that isn't written needn't be sound, whatever the batch
	# before was.
	{
		records 2001 2200
		for i in 11 12 13; do
			record "$i" '{"n":'
		done
		records 2201 2400
	} >lines
	for n in 1500 90 20000; do
		db=bad$n.db
		[ "$kind" = sqlite ] || db=$(postgres_url bad"$n")
		run at-load --batch "$n" "$db" lines
		is "$kind, --batch $n: known keys" "$status:$(cat err)" "0:"
		is "rows" "$(keys "$db")" "1896|k02400"
	done

	# A batch after one that failed is never committed.
	db=$(database "$kind" fails)
	records 1 100 | at-load "$db"
	fail_at "$kind" "$db" k00750
	records 101 1900 >lines
	run at-load -t 0s --batch 100 "$db" lines
	is "$kind: a transaction fails" "$status" 2
	ok "why" grep -q 'no such luck' err
	is "what came before it is committed, and nothing after it" \
	    "$(keys "$db")" "700|k00700"
}

# fail_at KIND DATABASE RKEY: from now on, this entry can't be written
fail_at() {
	case $1 in
	sqlite) sql "$2" "CREATE TRIGGER luck BEFORE INSERT ON entry
	    WHEN NEW.rkey = '$3'
	    BEGIN SELECT RAISE(ABORT, 'no such luck'); END" ;;
	*) sql "$2" "CREATE FUNCTION luck() RETURNS trigger LANGUAGE plpgsql
	    AS 'BEGIN RAISE ''no such luck''; END';
	    CREATE TRIGGER luck BEFORE INSERT ON entry FOR EACH ROW
	    WHEN (NEW.rkey = '$3') EXECUTE FUNCTION luck()" ;;
	esac
}

each_database tests
done_testing
