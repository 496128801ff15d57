#!/bin/sh
# at-load: queries of plc_latest use indexes.
. "${0%/*}/lib/tap.sh"
. "$top/t/lib/load.sh"
. "$top/t/lib/operations.sh"

# plan DATABASE QUERY: print how the database would run it
plan() {
	case $1 in
	postgresql:*) sql "$1" "EXPLAIN $2" ;;
	*) sql "$1" "EXPLAIN QUERY PLAN $2" ;;
	esac
}

# uses NAME INDEX CONDITION: the query uses the index, and for each row the one
# that finds later operations; it reads no table as a whole
uses() {
	plan "$db" "SELECT * FROM plc_latest WHERE $3" >steps
	ok "$1" grep -q "$2" steps || diag <steps
	ok "$1: and later operations" grep -q plc_operation_latest steps ||
		diag <steps
	ok "$1: reads no whole table" not grep -q 'SCAN \|Seq Scan' steps ||
		diag <steps
}

# Accounts that were renamed, on many hosts.
awk 'BEGIN {
	for (i = 0; i < 20000; i++)
		printf "%d %02d operation cid=%s handle=h%d.test " \
		    "pds=https://p%d.test\n", i / 2, i % 2,
		    i % 2 ? "b" : "a", i, i % 1000
}' | plc_lines >input

indexes() {
	db=$(database "$1" indexed)
	at-load "$db" input
	case $1 in
	postgresql)
		sql "$db" ANALYZE
		prefix="LIKE 'h77%'"
		;;
	*) prefix="GLOB 'h77*'" ;;
	esac
	uses "$1: a DID" plc_operation_ "did = '$(plc_did 77)'"
	uses "$1: a handle" plc_operation_handle "handle = 'h77.test'"
	uses "$1: a prefix of handles" plc_operation_handle "handle $prefix"
	uses "$1: a host" plc_operation_pds "pds = 'https://p77.test'"
	count='SELECT count(*) FROM plc_latest WHERE'
	is "$1: a handle of the last operation" \
	    "$(sql "$db" "$count handle = 'h77.test'")" 1
	is "$1: a former handle" "$(sql "$db" "$count handle = 'h76.test'")" 0
	is "$1: a prefix" "$(sql "$db" "$count handle $prefix")" 56
	is "$1: a host" "$(sql "$db" "$count pds = 'https://p77.test'")" 20
	is "$1: a former host" \
	    "$(sql "$db" "$count pds = 'https://p76.test'")" 0

	# A DID with many operations that have the same handle: 10,000 look-ups
	# of later operations, and none reads all of them.
	db=$(database "$1" many)
	awk 'BEGIN {
		for (i = 0; i < 10000; i++)
			printf "2 %02d.%03d operation handle=m.test cid=%s\n",
			    i / 1000, i % 1000, letters(i)
	}
	function letters(i, s) {
		for (s = ""; i > 0; i = int(i / 26))
			s = s sprintf("%c", 97 + i % 26)
		return s
	}' | plc_lines >lines
	exits 0 "$1: many operations of a DID" at-load "$db" lines
	is "$1: are stored" \
	    "$(sql "$db" 'SELECT count(*) FROM plc_operations')" 10000
	is "$1: one is the last" \
	    "$(sql "$db" "$count handle = 'm.test'")" 1
}
each_database indexes -F

done_testing
